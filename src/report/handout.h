/* SPDX-License-Identifier: MIT
 *
 * What the formats of a handout share: the labs' Markdown, read by cmark.
 */
#ifndef NSLAB_REPORT_HANDOUT_H
#define NSLAB_REPORT_HANDOUT_H

#include "nslab/handout.h"

enum prose { PROSE_HTML, PROSE_COMMONMARK };
/* Adds a text of the lab: whole blocks. HTML in it is shown as it stands, an image is its description: a
 * handout loads nothing. Headings become smaller ones than the handout's own. */
void add_prose(const char *markdown, enum prose as, struct buf *out);
/* The same within a line. What isn't one paragraph is added as plain text. */
void add_prose_inline(const char *markdown, enum prose as, struct buf *out);

extern const char handout_css[];                        /* handout_css.c */
const char *handout_verdict_word(enum verdict verdict); /* "pass", "FAIL", "unsupported" */
/* How and from where it was read: "/proc/1, in web's mount namespace". Adds nothing when nothing is known. */
void handout_add_read(const struct expectation_result *r, struct buf *out);

void handout_write_markdown(const struct handout *h, const struct handout_options *o, struct buf *out);
void handout_write_html(const struct handout *h, const struct handout_options *o, struct buf *out);

#endif
