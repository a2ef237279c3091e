/* SPDX-License-Identifier: MIT */
#include "roff.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

/* What is an operator to troff, or would be set as another character in a UTF-8 locale. */
static const struct {
    char character;
    const char *escape;
} escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};

static void add_character(struct buf *out, char c)
{
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
        if (escapes[i].character == c) {
            buf_adds(out, escapes[i].escape);
            return;
        }
    buf_addc(out, c);
}

void roff_escape(struct buf *out, const char *text, bool marked)
{
    bool bold = false;
    if (*text == '.' || *text == '\'')
        buf_adds(out, "\\&"); /* at a line's begin it would be a request */
    for (; *text; text++) {
        if (marked && *text == '`' && (bold || strchr(text + 1, '`'))) {
            bold = !bold;
            buf_adds(out, bold ? "\\fB" : "\\fR");
        } else {
            add_character(out, *text);
        }
    }
    if (bold)
        buf_adds(out, "\\fR");
}

static void add_quoted(struct buf *out, const char *macro, const char *text)
{
    cleanup_buf struct buf escaped = {0};
    roff_escape(&escaped, text, false);
    buf_addf(out, ".%s \"", macro);
    for (const char *c = buf_text(&escaped); *c; c++)
        if (*c == '"')
            buf_adds(out, "\\(dq");
        else
            buf_addc(out, *c);
    buf_adds(out, "\"\n");
}

void roff_title(struct buf *out, const char *name, const char *section, const char *date, const char *group)
{
    buf_adds(out, ".\\\" Made by nslab from its own tables.\n");
    buf_addf(out, ".TH %s %s \"%s\" \"nslab " NSLAB_VERSION "\" \"%s\"\n", name, section, date, group);
    buf_adds(out, ".nh\n.ad l\n"); /* a word that is to be typed isn't broken, nor its blanks widened */
}

void roff_section(struct buf *out, const char *name)
{
    add_quoted(out, "SH", name);
}

void roff_subsection(struct buf *out, const char *name)
{
    add_quoted(out, "SS", name);
}

/* Sentences, and what is longer than a line of a terminal, go on in lines of their own: troff fills them. */
#define SOURCE_COLUMNS 70
static void add_broken(struct buf *out, const char *escaped)
{
    size_t column = 0;
    for (const char *c = escaped; *c; c++) {
        bool after_dots = c - escaped > 1 && c[-1] == '.' && c[-2] == '.'; /* no sentence's end */
        bool after_sentence = c > escaped && c[-1] == '.' && !after_dots;
        if (*c == ' ' && (after_sentence || column + strcspn(c + 1, " ") > SOURCE_COLUMNS)) {
            buf_adds(out, after_dots ? "\\&\n" : "\n");
            buf_adds(out, c[1] == '.' ? "\\&" : "");
            column = 0;
        } else {
            buf_addc(out, *c);
            column++;
        }
    }
    buf_addc(out, '\n');
}

void roff_usage(struct buf *out, const char *command, const char *rest)
{
    add_quoted(out, "B", command);
    if (!*rest)
        return;
    cleanup_buf struct buf escaped = {0};
    roff_escape(&escaped, rest, false);
    add_broken(out, buf_text(&escaped));
}

void roff_lines(struct buf *out, const char *text, const char *between)
{
    bool first = true, gap = false;
    while (*text) {
        cleanup_free char *line = xstrndup(text, strcspn(text, "\n"));
        text += strlen(line);
        text += *text == '\n';
        gap = gap || !*line;
        if (!*line)
            continue;
        if (gap && !first)
            buf_adds(out, between);
        cleanup_buf struct buf escaped = {0};
        roff_escape(&escaped, line, true);
        add_broken(out, buf_text(&escaped));
        first = gap = false;
    }
}

/* A paragraph begins there by itself. */
static bool after_heading(const struct buf *out)
{
    size_t at = out->len ? out->len - 1 : 0;
    while (at && out->data[at - 1] != '\n')
        at--;
    return starts_with(buf_text(out) + at, ".S");
}

void roff_text(struct buf *out, const char *text)
{
    if (!after_heading(out))
        buf_adds(out, ".PP\n");
    roff_lines(out, text, ".PP\n");
}

void roff_item(struct buf *out, const char *tag, const char *text)
{
    buf_adds(out, ".TP\n");
    add_quoted(out, "B", tag);
    roff_lines(out, text, ".IP\n");
}

void roff_verbatim(struct buf *out, const char *text)
{
    buf_adds(out, after_heading(out) ? ".nf\n" : ".PP\n.nf\n");
    while (*text) {
        cleanup_free char *line = xstrndup(text, strcspn(text, "\n"));
        text += strlen(line);
        text += *text == '\n';
        if (*line)
            roff_escape(out, line, false);
        buf_adds(out, "\n");
    }
    buf_adds(out, ".fi\n");
}
