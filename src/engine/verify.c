/* SPDX-License-Identifier: MIT
 *
 * A whole lab from the first step to the last, tasks played by their solutions.
 *
 * A step that fails doesn't end the run: each later one is still tried, and shown for what it is; unless the
 * lab host was ended.
 */
#include "internal.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <string.h>

void lab_result_begin(struct lab_run *run, struct lab_result *ret)
{
    const struct lab *lab = run->lab;
    *ret = (struct lab_result){.id = xstrdup(lab->id),
                               .title = lab_run_text(run, lab->title),
                               .file = xstrdup(lab->file),
                               .digest = xstrdup(lab->digest),
                               .n = lab->n_steps,
                               .steps = xcalloc(lab->n_steps, sizeof *ret->steps)};
}

static void verify_step(struct lab_run *run, size_t index, struct step_result *ret)
{
    struct nslab_error e = {0};
    uint64_t start = run->calls->now();
    if (interrupt_signal()) /* and not interrupt_pending(): a line that was running may have taken it */
        error_say(&e, "interrupted before this step");
    else if (lab_run_step(run, index, &e) == 0)
        error_clear(&e);
    if (error_is_set(&e)) {
        step_not_run(run, index, &e, ret);
    } else {
        lab_run_check(run, index, ret);
    }
    ret->ms = (double)(run->calls->now() - start) / 1e6;
}

/* Where the lab host was ended, nothing that follows could be looked at. */
static void verify_steps(struct lab_run *run, struct lab_result *ret)
{
    struct nslab_error ended = {0};
    for (size_t i = 0; i < ret->n; i++) {
        const char *id = run->lab->steps[i].id;
        if (error_is_set(&ended)) {
            step_not_run(run, i, &ended, &ret->steps[i]);
            continue;
        }
        verify_step(run, i, &ret->steps[i]);
        if (lab_run_note_limits(run, id, ret) & LIMITS_OF_HOST)
            error_say(&ended, "not run, because the lab host was ended in step `%s`", id);
    }
}

void lab_result_finish(struct lab_result *r)
{
    r->verdict = VERDICT_PASS;
    for (size_t i = 0; i < r->n; i++)
        r->verdict = verdict_worst(r->verdict, r->steps[i].verdict);
}

static void all_steps_not_run(struct lab_run *run, const struct nslab_error *e, struct lab_result *ret)
{
    for (size_t i = 0; i < ret->n; i++)
        step_not_run(run, i, e, &ret->steps[i]);
}

void lab_verify_with(const struct lab *lab, const struct engine_options *o, const struct engine_calls *calls,
                     struct lab_result *ret)
{
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, o, calls);
    struct nslab_error e = {0};
    uint64_t start = calls->now();
    lab_result_begin(run, ret);
    if (lab_run_start(run, &e) < 0)
        all_steps_not_run(run, &e, ret);
    else
        verify_steps(run, ret);
    ret->ms = (double)(calls->now() - start) / 1e6;
    lab_result_finish(ret);
}

void lab_verify(const struct lab *lab, const struct engine_options *o, struct lab_result *ret)
{
    lab_verify_with(lab, o, &engine_calls_real, ret);
}

void lab_verify_failed(const struct lab *lab, const struct engine_options *o, const struct nslab_error *e,
                       struct lab_result *ret)
{
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, o, &engine_calls_real);
    lab_result_begin(run, ret);
    all_steps_not_run(run, e, ret);
    lab_result_finish(ret);
}
