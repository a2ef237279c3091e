/* SPDX-License-Identifier: MIT
 *
 * A learner's lab, run again and scored. What the workbook says was seen earns nothing: its lines are run in
 * a fresh lab host, and what the kernel shows then is what counts.
 */
#include "internal.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/workbook.h"

#include <errno.h>
#include <string.h>

/* The world is in the state that no step begins with: after a step that was skipped, or that couldn't be run.
 */
#define NOWHERE ((size_t)-1)

struct grading {
    struct lab_run *run;
    const struct work_lab *work; /* NULL: the learner hasn't begun this lab */
    struct lab_result *result;
    size_t world; /* the lab host is in the state that this step begins with */
    /* A line that came after the last step's end, and for a mishap changed nothing of what the next begins
     * with. */
    struct failed {
        const char *line; /* NULL: none */
        struct nslab_error error;
    } before;
};

static bool earns_nothing(const struct step *step)
{
    return !step_points(step) && !step->n_expect;
}

static bool predicted(const struct step *step, const struct work_step *work)
{
    for (size_t i = 0; work && work->prediction && i < step->predict.n; i++)
        if (!strcmp(step->predict.choices[i].id, work->prediction))
            return true;
    return false;
}

/* --- one step's lines --- */

/* A system call failed for a reason that the work hasn't made. Who has ended, or doesn't answer in time, may
 * be the work's; and what this machine can't do at all is `unsupported` for everybody, and needs no word of
 * each. */
static bool is_mishap(const struct nslab_error *e)
{
    static const int passing[] = {EAGAIN, EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, ETOOMANYREFS, EIO};
    bool passes = false;
    for (size_t i = 0; i < ARRAY_LEN(passing); i++)
        passes |= e->errnum == passing[i];
    return e->step[0] && e->errnum != ESRCH && e->errnum != ETIMEDOUT && (passes || !e->cause[0]);
}

static void find_mishap(struct grading *g, const char *step, const char *what, const struct nslab_error *e)
{
    char brief[NSLAB_ERROR_TEXT_MAX];
    if (is_mishap(e))
        findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_MISHAP], step,
                     "%s: %s", what, error_text_brief(e, brief, sizeof brief));
}

/* What this machine can't do says most about a step, then what has failed here and now; else the first
 * counts. */
static int weight(const struct nslab_error *e)
{
    return e->cause[0] ? 2 : is_mishap(e);
}

/* A line that failed when the learner typed it fails again, and that is no matter: what the kernel shows in
 * the end counts. */
static void replay_line(struct grading *g, size_t index, const char *text, struct failed *failed)
{
    struct nslab_error e = {0};
    int status = 0;
    int rc = !strcmp(text, WORK_DO) ? lab_run_do(g->run, index, &e) : lab_run_line(g->run, text, &status, &e);
    if (rc < 0 && (!failed->line || weight(&e) > weight(&failed->error)))
        *failed = (struct failed){text, e};
}

static int replay_lines(struct grading *g, size_t index, const struct strv *lines, struct failed *failed,
                        struct nslab_error *e)
{
    for (size_t i = 0; i < lines->len; i++) {
        if (interrupt_signal())
            return error_say(e, "interrupted before the end of this step");
        replay_line(g, index, lines->items[i], failed);
    }
    return 0;
}

static int prepare_world(struct grading *g, size_t index, const struct work_step *work, struct nslab_error *e)
{
    if ((work->fresh || g->world != index) && lab_run_replay(g->run, index, e) < 0)
        return -1;
    return lab_run_start(g->run, e);
}

/* --- one step --- */

static void not_attempted(struct grading *g, size_t index, struct step_result *ret)
{
    const struct step *step = &g->run->lab->steps[index];
    step_result_begin(g->run, index, ret);
    ret->not_attempted = true;
    ret->verdict = earns_nothing(step) ? VERDICT_PASS : VERDICT_FAIL;
    g->world = NOWHERE;
}

/* The step was begun, and then nothing was run, or it was given up: nothing of it is there to be looked at.
 */
static void nothing_to_score(struct grading *g, size_t index, const char *why, struct step_result *ret)
{
    step_result_begin(g->run, index, ret);
    ret->verdict = earns_nothing(&g->run->lab->steps[index]) ? VERDICT_PASS : VERDICT_FAIL;
    if (ret->verdict == VERDICT_FAIL)
        ret->error = xstrdup(why);
    g->world = NOWHERE;
}

/* An image that isn't there and a port that is taken may be what the learner typed: no lab is unsupported for
 * that. */
static bool is_this_machine_s(const char *cause)
{
    return cause[0] && strcmp(cause, "image") != 0 && strcmp(cause, "port") != 0;
}

/* The step doesn't show what it should. Where this machine refused one of its lines that is the reason; else
 * the first line that could not be carried out may tell a teacher what happened. */
static void explain_failing(struct grading *g, size_t index, const struct failed *failed,
                            struct step_result *ret)
{
    char brief[NSLAB_ERROR_TEXT_MAX];
    if (!failed->line || ret->verdict != VERDICT_FAIL)
        return;
    if (is_this_machine_s(failed->error.cause)) {
        step_result_free(ret);
        step_not_run(g->run, index, &failed->error, ret);
        find_mishap(g, ret->id, "the step could not be run", &failed->error);
        return;
    }
    findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_LINE], ret->id,
                 "`%.200s` could not be carried out: %s", failed->line,
                 error_text_brief(&failed->error, brief, sizeof brief));
}

