/* SPDX-License-Identifier: MIT */
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

/* The character at p, and its length: 1 and the byte itself where it isn't UTF-8. */
static size_t character_at(const char *p, size_t n, wchar_t *ret)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t length = u[0] < 0xc0 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    if (length == 1 || length > n) {
        *ret = u[0];
        return 1;
    }
    uint32_t c = u[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (u[i] & 0x3f);
    *ret = (wchar_t)c;
    return length;
}

/* wcwidth(3) knows only the characters of the locale: what it doesn't know is taken as one column. */
static size_t columns_of(wchar_t c)
{
    int width = c < 0x80 ? 1 : wcwidth(c);
    return width < 0 ? 1 : (size_t)width;
}

size_t display_columns(const char *text, size_t n)
{
    size_t columns = 0;
    wchar_t c = 0;
    for (size_t i = 0; i < n;) {
        i += character_at(text + i, n - i, &c);
        columns += columns_of(c);
    }
    return columns;
}

void styled_add(struct styled *s, enum style style, const char *text, size_t n)
{
    buf_add(&s->text, text, n);
    for (size_t i = 0; i < n; i++)
        buf_addc(&s->styles, (char)style);
}

void styled_adds(struct styled *s, enum style style, const char *text)
{
    styled_add(s, style, text, strlen(text));
}

void styled_addf(struct styled *s, enum style style, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    styled_add(s, style, buf_text(&text), text.len);
}

void styled_free(struct styled *s)
{
    buf_free(&s->text);
    buf_free(&s->styles);
}

/* --- breaking into lines --- */

