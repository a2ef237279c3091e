/* SPDX-License-Identifier: MIT */
#include "table.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define GAP 2

void table_add(struct table *t, const char *format, ...)
{
    cleanup_buf struct buf raw = {0}, cell = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&raw, format, ap);
    va_end(ap);
    add_harmless(&cell, buf_text(&raw), raw.len);
    for (size_t i = 0; i < cell.len; i++)
        if (cell.data[i] == '\n' || cell.data[i] == '\t')
            cell.data[i] = ' ';
    strv_add_taken(&t->cells, buf_take(&cell));
}

static size_t width_of(const char *text)
{
    return display_columns(text, strlen(text));
}

static size_t column_width(const struct table *t, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < t->cells.len; i += t->columns) {
        size_t width = width_of(t->cells.items[i]);
        if (width > widest)
            widest = width;
    }
    return widest;
}

static void add_blanks(struct buf *out, size_t n)
{
    buf_addf(out, "%*s", (int)n, "");
}

void table_show(const struct table *t, struct buf *out)
{
    size_t blanks = 0; /* owed before the next text: none are written at a line's end */
    for (size_t i = 0; i < t->cells.len; i++) {
        const char *cell = t->cells.items[i];
        size_t column = i % t->columns;
        if (*cell) {
            add_blanks(out, blanks);
            blanks = 0;
            buf_adds(out, cell);
        }
        blanks += column_width(t, column) - width_of(cell) + GAP;
        if (column + 1 == t->columns) {
            buf_addc(out, '\n');
            blanks = 0;
        }
    }
}

void table_free(struct table *t)
{
    strv_free(&t->cells);
}
