/* SPDX-License-Identifier: MIT
 *
 * What happens in a lab, as its record: where one is, its steps, how long each took.
 */
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "shell_private.h"
#include "worklog_private.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#define IDLE_MAX_MS 900000u /* who does nothing for longer is somewhere else */

static void time_now(char text[24])
{
    time_t now = time(NULL);
    struct tm tm;
    if (!gmtime_r(&now, &tm) || !strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &tm))
        text[0] = '\0';
}

/* --- a lab --- */

static void note_vars(struct shell *sh, struct work_lab *work)
{
    strv_free(&work->vars);
    for (size_t i = 0; i < sh->lab->n_vars; i++) {
        const struct lab_var *var = &sh->lab->vars[i];
        if (!var->value)
            strv_addf(&work->vars, "%s=%ld", var->name,
                      pick_value(worklog_learner(sh), sh->lab->id, var->name, var->pick_from, var->pick_to));
    }
}

/* Where to find a lab again that isn't of the course. */
static char *own_file(const struct lab *lab)
{
    cleanup_free char *found = NULL, *path = realpath(lab->file, NULL);
    struct nslab_error e = {0};
    if (lab_find(lab->id, &found, &e) == 0) {
        cleanup_free char *real = realpath(found, NULL);
        if (real && path && !strcmp(real, path))
            return NULL;
    }
    return path && work_line_fits(path) ? xstrdup(path) : NULL;
}

static void describe_lab(struct shell *sh, struct work_lab *work)
{
    free(work->digest);
    free(work->file);
    work->digest = xstrdup(sh->lab->digest);
    work->file = own_file(sh->lab);
    note_vars(sh, work);
    work->unsaved = true;
}

/* The time that went by belongs to the step that was shown. */
void worklog_count_time(struct shell *sh)
{
    struct worklog *log = &sh->log;
    uint64_t now = now_ns(), ms = (now - log->mark_ns) / 1000000;
    log->mark_ns = now;
    log->spent_ms += ms < IDLE_MAX_MS ? ms : IDLE_MAX_MS;
    struct work_lab *work = worklog_lab(sh);
    struct work_step *s = work ? work_lab_step(work, sh->lab->steps[log->shown].id) : NULL;
    if (!s)
        return;
    unsigned long seconds = (unsigned long)s->seconds + log->spent_ms / 1000;
    s->seconds = seconds < INT_MAX ? (int)seconds : INT_MAX;
    log->spent_ms %= 1000;
}

static void show_now(struct shell *sh)
{
    struct worklog *log = &sh->log;
    log->shown = sh->step;
    log->mark_ns = now_ns();
    log->spent_ms = 0;
    time_now(log->since);
}

void worklog_begin(struct shell *sh)
{
    struct worklog *log = &sh->log;
    struct workbook *w = worklog_book(sh);
    if (sh->options->no_workbook)
        return;
    log->on = true;
    keep_announce(&log->keep);
    if (log->keep.shared)
        shell_note(
            sh,
            "Another nslab works with your workbook too. Both record what is done in them; of a step that "
            "is done in both, the later record is kept.");
    log->fresh_world = log->unrecorded = log->began = false;
    show_now(sh);
    struct work_lab *work = workbook_lab_begin(w, sh->lab->id, sh->lab->digest);
    if (!work->n)
        describe_lab(sh, work);
    else if (strcmp(work->digest, sh->lab->digest) != 0)
        shell_note(
            sh,
            "Your workbook has steps of another version of this lab. They are kept, and go with the steps "
            "of the same name; `reset lab` begins it anew.");
}

/* Of what the shell knows of a step by itself: the prediction, the hints, what was typed elsewhere. */
static void take_progress(struct shell *sh, struct work_lab *work, size_t i)
{
    const struct lesson_progress *p = &sh->progress[i];
    const struct step *step = &sh->lab->steps[i];
    struct work_step *s = work_lab_step(work, step->id);
    const char *prediction = p->choice == NO_CHOICE ? NULL : step->predict.choices[p->choice].id;
    bool same_prediction = !prediction || (s && s->prediction && !strcmp(s->prediction, prediction));
    int hints = (int)p->hints;
    bool elsewhere = p->elsewhere && (!s || (!s->elsewhere && s->state != WORK_PASSED));
    if (same_prediction && !elsewhere && (s ? s->hints >= hints : !hints))
        return;
    s = work_lab_step_begin(work, sh->lab, i);
    s->unsaved = true;
    s->elsewhere = s->elsewhere || elsewhere;
    s->hints = hints > s->hints ? hints : s->hints;
    if (!s->begun)
        s->begun = xstrdup(sh->log.since);
    if (same_prediction)
        return;
    free(s->prediction);
    s->prediction = xstrdup(prediction);
}