struct span {
    size_t from, to; /* bytes */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* How far from `from` at most `width` columns reach; at least one character, so that there is an end to it.
 */
static size_t reach(const char *text, size_t from, size_t end, unsigned width)
{
    size_t columns = 0, i = from;
    while (i < end) {
        wchar_t c = 0;
        size_t length = character_at(text + i, end - i, &c);
        columns += columns_of(c);
        if (columns > width && i > from)
            break;
        i += length;
    }
    return i;
}

/* The next line of text[from..end), where end is a newline or the end of all. *ret_next is where the one
 * after begins. */
static struct span next_line(const char *text, size_t from, size_t end, unsigned width,
                             enum breaking breaking, size_t *ret_next)
{
    size_t to = reach(text, from, end, width);
    *ret_next = to;
    if (to == end || breaking == BREAK_ANYWHERE)
        return (struct span){from, to};
    size_t space = to;
    while (space > from && !is_space(text[space]))
        space--;
    if (space == from)
        return (struct span){from, to}; /* one long word */
    to = space;
    while (to > from && is_space(text[to - 1]))
        to--;
    while (space < end && is_space(text[space]))
        space++;
    *ret_next = space;
    return (struct span){from, to};
}

/* Walks over the lines of a text; the first may be of another width than the rest. */
struct line_walk {
    const char *text;
    size_t len;
    enum breaking breaking;
    size_t at;
    bool done;
};

static struct line_walk walk_styled(const struct styled *s, enum breaking breaking)
{
    return (struct line_walk){.text = buf_text(&s->text), .len = s->text.len, .breaking = breaking};
}

static bool walk_line(struct line_walk *w, unsigned width, struct span *ret)
{
    if (w->done || !w->len)
        return false;
    const char *newline = memchr(w->text + w->at, '\n', w->len - w->at);
    size_t end = newline ? (size_t)(newline - w->text) : w->len;
    size_t next = 0;
    *ret = next_line(w->text, w->at, end, width, w->breaking, &next);
    w->at = next;
    if (next == end) {
        /* a newline at the very end ends the last line and begins none */
        w->at = end + 1;
        w->done = end + 1 >= w->len;
    }
    return true;
}

/* Escape sequences are closed at a line's end and opened again on the next, so that an indent has no style.
 */
static void add_span(const struct styled *s, struct span span, const struct look *look, struct buf *out)
{
    for (size_t i = span.from; i < span.to;) {
        char style = s->styles.data[i];
        size_t run = i;
        while (run < span.to && s->styles.data[run] == style)
            run++;
        buf_adds(out, style_begin(look, (enum style)style));
        buf_add(out, s->text.data + i, run - i);
        buf_adds(out, style_end(look, (enum style)style));
        i = run;
    }
}

static unsigned width_without(unsigned width, size_t used)
{
    return used + 1 >= width ? 1 : width - (unsigned)used;
}

static void end_line(struct buf *out)
{
    while (out->len && is_space(out->data[out->len - 1]))
        buf_truncate(out, out->len - 1);
    buf_addc(out, '\n');
}

void layout_text(const struct styled *s, const struct look *look, enum breaking breaking, const char *first,
                 const char *rest, struct buf *out)
{
    struct line_walk walk = walk_styled(s, breaking);
    struct span span;
    const char *indent = first;
    while (walk_line(&walk, width_without(look->width, display_columns(indent, strlen(indent))), &span)) {
        buf_adds(out, indent);
        add_span(s, span, look, out);
        end_line(out);
        indent = rest;
    }
}

/* --- without styles --- */

#define TEXT_COLUMNS_MIN 8
#define ESCAPED_COLUMNS 4 /* \xNN */

static size_t blanks_at(const struct line_walk *w)
{
    return strspn(w->text + w->at, " \t");
}

/* What the guard takes of the line that begins here: indented or not, it is looked for after the blanks. */
static bool is_guarded(const struct line_walk *w, const char *guard)
{
    return guard && !strncmp(w->text + w->at + blanks_at(w), guard, strlen(guard));
}

static void add_plain_line(const struct line_walk *before, struct span span, bool guarded, struct buf *out)
{
    size_t mark = span.from + blanks_at(before);
    if (guarded && mark < span.to) {
        buf_add(out, before->text + span.from, mark - span.from);
        buf_addf(out, "\\x%02x", (unsigned)(unsigned char)before->text[mark]);
        span.from = mark + 1;
    }
    buf_add(out, before->text + span.from, span.to - span.from);
}

void layout_plain(const char *text, const struct plain_layout *layout, struct buf *out)
{
    struct line_walk walk = {.text = text, .len = strlen(text), .breaking = BREAK_WORDS};
    struct span span;
    size_t indent = display_columns(layout->indent, strlen(layout->indent)), column = layout->column;
    unsigned width = layout->width;
    if (width < indent + TEXT_COLUMNS_MIN)
        width = (unsigned)indent + TEXT_COLUMNS_MIN;
    bool fits = column + display_columns(text, strcspn(text, " \t\n")) <= width;
    bool new_line = !fits && column > indent;
    for (;;) {
        struct line_walk before = walk;
        bool guarded = !walk.done && is_guarded(&walk, layout->guard);
        if (new_line)
            column = indent;
        if (!walk_line(&walk, width_without(width, column + (guarded ? ESCAPED_COLUMNS - 1 : 0)), &span))
            return;
        if (new_line) {
            end_line(out);
            buf_adds(out, layout->indent);
        }
        add_plain_line(&before, span, guarded, out);
        new_line = true;
    }
}

/* --- cells and rules --- */

static void pad(struct buf *out, size_t columns)
{
    while (columns--)
        buf_addc(out, ' ');
}

void layout_cells(const struct styled *const *cells, const unsigned *widths, size_t n,
                  const struct look *look, struct buf *out)
{
    struct line_walk walks[LAYOUT_CELLS_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        walks[i] = walk_styled(cells[i], BREAK_WORDS);
    for (bool more = true; more;) {
        more = false;
        cleanup_buf struct buf line = {0};
        size_t begins = 0, columns = 0;
        for (size_t i = 0; i < n; i++) {
            unsigned width = i + 1 < n ? widths[i] : width_without(look->width, begins);
            struct span span;
            if (walk_line(&walks[i], width, &span)) {
                more = true;
                pad(&line, begins - columns);
                columns = begins + display_columns(cells[i]->text.data + span.from, span.to - span.from);
                add_span(cells[i], span, look, &line);
            }
            begins += width + 2;
        }
        if (more) {
            buf_add(out, buf_text(&line), line.len);
            end_line(out);
        }
    }
}

void layout_rule(const char *foreign_title, const struct look *look, struct buf *out)
{
    const char *dash = look->utf8 ? "─" : "-";
    cleanup_buf struct buf harmless = {0};
    add_harmless_line(&harmless, foreign_title, strlen(foreign_title));
    const char *title = buf_text(&harmless);
    size_t used = display_columns(title, strlen(title)) + 4;
    buf_addf(out, "%s%s ", dash, dash);
    if (used > look->width) {
        cleanup_styled struct styled text = {0};
        styled_adds(&text, STYLE_BOLD, title);
        layout_text(&text, &(struct look){.width = look->width - 3, .colour = look->colour}, BREAK_WORDS, "",
                    "   ", out);
        return;
    }
    style_add(out, look, STYLE_BOLD, title);
    buf_addc(out, ' ');
    for (size_t i = used; i < look->width; i++)
        buf_adds(out, dash);
    buf_addc(out, '\n');
}
