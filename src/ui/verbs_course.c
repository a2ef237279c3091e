/* SPDX-License-Identifier: MIT */
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "shell_private.h"

#include <string.h>

/* --- labs --- */

static void add_lab_row(struct shell *sh, const char *path, struct buf *out)
{
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_free char *id = lab_id_of_path(path);
    struct nslab_error e = {0};
    if (lab_read_file(path, &lab, &d, &e) < 0) {
        cleanup_styled struct styled text = {0};
        styled_addf(&text, STYLE_FAIL, "%s can't be read: `nslab lint %s` says why", id, path);
        layout_text(&text, &sh->term.look, BREAK_WORDS, "", "  ", out);
        return;
    }
    struct lab_standing standing = worklog_standing(sh, lab->id);
    const struct lab_row row = {.id = id,
                                .title = lab->title,
                                .minutes = lab->minutes,
                                .steps = lab->n_steps,
                                .steps_done = standing.done,
                                .state = standing.finished ? LAB_DONE
                                         : standing.begun  ? LAB_BEGUN
                                                           : LAB_NOT_BEGUN};
    show_lab_row(&row, &sh->term.look, out);
}

static int verb_labs(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    cleanup_strv struct strv paths = {0};
    cleanup_buf struct buf out = {0};
    if (labs_list(&paths, e) < 0) {
        *status = STATUS_BROKEN;
        return -1;
    }
    worklog_refresh(sh);
    for (size_t i = 0; i < paths.len; i++)
        add_lab_row(sh, paths.items[i], &out);
    shell_print(sh, &out);
    course_say_next(sh);
    return 0;
}

/* --- moving --- */

static int not_in_lab(struct shell *sh, int *status, struct nslab_error *e)
{
    if (sh->run)
        return 0;
    *status = STATUS_USAGE;
    error_say(e, "no lab is running");
    return error_hint(e, "`labs` lists the labs, `start LAB` begins one.");
}

static int verb_start(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    struct shell *sh = c->lesson;
    cleanup_free char *name = line->args.len ? xstrdup(line->args.items[0])
                              : sh->run      ? xstrdup(sh->lab->file)
                                             : course_suggestion(sh);
    cleanup_free char *place = name ? worklog_place(sh, name) : NULL;
    if (!name) {
        *status = STATUS_BROKEN;
        error_say(e, "no labs were found");
        return error_hint(e, "`start FILE.yaml` begins a lab of your own.");
    }
    worklog_refresh(sh);
    if (course_start(sh, place, status, e) < 0)
        return -1;
    shell_say(sh, "**%s**", sh->lab->title);
    bool begun = worklog_standing(sh, sh->lab->id).begun;
    worklog_begin(sh);
    if (begun)
        course_resume(sh);
    else
        shell_say(
            sh,
            one_or_many(
                (size_t)sh->lab->minutes,
                "%s About %d minute. Nothing of it stays on this machine but what you did, in your workbook.",
                "%s About %d minutes. Nothing of it stays on this machine but what you did, in your "
                "workbook."),
            sh->lab->summary, sh->lab->minutes);
    course_show_step(sh);
    course_say_next(sh);
    return 0;
}

static int verb_step(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    course_show_step(sh);
    course_say_next(sh);
    return 0;
}

static int verb_next(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    if (!lesson_done(shell_step(sh), shell_progress(sh))) {
        *status = STATUS_FAILED;
        error_say(e, "this step isn't done yet");
        return error_hint(e, "%s. `skip` does the step for you and goes on.",
                          lesson_action_table[shell_obvious(sh)].says);
    }
    course_leave_step(sh);
    course_say_next(sh);
    return 0;
}

static int verb_back(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    if (!sh->step) {
        *status = STATUS_USAGE;
        return error_say(e, "this is the first step");
    }
    sh->step--;
    course_show_step(sh);
    course_say_next(sh);
    return 0;
}

/* The prediction and the hints that were taken stay: they were. */
static int verb_again(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    struct lesson_progress *p = shell_progress(sh);
    if (course_replay(sh, sh->step, status, e) < 0)
        return -1;
    *p = (struct lesson_progress){.choice = p->choice, .answered = p->answered, .hints = p->hints};
    course_show_step(sh);
    course_say_next(sh);
    return 0;
}

static int reset_step(struct shell *sh, int *status, struct nslab_error *e)
{
    worklog_reset_step(sh);
    return verb_again(&sh->base, NULL, status, e);
}

static int reset_lab(struct shell *sh, int *status, struct nslab_error *e)
{
    course_reset_lab(sh);
    if (course_replay(sh, 0, status, e) < 0)
        return -1;
    shell_say(sh, "The lab begins anew, and your workbook has nothing of it any more.");
    course_show_step(sh);
    course_say_next(sh);
    return 0;
}

static int verb_reset(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    struct shell *sh = c->lesson;
    const char *what = line->args.len ? line->args.items[0] : "step";
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    if (!strcmp(what, "step"))
        return reset_step(sh, status, e);
    if (!strcmp(what, "lab"))
        return reset_lab(sh, status, e);
    *status = STATUS_USAGE;
    error_say(e, "`%s` can't be reset", what);
    return error_hint(e, "`reset` forgets what you did in this step, `reset lab` all of the lab.");
}