/* A lab that was finished stays so until something is done in it again. */
static bool is_only_looked_at(const struct work_lab *work)
{
    for (size_t i = 0; i < work->n; i++)
        if (work->steps[i].unsaved)
            return false;
    return work->n && !work->at;
}

void worklog_sync_lab(struct shell *sh)
{
    struct workbook *w = worklog_book(sh);
    struct work_lab *work = worklog_lab(sh);
    const char *at = sh->lab->steps[sh->step].id;
    for (size_t i = 0; i < sh->lab->n_steps; i++)
        take_progress(sh, work, i);
    worklog_count_time(sh);
    if (sh->log.shown != sh->step)
        show_now(sh);
    if (is_only_looked_at(work))
        return;
    if (!work->at || strcmp(work->at, at) != 0 || !w->at || strcmp(w->at, work->id) != 0) {
        free(work->at);
        free(w->at);
        work->at = xstrdup(at);
        w->at = xstrdup(work->id);
        work->unsaved = true;
    }
}

/* --- its steps --- */

/* What the workbook has of a step; it is begun if need be. */
struct work_step *worklog_step(struct shell *sh, size_t index)
{
    struct work_step *s = work_lab_step_begin(worklog_lab(sh), sh->lab, index);
    if (!s->begun && sh->log.since[0])
        s->begun = xstrdup(sh->log.since);
    s->unsaved = true;
    return s;
}

/* What was recorded of the next step was built upon what this one had left. */
static void part_from_next(struct shell *sh, size_t index)
{
    struct work_step *s =
        index + 1 < sh->lab->n_steps ? work_lab_step(worklog_lab(sh), sh->lab->steps[index + 1].id) : NULL;
    if (s && s->lines.len && !s->fresh)
        s->fresh = s->unsaved = true;
}

void worklog_begin_step_anew(struct shell *sh, size_t index)
{
    struct work_step *s = worklog_step(sh, index);
    work_step_reset(s);
    s->fresh = sh->log.fresh_world;
    part_from_next(sh, index);
}

void worklog_fresh(struct shell *sh)
{
    if (!sh->log.on)
        return;
    const struct work_step *s = work_lab_step(worklog_lab(sh), shell_step(sh)->id);
    sh->log.fresh_world = true;
    sh->log.unrecorded = sh->log.began = false;
    if (s && s->state != WORK_PASSED)
        worklog_begin_step_anew(sh, sh->step);
}

/* --- checks, and moving on --- */

void worklog_check(struct shell *sh, const struct step_result *r)
{
    if (!sh->log.on)
        return;
    struct worklog *log = &sh->log;
    if (sh->world != sh->step) {
        shell_note(sh, "This isn't recorded: the lab host isn't in this step. `again` brings it there.");
        return;
    }
    if (log->unrecorded)
        return;
    struct work_step *s = worklog_step(sh, sh->step);
    bool passed = s->state == WORK_PASSED;
    s->elsewhere = s->elsewhere || (!passed && shell_progress(sh)->elsewhere);
    work_step_note_check(s, r);
    if (passed || s->state != WORK_PASSED)
        return;
    char now[24];
    time_now(now);
    free(s->ended);
    s->ended = xstrdup(now);
}

void worklog_skipped(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_step *s = worklog_step(sh, sh->step);
    if (s->state == WORK_PASSED)
        return;
    work_step_reset(s);
    s->state = WORK_SKIPPED;
    part_from_next(sh, sh->step);
}

/* A step that has nothing to check has passed when one goes on from it. */
void worklog_leave(struct shell *sh)
{
    if (!sh->log.on)
        return;
    if (shell_step(sh)->n_expect || !lesson_done(shell_step(sh), shell_progress(sh)))
        return;
    struct work_step *s = worklog_step(sh, sh->step);
    char now[24];
    time_now(now);
    if (s->state != WORK_BEGUN)
        return;
    s->state = WORK_PASSED;
    s->ended = xstrdup(now);
}

void worklog_next(struct shell *sh)
{
    if (!sh->log.on)
        return;
    sh->log.fresh_world = sh->log.unrecorded;
    sh->log.unrecorded = sh->log.began = false;
}

void worklog_finished(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_lab *work = worklog_lab(sh);
    worklog_count_time(sh);
    free(take_ptr(work->at));
    work->unsaved = true;
    sh->log.on = false;
}

void worklog_reset_step(struct shell *sh)
{
    if (!sh->log.on)
        return;
    sh->log.fresh_world = true;
    sh->log.unrecorded = sh->log.began = false;
    worklog_begin_step_anew(sh, sh->step);
}

void worklog_reset_lab(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_lab *work = worklog_lab(sh);
    work_lab_reset(work);
    describe_lab(sh, work);
    sh->log.fresh_world = sh->log.unrecorded = sh->log.began = false;
}
