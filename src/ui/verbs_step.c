/* SPDX-License-Identifier: MIT */
#include "nslab/interrupt.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "record.h"
#include "shell_private.h"

#include <string.h>

/* Verbs within a step need one. */
static struct shell *in_step(struct command_context *c, int *status, struct nslab_error *e)
{
    struct shell *sh = c->lesson;
    if (sh->run)
        return sh;
    *status = STATUS_USAGE;
    error_say(e, "no lab is running");
    error_hint(e, "`labs` lists the labs, `start LAB` begins one.");
    return NULL;
}

static int refuse(int *status, struct nslab_error *e, const char *why, const char *hint)
{
    *status = STATUS_USAGE;
    error_say(e, "%s", why);
    return error_hint(e, "%s", hint);
}

/* The same with what is the obvious next thing as the hint. */
static int refuse_for_now(struct shell *sh, int *status, struct nslab_error *e, const char *why)
{
    *status = STATUS_USAGE;
    error_say(e, "%s", why);
    return error_hint(e, "%s.", lesson_action_table[shell_obvious(sh)].says);
}

static void print_question(struct shell *sh)
{
    struct expander x = shell_expander(sh);
    cleanup_buf struct buf out = {0};
    show_question(shell_step(sh), &x, &sh->term.look, &out);
    shell_print(sh, &out);
}

int verb_predict(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return -1;
    struct step *step = shell_step(sh);
    struct lesson_progress *p = shell_progress(sh);
    if (!step->has_predict)
        return refuse(status, e, "this step asks for no prediction", "Enter goes on.");
    if (p->ran || p->checked)
        return refuse(status, e, "the step has been run: what you saw is the answer",
                      "`again` begins it once more, in a fresh lab host.");
    if (!line->args.len) {
        print_question(sh);
        course_say_next(sh);
        return 0;
    }
    int choice = lesson_choice(&step->predict, line->args.items[0]);
    if (choice == NO_CHOICE) {
        print_question(sh);
        return refuse(status, e, "that is none of the choices",
                      "Answer with a letter, a number or the choice's id.");
    }
    p->choice = choice;
    cleanup_free char *text = lab_run_text(sh->run, step->predict.choices[choice].text);
    shell_say(sh, "You say: %s", text);
    course_say_next(sh);
    return 0;
}

void step_answer(struct shell *sh)
{
    struct step *step = shell_step(sh);
    struct lesson_progress *p = shell_progress(sh);
    struct expander x = shell_expander(sh);
    cleanup_buf struct buf out = {0};
    if (!step->has_predict || p->answered)
        return;
    p->answered = true;
    buf_addc(&out, '\n');
    show_feedback(step, p->choice, &x, &sh->term.look, &out);
    shell_print(sh, &out);
}

int verb_do(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return -1;
    struct step *step = shell_step(sh);
    struct lesson_progress *p = shell_progress(sh);
    if (!step->run.n)
        return refuse(status, e,
                      step->task ? "this step is a task: its lines are yours to find"
                                 : "this step has no lines",
                      step->task ? "`step` shows the task again, `hint` helps." : "Enter goes on.");
    if (course_ensure_world(sh, status, e) < 0)
        return -1;
    worklog_before(sh, WORK_DO);
    sh->touched = p->ran = true;
    p->checked = false;
    record_mark(sh->options->recorder, step->id, "run");
    int r = lab_run_do(sh->run, sh->step, e);
    worklog_after(sh, r < 0, 0);
    if (r < 0) {
        lesson_note_error(p, e);
        return course_error(e, status);
    }
    p->broke = false;
    step_answer(sh);
    course_say_next(sh);
    return 0;
}

void step_take_result(struct shell *sh, const struct step_result *result, int *status)
{
    struct lesson_progress *p = shell_progress(sh);
    cleanup_buf struct buf out = {0};
    show_check(result, &sh->term.look, &out);
    shell_print(sh, &out);
    p->checked = true;
    p->typed = false;
    p->verdict = result->verdict;
    *status = result->verdict == VERDICT_FAIL          ? STATUS_FAILED
              : result->verdict == VERDICT_UNSUPPORTED ? STATUS_UNSUPPORTED
                                                       : 0;
    worklog_check(sh, result);
    if (p->verdict != VERDICT_FAIL)
        step_answer(sh);
    /* A step with lines of its own is graded by those. */
    if (p->verdict == VERDICT_PASS && p->elsewhere && shell_step(sh)->task)
        shell_say(sh, "Something was typed in a shell of the lab during this step, in another terminal or by "
                      "`enter`. Grading can't run that again: it runs the lines that were typed here.");
}

