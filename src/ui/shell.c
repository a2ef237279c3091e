/* SPDX-License-Identifier: MIT */
#include "nslab/shell.h"
#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/ids.h"
#include "nslab/image.h"
#include "nslab/interrupt.h"
#include "nslab/layout.h"
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/session.h"
#include "nslab/subcommand.h"
#include "nslab/text.h"
#include "shell_private.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* --- what is shown --- */

/* Where nobody reads any more, as after `| head`, it ends as with Ctrl-C: a command that writes for ever has
 * to. */
void shell_write(struct shell *sh, int stream, const struct buf *text)
{
    if (sh->reader_gone || !text->len)
        return;
    if (write_all(stream == 2 ? STDERR_FILENO : STDOUT_FILENO, text->data, text->len) < 0) {
        struct nslab_error e = {0};
        error_sys(&e, errno, "write", stream == 2 ? "standard error" : "standard output");
        if (e.errnum != EPIPE)
            say_error(&e, STATUS_BROKEN);
        sh->reader_gone = sh->quit = true;
        raise(SIGINT);
    }
}

static void put(struct shell *sh, int stream, const struct buf *text)
{
    if (sh->script && text->len)
        sh->script->put(sh->script->context, stream, text);
    else
        shell_write(sh, stream, text);
}

static void write_page(void *context, const char *text, size_t n)
{
    struct buf part = {.data = (char *)(uintptr_t)text, .len = n};
    put(context, 1, &part);
}

static enum page_key ask_for_page(void *context, const struct look *look)
{
    struct shell *sh = context;
    return sh->reader_gone ? PAGE_LEAVE : pager_ask_terminal(look);
}

static unsigned screen_rows(void *context)
{
    struct shell *sh = context;
    term_refresh_width(&sh->term); /* the window may have another size at the next page */
    return pager_terminal_rows();
}

/* A text of ours, as much at a time as the screen holds. */
static void put_paged(struct shell *sh, const struct buf *text)
{
    const struct pager_calls calls = {
        .write = write_page, .ask = ask_for_page, .rows = screen_rows, .context = sh};
    pager_show(&sh->pager, &sh->term.look, &calls, buf_text(text), text->len);
}

/* What a line writes goes to what is being put together, or to the screen: a page at a time when it is ours,
 * and as it comes when it is a process's, which may wait for nobody. */
static void take_output(struct shell *sh, int stream, const struct buf *text)
{
    if (sh->n_said_lines) {
        buf_add(&sh->said_lines[sh->n_said_lines - 1].output, buf_text(text), text->len);
    } else if (sh->own_text && stream == 1) {
        put_paged(sh, text);
    } else {
        pager_count(&sh->pager, &sh->term.look, buf_text(text), text->len);
        put(sh, stream, text);
    }
}

/* Ends what a process left as an open line, so that what comes next begins a line of its own. */
static void close_streams(struct shell *sh)
{
    for (int stream = 1; stream <= 2; stream++) {
        cleanup_buf struct buf out = {0};
        harmless_finish(&sh->streams[stream - 1], &out);
        take_output(sh, stream, &out);
    }
}

static void show_said_lines(struct shell *sh)
{
    cleanup_buf struct buf out = {0};
    if (sh->n_said_lines)
        show_said(sh->said_lines, sh->n_said_lines, &sh->term.look, &out);
    while (sh->n_said_lines)
        said_line_free(&sh->said_lines[--sh->n_said_lines]);
    put_paged(sh, &out);
}

static void finish_streams(struct shell *sh)
{
    close_streams(sh);
    show_said_lines(sh);
}

/* The end of it is enough: there a program says why it gave up. */
static void note_said(struct shell *sh, const char *bytes, size_t n)
{
    size_t over = n > SAID_MAX ? n - SAID_MAX : 0;
    if (sh->said.len + n > SAID_MAX)
        buf_truncate(&sh->said, 0);
    buf_add(&sh->said, bytes + over, n - over);
}

static void sink_write(void *context, int stream, const char *bytes, size_t n)
{
    struct shell *sh = context;
    cleanup_buf struct buf out = {0};
    if (sh->quiet)
        return;
    stream = stream == 2 ? 2 : 1;
    harmless_feed(&sh->streams[stream - 1], bytes, n, &out);
    note_said(sh, buf_text(&out), out.len);
    take_output(sh, stream, &out);
}

void shell_print(struct shell *sh, const struct buf *text)
{
    finish_streams(sh);
    put_paged(sh, text);
}

