/* SPDX-License-Identifier: MIT
 *
 * The prompt: readline's callback interface under our own poll(2), so that Ctrl-C is one more thing to wait
 * for.
 */
#include "history.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/workbook.h"
#include "shell_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* after stdio.h: it uses FILE */
#include <readline/history.h>
#include <readline/readline.h>

/* Readline's callbacks get no context: while the prompt is open it is here. */
static struct prompt {
    struct shell *shell;
    struct strv candidates; /* of the completion that is being done */
    size_t next_candidate;
    char *line; /* the one that was entered; owned */
    bool entered, ended;
} prompt;

/* --- completion --- */

static char *next_candidate(const char *text, int state)
{
    (void)text;
    if (!state)
        prompt.next_candidate = 0;
    if (prompt.next_candidate >= prompt.candidates.len)
        return NULL;
    return strdup(prompt.candidates.items[prompt.next_candidate++]); /* readline frees it with free() */
}

/* Lesson verbs take names that only the shell knows. */
static void add_lesson_names(struct shell *sh, const char *verb, const char *prefix, struct strv *out)
{
    cleanup_strv struct strv names = {0};
    struct nslab_error e = {0};
    struct step *step = shell_step(sh);
    if (!strcmp(verb, "start") && labs_list(&names, &e) == 0) {
        for (size_t i = 0; i < names.len; i++) {
            cleanup_free char *id = lab_id_of_path(names.items[i]);
            if (!strncmp(id, prefix, strlen(prefix)) && !strv_contains(out, id))
                strv_add(out, id);
        }
    } else if (!strcmp(verb, "explain")) {
        cleanup_strv struct strv topics = {0};
        explain_candidates(&topics);
        for (size_t i = 0; i < topics.len; i++)
            if (!strncmp(topics.items[i], prefix, strlen(prefix)) && !strv_contains(out, topics.items[i]))
                strv_add(out, topics.items[i]);
    } else if (!strcmp(verb, "reset")) {
        if (!strncmp("lab", prefix, strlen(prefix)))
            strv_add(out, "lab");
    } else if (!strcmp(verb, "predict") && step && step->has_predict) {
        for (size_t i = 0; i < step->predict.n; i++)
            if (!strncmp(step->predict.choices[i].id, prefix, strlen(prefix)))
                strv_add(out, step->predict.choices[i].id);
    }
}

/* Readline replaces from `start` on. A candidate may begin later in the word, after `--pid=`; or earlier,
 * when there are blanks in it, which readline takes for a word's end. */
static void add_candidate(const char *candidate, size_t word, size_t start)
{
    if (word >= start)
        strv_addf(&prompt.candidates, "%.*s%s", (int)(word - start), rl_line_buffer + start, candidate);
    else if (!strncmp(candidate, rl_line_buffer + word, start - word))
        strv_add(&prompt.candidates, candidate + (start - word));
}

static char **complete(const char *text, int start, int end)
{
    struct shell *sh = prompt.shell;
    size_t word = 0;
    rl_attempted_completion_over = 1; /* or readline offers the machine's files, which no lab sees */
    strv_free(&prompt.candidates);
    cleanup_strv struct strv found = {0};
    cleanup_free char *verb = xstrndup(rl_line_buffer, strcspn(rl_line_buffer, " "));
    struct command_context context = *shell_context(sh);
    context.verbs = sh->verbs.all;
    verb_complete(&context, rl_line_buffer, (size_t)end, &found, &word);
    for (size_t i = 0; i < found.len; i++)
        add_candidate(found.items[i], word, (size_t)start);
    if (start > 0)
        add_lesson_names(sh, verb, text, &prompt.candidates);
    /* Behind a directory, more of the path is typed. */
    size_t length = prompt.candidates.len == 1 ? strlen(prompt.candidates.items[0]) : 0;
    if (length && prompt.candidates.items[0][length - 1] == '/')
        rl_completion_append_character = '\0';
    return rl_completion_matches(text, next_candidate);
}

/* --- history --- */

static char *history_path(void)
{
    struct nslab_error e = {0};
    cleanup_free char *data = paths_data(&e);
    return data ? xasprintf("%s/history", data) : NULL;
}

/* What a terminal would obey, as it comes with a pasted text, isn't shown again by an arrow key. */
static void remember(const char *line, bool keep)
{
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;
    cleanup_free char *path = keep ? history_path() : NULL;
    if (!*line || !work_line_fits(line) || (last && !strcmp(last->line, line)))
        return;
    add_history(line);
    if (path)
        history_append(path, line);
}