struct shell *step_to_check(struct command_context *c, int *status, struct nslab_error *e)
{
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return NULL;
    struct step *step = shell_step(sh);
    if (!step->n_expect)
        refuse(status, e, "this step has nothing to check", "Enter goes on.");
    else if (step->run.n && !shell_progress(sh)->ran)
        refuse(status, e, "there is nothing to look at yet: the step's lines were not run",
               "`do` runs them.");
    else
        return sh;
    return NULL;
}

int verb_check(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct step_result result = {0};
    struct shell *sh = step_to_check(c, status, e);
    if (!sh)
        return -1;
    record_mark(sh->options->recorder, shell_step(sh)->id, "observe");
    lab_run_check(sh->run, sh->step, &result);
    if (interrupt_pending() && result.verdict == VERDICT_FAIL) {
        /* It was looked at too briefly: that is no verdict. */
        step_result_free(&result);
        *status = STATUS_INTERRUPTED;
        return error_say(e, "interrupted before all was looked at");
    }
    step_take_result(sh, &result, status);
    step_result_free(&result);
    course_say_next(sh);
    return 0;
}

int verb_hint(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return -1;
    struct step *step = shell_step(sh);
    struct lesson_progress *p = shell_progress(sh);
    if (!step->hints.len)
        return refuse_for_now(sh, status, e, "this step has no hints");
    if (p->hints < step->hints.len)
        p->hints++;
    cleanup_free char *text = lab_run_text(sh->run, step->hints.items[p->hints - 1]);
    shell_say(sh, "Hint %zu of %zu: %s", p->hints, step->hints.len, text);
    if (p->hints == step->hints.len && step->solution.n)
        shell_note(sh, "That was the last hint. `solution` shows the lines, `skip` runs them and goes on.");
    return 0;
}

int verb_solution(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return -1;
    struct step *step = shell_step(sh);
    if (!step->solution.n)
        return refuse_for_now(sh, status, e, "this step has no solution: it isn't a task");
    if (shell_progress(sh)->hints < step->hints.len)
        return refuse(status, e, "the solution comes after the hints", "`hint` gives the next one.");
    cleanup_buf struct buf out = {0};
    for (size_t i = 0; i < step->solution.n; i++) {
        cleanup_free char *text = lab_run_text(sh->run, step->solution.items[i].text);
        show_line(text, &sh->term.look, &out);
    }
    shell_print(sh, &out);
    shell_note(sh, "Type these lines, then `check`.");
    return 0;
}

int verb_contrast(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = in_step(c, status, e);
    if (!sh)
        return -1;
    struct step *step = shell_step(sh);
    struct contrast_result result = {0};
    cleanup_buf struct buf out = {0};
    if (!step->has_contrast)
        return refuse_for_now(sh, status, e, "this step has no contrast: it takes no wall away");
    if (!lesson_done(step, shell_progress(sh)))
        return refuse_for_now(sh, status, e, "first see the step with its wall in place");
    record_mark(sh->options->recorder, step->id, "contrast");
    sh->quiet = true;
    int r = lab_run_contrast(sh->run, sh->step, &result, e);
    sh->quiet = false;
    if (r < 0)
        return course_error(e, status);
    show_contrast(&step->contrast, &result, &sh->term.look, &out);
    shell_print(sh, &out);
    *status = result.as_declared ? 0 : STATUS_FAILED;
    shell_progress(sh)->contrasted = true;
    contrast_result_free(&result);
    course_say_next(sh);
    return 0;
}

/* Something live, in a lab or without one. */
static int explain_live(struct shell *sh, const struct strv *args, int *status, struct nslab_error *e)
{
    struct explaining x = {.context = shell_context(sh), .failed = &sh->failed};
    cleanup_buf struct buf text = {0};
    if (explain_topic(&x, args, &text, e) < 0) {
        *status = STATUS_USAGE;
        return -1;
    }
    shell_say(sh, "%s", buf_text(&text));
    return 0;
}

int verb_explain(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    struct shell *sh = c->lesson;
    const char *topic = line->args.len ? line->args.items[0] : NULL;
    if (topic && !(sh->run && !strcmp(topic, shell_step(sh)->id)))
        return explain_live(sh, &line->args, status, e);
    if (!in_step(c, status, e))
        return -1;
    struct step *step = shell_step(sh);
    struct lesson_progress *p = shell_progress(sh);
    if (!step->explain)
        return refuse_for_now(sh, status, e, "this step has no explanation of its own");
    if (!lesson_done(step, p) && !(p->checked && !step->task))
        return refuse_for_now(sh, status, e,
                              "the explanation comes after what you have seen, with your own numbers");
    p->explained = true;
    record_mark(sh->options->recorder, step->id, "explain");
    cleanup_free char *text = lab_run_text(sh->run, step->explain);
    shell_say(sh, "%s", text);
    course_say_next(sh);
    return 0;
}