static void run_again(struct grading *g, size_t index, const struct work_step *work, struct step_result *ret)
{
    struct nslab_error e = {0};
    struct failed failed = {0}, later = {0};
    size_t world = NOWHERE;
    if (!work->fresh && g->world == index && is_mishap(&g->before.error))
        failed = g->before;
    if (prepare_world(g, index, work, &e) < 0 || replay_lines(g, index, &work->lines, &failed, &e) < 0) {
        step_not_run(g->run, index, &e, ret);
        find_mishap(g, ret->id, "the step could not be run", &e);
    } else {
        lab_run_check(g->run, index, ret);
        if (ret->verdict != VERDICT_PASS && g->run->unread)
            find_mishap(g, ret->id, g->run->unread->say, &g->run->unread_error);
        explain_failing(g, index, &failed, ret);
        /* What was typed after the step had passed is part of the world in which the next one begins. */
        if (replay_lines(g, index, &work->after, &later, &e) == 0)
            world = index + 1;
    }
    g->world = world;
    g->before = later;
}

static bool has_lines(const struct step *step)
{
    return step->run.n || step->task;
}

static void grade_step(struct grading *g, size_t index, struct step_result *ret)
{
    const struct step *step = &g->run->lab->steps[index];
    const struct work_step *work = g->work ? work_lab_step(g->work, step->id) : NULL;
    uint64_t start = g->run->calls->now();
    if (!work)
        not_attempted(g, index, ret);
    else if (work->state == WORK_SKIPPED)
        nothing_to_score(g, index, "it was skipped", ret);
    else if (has_lines(step) && !work->lines.len)
        nothing_to_score(g, index, "none of its lines was run", ret);
    else
        run_again(g, index, work, ret);
    ret->points_earned = ret->verdict == VERDICT_PASS ? step->points : 0;
    if (!work)
        return;
    ret->points_earned += predicted(step, work);
    ret->prediction = work->prediction ? xstrdup(work->prediction) : NULL;
    ret->hints = work->hints;
    ret->seconds = work->seconds;
    ret->ms = (double)(g->run->calls->now() - start) / 1e6;
    if (work->elsewhere && ret->verdict == VERDICT_FAIL)
        findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_ELSEWHERE], step->id,
                     "part of this step was typed in another terminal, and can't be run again");
}

/* --- the lab --- */

/* The variables are drawn from the learner's name: work that was done with others was done by somebody else.
 */
static void find_swapped(struct grading *g, const char *learner)
{
    for (size_t i = 0; i < g->work->vars.len; i++) {
        const char *recorded = g->work->vars.items[i];
        size_t length = strcspn(recorded, "=");
        cleanup_free char *name = xstrndup(recorded, length);
        cleanup_free char *drawn = lab_run_lookup(g->run, name);
        if (!drawn || !recorded[length] || !strcmp(drawn, recorded + length + 1))
            continue;
        findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_SWAPPED], NULL,
                     "the workbook was made with %s, and %s draws %s=%s: it may be somebody else's work",
                     recorded, learner, name, drawn);
    }
}

static void find_stale(struct grading *g)
{
    const struct lab *lab = g->run->lab;
    if (g->work->digest && strcmp(g->work->digest, lab->digest) != 0)
        findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_STALE], NULL,
                     "the workbook was made with another version of this lab");
    for (size_t i = 0; i < g->work->n; i++) {
        const char *id = g->work->steps[i].id;
        bool known = false;
        for (size_t s = 0; s < lab->n_steps; s++)
            known |= !strcmp(lab->steps[s].id, id);
        if (!known)
            findings_add(&g->result->findings, &g->result->n_findings, finding_names[FINDING_STALE], NULL,
                         "this lab has no step `%s` any more", id);
    }
}

void lab_grade_with(const struct lab *lab, const struct workbook *w, const struct engine_options *o,
                    const struct engine_calls *calls, struct lab_result *ret)
{
    struct engine_options options = *o;
    options.learner = w->learner;
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, &options, calls);
    struct grading g = {.run = run, .work = workbook_lab(w, lab->id), .result = ret};
    uint64_t start = calls->now();
    lab_result_begin(run, ret);
    ret->learner = xstrdup(w->learner);
    if (g.work) {
        find_stale(&g);
        find_swapped(&g, options.learner);
    }
    for (size_t i = 0; i < ret->n; i++) {
        grade_step(&g, i, &ret->steps[i]);
        /* Where the lab host was ended, the next step begins in another. */
        if (lab_run_note_limits(run, lab->steps[i].id, ret) & LIMITS_OF_HOST)
            g.world = NOWHERE;
    }
    ret->ms = (double)(calls->now() - start) / 1e6;
    lab_result_finish(ret);
}

void lab_grade(const struct lab *lab, const struct workbook *w, const struct engine_options *o,
               struct lab_result *ret)
{
    lab_grade_with(lab, w, o, &engine_calls_real, ret);
}