/* The lines of a step that is skipped are shown, so that what follows can be understood. */
static int run_skipped(struct shell *sh, int *status, struct nslab_error *e)
{
    struct lesson_progress *p = shell_progress(sh);
    sh->touched = sh->touched || sh->strayed; /* a solution has to begin where the task begins */
    if (course_ensure_world(sh, status, e) < 0)
        return -1;
    sh->touched = p->ran = true;
    p->checked = false;
    worklog_skipped(sh);
    if (lab_run_do(sh->run, sh->step, e) == 0 && lab_run_solution(sh->run, sh->step, e) == 0)
        return 0;
    lesson_note_error(p, e);
    return course_error(e, status);
}

static int verb_skip(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (not_in_lab(sh, status, e) < 0)
        return -1;
    if (!lesson_done(shell_step(sh), shell_progress(sh)) && run_skipped(sh, status, e) < 0)
        return -1;
    course_leave_step(sh);
    course_say_next(sh);
    return 0;
}

static int verb_demo(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = c->lesson;
    if (!sh->in_demo) {
        *status = STATUS_USAGE;
        error_say(e, "no demo is running");
        return error_hint(e, "`nslab demo LAB`, typed at the shell of your machine, begins one.");
    }
    sh->quit = sh->back_to_demo = true;
    *status = sh->status;
    return 0;
}

static int verb_quit(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    (void)e;
    struct shell *sh = c->lesson;
    sh->quit = true;
    *status = sh->status;
    return 0;
}

/* --- the table --- */

const struct verb lesson_verbs[] = {
    {.name = "labs", .help = "lists the labs", .example = "labs", .run = verb_labs},
    {.name = "start",
     .help = "begins a lab, or goes on with it where you stopped; without LAB the one that is next",
     .more = "LAB is one of those that `labs` lists, or the path of a file of your own. Your lines are run "
             "again, so "
             "that its containers are there again.",
     .example = "start pid",
     .args = {{"LAB", ARG_LAB, .optional = true}},
     .run = verb_start},
    {.name = "step", .help = "shows the step again", .example = "step", .run = verb_step},
    {.name = "predict",
     .help = "answers the step's question before its lines are run; without CHOICE shows it again",
     .more = "CHOICE is its letter, its number or its id. The letter alone is enough: `b`.",
     .example = "predict b",
     .args = {{"CHOICE", ARG_CHOICE, .optional = true}},
     .run = verb_predict},
    {.name = "do",
     .help = "runs the step's lines",
     .more =
         "When they were run before, a fresh lab host is made first and brought to where the step begins.",
     .example = "do",
     .run = verb_do},
    {.name = "check",
     .help = "compares what the kernel says now with what the step expects",
     .more =
         "Exit status: 0 all as expected, 1 something is not, 4 something can't be shown on this machine.",
     .example = "check",
     .run = verb_check},
    {.name = "watch",
     .help = "waits until what the step expects is there, also by what is done in another terminal",
     .more =
         "Says what is still missing whenever that changes, and ends as `check` does. Ctrl-C stops watching. "
         "`nslab attach` in another terminal opens a shell in this lab.",
     .example = "watch",
     .run = verb_watch},
    {.name = "hint", .help = "gives the next hint of a task", .example = "hint", .run = verb_hint},
    {.name = "solution",
     .help = "shows the lines of a task's solution, after the last hint",
     .example = "solution",
     .run = verb_solution},
    {.name = "contrast",
     .help = "runs the step again with one wall taken away and shows what changes",
     .more = "It has a lab host of its own for that: yours stays as it is.",
     .example = "contrast",
     .run = verb_contrast},
    {.name = "explain",
     .help = "explains what was seen, or something live, with your own numbers",
     .more = EXPLAIN_HELP,
     .example = "explain uid_map host",
     .args = {{"TOPIC", ARG_TOPIC, .optional = true}, {"OF", ARG_TOPIC, .optional = true}},
     .run = verb_explain},
    {.name = "next",
     .help = "goes to the next step when this one is done",
     .example = "next",
     .run = verb_next},
    {.name = "back", .help = "shows the step before this one", .example = "back", .run = verb_back},
    {.name = "again",
     .help = "begins this step once more, in a fresh lab host",
     .more = "The earlier steps are played again first. Your own containers are gone afterwards.",
     .example = "again",
     .run = verb_again},
    {.name = "reset",
     .help = "forgets what you did in this step, and begins it once more; `reset lab` all of the lab",
     .more = "What you have predicted in the step and the hints that you took stay: they were. A lab that is "
             "reset "
             "is as if it had never been begun.",
     .example = "reset lab",
     .args = {{"WHAT", ARG_TEXT, .optional = true}},
     .run = verb_reset},
    {.name = "skip",
     .help = "does the step for you and goes to the next one",
     .example = "skip",
     .run = verb_skip},
    {.name = "demo",
     .help = "goes back to the demo that was left for the prompt",
     .more = "Ctrl-D does the same. `nslab demo LAB` begins one.",
     .example = "demo",
     .run = verb_demo},
    {.name = "quit",
     .help = "ends nslab, and with it the lab host and all that is in it",
     .example = "quit",
     .run = verb_quit},
    {.name = "exit", .help = "the same as quit", .example = "exit", .run = verb_quit},
};
const size_t lesson_verb_count = ARRAY_LEN(lesson_verbs);

static const struct verb *const verb_tables[SHELL_VERB_TABLES] = {lesson_verbs, container_verbs};

void shell_verbs_init(struct shell_verbs *v)
{
    v->counts[0] = lesson_verb_count;
    v->counts[1] = container_verb_count;
    v->all = (struct verb_set){.tables = verb_tables, .counts = v->counts, .n = SHELL_VERB_TABLES};
    v->lesson = (struct verb_set){.tables = verb_tables, .counts = v->counts, .n = 1};
}
