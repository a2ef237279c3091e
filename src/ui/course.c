/* SPDX-License-Identifier: MIT */
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "record.h"
#include "shell_private.h"

#include <string.h>

struct step *shell_step(struct shell *sh)
{
    return sh->run ? &sh->lab->steps[sh->step] : NULL;
}

struct lesson_progress *shell_progress(struct shell *sh)
{
    return sh->run ? &sh->progress[sh->step] : NULL;
}

static char *expand(void *context, const char *text)
{
    struct shell *sh = context;
    return lab_run_text(sh->run, text);
}

struct expander shell_expander(struct shell *sh)
{
    return (struct expander){expand, sh};
}

enum lesson_action shell_obvious(struct shell *sh)
{
    return lesson_obvious(shell_step(sh), shell_progress(sh), sh->run && sh->step + 1 == sh->lab->n_steps);
}

int course_error(const struct nslab_error *e, int *status)
{
    *status = e->cause[0] ? STATUS_UNSUPPORTED : STATUS_BROKEN;
    return -1;
}

/* --- which lab --- */

/* "labs/pid.yaml" is the lab pid: known without reading it, so that nothing is read before it is needed. */
char *lab_id_of_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return xstrndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

char *course_suggestion(struct shell *sh)
{
    return sh->suggested ? xstrdup(sh->suggested) : worklog_next_lab(sh);
}

static void suggest_after(struct shell *sh, const char *id)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error e = {0};
    cleanup_free_p(&sh->suggested);
    sh->suggested = NULL;
    sh->course_over = true;
    if (labs_list(&paths, &e) < 0)
        return;
    for (size_t i = 0; i + 1 < paths.len; i++) {
        cleanup_free char *listed = lab_id_of_path(paths.items[i]);
        if (!strcmp(listed, id)) {
            sh->suggested = lab_id_of_path(paths.items[i + 1]);
            sh->course_over = false;
        }
    }
}

/* --- start and end --- */

void course_stop(struct shell *sh)
{
    sh->log.on = false;
    lab_run_close(take_ptr(sh->run));
    lab_free(take_ptr(sh->lab));
    free(take_ptr(sh->progress));
}

static void print_line(void *context, const char *line)
{
    struct shell *sh = context;
    if (!sh->quiet)
        shell_begin_line(sh, line);
}

static int read_lab(struct shell *sh, const char *name, struct lab **ret, int *status, struct nslab_error *e)
{
    cleanup_free char *path = NULL;
    struct diagnostics d = {0};
    if (lab_find(name, &path, e) < 0) {
        *status = STATUS_USAGE;
        return -1;
    }
    int r = lab_read_file(path, ret, &d, e);
    if (r < 0 && !error_is_set(e)) {
        cleanup_buf struct buf out = {0};
        diagnostics_show(&d, &out);
        shell_print(sh, &out);
        error_say(e, "the lab %s can't be used: its file has errors, shown above", name);
    }
    if (r < 0)
        *status = STATUS_INVALID;
    diagnostics_free(&d);
    return r;
}

static int open_run(struct shell *sh, const struct lab *lab, struct lab_run **ret, struct nslab_error *e)
{
    /* Asked here, where the learner reads it before the lab's first text and not after its first line. */
    struct image *image = NULL;
    if (image_open("nginx", &image, e) < 0)
        return -1;
    image_free(image);
    struct engine_options options = {
        .learner = worklog_learner(sh),
        .sink = &sh->sink,
        .on_line = print_line,
        .context = sh,
        .terminal = sh->term.input && sh->term.output,
    };
    if (lab_run_open(lab, &options, ret, e) < 0)
        return -1;
    lab_run_context(*ret)->attachable = true;
    return 0;
}

int course_start(struct shell *sh, const char *name, int *status, struct nslab_error *e)
{
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    struct lab_run *run = NULL;
    if (read_lab(sh, name, &lab, status, e) < 0)
        return -1;
    if (open_run(sh, lab, &run, e) < 0)
        return course_error(e, status);
    if (sh->base.host) {
        shell_say(sh, "The lab has a lab host of its own. The one that you used until now ends here.");
        host_stop(take_ptr(sh->base.host));
    }
    worklog_save(sh);
    course_stop(sh);
    sh->lab = take_ptr(lab);
    sh->run = run;
    sh->progress = xcalloc(sh->lab->n_steps, sizeof *sh->progress);
    for (size_t i = 0; i < sh->lab->n_steps; i++)
        sh->progress[i] = LESSON_PROGRESS_NONE;
    sh->step = sh->world = 0;
    sh->touched = sh->strayed = false;
    return 0;
}

