/* SPDX-License-Identifier: MIT
 *
 * A lab put to the proof. A round goes once through the lab, in one lab host, as `verify` and a learner do:
 * at each step its expectations are read once in the state before it, the step is carried out, and they are
 * read again. Each contrast gets a lab host of its own, brought to the same state. And all of that once more.
 */
#include "nslab/selftest.h"
#include "internal.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <string.h>

/* One step in one round. */
struct trial {
    struct selftest_result *result;
    struct lab_run *run;
    const struct step *step;
    size_t index;
    struct selftest_item *items; /* of this step's expectations, parallel to step->expect */
    unsigned round;
};

/* --- what was found --- */

static void add_violation(struct trial *t, enum violation_kind kind, const char *id, const char *saw)
{
    struct selftest_result *r = t->result;
    for (size_t i = 0; i < r->n_violations; i++) {
        struct selftest_violation *v = &r->violations[i];
        bool same_object = id ? v->id && !strcmp(v->id, id) : !v->id;
        if (v->kind == kind && same_object && !strcmp(v->step, t->step->id)) {
            v->rounds |= 1u << t->round;
            return;
        }
    }
    r->violations = xrealloc(r->violations, r->n_violations + 1, sizeof *r->violations);
    r->violations[r->n_violations++] = (struct selftest_violation){.kind = kind,
                                                                   .step = xstrdup(t->step->id),
                                                                   .id = id ? xstrdup(id) : NULL,
                                                                   .saw = xstrdup(saw),
                                                                   .rounds = 1u << t->round};
}

static void note_cause(struct selftest_item *item, const char *cause)
{
    if (!item->cause)
        item->cause = xstrdup(cause);
}

static void note_unsupported(struct trial *t, const struct nslab_error *e)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    if (!t->result->unsupported)
        t->result->unsupported = xstrdup(error_text(e, text, sizeof text));
}

/* Why the error isn't the lab's failing: it comes from this machine, or follows from an earlier step that
 * this machine can't show. NULL: it is the lab's. */
static const struct nslab_error *machines_fault(const struct trial *t, const struct nslab_error *e)
{
    const struct nslab_error *reason = e->cause[0] ? e : &t->run->unsupported;
    return reason->cause[0] ? reason : NULL;
}

static void not_carried_out(struct trial *t, enum violation_kind kind, const struct nslab_error *e)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    const struct nslab_error *reason = machines_fault(t, e);
    if (!reason) {
        add_violation(t, kind, NULL, error_text(e, text, sizeof text));
        return;
    }
    note_unsupported(t, reason);
    for (size_t i = 0; i < t->step->n_expect; i++)
        if (kind != VIOLATION_CONTRAST || t->items[i].flips)
            note_cause(&t->items[i], reason->cause);
}

/* --- a trial --- */

/* What can't be read yet, as a container that isn't there, doesn't hold. */
static void read_baseline(struct trial *t)
{
    for (size_t i = 0; i < t->step->n_expect; i++) {
        cleanup_with(reading_free) struct reading r = {0};
        struct selftest_item *item = &t->items[i];
        enum sighting *before = &item->rounds[t->round].before;
        reading_take(t->run, &t->step->expect[i], &r);
        if (r.error.cause[0]) {
            *before = SIGHT_UNSUPPORTED;
            note_cause(item, r.error.cause);
            continue;
        }
        *before = r.held ? SIGHT_HELD : SIGHT_FAILED;
        if (!r.held || item->always)
            continue;
        cleanup_free char *saw = reading_observed(&r);
        add_violation(t, VIOLATION_BASELINE, item->id, saw);
    }
}

static void read_positive(struct trial *t)
{
    static const enum sighting sightings[VERDICT_COUNT] = {[VERDICT_PASS] = SIGHT_HELD,
                                                           [VERDICT_FAIL] = SIGHT_FAILED,
                                                           [VERDICT_UNSUPPORTED] = SIGHT_UNSUPPORTED};
    cleanup_with(step_result_free) struct step_result checked = {0};
    lab_run_check(t->run, t->index, &checked);
    for (size_t i = 0; i < t->step->n_expect; i++) {
        const struct expectation_result *x = &checked.expectations[i];
        t->items[i].rounds[t->round].after = sightings[x->verdict];
        if (x->verdict == VERDICT_UNSUPPORTED)
            note_cause(&t->items[i], x->cause);
        if (x->verdict != VERDICT_FAIL)
            continue;
        cleanup_free char *saw = xasprintf("expected: %s; observed: %s", x->expected, x->observed);
        add_violation(t, VIOLATION_POSITIVE, x->id, saw);
    }
}

static void note_contrast_line(struct trial *t, struct selftest_item *item, const struct contrast_line *line)
{
    enum sighting *bare = &item->rounds[t->round].bare;
    if (line->cause) {
        *bare = SIGHT_UNSUPPORTED;
        note_cause(item, line->cause);
        return;
    }
    *bare = line->holds_now ? SIGHT_HELD : SIGHT_FAILED;
    if (line->holds_now == line->flips)
        add_violation(t, line->flips ? VIOLATION_FLIP : VIOLATION_KEEP, line->id, line->after);
}

