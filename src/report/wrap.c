/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <string.h>

#define TEXT_COLUMNS_MIN 8

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

unsigned columns_of(const char *text, size_t n)
{
    unsigned columns = 0;
    for (size_t i = 0; i < n; i++)
        columns += !continues_character(text[i]);
    return columns;
}

/* How many bytes of text fit into so many columns. */
static size_t bytes_that_fit(const char *text, size_t n, unsigned columns)
{
    size_t i = 0;
    while (i < n) {
        if (!continues_character(text[i]) && columns-- == 0)
            break;
        i++;
    }
    return i;
}

struct wrap {
    struct buf *out;
    const char *indent;
    unsigned indent_columns, width, column;
};

static void new_line(struct wrap *w)
{
    while (w->out->len && w->out->data[w->out->len - 1] == ' ')
        buf_truncate(w->out, w->out->len - 1);
    buf_addc(w->out, '\n');
    buf_adds(w->out, w->indent);
    w->column = w->indent_columns;
}

/* A line that begins with `::`, indented or not, is a command to some CI services. */
static void add_piece(struct wrap *w, const char *piece, size_t n)
{
    if (w->column == w->indent_columns && n > 1 && piece[0] == ':' && piece[1] == ':') {
        buf_adds(w->out, "\\x3a");
        w->column += 3;
        piece++;
        n--;
    }
    buf_add(w->out, piece, n);
    w->column += columns_of(piece, n);
}

/* A word longer than a line is cut: better than a line that a terminal breaks where it likes. */
static void add_word(struct wrap *w, const char *word, size_t n)
{
    unsigned columns = columns_of(word, n);
    if (w->column + columns > w->width && w->column > w->indent_columns)
        new_line(w);
    while (w->column + columns > w->width) {
        size_t fits = bytes_that_fit(word, n, w->width - w->column);
        add_piece(w, word, fits);
        word += fits;
        n -= fits;
        columns = columns_of(word, n);
        new_line(w);
    }
    add_piece(w, word, n);
}

static void add_spaces(struct wrap *w, size_t n)
{
    if (w->column + n >= w->width) {
        w->column = w->width; /* the next word begins a new line */
        return;
    }
    for (size_t i = 0; i < n; i++)
        buf_addc(w->out, ' ');
    w->column += (unsigned)n;
}

void add_wrapped(struct buf *out, const char *text, unsigned width, unsigned column, const char *indent)
{
    struct wrap w = {out, indent, columns_of(indent, strlen(indent)), width, column};
    if (w.width < w.indent_columns + TEXT_COLUMNS_MIN)
        w.width = w.indent_columns + TEXT_COLUMNS_MIN;
    while (*text) {
        size_t spaces = strspn(text, " \t");
        add_spaces(&w, spaces);
        text += spaces;
        size_t word = strcspn(text, " \t\n");
        if (word)
            add_word(&w, text, word);
        text += word;
        if (*text == '\n' && *++text)
            new_line(&w);
    }
    buf_addc(out, '\n');
}
