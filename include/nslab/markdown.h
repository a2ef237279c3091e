/* SPDX-License-Identifier: MIT
 *
 * The labs' Markdown as text for a terminal: paragraphs, **bold**, *emphasis*, `code`, lists, fenced code,
 * headings, and tables as they stand. Anything else is text. Control characters are made harmless.
 */
#ifndef NSLAB_MARKDOWN_H
#define NSLAB_MARKDOWN_H

#include "nslab/buf.h"
#include "nslab/layout.h"
#include "nslab/term.h"

/* Adds text, every line ended by a newline and none wider than look->width. Without colour the backticks of
 * `code` stay, since they say what is to be typed as it stands; the marks of bold and emphasis go. */
void markdown_render(const char *text, const struct look *look, struct buf *out);

/* The same with every line behind an indent; the first behind `first`, as a label. */
void markdown_render_indented(const char *text, const struct look *look, const char *first, const char *rest,
                              struct buf *out);

/* One line of Markdown, without blocks: for titles, choices and the cells of a layout. */
void markdown_inline(const char *text, const struct look *look, enum style base, struct styled *out);

#endif
