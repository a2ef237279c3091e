/* SPDX-License-Identifier: MIT
 *
 * Expectations: read, compare, and read again until they hold or their time is over.
 */
#include "internal.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/need.h"

#include <string.h>

static const char not_read[] = "not read";

int pause_after(int pause_ms)
{
    if (!pause_ms)
        return PAUSE_FIRST_MS;
    return pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
}

/* --- one reading --- */

static int expand_in_place(struct lab_run *run, char **text, struct nslab_error *e)
{
    char *expanded = NULL;
    if (!*text || lab_run_expand(run, *text, &expanded, e) < 0)
        return *text ? -1 : 0;
    free(*text);
    *text = expanded;
    return 0;
}

static int see_expand(struct lab_run *run, const struct see *see, struct see *ret, struct nslab_error *e)
{
    see_copy(ret, see);
    if (expand_in_place(run, &ret->subject, e) < 0)
        return -1;
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        if (expand_in_place(run, &ret->keys[i], e) < 0)
            return -1;
    return 0;
}

static int see_read(struct lab_run *run, const struct see *see, struct observation *ret,
                    struct nslab_error *e)
{
    cleanup_with(see_free) struct see expanded = {0};
    if (see_expand(run, see, &expanded, e) < 0)
        return -1;
    return run->calls->observe(run->context.host, &expanded, ret, e);
}

static int operand_expand(struct lab_run *run, const struct strv *operand, struct strv *ret,
                          struct nslab_error *e)
{
    for (size_t i = 0; i < operand->len; i++) {
        char *text = NULL;
        if (lab_run_expand(run, operand->items[i], &text, e) < 0)
            return -1;
        strv_add_taken(ret, text);
    }
    return 0;
}

static void note_other(const struct observation *other, struct reading *r)
{
    struct buf text = {0};
    observation_show(other, &text);
    free(r->other_from);
    free(r->other_observed);
    r->other_from = other->from ? xstrdup(other->from) : NULL;
    r->other_observed = buf_take(&text);
}

static int criterion_read(struct lab_run *run, const struct criterion *c, struct reading *r)
{
    cleanup_strv struct strv operand = {0};
    cleanup_with(observation_free) struct observation other = {0};
    bool compares = matcher_table[c->matcher].operand == OPERAND_SEE;
    if (operand_expand(run, &c->operand, &operand, &r->error) < 0)
        return -1;
    if (compares && see_read(run, &c->other, &other, &r->error) < 0)
        return -1;
    if (r->expected.len)
        buf_adds(&r->expected, " and ");
    match_expected(c->matcher, &operand, compares ? &other : NULL, &r->expected);
    if (compares)
        note_other(&other, r);
    if (!match_holds(c->matcher, &r->seen, &operand, compares ? &other : NULL))
        r->held = false;
    return 0;
}

void reading_glance(struct lab_run *run, const struct expectation *x, struct reading *ret)
{
    *ret = (struct reading){0};
    if (see_read(run, &x->see, &ret->seen, &ret->error) < 0)
        return;
    ret->held = true;
    for (size_t i = 0; i < x->n_criteria; i++)
        if (criterion_read(run, &x->criteria[i], ret) < 0) {
            ret->held = false;
            return;
        }
}

void reading_take(struct lab_run *run, const struct expectation *x, struct reading *ret)
{
    reading_glance(run, x, ret);
    if (error_is_set(&ret->error))
        return;
    cleanup_free char *observed = reading_observed(ret);
    lab_run_remember(run, x->id, observed, ret->held);
}

void reading_free(struct reading *r)
{
    buf_free(&r->expected);
    observation_free(&r->seen);
    free(r->other_from);
    free(r->other_observed);
    *r = (struct reading){0};
}

char *reading_observed(const struct reading *r)
{
    struct buf text = {0};
    if (error_is_set(&r->error)) {
        char why[NSLAB_ERROR_TEXT_MAX];
        return xasprintf("%s: %s", not_read, error_text_brief(&r->error, why, sizeof why));
    }
    observation_show(&r->seen, &text);
    return buf_take(&text);
}

/* --- until it holds --- */

