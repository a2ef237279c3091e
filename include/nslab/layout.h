/* SPDX-License-Identifier: MIT
 *
 * Layout: texts broken into lines by display columns, with a style for each byte or without. Nothing comes
 * out wider than asked. All that nslab breaks into lines is broken here.
 */
#ifndef NSLAB_LAYOUT_H
#define NSLAB_LAYOUT_H

#include "nslab/buf.h"
#include "nslab/style.h"

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

/* Text without styles, that continues a line and doesn't end its last one. */
struct plain_layout {
    unsigned width;     /* of a line; at least 8 columns more than the indent are taken */
    unsigned column;    /* so many are on the first line already */
    const char *indent; /* further lines begin with it: blanks, or a gutter such as "    | " */
    const char
        *guard; /* no line's text begins with this: its first byte is then written as \xNN. NULL: any */
};
/* Broken at spaces; a word that doesn't fit on the first line goes to the next, and one that is too long for
 * any is cut. Newlines in the text are kept, but for one at its end. */
void layout_plain(const char *text, const struct plain_layout *layout, struct buf *out);

/* "── title ─────", the whole width. */
void layout_rule(const char *title, const struct look *look, struct buf *out);

#endif
