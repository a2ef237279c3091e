/* SPDX-License-Identifier: MIT
 *
 * The shell's own state, shared by its files:
 *   shell.c          lines: from where they come, and who runs them
 *   shell_output.c   what is shown: what lines write, and what is said
 *   piped.c          lines that come from no terminal
 *   prompt.c         the terminal: readline, completion, history (kept by history.c)
 *   course.c         the lab that runs, and the state that its lab host is in
 *   resume.c         the same, as it was when the learner stopped
 *   worklog*.c       what of it goes into the workbook
 *   verbs_course.c   verbs that move through the course; the table of all lesson verbs
 *   verbs_step.c     verbs within a step
 *   watch.c          the verb that waits until a step is done
 */
#ifndef NSLAB_SHELL_PRIVATE_H
#define NSLAB_SHELL_PRIVATE_H

#include "beside.h"
#include "explain.h"
#include "lesson.h"
#include "nslab/command.h"
#include "nslab/engine.h"
#include "nslab/lab.h"
#include "nslab/shell.h"
#include "nslab/subcommand.h"
#include "nslab/term.h"
#include "pager.h"
#include "show.h"
#include "worklog.h"

#include <stdbool.h>
#include <stdint.h>

/* Who shows and types instead of the shell: a demo. */
struct script {
    void (*put)(void *context, int stream, const struct buf *text);
    void (*type)(void *context, const char *line); /* a line of the lab that is about to be run */
    void *context;
};

struct shell {
    const struct shell_options *options;
    struct term term;
    struct sink sink;                  /* the lines' output: to the terminal, made harmless */
    struct harmless_stream streams[2]; /* standard output and error */
    bool quiet;                        /* while earlier steps are played again */
    struct command_context
        base; /* for lines outside of a lab, with a lab host of its own; for lesson verbs */
    struct shell_verbs verbs;
    const struct script *script; /* NULL: the learner, or a presenter who has left the script, types */
    bool in_demo;                /* `demo` and Ctrl-D go back to it from the prompt: */
    bool back_to_demo;           /* and so it was asked */
    bool quit;
    bool reader_gone; /* our output can't be written any more */

    /* On a terminal: texts of ours stop where the screen is full, and lines of a step are put together. */
    struct pager pager;
    bool puts_together; /* lines of a step that look at one thing */
    bool own_text;      /* what comes through the sink is ours, and no process's */
    struct said_line said_lines[BESIDE_MAX];
    size_t n_said_lines; /* run, and not shown yet */

    int status;      /* of the last line */
    struct buf said; /* the end of what the line that runs has written */
    struct failed_line failed;

    /* The lab that runs; all NULL without one. */
    struct lab *lab;
    struct lab_run *run;
    struct lesson_progress *progress; /* one a step */
    size_t step;
    size_t world;     /* the lab host is in the state before this step, */
    bool touched;     /* or within it: lines of this step were run, */
    bool strayed;     /* or lines of the learner's own */
    bool course_over; /* the last lab of the course was finished */
    uint64_t typed;   /* in other terminals, as far as it was noted: session_typed() */
    char *suggested;  /* the lab that `start` begins; NULL: as the workbook says */
    struct worklog log;
};

/* shell.c */
void shell_open(struct shell *sh, const struct shell_options *o);
void shell_close(struct shell *sh);
void shell_run_line(struct shell *sh, const char *text);
void shell_run_text(struct shell *sh, const char *text); /* one line, or several that were pasted */
struct command_context *shell_context(struct shell *sh); /* whose containers the next line sees */
void shell_note_elsewhere(struct shell *sh);  /* what was typed in the lab, but not at our prompt */
bool shell_was_interrupted(struct shell *sh); /* there is no prompt to go back to: end with 130 */
void shell_welcome(struct shell *sh);

/* shell_output.c */
void shell_sink_write(void *context, int stream, const char *bytes,
                      size_t n); /* what lines write comes here */
/* To the terminal itself, whoever else shows. */
void shell_write(struct shell *sh, int stream, const struct buf *text);
void shell_say(struct shell *sh, const char *markdown_format, ...) __attribute__((format(printf, 2, 3)));
/* In brackets: what to do next. */
void shell_note(struct shell *sh, const char *markdown_format, ...) __attribute__((format(printf, 2, 3)));
void shell_print(struct shell *sh, const struct buf *text);
void shell_begin_line(struct shell *sh, const char *line); /* a line of a step is about to be run */
void shell_error(struct shell *sh, const struct nslab_error *e);
void shell_finish_streams(struct shell *sh); /* a line has ended: all that it wrote is shown */
bool line_runs_processes(const char *line);  /* for the learner to see: what comes is theirs, not ours */

/* prompt.c */
void prompt_loop(struct shell *sh);

/* course.c */
struct step *shell_step(struct shell *sh); /* NULL without a lab */
struct lesson_progress *shell_progress(struct shell *sh);
struct expander shell_expander(struct shell *sh);
enum lesson_action shell_obvious(struct shell *sh);
/* *status and e as a verb's run() has them. */
int course_start(struct shell *sh, const char *name, int *status, struct nslab_error *e);
void course_stop(struct shell *sh);
int course_ensure_world(struct shell *sh, int *status,
                        struct nslab_error *e); /* before the step, untouched */
int course_replay(struct shell *sh, size_t step, int *status, struct nslab_error *e);
void course_leave_step(struct shell *sh); /* to the next one, or out of the lab */
bool course_advance(struct shell *sh);    /* to the next one; false: there is none */
void course_show_step(struct shell *sh);
void course_say_next(struct shell *sh); /* what Enter does now */
char *
course_suggestion(struct shell *sh); /* id of the lab to start; NULL: there is none. The caller frees it */
char *lab_id_of_path(const char *path);
/* Of the lab that was started: where the learner was, and what was there. */
void course_resume(struct shell *sh);
struct lesson_progress resume_progress(const struct step *step, const struct work_step *s); /* pure */
void course_reset_lab(struct shell *sh);
int course_error(const struct nslab_error *e, int *status); /* a lab's failure as a verb's result */

/* verbs_step.c */
int verb_predict(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_do(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_check(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_hint(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_solution(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_contrast(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
int verb_explain(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
/* For `check` and `watch`: a step that can be looked at now, or NULL with e; what was seen, shown and noted.
 */
struct shell *step_to_check(struct command_context *c, int *status, struct nslab_error *e);
void step_take_result(struct shell *sh, const struct step_result *result, int *status);
void step_answer(struct shell *sh); /* the feedback of the prediction, once */

/* watch.c */
int verb_watch(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);

/* verbs_course.c */
extern const struct verb lesson_verbs[];
extern const size_t lesson_verb_count;

#endif