static void reading_poll(struct lab_run *run, const struct expectation *x, int within_ms, struct reading *r)
{
    uint64_t start = run->calls->now();
    for (int pause = 0;;) {
        reading_take(run, x, r);
        /* What this machine can't do, it can't do a moment later either. */
        if (r->held || r->error.cause[0] || interrupt_pending())
            return;
        uint64_t elapsed_ms = (run->calls->now() - start) / 1000000;
        if (elapsed_ms >= (uint64_t)within_ms)
            return;
        int left = within_ms - (int)elapsed_ms;
        pause = pause_after(pause);
        reading_free(r);
        run->calls->pause(pause < left ? pause : left);
    }
}

/* --- results --- */

static const char *viewpoint(const struct see *see)
{
    const char *name = see->keys[SEE_FROM] ? see->keys[SEE_FROM] : see->keys[SEE_OF];
    return name ? name : HOST_NAME;
}

/* What is expected, of an expectation of which nothing could be read. */
static char *expected_unread(struct lab_run *run, const struct expectation *x)
{
    struct buf text = {0};
    for (size_t i = 0; i < x->n_criteria; i++) {
        const struct criterion *c = &x->criteria[i];
        cleanup_strv struct strv operand = {0};
        for (size_t k = 0; k < c->operand.len; k++)
            strv_add_taken(&operand, lab_run_text(run, c->operand.items[k]));
        if (i)
            buf_adds(&text, " and ");
        cleanup_free char *unseen = xasprintf("what %s shows", viewpoint(&c->other));
        const struct observation other = {.kind = VALUE_TEXT, .text = unseen};
        match_expected(c->matcher, &operand, &other, &text);
    }
    return buf_take(&text);
}

/* The verdict of what could not be carried out or read: `unsupported` when this machine is the reason, also
 * when it was the reason why an earlier step could not be run. */
static void fill_error(struct lab_run *run, const struct nslab_error *e, struct expectation_result *ret)
{
    const struct nslab_error *reason = e->cause[0] ? e : &run->unsupported;
    ret->verdict = reason->cause[0] ? VERDICT_UNSUPPORTED : VERDICT_FAIL;
    if (reason->cause[0])
        ret->cause = xstrdup(reason->cause);
    const struct need *need = reason->cause[0] ? need_by_name(reason->cause) : NULL;
    const char *hint = reason->cause[0] ? reason->hint : e->hint;
    if (!hint[0] && need)
        hint = need->remedy;
    if (hint[0])
        ret->hint = xstrdup(hint);
}

/* "process pid", "namespace net": the texts of the lab in it are table entries. */
static char *see_fact(const struct see *see)
{
    const char *subject = see->probe->subjects ? see->subject : NULL, *field = see->keys[SEE_FIELD];
    return xasprintf("%s%s%s%s%s", see->probe->name, subject ? " " : "", subject ? subject : "",
                     field ? " " : "", field ? field : "");
}

static void expectation_begin(struct lab_run *run, const struct expectation *x,
                              struct expectation_result *ret)
{
    *ret = (struct expectation_result){.id = xstrdup(x->id),
                                       .say = lab_run_text(run, x->say),
                                       .fact = see_fact(&x->see),
                                       .line = x->mark.line};
}

static char *look_line(struct lab_run *run, const struct see *see)
{
    cleanup_with(see_free) struct see expanded = {0};
    struct nslab_error e = {0};
    struct buf line = {0};
    return see_expand(run, see, &expanded, &e) == 0 && see_look(&expanded, &line) ? buf_take(&line) : NULL;
}

static void expectation_check(struct lab_run *run, const struct expectation *x, int within_ms,
                              struct expectation_result *ret)
{
    cleanup_with(reading_free) struct reading r = {0};
    uint64_t start = run->calls->now();
    reading_poll(run, x, within_ms, &r);
    expectation_begin(run, x, ret);
    ret->ms = (double)(run->calls->now() - start) / 1e6;
    ret->observed = reading_observed(&r);
    if (error_is_set(&r.error)) {
        ret->expected = expected_unread(run, x);
        ret->from = xstrdup(viewpoint(&x->see));
        ret->how = xstrdup(not_read);
        fill_error(run, &r.error, ret);
        if (!run->unread) {
            run->unread = x;
            run->unread_error = r.error;
        }
        return;
    }
    ret->expected = buf_take(&r.expected);
    ret->from = xstrdup(r.seen.from ? r.seen.from : viewpoint(&x->see));
    ret->how = xstrdup(r.seen.how ? r.seen.how : "");
    ret->verdict = r.held ? VERDICT_PASS : VERDICT_FAIL;
    ret->other_from = take_ptr(r.other_from);
    ret->other_observed = take_ptr(r.other_observed);
    if (!r.held && x->hint)
        ret->hint = lab_run_text(run, x->hint);
    if (!r.held)
        ret->look = look_line(run, &x->see);
}

