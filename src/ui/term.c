/* SPDX-License-Identifier: MIT */
#include "nslab/term.h"
#include "nslab/text.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One row a style. Underlining stands for emphasis: many terminals have no italics. */
static const char *const style_table[STYLE_COUNT] = {
    [STYLE_PLAIN] = "",          [STYLE_BOLD] = "\033[1m",  [STYLE_EMPHASIS] = "\033[4m",
    [STYLE_CODE] = "\033[36m",   [STYLE_DIM] = "\033[2m",   [STYLE_PASS] = "\033[32m",
    [STYLE_FAIL] = "\033[1;31m", [STYLE_WARN] = "\033[33m",
};

unsigned term_width_from(unsigned kernel, const char *environment)
{
    unsigned long columns = 0;
    if (kernel)
        columns = kernel;
    else if (!environment || !parse_unsigned(environment, 10000, &columns) || !columns)
        columns = TERM_WIDTH_DEFAULT;
    return columns < TERM_WIDTH_MIN ? TERM_WIDTH_MIN : (unsigned)columns;
}

bool term_colour_from(bool plain, bool is_terminal, const char *no_color, const char *name)
{
    if (plain || !is_terminal || (no_color && *no_color))
        return false;
    return name && *name && strcmp(name, "dumb") != 0;
}

void term_refresh_width(struct term *term)
{
    struct winsize size = {0};
    bool known = term->output && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    term->look.width = term_width_from(known ? size.ws_col : 0, getenv("COLUMNS"));
}

void term_probe(struct term *term, bool plain)
{
    term->input = isatty(STDIN_FILENO);
    term->output = isatty(STDOUT_FILENO);
    term->look.colour = term_colour_from(plain, term->output, getenv("NO_COLOR"), getenv("TERM"));
    term->look.utf8 = !plain && !strcmp(nl_langinfo(CODESET), "UTF-8");
    term_refresh_width(term);
}

const char *style_begin(const struct look *look, enum style style)
{
    return look->colour ? style_table[style] : "";
}

const char *style_end(const struct look *look, enum style style)
{
    return look->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}

void style_add(struct buf *out, const struct look *look, enum style style, const char *text)
{
    buf_adds(out, style_begin(look, style));
    buf_adds(out, text);
    buf_adds(out, style_end(look, style));
}

/* How many bytes at the end are the beginning of something whose rest may still come: a UTF-8 sequence, or
 * the carriage return of a terminal's line end. */
static size_t cut_at_end(const char *bytes, size_t n)
{
    if (n && bytes[n - 1] == '\r')
        return 1;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)bytes[n - back];
        if (c < 0x80)
            return 0;
        if (c >= 0xc0) {
            size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            return back < whole ? back : 0;
        }
    }
    return 0;
}

void harmless_feed(struct harmless_stream *s, const char *bytes, size_t n, struct buf *out)
{
    cleanup_buf struct buf all = {0};
    buf_add(&all, s->kept, s->n);
    buf_add(&all, bytes, n);
    if (!all.len)
        return;
    s->n = cut_at_end(all.data, all.len);
    size_t whole = all.len - s->n;
    memcpy(s->kept, all.data + whole, s->n);
    if (!whole)
        return;
    add_harmless(out, all.data, whole);
    s->line_open = all.data[whole - 1] != '\n';
}

void harmless_finish(struct harmless_stream *s, struct buf *out)
{
    if (s->n) {
        add_harmless(out, s->kept, s->n);
        s->line_open = true;
    }
    if (s->line_open)
        buf_addc(out, '\n');
    *s = (struct harmless_stream){0};
}
