/* SPDX-License-Identifier: MIT
 *
 * A lab that was begun before: where one was, and the containers that the step needs, by the lines that are
 * recorded.
 */
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "shell_private.h"

#include <string.h>

/* --- where one was --- */

static size_t step_index(const struct lab *lab, const char *id)
{
    for (size_t i = 0; i < lab->n_steps; i++)
        if (!strcmp(lab->steps[i].id, id))
            return i;
    return lab->n_steps;
}

static bool is_behind(const struct work_step *s)
{
    return s && (s->state == WORK_PASSED || s->state == WORK_SKIPPED);
}

/* The step may be gone, in another version of the lab: then it is the first that isn't done. */
static size_t step_to_go_on_with(const struct lab *lab, const struct work_lab *work)
{
    size_t at = work->at ? step_index(lab, work->at) : 0;
    if (at < lab->n_steps)
        return at;
    for (at = 0; at + 1 < lab->n_steps; at++)
        if (!is_behind(work_lab_step(work, lab->steps[at].id)))
            break;
    return at;
}

struct lesson_progress resume_progress(const struct step *step, const struct work_step *s)
{
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    if (!s)
        return p;
    for (size_t i = 0; s->prediction && i < step->predict.n; i++)
        if (!strcmp(step->predict.choices[i].id, s->prediction))
            p.choice = (int)i;
    p.hints = (size_t)s->hints < step->hints.len ? (size_t)s->hints : step->hints.len;
    p.ran = p.answered = s->state == WORK_SKIPPED || strv_contains(&s->lines, WORK_DO);
    p.checked = s->state == WORK_PASSED || s->state == WORK_FAILED || s->state == WORK_UNSUPPORTED;
    p.verdict = s->state == WORK_FAILED        ? VERDICT_FAIL
                : s->state == WORK_UNSUPPORTED ? VERDICT_UNSUPPORTED
                                               : VERDICT_PASS;
    p.elsewhere = s->elsewhere;
    p.typed = s->state == WORK_BEGUN && s->lines.len > (size_t)p.ran;
    return p;
}

/* --- what was there --- */

struct rebuilding {
    struct shell *sh;
    struct strv failed;  /* lines that can't be run any more, and why */
    unsigned interrupts; /* before it began: a line that is ended by one takes it */
};

static bool interrupted(const struct rebuilding *b)
{
    return interrupt_count() != b->interrupts || interrupt_pending();
}

static void run_again(struct rebuilding *b, size_t step, const struct strv *lines)
{
    struct shell *sh = b->sh;
    for (size_t i = 0; i < lines->len && !interrupted(b); i++) {
        const char *line = lines->items[i];
        char why[NSLAB_ERROR_TEXT_MAX];
        struct nslab_error e = {0};
        int status = 0;
        int r =
            strcmp(line, WORK_DO) ? lab_run_line(sh->run, line, &status, &e) : lab_run_do(sh->run, step, &e);
        if (r == 0 || interrupted(b))
            continue;
        if (!strcmp(line, WORK_DO))
            lesson_note_error(&sh->progress[step], &e);
        strv_addf(&b->failed, "- `%s`: %s", line, error_text_brief(&e, why, sizeof why));
    }
}

/* What a step sets off has to have happened before the next one begins; and its numbers become known. */
static enum verdict look(struct rebuilding *b, size_t step)
{
    struct step_result r = {0};
    lab_run_check(b->sh->run, step, &r);
    enum verdict verdict = r.verdict;
    step_result_free(&r);
    return verdict;
}

static void run_step_again(struct rebuilding *b, size_t step, const struct work_step *s)
{
    struct lesson_progress *p = &b->sh->progress[step];
    run_again(b, step, &s->lines);
    if (interrupted(b) || s->state == WORK_BEGUN)
        return;
    enum verdict now = look(b, step);
    if (s->state != WORK_PASSED)
        p->verdict = now;
    run_again(b, step, &s->after);
}

