/* SPDX-License-Identifier: MIT
 *
 * Text for XML and HTML, and the frame of a page.
 *
 * XML has no way to write most control characters: a reader refuses the whole file. Here they become visible
 * text, as everywhere in nslab (add_harmless()).
 */
#ifndef NSLAB_MARKUP_H
#define NSLAB_MARKUP_H

#include "nslab/buf.h"

/* Foreign text, for an element or a value in quotes. NULL adds nothing. */
void markup_text(struct buf *out, const char *text);
/* The same in one line. */
void markup_line(struct buf *out, const char *text);
/* The same, cut after about max bytes, with a note how much was left out. */
void markup_capped(struct buf *out, const char *text, size_t max);

/* A whole page, which is well-formed XML too, needs no other file and no script, follows the reader's light
 * or dark colours, and can be printed. style: more CSS, without `<` and `&`; may be NULL. */
void html_begin(struct buf *out, const char *title, const char *style);
void html_end(struct buf *out);

#endif
