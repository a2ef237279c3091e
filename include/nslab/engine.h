/* SPDX-License-Identifier: MIT
 *
 * Runs labs: the same functions under `nslab verify`, the shell and the demo. A run owns its lab host.
 */
#ifndef NSLAB_ENGINE_H
#define NSLAB_ENGINE_H

#include "nslab/command.h"
#include "nslab/lab.h"
#include "nslab/result.h"

struct engine_options {
    const char *learner;     /* whose variables; NULL: the user's name */
    const struct sink *sink; /* where output of lines goes; NULL: nowhere */
    /* Called before each line of `do` or of a solution is run, with variables expanded; may be NULL. */
    void (*on_line)(void *context, const char *line);
    void *context;
    int line_timeout_ms;         /* 0: what the limits say, or 30 s */
    const struct limits *limits; /* NULL: limits_learning */
    bool terminal;
};

struct lab_run;
int lab_run_open(const struct lab *lab, const struct engine_options *o, struct lab_run **ret,
                 struct nslab_error *e);
void lab_run_close(struct lab_run *run); /* ends its lab host; NULL is fine */
void lab_run_close_p(struct lab_run **run);
struct command_context *lab_run_context(struct lab_run *run); /* for lines that the learner types */

/* Runs the step's `do`. A line that fails otherwise than expected is an error. */
int lab_run_do(struct lab_run *run, size_t step, struct nslab_error *e);
int lab_run_solution(struct lab_run *run, size_t step, struct nslab_error *e);
/* The same a line at a time, for who stops between them: the nth line of `lines`, which are the step's `do`
 * or its solution. */
int lab_run_nth(struct lab_run *run, size_t step, const struct lab_lines *lines, size_t nth,
                struct nslab_error *e);
/* One line, with ${...} expanded. */
int lab_run_line(struct lab_run *run, const char *text, int *status, struct nslab_error *e);
/* Reads every expectation of the step, polling up to its `within`; remembers what was observed for
 * ${ID.observed}. */
void lab_run_check(struct lab_run *run, size_t index, struct step_result *ret);
/* The same, each read once and now: for whoever looks again and again. */
void lab_run_look(struct lab_run *run, size_t index, struct step_result *ret);
/* Any text of the lab with ${...} expanded by what is known now; what isn't known yet stays as "?". */
char *lab_run_text(struct lab_run *run, const char *text);
/* Brings a fresh lab host to the state before `step`: each earlier step's `do`, or solution if it is a task.
 */
int lab_run_replay(struct lab_run *run, size_t step, struct nslab_error *e);

/* The step again with its wall taken away, in a lab host of its own, read once after readiness. */
struct contrast_line {
    char *id, *say, *before, *after; /* observed with the wall and without */
    bool held_before, holds_now;
    bool flips;  /* the lab says that it must fail now */
    char *cause; /* the need for want of which it could not be read now; NULL: it was read */
};
struct contrast_result {
    struct strv lines; /* what was run */
    struct contrast_line *items;
    size_t n;
    bool as_declared; /* exactly the expectations in `flips` fail, as far as they could be read */
};
int lab_run_contrast(struct lab_run *run, size_t index, struct contrast_result *ret, struct nslab_error *e);
void contrast_result_free(struct contrast_result *r);

/* A whole lab, tasks by their solutions, as `verify` does. A run that can't start gives a result all the
 * same: each expectation `unsupported` with the cause, or failed with the error. */
void lab_verify(const struct lab *lab, const struct engine_options *o, struct lab_result *ret);
/* The result of a lab that could not be run at all, for this reason. */
void lab_verify_failed(const struct lab *lab, const struct engine_options *o, const struct nslab_error *e,
                       struct lab_result *ret);

#endif
