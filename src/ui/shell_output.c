/* SPDX-License-Identifier: MIT
 *
 * What the shell shows: what lines write, as it comes or side by side; and texts of its own, a page at a
 * time.
 */
#include "nslab/layout.h"
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/text.h"
#include "shell_private.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Where nobody reads any more, as after `| head`, it ends as with Ctrl-C: a command that writes for ever has
 * to. */
void shell_write(struct shell *sh, int stream, const struct buf *text)
{
    if (sh->reader_gone || !text->len)
        return;
    if (out_write(stream == 2 ? STDERR_FILENO : STDOUT_FILENO, text->data, text->len) == 0)
        return;
    struct nslab_error e = {0};
    error_sys(&e, errno, "write", stream == 2 ? "standard error" : "standard output");
    sh->reader_gone = sh->quit = true;
    if (e.errnum == EINTR) /* SIGTERM, and somebody who doesn't read */
        return;
    if (e.errnum != EPIPE)
        say_error(&e, STATUS_BROKEN);
    raise(SIGINT);
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

void shell_finish_streams(struct shell *sh)
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

void shell_sink_write(void *context, int stream, const char *bytes, size_t n)
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
    shell_finish_streams(sh);
    put_paged(sh, text);
}

/* A verb that runs processes for the learner to see: what comes is theirs. */
bool line_runs_processes(const char *line)
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
    sh->own_text = !line_runs_processes(line);
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
    shell_finish_streams(sh);
    put(sh, 1, &out); /* also after `q` at a page: it says what comes next */
}

void shell_error(struct shell *sh, const struct nslab_error *e)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    cleanup_styled struct styled message = {0}, hint = {0};
    cleanup_buf struct buf harmless = {0}, out = {0};
    error_text_brief(e, text, sizeof text);
    add_harmless_line(&harmless, text, strlen(text));
    styled_adds(&message, STYLE_FAIL, buf_text(&harmless));
    layout_text(&message, &sh->term.look, BREAK_WORDS, "", "  ", &out);
    if (e->hint[0]) {
        markdown_inline(e->hint, &sh->term.look, STYLE_PLAIN, &hint);
        layout_text(&hint, &sh->term.look, BREAK_WORDS, "  ", "  ", &out);
    }
    shell_finish_streams(sh);
    put(sh, 2, &out);
}