/* A verb that runs processes for the learner to see: what comes is theirs. */
static bool runs_processes(const char *line)
{
    static const char *const verbs[] = {"run", "exec", "host"};
    cleanup_with(line_free) struct line parsed = {0};
    struct nslab_error e = {0};
    size_t offset = 0;
    if (line_parse(&lab_verbs, line, &parsed, &offset, &e) < 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (!strcmp(parsed.verb->name, verbs[i]))
            return true;
    return false;
}

/* On a terminal, commands of a step are shown with what they said when it is known whether the next one looks
 * at the same thing from another side. */
void shell_begin_line(struct shell *sh, const char *line)
{
    close_streams(sh);
    if (sh->script) {
        sh->script->type(sh->script->context, line);
        return;
    }
    if (!lines_belong_together(sh->said_lines, sh->n_said_lines, line))
        show_said_lines(sh);
    sh->own_text = !runs_processes(line);
    if (sh->puts_together && line_may_stand_beside(line)) {
        sh->said_lines[sh->n_said_lines++] = (struct said_line){.line = xstrdup(line)};
        return;
    }
    cleanup_buf struct buf out = {0};
    show_line(line, &sh->term.look, &out);
    put_paged(sh, &out);
}

void shell_say(struct shell *sh, const char *format, ...)
{
    cleanup_buf struct buf text = {0}, out = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    markdown_render(buf_text(&text), &sh->term.look, &out);
    shell_print(sh, &out);
}

void shell_note(struct shell *sh, const char *format, ...)
{
    cleanup_buf struct buf text = {0}, out = {0};
    cleanup_styled struct styled note = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    styled_adds(&note, STYLE_DIM, "[");
    markdown_inline(buf_text(&text), &sh->term.look, STYLE_PLAIN, &note);
    styled_adds(&note, STYLE_DIM, "]");
    buf_addc(&out, '\n');
    layout_text(&note, &sh->term.look, BREAK_WORDS, "", " ", &out);
    finish_streams(sh);
    put(sh, 1, &out); /* also after `q` at a page: it says what comes next */
}

void shell_error(struct shell *sh, const struct nslab_error *e)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    cleanup_styled struct styled message = {0}, hint = {0};
    cleanup_buf struct buf harmless = {0}, out = {0};
    error_text_brief(e, text, sizeof text);
    add_harmless(&harmless, text, strlen(text));
    styled_adds(&message, STYLE_FAIL, buf_text(&harmless));
    layout_text(&message, &sh->term.look, BREAK_WORDS, "", "  ", &out);
    if (e->hint[0]) {
        markdown_inline(e->hint, &sh->term.look, STYLE_PLAIN, &hint);
        layout_text(&hint, &sh->term.look, BREAK_WORDS, "  ", "  ", &out);
    }
    finish_streams(sh);
    put(sh, 2, &out);
}

/* Ids beyond one's own that a lab host gets. */
static unsigned long further_ids(const struct id_plan *plan)
{
    unsigned long n = 0;
    for (size_t i = 0; i < plan->uid.n; i++)
        n += plan->uid.extents[i].count;
    return n ? n - 1 : 0;
}

/* What can be done here, before somebody finds it out at the third step. */
static void say_situation(struct shell *sh)
{
    struct id_plan plan;
    cleanup_buf struct buf gap = {0};
    buf_addc(&gap, '\n');
    shell_print(sh, &gap);
    id_plan_make(&plan);
    switch (plan.situation) {
    case IDS_ROOT:
        shell_say(sh, "You are root: every lab can be shown, with ids that nobody on this machine has.");
        break;
    case IDS_RANGE:
        shell_say(sh, "You have %lu subordinate ids: every lab can be shown.", further_ids(&plan));
        break;
    case IDS_SINGLE:
        shell_say(sh,
                  "You have a single id: %s. Most can be shown; what takes a second id, above all in the lab "
                  "`user`, is reported as unsupported.",
                  plan.why_not_range);
        break;
    }
}

void shell_welcome(struct shell *sh)
{
    struct nslab_error e = {0};
    struct image *image = NULL;
    shell_say(
        sh, "**nslab** shows what a container is made of: it runs a real nginx in Linux namespaces and "
            "looks at it from inside and from outside.\n\n"
            "Nothing on this machine is changed, and nothing stays but your workbook: all else happens in a "
            "throw-away lab host, which ends with `quit`, Ctrl-D or a closed window.");
    say_situation(sh);
    if (image_open("nginx", &image, &e) < 0)
        shell_note(sh,
                   "There is no image to run yet. `quit`, and build it first: `nslab image build nginx`.");
    else
        course_say_next(sh);
    image_free(image);
}

