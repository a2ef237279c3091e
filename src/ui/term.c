/* SPDX-License-Identifier: MIT */
#include "nslab/term.h"
#include "nslab/text.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

bool term_is_dumb(void)
{
    const char *name = getenv("TERM");
    return !name || !*name || !strcmp(name, "dumb");
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
    term->look.plain = plain;
    term->look.utf8 = !plain && !strcmp(nl_langinfo(CODESET), "UTF-8");
    term_refresh_width(term);
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
