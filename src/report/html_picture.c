/* SPDX-License-Identifier: MIT
 *
 * Who shares which namespaces: a row for each viewpoint, a column for each type. What is one namespace is one
 * frame with one letter; where another row stands between, a dashed frame repeats the letter. A sentence says
 * the same. Nothing is told by colour.
 */
#include "internal.h"
#include "nslab/markup.h"
#include "nslab/mem.h"

#include <string.h>

enum { LABEL = 104, CELL = 86, ROW = 44, HEAD = 22, GAP = 4 };
#define LABEL_MAX 14 /* characters that have room */

/* Row by which the namespace is known: the first one that is in it. */
static size_t first_row(const struct step_result *step, size_t row, enum ns_type type)
{
    for (size_t i = 0; i < row; i++)
        if (step->views[row].inodes[type] && step->views[i].inodes[type] == step->views[row].inodes[type])
            return i;
    return row;
}

static char letter_of(const struct step_result *step, size_t row, enum ns_type type)
{
    size_t first = first_row(step, row, type);
    unsigned n = 0;
    for (size_t i = 0; i < first; i++)
        n += first_row(step, i, type) == i;
    return n < 26 ? (char)('A' + n) : '+';
}

static void add_frame(struct buf *out, const struct step_result *step, size_t from, size_t to,
                      enum ns_type type)
{
    int x = LABEL + (int)type * CELL, y = HEAD + (int)from * ROW, middle = x + CELL / 2;
    int height = (int)(to - from) * ROW;
    bool repeated = first_row(step, from, type) != from;
    uint64_t inode = step->views[from].inodes[type];
    buf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"%s />", x + GAP / 2,
             y + GAP / 2, CELL - GAP, height - GAP, repeated ? " stroke-dasharray=\"4 3\"" : "");
    if (!inode) {
        buf_addf(out, "<text x=\"%d\" y=\"%d\" class=\"m\">?</text>\n", middle, y + height / 2 + 5);
        return;
    }
    buf_addf(out, "<text x=\"%d\" y=\"%d\" class=\"m b\">%c</text>", middle, y + height / 2 - 1,
             letter_of(step, from, type));
    buf_addf(out, "<text x=\"%d\" y=\"%d\" class=\"m s\">%llu</text>\n", middle, y + height / 2 + 13,
             (unsigned long long)inode);
}

static void add_column(struct buf *out, const struct step_result *step, enum ns_type type)
{
    buf_addf(out, "<text x=\"%d\" y=\"15\" class=\"m\">%s</text>\n", LABEL + (int)type * CELL + CELL / 2,
             ns_table[type].name);
    for (size_t from = 0, to; from < step->n_views; from = to) {
        uint64_t inode = step->views[from].inodes[type];
        for (to = from + 1; to < step->n_views && inode && step->views[to].inodes[type] == inode; to++)
            ;
        add_frame(out, step, from, to, type);
    }
}

/* Names of the types, of which same[] is as wanted. Returns how many. */
static size_t add_types(struct buf *out, const size_t first[NS_COUNT], size_t wanted)
{
    size_t n = 0;
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        if (first[type] == wanted)
            buf_addf(out, "%s%s", n++ ? ", " : "", ns_table[type].name);
    return n;
}

/* "web: its own pid, mnt, net; with host: user; with machine: cgroup, time." */
static void add_sentence(struct buf *out, const struct step_result *step, size_t row)
{
    size_t first[NS_COUNT];
    size_t parts = 0;
    markup_line(out, step->views[row].viewpoint);
    buf_addc(out, ':');
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        first[type] = step->views[row].inodes[type] ? first_row(step, row, type) : SIZE_MAX;
    for (size_t k = 0; k <= row; k++) {
        size_t other = k ? k - 1 : row; /* its own first */
        cleanup_buf struct buf types = {0};
        if (!add_types(&types, first, other))
            continue;
        buf_adds(out, parts++ ? "; " : " ");
        if (other == row) {
            buf_adds(out, "its own ");
        } else {
            buf_adds(out, "with ");
            markup_line(out, step->views[other].viewpoint);
            buf_addc(out, ' ');
        }
        buf_adds(out, buf_text(&types));
    }
    buf_adds(out, ".");
}

static void add_label(struct buf *out, const char *name, size_t row)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign_line(&harmless, name);
    size_t n = 0, characters = 0; /* no more than there is room for */
    for (; n < harmless.len && characters <= LABEL_MAX; n++)
        if (((unsigned char)harmless.data[n] & 0xc0) != 0x80 && ++characters > LABEL_MAX)
            break;
    cleanup_free char *shown =
        xasprintf("%.*s%s", (int)n, buf_text(&harmless), n < harmless.len ? "..." : "");
    buf_addf(out, "<text x=\"0\" y=\"%d\">", HEAD + (int)row * ROW + ROW / 2 + 5);
    markup_line(out, shown);
    buf_adds(out, "</text>\n");
}

void add_namespaces_picture(struct buf *out, const struct step_result *step)
{
    if (!step->n_views)
        return;
    int width = LABEL + NS_COUNT * CELL, height = HEAD + (int)step->n_views * ROW;
    buf_addf(out,
             "<figure>\n<div class=\"scroll\"><svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
             "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n<title>Namespaces after the step</title>\n",
             width, height, width, height);
    for (size_t row = 0; row < step->n_views; row++)
        add_label(out, step->views[row].viewpoint, row);
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        add_column(out, step, type);
    buf_adds(
        out,
        "</svg></div>\n<figcaption>After the step. One letter of a column is one namespace, the number its "
        "inode.");
    for (size_t row = 1; row < step->n_views; row++) {
        buf_adds(out, "<br />");
        add_sentence(out, step, row);
    }
    buf_adds(out, "</figcaption>\n</figure>\n");
}