/* --- one line --- */

struct command_context *shell_context(struct shell *sh)
{
    return sh->run ? lab_run_context(sh->run) : &sh->base;
}

static bool is_lesson_verb(const struct shell *sh, const char *name)
{
    return verb_find(&sh->verbs.lesson, name) != NULL;
}

/* What has to be done with a line. Verbs of the lesson may end the lab, and so are never run within its
 * context: that knows the container verbs alone, however a line is quoted. */
enum line_kind { LINE_LESSON, LINE_CONTAINER, LINE_UNKNOWN };

static enum line_kind classify(struct shell *sh, const char *text, struct nslab_error *e)
{
    cleanup_with(line_free) struct line line = {0};
    cleanup_free char *word = xstrndup(text, strcspn(text, " \t"));
    size_t offset = 0;
    if (is_lesson_verb(sh, word) || !strcmp(word, "help"))
        return LINE_LESSON;
    /* `docker start` is Docker's start and not ours. */
    if (verb_find(&lab_verbs, word) || !strcmp(word, "docker") || !strcmp(word, "sudo"))
        return LINE_CONTAINER;
    if (line_parse(&sh->verbs.all, text, &line, &offset, e) < 0)
        return LINE_UNKNOWN;
    return is_lesson_verb(sh, line.verb->name) ? LINE_LESSON : LINE_CONTAINER;
}

static int run_lesson_line(struct shell *sh, const char *text, int *status, struct nslab_error *e)
{
    sh->base.verbs = sh->verbs.all;
    return command_run(&sh->base, text, status, e);
}

static int run_container_line(struct shell *sh, const char *text, int *status, struct nslab_error *e)
{
    sh->base.verbs = lab_verbs;
    if (!sh->run)
        return command_run(&sh->base, text, status, e);
    worklog_before(sh, text);
    shell_progress(sh)->typed = sh->strayed = true;
    int r = lab_run_line(sh->run, text, status, e);
    worklog_after(sh, r < 0, *status);
    return r;
}

/* For `explain errno`, which is about the line before it. */
static void note_failure(struct shell *sh, const char *text, const struct nslab_error *e)
{
    struct failed_line *f = &sh->failed;
    if (!sh->status || starts_with(text, "explain"))
        return;
    free(f->line);
    f->line = xstrdup(text);
    f->status = sh->status;
    f->error = *e;
    buf_truncate(&f->said, 0);
    buf_add(&f->said, buf_text(&sh->said), sh->said.len);
}

void shell_note_elsewhere(struct shell *sh)
{
    struct command_context *c = shell_context(sh);
    uint64_t typed = c->host ? session_typed(c->host->session) : 0;
    /* A fresh lab host's count begins at 0. */
    if (sh->run && (c->typed || (typed && typed != sh->typed)))
        shell_progress(sh)->elsewhere = shell_progress(sh)->typed = sh->strayed = true;
    sh->typed = typed;
    c->typed = false;
}

/* What a list of sessions says of this one. */
static void set_session_label(struct shell *sh)
{
    struct host *host = shell_context(sh)->host;
    const char *terminal = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;
    cleanup_buf struct buf label = {0};
    if (!host)
        return;
    if (sh->run)
        buf_addf(&label, "%s, step %zu of %zu", sh->lab->id, sh->step + 1, sh->lab->n_steps);
    else
        buf_adds(&label, "no lab");
    if (terminal)
        buf_addf(&label, ", on %s", terminal);
    session_set_label(host->session, buf_text(&label));
}

static void set_look(struct command_context *c, const struct look *look)
{
    c->width = look->width;
    c->utf8 = look->utf8;
}

void shell_run_line(struct shell *sh, const char *text)
{
    buf_truncate(&sh->said, 0);
    set_look(&sh->base, &sh->term.look);
    set_look(shell_context(sh), &sh->term.look);
    shell_note_elsewhere(sh); /* until now, and so in this step */
    struct nslab_error e = {0};
    int status = STATUS_USAGE, r = -1;
    enum line_kind kind = classify(sh, text, &e);
    sh->own_text = kind == LINE_LESSON || !runs_processes(text);
    if (kind == LINE_LESSON)
        r = run_lesson_line(sh, text, &status, &e);
    else if (kind == LINE_CONTAINER)
        r = run_container_line(sh, text, &status, &e);
    finish_streams(sh);
    if (r < 0) {
        shell_error(sh, &e);
        if (!status)
            status = STATUS_BROKEN;
    }
    sh->status = status;
    shell_note_elsewhere(sh);
    set_session_label(sh);
    note_failure(sh, text, &e);
    worklog_save(sh);
}