static void try_contrast(struct trial *t)
{
    struct contrast_result r = {0};
    struct nslab_error e = {0};
    if (lab_run_contrast(t->run, t->index, &r, &e) < 0) {
        not_carried_out(t, VIOLATION_CONTRAST, &e);
        return;
    }
    for (size_t i = 0; i < r.n; i++)
        note_contrast_line(t, &t->items[i], &r.items[i]);
    contrast_result_free(&r);
}

/* A task is done by its solution, and its `do` prepares it. Another step is done by its `do`. */
static int prepare(struct trial *t, struct nslab_error *e)
{
    if (lab_run_start(t->run, e) < 0)
        return -1;
    return t->step->task ? lab_run_do(t->run, t->index, e) : 0;
}

static int carry_out(struct trial *t, struct nslab_error *e)
{
    return t->step->task ? lab_run_solution(t->run, t->index, e) : lab_run_do(t->run, t->index, e);
}

/* false: the lab's own failing, so that the state in which the later steps begin isn't theirs. A step that
 * this machine can't show doesn't hide them. */
static bool try_step(struct trial *t)
{
    struct nslab_error e = {0};
    int rc = prepare(t, &e);
    if (rc == 0) {
        read_baseline(t);
        rc = carry_out(t, &e);
    }
    if (rc < 0) {
        bool is_ours = !machines_fault(t, &e);
        not_carried_out(t, VIOLATION_LINES, &e);
        return !is_ours;
    }
    read_positive(t);
    if (t->step->has_contrast && !interrupt_signal())
        try_contrast(t);
    return true;
}

/* -1: interrupted. What was found just now may be the interruption's work, and so nothing is told. */
static int try_lab(const struct lab *lab, const struct engine_options *o, const struct engine_calls *calls,
                   unsigned round, struct selftest_result *ret, struct nslab_error *e)
{
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, o, calls);
    struct selftest_item *items = ret->items;
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < lab->n_steps; items += lab->steps[i++].n_expect) {
        struct trial t = {ret, run, &lab->steps[i], i, items, round};
        goes_on = try_step(&t);
        if (interrupt_signal())
            return error_say(e, "interrupted; no lab is left running");
    }
    return 0;
}

/* --- a lab --- */

static void items_begin(const struct lab *lab, struct selftest_result *ret)
{
    for (size_t s = 0; s < lab->n_steps; s++)
        ret->n += lab->steps[s].n_expect;
    ret->items = xcalloc(ret->n, sizeof *ret->items);
    struct selftest_item *item = ret->items;
    for (size_t s = 0; s < lab->n_steps; s++) {
        const struct step *step = &lab->steps[s];
        for (size_t i = 0; i < step->n_expect; i++) {
            const struct expectation *x = &step->expect[i];
            *item++ = (struct selftest_item){.step = xstrdup(step->id),
                                             .id = xstrdup(x->id),
                                             .say = xstrdup(x->say),
                                             .always = x->always,
                                             .has_contrast = step->has_contrast,
                                             .flips = step->has_contrast &&
                                                      strv_contains(&step->contrast.flips, x->id)};
        }
    }
}

unsigned selftest_proof(const struct selftest_item *item)
{
    unsigned proof = PROOF_BASELINE | PROOF_CONTRAST;
    for (unsigned i = 0; i < SELFTEST_ROUNDS; i++) {
        const struct selftest_round *round = &item->rounds[i];
        if (round->after != SIGHT_HELD)
            return 0;
        if (round->before != SIGHT_FAILED)
            proof &= ~(unsigned)PROOF_BASELINE;
        if (!item->flips || round->bare != SIGHT_FAILED)
            proof &= ~(unsigned)PROOF_CONTRAST;
    }
    return proof;
}

static void count_items(struct selftest_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (selftest_proof(&r->items[i]))
            r->proven++;
        else if (r->items[i].cause)
            r->n_unsupported++;
        else
            r->unproven++;
    }
}

int lab_selftest_with(const struct lab *lab, const struct engine_options *o, const struct engine_calls *calls,
                      struct selftest_result *ret, struct nslab_error *e)
{
    uint64_t start = calls->now();
    *ret = (struct selftest_result){.lab = xstrdup(lab->id), .title = xstrdup(lab->title)};
    items_begin(lab, ret);
    for (unsigned round = 0; round < SELFTEST_ROUNDS; round++)
        if (try_lab(lab, o, calls, round, ret, e) < 0)
            return -1;
    count_items(ret);
    ret->ms = (double)(calls->now() - start) / 1e6;
    return 0;
}

int lab_selftest(const struct lab *lab, const struct engine_options *o, struct selftest_result *ret,
                 struct nslab_error *e)
{
    return lab_selftest_with(lab, o, &engine_calls_real, ret, e);
}

enum verdict selftest_verdict(const struct selftest_result *r)
{
    if (r->n_violations || r->unproven)
        return VERDICT_FAIL;
    /* A step without expectations can be unsupported too. */
    return r->n_unsupported || r->unsupported ? VERDICT_UNSUPPORTED : VERDICT_PASS;
}

void selftest_result_free(struct selftest_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->items[i].step);
        free(r->items[i].id);
        free(r->items[i].say);
        free(r->items[i].cause);
    }
    for (size_t i = 0; i < r->n_violations; i++) {
        free(r->violations[i].step);
        free(r->violations[i].id);
        free(r->violations[i].saw);
    }
    free(r->items);
    free(r->violations);
    free(r->lab);
    free(r->title);
    free(r->unsupported);
    *r = (struct selftest_result){0};
}