void course_reset_lab(struct shell *sh)
{
    worklog_reset_lab(sh);
    for (size_t i = 0; i < sh->lab->n_steps; i++)
        sh->progress[i] = LESSON_PROGRESS_NONE;
    sh->step = 0;
}

/* --- the state of the lab host --- */

int course_replay(struct shell *sh, size_t step, int *status, struct nslab_error *e)
{
    sh->quiet = true;
    int r = lab_run_replay(sh->run, step, e);
    sh->quiet = false;
    sh->world = r < 0 ? sh->lab->n_steps : step; /* after a failure, no step's */
    sh->touched = r < 0;
    sh->strayed = false;
    shell_progress(sh)->elsewhere = false; /* what was done there is gone */
    worklog_fresh(sh);
    return r < 0 ? course_error(e, status) : 0;
}

int course_ensure_world(struct shell *sh, int *status, struct nslab_error *e)
{
    if (sh->world == sh->step && !sh->touched)
        return 0;
    shell_say(sh, "A fresh lab host, in the state that this step begins with:");
    return course_replay(sh, sh->step, status, e);
}

static void say_finished(struct shell *sh)
{
    size_t done = 0, hints = 0;
    for (size_t i = 0; i < sh->lab->n_steps; i++) {
        done += lesson_done(&sh->lab->steps[i], &sh->progress[i]);
        hints += sh->progress[i].hints;
    }
    shell_say(
        sh,
        one_or_many(hints,
                    "That was the last step of **%s**: you did %zu of its %zu steps, with %zu hint. Its "
                    "lab host and all in it are gone.",
                    "That was the last step of **%s**: you did %zu of its %zu steps, with %zu hints. Its "
                    "lab host and all in it are gone."),
        sh->lab->id, done, sh->lab->n_steps, hints);
}

bool course_advance(struct shell *sh)
{
    if (sh->step + 1 >= sh->lab->n_steps)
        return false;
    if (sh->world == sh->step) {
        sh->world++;
        sh->touched = sh->strayed = false;
        worklog_next(sh);
    }
    sh->step++;
    return true;
}

void course_leave_step(struct shell *sh)
{
    worklog_leave(sh);
    if (course_advance(sh)) {
        course_show_step(sh);
        return;
    }
    suggest_after(sh, sh->lab->id);
    say_finished(sh);
    worklog_finished(sh);
    course_stop(sh);
}

/* --- what is said --- */

void course_show_step(struct shell *sh)
{
    struct expander x = shell_expander(sh);
    cleanup_buf struct buf out = {0};
    struct step *step = shell_step(sh);
    bool asks = shell_obvious(sh) == LESSON_PREDICT;
    record_mark(sh->options->recorder, step->id, asks ? "predict" : "read");
    show_step(sh->lab, sh->step, &x, &sh->term.look, &out);
    if (asks) {
        buf_addc(&out, '\n');
        show_question(step, &x, &sh->term.look, &out);
    }
    shell_print(sh, &out);
    if (sh->world != sh->step)
        shell_say(
            sh,
            "The lab host is as you left it. `again` gives you one in the state that this step begins with.");
}

void course_say_next(struct shell *sh)
{
    if (sh->script)
        return;
    enum lesson_action action = shell_obvious(sh);
    struct step *step = shell_step(sh);
    if (action == LESSON_START) {
        cleanup_free char *id = course_suggestion(sh);
        if (sh->course_over)
            shell_note(sh, "No lab comes after this one. **Enter** lists the labs, `quit` ends nslab.");
        else if (id && worklog_standing(sh, id).begun)
            shell_note(sh,
                       "**Enter** goes on with the lab %s, where you stopped. `labs` lists all, `help` every "
                       "command.",
                       id);
        else if (id)
            shell_note(sh, "**Enter** begins the lab %s. `labs` lists all, `help` every command.", id);
        else
            shell_note(sh, "You have done all labs. **Enter** lists them, `quit` ends nslab.");
        return;
    }
    const struct lesson_progress *p = shell_progress(sh);
    if (step->has_contrast && lesson_done(step, p) && !p->contrasted)
        shell_note(sh, "%s. `contrast` shows the step with its wall taken away.",
                   lesson_action_table[action].says);
    else
        shell_note(sh, "%s.", lesson_action_table[action].says);
}
