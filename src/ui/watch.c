/* SPDX-License-Identifier: MIT
 *
 * watch: the step completes by itself when what it expects is there, whoever brought it about.
 */
#include "nslab/interrupt.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "record.h"
#include "shell_private.h"

#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ROUND_MS 200

struct watch {
    struct shell *sh;
    bool in_place;    /* one line that is written over; else a line for each change */
    struct buf shown; /* what stands there */
};

/* "2 of 3 hold. Not yet: web has ended; port 80 is closed". One line, whatever the texts have in them. */
static void say_missing(const struct step_result *r, struct buf *out)
{
    cleanup_buf struct buf missing = {0};
    size_t held = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct expectation_result *x = &r->expectations[i];
        held += x->verdict != VERDICT_FAIL;
        if (x->verdict != VERDICT_FAIL)
            continue;
        buf_adds(&missing, missing.len ? "; " : "");
        add_harmless_line(&missing, x->say, strlen(x->say));
    }
    buf_addf(out, "%zu of %zu hold. Not yet: %s", held, r->n, buf_text(&missing));
}

/* To what fits on a line of the terminal, less its last column: some go to the next line there. */
static void cut_to_width(struct buf *text, unsigned width)
{
    size_t n = text->len;
    if (display_columns(buf_text(text), n) < width)
        return;
    while (n && (display_columns(buf_text(text), n) + 4 > width || (text->data[n] & 0xc0) == 0x80))
        n--;
    buf_truncate(text, n);
    buf_adds(text, "...");
}

static void show_line_in_place(struct watch *w)
{
    cleanup_buf struct buf out = {0};
    buf_addf(&out, "\r\033[K%s", buf_text(&w->shown));
    shell_print(w->sh, &out);
}

static void show_missing(struct watch *w, const struct step_result *r)
{
    cleanup_buf struct buf text = {0};
    say_missing(r, &text);
    term_refresh_width(&w->sh->term);
    if (w->in_place)
        cut_to_width(&text, w->sh->term.look.width);
    if (!strcmp(buf_text(&text), buf_text(&w->shown)))
        return;
    buf_truncate(&w->shown, 0);
    buf_adds(&w->shown, buf_text(&text));
    if (w->in_place) {
        show_line_in_place(w);
        return;
    }
    cleanup_styled struct styled line = {0};
    cleanup_buf struct buf out = {0};
    styled_adds(&line, STYLE_PLAIN, buf_text(&text));
    layout_text(&line, &w->sh->term.look, BREAK_WORDS, "", "  ", &out);
    shell_print(w->sh, &out);
}

/* The line has said what was missing: nothing is now. What was typed meanwhile was typed at nothing. */
static void take_line_away(struct watch *w)
{
    if (w->in_place && w->shown.len) {
        buf_truncate(&w->shown, 0);
        show_line_in_place(w);
    }
    if (w->sh->term.input)
        tcflush(STDIN_FILENO, TCIFLUSH);
}

/* What can't be looked at won't come about by waiting. */
static bool is_over(const struct step_result *r)
{
    return r->verdict != VERDICT_FAIL || r->error;
}

static int watch_until_over(struct watch *w, int *status)
{
    struct shell *sh = w->sh;
    struct pollfd wake = {.fd = interrupt_fd(), .events = POLLIN};
    while (!interrupt_pending()) {
        struct step_result result = {0};
        if (shell_context(sh)->host)
            containers_refresh(shell_context(sh)->host);
        lab_run_look(sh->run, sh->step, &result);
        shell_note_elsewhere(sh);
        bool over = is_over(&result) && !interrupt_pending();
        if (over) {
            take_line_away(w);
            record_mark(sh->options->recorder, shell_step(sh)->id, "observe");
            step_take_result(sh, &result, status);
        } else if (!interrupt_pending()) {
            show_missing(w, &result);
        }
        step_result_free(&result);
        if (over) {
            course_say_next(sh);
            return 0;
        }
        poll(&wake, 1, ROUND_MS);
    }
    *status = STATUS_INTERRUPTED;
    return 0;
}

int verb_watch(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)line;
    struct shell *sh = step_to_check(c, status, e);
    if (!sh)
        return -1;
    const char *terminal = getenv("TERM");
    struct watch w = {.sh = sh,
                      .in_place = sh->term.output && !sh->options->plain && terminal && *terminal &&
                                  strcmp(terminal, "dumb") != 0};
    if (sh->term.output)
        shell_note(sh, "Watching until the step is done. Ctrl-C stops.");
    int r = watch_until_over(&w, status);
    buf_free(&w.shown);
    return r;
}