/* What isn't a command: Enter, an answer to the open question, a comment. */
static void run_typed(struct shell *sh, char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    term_refresh_width(&sh->term);
    if (*text == '#')
        return;
    if (!*text) {
        enum lesson_action action = shell_obvious(sh);
        shell_run_line(sh,
                       action == LESSON_START && sh->course_over ? "labs" : lesson_action_table[action].line);
    } else if (!verb_find(&sh->verbs.all, text) &&
               lesson_is_answer(shell_step(sh), shell_progress(sh), text)) {
        cleanup_free char *line = xasprintf("predict %s", text);
        shell_run_line(sh, line);
    } else {
        shell_run_line(sh, text);
    }
}

/* Of several lines that were pasted at once, each is shown before what it says. */
void shell_run_text(struct shell *sh, const char *text)
{
    cleanup_free char *copy = xstrdup(text);
    bool several = strchr(text, '\n') != NULL;
    char *rest = copy;
    for (char *line; !sh->quit && (line = strsep(&rest, "\n"));) {
        cleanup_buf struct buf shown = {0};
        if (several && !line[strspn(line, " \t\r")])
            continue; /* a blank line of a pasted text is no Enter */
        if (several)
            show_line(line, &sh->term.look, &shown);
        shell_print(sh, &shown);
        run_typed(sh, line);
    }
}

/* --- without a prompt --- */

bool shell_was_interrupted(struct shell *sh)
{
    int signo = interrupt_signal();
    if (!signo)
        return false;
    sh->status = sh->reader_gone ? STATUS_BROKEN : signo == SIGTERM ? STATUS_TERMINATED : STATUS_INTERRUPTED;
    return true;
}

static void run_given_lines(struct shell *sh)
{
    for (size_t i = 0; i < sh->options->lines.len && !sh->quit && !shell_was_interrupted(sh); i++)
        shell_run_text(sh, sh->options->lines.items[i]);
    shell_was_interrupted(sh);
}

static void run_piped_lines(struct shell *sh)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    while (!sh->quit && !shell_was_interrupted(sh) && (n = getline(&line, &size, stdin)) >= 0) {
        if (n && line[n - 1] == '\n')
            line[n - 1] = '\0';
        shell_run_text(sh, line);
    }
    free(line);
    shell_was_interrupted(sh);
}

/* --- start and end --- */

void shell_open(struct shell *sh, const struct shell_options *o)
{
    *sh = (struct shell){.options = o, .log.keep = KEEP_CLOSED};
    term_probe(&sh->term, o->plain);
    shell_verbs_init(&sh->verbs);
    sh->sink = (struct sink){.write = sink_write, .context = sh};
    sh->base = (struct command_context){
        .sink = &sh->sink,
        .terminal = sh->term.input && sh->term.output,
        .attachable = true,
        .lesson = sh,
    };
}

void shell_close(struct shell *sh)
{
    worklog_close(sh);
    course_stop(sh);
    host_stop(take_ptr(sh->base.host));
    free(sh->suggested);
    buf_free(&sh->said);
    free(sh->failed.line);
    buf_free(&sh->failed.said);
}

int shell_main(const struct shell_options *o)
{
    struct shell sh;
    bool interactive = !o->lines.len && isatty(STDIN_FILENO);
    if (interrupt_install() < 0)
        return STATUS_BROKEN;
    shell_open(&sh, o);
    struct nslab_error e = {0};
    if ((o->learner || o->workbook) && worklog_open(&sh, &e) < 0) {
        shell_close(&sh);
        return say_error(&e, STATUS_USAGE);
    }
    sh.puts_together = interactive && sh.term.output;
    sh.pager.on = sh.puts_together && !sh.term.look.plain && !term_is_dumb();
    if (interactive && !o->lab)
        shell_welcome(&sh);
    if (o->lab) {
        cleanup_buf struct buf line = {0};
        buf_adds(&line, "start ");
        word_quote(o->lab, &line);
        shell_run_line(&sh, buf_text(&line));
    }
    if (o->lines.len)
        run_given_lines(&sh);
    else if (interactive)
        prompt_loop(&sh);
    else
        run_piped_lines(&sh);
    shell_close(&sh);
    return sh.status;
}
