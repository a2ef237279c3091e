/* SPDX-License-Identifier: MIT
 *
 * What the reports share.
 */
#ifndef NSLAB_REPORT_INTERNAL_H
#define NSLAB_REPORT_INTERNAL_H

#include "nslab/report.h"

#include <jansson.h>

/* Foreign text for any report: harmless on a terminal, and without the `##[` by which some CI services take a
 * command from anywhere in a log line. NULL adds nothing. */
void add_foreign(struct buf *out, const char *text);
/* The same in one line: newlines and tabs become spaces. */
void add_foreign_line(struct buf *out, const char *text);

/* Adds text, wrapped at width; the first line begins after `column` columns that are already there, each
 * further one with `indent` (which may be a gutter such as "    | "). Newlines in the text begin a new line
 * too. Ends with a newline. */
void add_wrapped(struct buf *out, const char *text, unsigned width, unsigned column, const char *indent);

json_t *result_to_json(const struct result *r);
json_t *text_json(const char *text);             /* harmless; null for NULL */
void json_write(json_t *taken, struct buf *out); /* indented, with a newline at the end */

void report_pretty(const struct result *r, const struct report_options *o, struct buf *out);
void report_tap(const struct result *r, const struct report_options *o, struct buf *out);
void report_json(const struct result *r, const struct report_options *o, struct buf *out);

#endif
