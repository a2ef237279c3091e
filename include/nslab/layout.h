/* SPDX-License-Identifier: MIT
 *
 * Layout: texts with a style for each byte, broken into lines by display columns. Nothing comes out wider
 * than asked.
 */
#ifndef NSLAB_LAYOUT_H
#define NSLAB_LAYOUT_H

#include "nslab/buf.h"
#include "nslab/term.h"

#include <stdarg.h>
#include <stddef.h>

/* Display columns of n bytes of UTF-8: 2 for wide characters, 0 for combining ones (wcwidth(3), by the
 * locale). */
size_t display_columns(const char *text, size_t n);

struct styled {
    struct buf text;
    struct buf styles; /* one enum style for each byte of text */
};
void styled_add(struct styled *s, enum style style, const char *text, size_t n);
void styled_adds(struct styled *s, enum style style, const char *text);
void styled_addf(struct styled *s, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void styled_free(struct styled *s);
#define cleanup_styled __attribute__((cleanup(styled_free)))

enum breaking {
    BREAK_WORDS,   /* at spaces, which vanish there; a word that is too long for a line is cut */
    BREAK_ANYWHERE /* spaces are kept: for code and tables */
};

/* Adds the text as lines of at most look->width columns, each ended by a newline. The first line begins with
 * `first`, the others with `rest`. Newlines in the text are kept. An empty text adds nothing. */
void layout_text(const struct styled *s, const struct look *look, enum breaking breaking, const char *first,
                 const char *rest, struct buf *out);

/* Cells side by side, each broken into lines within its own width, with two spaces between. The last one has
 * the rest of the line. */
#define LAYOUT_CELLS_MAX 4
void layout_cells(const struct styled *const *cells, const unsigned *widths, size_t n,
                  const struct look *look, struct buf *out);

/* "── title ─────", the whole width. */
void layout_rule(const char *title, const struct look *look, struct buf *out);

#endif
