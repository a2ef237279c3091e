/* SPDX-License-Identifier: MIT
 *
 * Manual pages, in man(7)'s macros. Texts are plain; `so` in them is shown bold.
 */
#ifndef NSLAB_UI_ROFF_H
#define NSLAB_UI_ROFF_H

#include "nslab/buf.h"

void roff_title(struct buf *out, const char *name, const char *section, const char *date, const char *group);
void roff_section(struct buf *out, const char *name);
void roff_subsection(struct buf *out, const char *name);
void roff_usage(struct buf *out, const char *command, const char *rest); /* what is typed, and what else */
/* A paragraph for each line that isn't empty. */
void roff_text(struct buf *out, const char *text);
void roff_lines(struct buf *out, const char *text,
                const char *between); /* the same, with this macro between them */
void roff_item(struct buf *out, const char *tag, const char *text); /* a tag, and beside it what it means */
void roff_verbatim(struct buf *out, const char *text);              /* lines as they are */
void roff_escape(struct buf *out, const char *text, bool marked);   /* marked: `so` is bold. For tests */

/* The pages. date: "2026-11-23". */
void manual_program(const char *date, struct buf *out); /* nslab(1) */
void manual_lab(const char *date, struct buf *out);     /* nslab-lab(5) */

#endif