static int rebuild(struct rebuilding *b, const struct work_lab *work, struct nslab_error *e)
{
    struct shell *sh = b->sh;
    struct command_context *context = lab_run_context(sh->run);
    bool terminal = context->terminal;
    size_t from = work_replay_from(work, sh->lab, sh->step);
    if (from > 0 && lab_run_replay(sh->run, from, e) < 0)
        return -1;
    context->terminal = false; /* nobody is asked anything */
    for (size_t i = from; i <= sh->step && !interrupted(b); i++) {
        const struct work_step *s = work_lab_step(work, sh->lab->steps[i].id);
        if (s)
            run_step_again(b, i, s);
    }
    context->terminal = terminal;
    return interrupted(b) ? error_say(e, "interrupted: not all of your lines were run") : 0;
}

static bool needs_rebuilding(const struct shell *sh, const struct work_lab *work)
{
    const struct work_step *s = work_lab_step(work, sh->lab->steps[sh->step].id);
    return sh->step > 0 || (s && s->lines.len);
}

static void note_state(struct shell *sh, const struct work_lab *work, bool whole)
{
    const struct work_step *s = work_lab_step(work, sh->lab->steps[sh->step].id);
    bool lines = s && s->lines.len;
    sh->world = whole ? sh->step : sh->lab->n_steps;
    sh->touched = !whole || (lines && strv_contains(&s->lines, WORK_DO));
    sh->strayed = lines;
    sh->log.began = lines;
}

static void say_failed(struct shell *sh, const struct strv *failed)
{
    cleanup_buf struct buf list = {0};
    if (!failed->len)
        return;
    strv_join(failed, "\n", &list);
    shell_say(sh, "Of your lines, these could not be run again:\n\n%s", buf_text(&list));
    shell_note(sh, "`reset` begins this step once more, in the state that the lab itself leads to.");
}

static void bring_back(struct shell *sh, const struct work_lab *work)
{
    struct rebuilding b = {.sh = sh, .interrupts = interrupt_count()};
    struct nslab_error e = {0};
    shell_say(sh, "Your lines are run once more, so that the containers are there again.");
    sh->quiet = true;
    int r = rebuild(&b, work, &e);
    sh->quiet = false;
    note_state(sh, work, r == 0);
    if (r < 0) {
        error_hint(&e, "`reset` begins this step once more, `reset lab` the whole lab.");
        shell_error(sh, &e);
    }
    say_failed(sh, &b.failed);
    strv_free(&b.failed);
}

/* Nothing is brought back: a step that was skipped can be done now. */
static void say_finished_before(struct shell *sh, const struct work_lab *work)
{
    size_t done = 0;
    for (size_t i = 0; i < sh->lab->n_steps; i++) {
        const struct work_step *s = work_lab_step(work, sh->lab->steps[i].id);
        done += lesson_done(&sh->lab->steps[i], &sh->progress[i]);
        if (s && s->state == WORK_SKIPPED)
            sh->progress[i].ran = sh->progress[i].answered = false;
    }
    shell_say(sh, "You have finished this lab: you did %zu of its %zu steps. `reset lab` forgets that.", done,
              sh->lab->n_steps);
}

void course_resume(struct shell *sh)
{
    const struct work_lab *work = worklog_lab(sh);
    struct lab_standing standing = worklog_standing(sh, sh->lab->id);
    for (size_t i = 0; i < sh->lab->n_steps; i++)
        sh->progress[i] = resume_progress(&sh->lab->steps[i], work_lab_step(work, sh->lab->steps[i].id));
    if (standing.finished) {
        say_finished_before(sh, work);
        return;
    }
    sh->step = sh->log.shown = step_to_go_on_with(sh->lab, work);
    shell_say(sh, "You go on where you stopped, at step %zu of %zu. `reset lab` begins the lab anew.",
              sh->step + 1, sh->lab->n_steps);
    if (needs_rebuilding(sh, work))
        bring_back(sh, work);
}