static void open_history(void)
{
    cleanup_free char *path = history_path();
    cleanup_strv struct strv lines = {0};
    using_history();
    stifle_history(HISTORY_MAX);
    if (path)
        history_load(path, &lines);
    for (size_t i = 0; i < lines.len; i++)
        remember(lines.items[i], false);
}

/* --- lines --- */

/* The prompt is taken away at once, or readline shows it again: commands find the terminal as they expect it.
 * A signal that readline notes while it goes is told to us here, or readline would do so later, and take the
 * terminal and the signals back for the time that the line runs. */
static void line_entered(char *line)
{
    rl_callback_handler_remove();
    for (int noted; (noted = rl_pending_signal()) && noted != SIGWINCH;)
        rl_check_signals();
    (*rl_deprep_term_function)();
    rl_clear_signals();
    prompt.entered = true;
    prompt.ended = !line;
    prompt.line = line;
}

/* Readline must be told which characters take no column: \001 and \002 stand around them. */
static void show_prompt(struct shell *sh)
{
    const struct look *look = &sh->term.look;
    cleanup_buf struct buf text = {0};
    if (look->colour)
        buf_addf(&text, "\001%s\002", style_begin(look, STYLE_BOLD));
    if (sh->run)
        buf_addf(&text, "%s %zu/%zu>", sh->lab->id, sh->step + 1, sh->lab->n_steps);
    else
        buf_adds(&text, "nslab>");
    if (look->colour)
        buf_addf(&text, "\001%s\002", style_end(look, STYLE_BOLD));
    buf_addc(&text, ' ');
    rl_callback_handler_install(buf_text(&text), line_entered);
}

static void say_raw(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

/* Ctrl-C at the prompt: the line is gone, the shell stays. */
static void clear_line(struct shell *sh)
{
    say_raw("\n"); /* readline has said ^C */
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_callback_handler_remove();
    show_prompt(sh);
}

/* As poll(2). Readline's handlers only note a signal. One that came after the last look at what is noted, and
 * before the wait, would be slept through until a key is pressed: they come only while this waits. */
static int poll_signals_too(struct pollfd *fds, nfds_t n)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int rc = rl_pending_signal() ? -1 : ppoll(fds, n, NULL, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* Waits for a key or a signal. false: SIGTERM, which ends the shell. */
static bool wait_for_key(struct shell *sh)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
    if (poll_signals_too(fds, ARRAY_LEN(fds)) < 0) {
        int noted = rl_pending_signal(); /* by readline's handler: the window's size, a stop */
        rl_check_signals();
        if (noted != SIGWINCH && !interrupt_pending())
            rl_forced_update_display(); /* after `fg` the prompt is somewhere above */
        return true;
    }
    if (interrupt_take()) {
        if (interrupt_signal() == SIGTERM)
            return false;
        clear_line(sh);
        return true;
    }
    if (fds[0].revents)
        rl_callback_read_char();
    return true;
}

static void take_line(struct shell *sh)
{
    cleanup_free char *line = take_ptr(prompt.line);
    prompt.entered = false;
    if (prompt.ended) {
        sh->quit = true;
        sh->back_to_demo = sh->in_demo;
        return;
    }
    remember(line, true);
    pager_reset(&sh->pager);
    shell_run_text(sh, line);
    interrupt_take(); /* it was meant for the command, which has ended */
    if (interrupt_signal() == SIGTERM)
        sh->quit = true;
    else if (sh->status == STATUS_INTERRUPTED)
        say_raw("\n"); /* after the ^C that the terminal shows */
    if (!sh->quit)
        show_prompt(sh);
}

void prompt_loop(struct shell *sh)
{
    prompt = (struct prompt){.shell = sh};
    rl_readline_name = "nslab";
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = " \t";
    rl_persistent_signal_handlers = 1; /* also while we wait and not readline: Ctrl-Z, the window's size */
    rl_change_environment = 0;         /* COLUMNS and LINES of ours are not for the commands */
    open_history();
    show_prompt(sh);
    while (!sh->quit && wait_for_key(sh))
        if (prompt.entered)
            take_line(sh);
    rl_callback_handler_remove();
    clear_history();
    strv_free(&prompt.candidates);
    if (interrupt_signal() == SIGTERM)
        sh->status = STATUS_TERMINATED;
    else if (!sh->in_demo)
        shell_say(sh, sh->run || sh->base.host ? "The lab host and all in it end here."
                                               : "Nothing of nslab stays on this machine.");
}
