/* SPDX-License-Identifier: MIT
 *
 * What the engine's files share, and what its tests need to run it without a lab host.
 */
#ifndef NSLAB_ENGINE_INTERNAL_H
#define NSLAB_ENGINE_INTERNAL_H

#include "nslab/engine.h"

#include <stdint.h>

/* Everything by which the engine reaches the kernel and the clock. Tests put fakes in its place. */
struct engine_calls {
    int (*start)(struct command_context *c, struct nslab_error *e); /* the lab host, if it isn't there yet */
    int (*line)(struct command_context *c, const char *text, int *status, struct nslab_error *e);
    int (*observe)(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e);
    /* One of container_facts (lab.h) of a container as an owned text; NULL when there is none. */
    char *(*container_fact)(struct host *host, const char *container, const char *fact);
    /* Which namespaces each viewpoint is in: adds to step->views. */
    void (*views)(struct host *host, struct step_result *step);
    void (*stop)(struct host *host);
    uint64_t (*now)(void); /* nanoseconds */
    void (*pause)(int ms);
    unsigned (*struck)(struct command_context *c); /* command_struck(); NULL: there are no limits */
};
extern const struct engine_calls engine_calls_real;

/* What an expectation showed when it was last read in this run. */
struct memory {
    char *id, *observed;
    bool held;
};

struct lab_run {
    const struct lab *lab;
    const struct engine_calls *calls;
    struct engine_options options;
    char *learner;
    struct command_context context;
    struct memory *memories;
    size_t n_memories;
    /* The first step that this machine can't show: what can't be carried out after it has the same cause. */
    struct nslab_error unsupported;
    size_t unsupported_step;
    size_t lost_step; /* the last such step so far */
    bool checked;     /* the lab host has what the lab requires */
    /* The step whose lines were last refused for such a cause: there is nothing of it to be read. */
    struct nslab_error refused;
    size_t refused_step;
    /* Of the step that was looked at last: the first expectation that could not be read, and why. */
    const struct expectation *unread;
    struct nslab_error unread_error;
};

/* --- run.c --- */
/* lab_run_open with other calls. */
struct lab_run *lab_run_new(const struct lab *lab, const struct engine_options *o,
                            const struct engine_calls *calls);
/* Starts the lab host if need be, and checks what the lab `requires`. */
int lab_run_start(struct lab_run *run, struct nslab_error *e);
/* Notes the limits that were struck since as findings about the step. */
unsigned lab_run_note_limits(struct lab_run *run, const char *step, struct lab_result *ret);
void lab_run_remember(struct lab_run *run, const char *id, const char *observed, bool held);
const struct memory *lab_run_recall(const struct lab_run *run, const char *id);
/* Runs text, already expanded, and judges its end by `fails`. */
int lab_run_judged(struct lab_run *run, const char *text, const char *fails, struct nslab_error *e);
/* The step's `do`, and its solution if it is a task. */
int lab_run_step(struct lab_run *run, size_t step, struct nslab_error *e);

/* --- vars.c --- */
char *lab_run_lookup(void *context, const char *name); /* a template_lookup */
/* text with ${...} expanded; what has no value is an error that says why. */
int lab_run_expand(struct lab_run *run, const char *text, char **ret, struct nslab_error *e);
char *lab_run_lookup_or_mark(void *context, const char *name); /* the same; "?" for what isn't known */

/* --- views.c --- */
void views_read(struct host *host, struct step_result *step);

/* --- requires.c --- */
int requires_check(const struct lab *lab, const struct host *host, struct nslab_error *e);

/* --- check.c --- */
#define PAUSE_FIRST_MS 5
#define PAUSE_MAX_MS 50
int pause_after(int pause_ms); /* 5, 10, 20, 40, 50, 50 ... ; pure */

/* One reading of an expectation: all its observations in one round. */
struct reading {
    bool held;
    struct buf expected;
    struct observation seen;           /* kind and how are valid when there is no error */
    char *other_from, *other_observed; /* of the observation that it was compared with; NULL: with none */
    struct nslab_error error;          /* set: something could not be read */
};
/* Remembers for ${ID.observed} what could be read. */
void reading_take(struct lab_run *run, const struct expectation *x, struct reading *ret);
/* The same, and remembers nothing. */
void reading_glance(struct lab_run *run, const struct expectation *x, struct reading *ret);
void reading_free(struct reading *r);
/* What was observed, never empty. The caller frees. */
char *reading_observed(const struct reading *r);
/* Every expectation of a step that couldn't be run. */
void step_not_run(struct lab_run *run, size_t index, const struct nslab_error *e, struct step_result *ret);
/* What a step can earn: its own points, and one for having made its prediction. */
int step_points(const struct step *step);
void step_result_begin(struct lab_run *run, size_t index, struct step_result *ret);
void step_result_finish(const struct step *step, struct step_result *r);

/* --- contrast.c --- */
/* The line with extra options: after its own, before the image, so that the last of repeated flags wins.
 * *is_run: it is a `run` line; other lines are returned as they are. Pure. */
int contrast_rewrite(const char *text, const char *extra, bool *is_run, char **ret, struct nslab_error *e);

/* --- verify.c --- */
void lab_result_begin(struct lab_run *run, struct lab_result *ret);
void lab_result_finish(struct lab_result *r); /* its verdict, from those of its steps */
void lab_verify_with(const struct lab *lab, const struct engine_options *o, const struct engine_calls *calls,
                     struct lab_result *ret);

/* --- grade.c --- */
struct workbook;
void lab_grade_with(const struct lab *lab, const struct workbook *w, const struct engine_options *o,
                    const struct engine_calls *calls, struct lab_result *ret);

/* --- selftest.c --- */
struct selftest_result;
int lab_selftest_with(const struct lab *lab, const struct engine_options *o, const struct engine_calls *calls,
                      struct selftest_result *ret, struct nslab_error *e);

#endif
