/* SPDX-License-Identifier: MIT
 *
 * What the reports share.
 */
#ifndef NSLAB_REPORT_INTERNAL_H
#define NSLAB_REPORT_INTERNAL_H

#include "nslab/json_text.h"
#include "nslab/report.h"

#define REPORT_TEXT_MAX 4000   /* bytes of one value; a report is to be read */
#define EVIDENCE_LINE_MAX 1000 /* of a value that is part of a line */

/* --- foreign.c --- */
/* Foreign text for any report: harmless on a terminal, and without the `##[` by which some CI services take a
 * command from anywhere in a log line. NULL adds nothing. */
void add_foreign(struct buf *out, const char *text);
/* The same in one line, of at most about REPORT_TEXT_MAX bytes: newlines and tabs become spaces. */
void add_foreign_line(struct buf *out, const char *text);
/* The same, cut after about max bytes, with a note how much was left out. */
void add_foreign_capped(struct buf *out, const char *text, size_t max);

/* --- wrap.c --- */
/* Adds text, wrapped at width; the first line begins after `column` columns that are already there, each
 * further one with `indent` (which may be a gutter such as "    | "). Newlines in the text begin a new line
 * too. Ends with a newline. */
void add_wrapped(struct buf *out, const char *text, unsigned width, unsigned column, const char *indent);

/* --- evidence.c --- */
/* What is unsupported counts as failed with --require-all. */
enum verdict counted_verdict(const struct report_options *o, enum verdict verdict);
/* "expected: ...\nobserved: ...\n...", without a newline at the end; harmless. */
void add_evidence(struct buf *out, const struct expectation_result *x);
/* The same in one line, with what matters. */
void add_evidence_line(struct buf *out, const struct expectation_result *x);
/* Of all that did not pass. Nothing for a step that passed. */
void add_step_evidence(struct buf *out, const struct step_result *step);
void add_finding(struct buf *out, const struct finding *finding); /* "stale (step): text", one line */

/* --- json.c --- */
json_t *result_to_json(const struct result *r);
json_t *text_json(const char *text);      /* as add_foreign() makes it; null for NULL */
json_t *buf_json(const struct buf *text); /* what is harmless already */

/* --- html_picture.c --- */
/* Who shares which namespaces after the step, as SVG with a sentence below. Nothing without views. */
void add_namespaces_picture(struct buf *out, const struct step_result *step);

void report_pretty(const struct result *r, const struct report_options *o, struct buf *out);
void report_tap(const struct result *r, const struct report_options *o, struct buf *out);
void report_junit(const struct result *r, const struct report_options *o, struct buf *out);
void report_json(const struct result *r, const struct report_options *o, struct buf *out);
void report_github(const struct result *r, const struct report_options *o, struct buf *out);
void report_github_summary(const struct result *r, const struct report_options *o, struct buf *out);
void report_classroom50(const struct result *r, const struct report_options *o, struct buf *out);
void report_gradescope(const struct result *r, const struct report_options *o, struct buf *out);
void report_html(const struct result *r, const struct report_options *o, struct buf *out);

#endif
