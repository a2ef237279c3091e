/* SPDX-License-Identifier: MIT
 *
 * A handout: a lab as it went on this machine, on paper. The lab is run once, its tasks by their solutions,
 * and what was typed, said, observed and drawn is kept; each format is written from that. What a process has
 * said is made harmless, and nothing foreign is ever markup.
 */
#ifndef NSLAB_HANDOUT_H
#define NSLAB_HANDOUT_H

#include "nslab/engine.h"
#include "nslab/lab.h"
#include "nslab/result.h"

#include <stdbool.h>

struct handout_line {
    char *text, *output; /* as it was run; what it said, harmless, "" if nothing */
};
struct handout_lines {
    struct handout_line *items;
    size_t n;
};
struct handout_choice {
    char *text, *feedback; /* Markdown of the lab, with this machine's numbers */
    bool right;
};
struct handout_step {
    const struct step *step;
    char *title, *text, *task, *ask, *explain; /* the same; NULL: the step has none */
    struct handout_choice *choices;
    struct strv hints;
    struct handout_lines run, solution;
    struct step_result result;
    struct contrast_result contrast;
    char *contrast_say, *contrast_error;
    char *picture, *picture_name; /* what `map` drew after the step; NULL: nothing new */
};
struct handout {
    const struct lab *lab; /* outlives it */
    char *date, *system;   /* "2026-11-23", "Linux 6.18" */
    struct handout_step *steps;
    size_t n;
    enum verdict verdict;
};

/* -1: it was interrupted, or there is no image. A step that failed is in the handout as failed. */
int handout_make(const struct lab *lab, const struct engine_options *o, struct handout *ret,
                 struct nslab_error *e);
void handout_free(struct handout *h);

struct handout_options {
    bool no_solutions; /* tasks without what solves them: lines, what was then observed, the explanation */
};
struct handout_format {
    const char *name; /* "md" */
    void (*write)(const struct handout *h, const struct handout_options *o, struct buf *out);
};
extern const struct handout_format handout_formats[];
extern const size_t handout_format_count;

#endif