static void expectation_not_run(struct lab_run *run, const struct expectation *x, const struct nslab_error *e,
                                struct expectation_result *ret)
{
    char why[NSLAB_ERROR_TEXT_MAX];
    expectation_begin(run, x, ret);
    ret->expected = expected_unread(run, x);
    ret->observed = xasprintf("%s: %s", not_read, error_text_brief(e, why, sizeof why));
    ret->from = xstrdup(viewpoint(&x->see));
    ret->how = xstrdup(not_read);
    fill_error(run, e, ret);
}

/* A step without expectations whose lines failed gets one, so that the failing is counted and shown. */
static void lines_not_run(struct lab_run *run, const struct nslab_error *e, struct expectation_result *ret)
{
    char why[NSLAB_ERROR_TEXT_MAX];
    *ret = (struct expectation_result){.id = xstrdup("do"),
                                       .say = xstrdup("the lines of this step can be carried out"),
                                       .fact = xstrdup("do"),
                                       .expected = xstrdup("each line ends as the lab says"),
                                       .observed = xstrdup(error_text_brief(e, why, sizeof why)),
                                       .from = xstrdup(HOST_NAME),
                                       .how = xstrdup("how the lines ended")};
    fill_error(run, e, ret);
}

int step_points(const struct step *step)
{
    return step->points + (step->has_predict ? 1 : 0);
}

void step_result_begin(struct lab_run *run, size_t index, struct step_result *ret)
{
    const struct step *step = &run->lab->steps[index];
    *ret = (struct step_result){.id = xstrdup(step->id),
                                .title = lab_run_text(run, step->title),
                                .line = step->mark.line,
                                .points_max = step_points(step)};
}

void step_result_finish(const struct step *step, struct step_result *r)
{
    r->verdict = VERDICT_PASS;
    for (size_t i = 0; i < r->n; i++)
        r->verdict = verdict_worst(r->verdict, r->expectations[i].verdict);
    r->points_earned = r->verdict == VERDICT_PASS ? step_points(step) : 0;
}

void step_not_run(struct lab_run *run, size_t index, const struct nslab_error *e, struct step_result *ret)
{
    const struct step *step = &run->lab->steps[index];
    char why[NSLAB_ERROR_TEXT_MAX];
    struct nslab_error told = *e;
    if (told.cause[0] && index <= run->unsupported_step)
        error_needs(&told, e->cause); /* with the remedy */
    else if (told.cause[0])
        told.hint[0] = '\0'; /* it was said at the first such step */
    step_result_begin(run, index, ret);
    ret->error = xstrdup(error_text(&told, why, sizeof why));
    ret->n = step->n_expect ? step->n_expect : 1;
    ret->expectations = xcalloc(ret->n, sizeof *ret->expectations);
    for (size_t i = 0; i < step->n_expect; i++)
        expectation_not_run(run, &step->expect[i], e, &ret->expectations[i]);
    if (!step->n_expect)
        lines_not_run(run, e, &ret->expectations[0]);
    step_result_finish(step, ret);
}

static void check_step(struct lab_run *run, size_t index, bool once, struct step_result *ret)
{
    const struct step *step = &run->lab->steps[index];
    struct nslab_error e = {0};
    uint64_t start = run->calls->now();
    run->unread = NULL;
    if (run->refused.cause[0] && run->refused_step == index)
        e = run->refused;
    else
        lab_run_start(run, &e);
    if (error_is_set(&e)) {
        step_not_run(run, index, &e, ret);
        return;
    }
    step_result_begin(run, index, ret);
    ret->n = step->n_expect;
    ret->expectations = xcalloc(ret->n, sizeof *ret->expectations);
    for (size_t i = 0; i < ret->n; i++)
        expectation_check(run, &step->expect[i], once ? 0 : step->expect[i].within_ms, &ret->expectations[i]);
    run->calls->views(run->context.host, ret);
    step_result_finish(step, ret);
    ret->ms = (double)(run->calls->now() - start) / 1e6;
}

void lab_run_check(struct lab_run *run, size_t index, struct step_result *ret)
{
    check_step(run, index, false, ret);
}

void lab_run_look(struct lab_run *run, size_t index, struct step_result *ret)
{
    check_step(run, index, true, ret);
}
