/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "picture.h"

#include <string.h>
#include <wchar.h>

static const struct {
    const char *utf8, *ascii;
} glyph_table[GLYPH_COUNT] = {
    [GLYPH_ACROSS] = {"─", "-"},     [GLYPH_DOWN] = {"│", "|"},        [GLYPH_TOP_LEFT] = {"┌", "+"},
    [GLYPH_TOP_RIGHT] = {"┐", "+"},  [GLYPH_BOTTOM_LEFT] = {"└", "+"}, [GLYPH_BOTTOM_RIGHT] = {"┘", "+"},
    [GLYPH_FROM_RIGHT] = {"├", "+"}, [GLYPH_FROM_LEFT] = {"┤", "+"},   [GLYPH_CROSS] = {"┼", "|"},
    [GLYPH_ELLIPSIS] = {"…", "..."},
};

const char *glyph(enum glyph g, bool utf8)
{
    return utf8 ? glyph_table[g].utf8 : glyph_table[g].ascii;
}

/* --- texts --- */

/* One character: its bytes and its columns. In plain text every other character is one `?`. The text is valid
 * UTF-8: add_harmless() has made it so. */
static size_t character(const char *p, bool utf8, unsigned *ret_columns)
{
    unsigned char first = (unsigned char)*p;
    size_t n = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    wchar_t c = (wchar_t)(n == 1 ? first : first & (0x7f >> n));
    for (size_t i = 1; i < n; i++)
        c = (wchar_t)(c << 6 | (p[i] & 0x3f));
    int width = utf8 && n > 1 ? wcwidth(c) : 1;
    *ret_columns = width < 0 ? 1 : (unsigned)width;
    return n;
}

static unsigned columns_of(const char *text, bool utf8)
{
    unsigned all = 0, columns = 0;
    for (; *text; text += character(text, utf8, &columns), all += columns)
        ;
    return all;
}

static unsigned add_columns(const char *text, unsigned room, bool utf8, struct buf *out)
{
    unsigned used = 0, columns = 0;
    for (size_t n; *text; text += n, used += columns) {
        n = character(text, utf8, &columns);
        if (used + columns > room)
            break;
        if (n > 1 && !utf8)
            buf_addc(out, '?');
        else
            buf_add(out, text, n);
    }
    return used;
}

static char *harmless_row(const char *text)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, text, strlen(text));
    for (size_t i = 0; i < harmless.len; i++)
        if (harmless.data[i] == '\n' || harmless.data[i] == '\t')
            harmless.data[i] = ' ';
    return buf_take(&harmless);
}

unsigned picture_cut(const char *text, unsigned columns, bool utf8, struct buf *out)
{
    cleanup_free char *row = harmless_row(text);
    const char *ellipsis = glyph(GLYPH_ELLIPSIS, utf8);
    unsigned dots = utf8 ? 1 : (unsigned)strlen(ellipsis);
    if (columns_of(row, utf8) <= columns)
        return add_columns(row, columns, utf8, out);
    if (columns <= dots)
        return add_columns("....", columns, utf8, out);
    unsigned used = add_columns(row, columns - dots, utf8, out);
    buf_adds(out, ellipsis);
    return used + dots;
}

/* --- boxes --- */

struct pen pen_new(const struct canvas *canvas, struct buf *out)
{
    struct pen p = {.canvas = *canvas, .out = out};
    if (p.canvas.width > PICTURE_WIDTH_MAX)
        p.canvas.width = PICTURE_WIDTH_MAX;
    return p;
}

#define BOX_SIDES 4u /* "| " and " |" */

unsigned pen_room(const struct pen *p)
{
    unsigned sides = BOX_SIDES * p->depth;
    return p->canvas.width > sides ? p->canvas.width - sides : 1;
}

static void add_times(struct buf *out, const char *text, unsigned n)
{
    while (n--)
        buf_adds(out, text);
}

static void row_begin(struct pen *p)
{
    for (unsigned i = 0; i < p->depth; i++)
        buf_addf(p->out, "%s ", glyph(GLYPH_DOWN, p->canvas.utf8));
}

static void row_end(struct pen *p)
{
    for (unsigned i = 0; i < p->depth; i++)
        buf_addf(p->out, " %s", glyph(GLYPH_DOWN, p->canvas.utf8));
    buf_addc(p->out, '\n');
    p->rows++;
}

static void draw_text(struct pen *p, const char *text)
{
    row_begin(p);
    unsigned used = picture_cut(text, pen_room(p), p->canvas.utf8, p->out);
    if (p->depth)
        add_times(p->out, " ", pen_room(p) - used);
    row_end(p);
}

void pen_open(struct pen *p, const char *title)
{
    unsigned room = pen_room(p);
    bool utf8 = p->canvas.utf8;
    row_begin(p);
    buf_addf(p->out, "%s%s ", glyph(GLYPH_TOP_LEFT, utf8), glyph(GLYPH_ACROSS, utf8));
    unsigned used = picture_cut(title, room > 5 ? room - 5 : 1, utf8, p->out);
    buf_addc(p->out, ' ');
    add_times(p->out, glyph(GLYPH_ACROSS, utf8), room > used + 5 ? room - used - 5 : 0);
    buf_adds(p->out, glyph(GLYPH_TOP_RIGHT, utf8));
    row_end(p);
    p->depth++;
}

void pen_close(struct pen *p)
{
    p->depth--;
    row_begin(p);
    buf_adds(p->out, glyph(GLYPH_BOTTOM_LEFT, p->canvas.utf8));
    add_times(p->out, glyph(GLYPH_ACROSS, p->canvas.utf8), pen_room(p) > 2 ? pen_room(p) - 2 : 0);
    buf_adds(p->out, glyph(GLYPH_BOTTOM_RIGHT, p->canvas.utf8));
    row_end(p);
}

void pen_row(struct pen *p, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    draw_text(p, buf_text(&text));
}

/* A row from as many whole words as fit; returns the rest. A word that is too long for a row is cut. */
static const char *draw_words(struct pen *p, const char *text, unsigned indent)
{
    cleanup_buf struct buf row = {0};
    unsigned used = indent, columns = 0;
    buf_addf(&row, "%*s", (int)indent, "");
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, " ");
        cleanup_free char *word = xstrndup(text, n);
        columns = columns_of(word, p->canvas.utf8);
        if (!first && used + 1 + columns > pen_room(p))
            break;
        buf_addf(&row, "%s%s", first ? "" : " ", word);
        used += columns + !first;
        text += n + strspn(text + n, " ");
    }
    draw_text(p, buf_text(&row));
    return text;
}

void pen_words(struct pen *p, unsigned indent, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    cleanup_free char *row = harmless_row(buf_text(&text));
    const char *rest = draw_words(p, row, 0);
    while (*rest)
        rest = draw_words(p, rest, indent);
}
