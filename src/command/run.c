/* SPDX-License-Identifier: MIT
 *
 * Running one line: parse, start the lab host when it is needed, hand over to the verb.
 */
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/session.h"
#include "nslab/text.h"
#include "nslab/watch.h"
#include "verbs.h"

#include <errno.h>
#include <string.h>

void sink_text(const struct sink *sink, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    if (sink && text.len)
        sink->write(sink->context, 1, text.data, text.len);
}

void sink_harmless(const struct sink *sink, const struct buf *text)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, buf_text(text), text->len);
    if (sink && harmless.len)
        sink->write(sink->context, 1, harmless.data, harmless.len);
}

#define BEGIN_AGAIN                                                                                          \
    "In a lab, `again` begins the step in a fresh one. Otherwise end nslab with `quit`, and begin again."

/* A line in it can kill it, and the watch can end it. */
static int say_host_ended(struct command_context *c, struct nslab_error *e)
{
    cleanup_buf struct buf why = {0};
    command_struck(c);
    if (c->host && c->host->watch->blind) {
        error_sys(e, c->host->watch->blind, "watch", "what runs on the lab host");
        error_detail(e, "so it was ended");
        return error_hint(e, "Something took the descriptors or the memory that this needs. " BEGIN_AGAIN);
    }
    for (enum limit which = 0; which < LIMIT_COUNT && !why.len; which++)
        if (c->struck & LIMITS_OF_HOST & limit_bit(which))
            limit_sentence(c->limits, which, &why);
    if (!why.len)
        buf_adds(&why, "the lab host has ended: its first process was killed");
    error_say(e, "%s", buf_text(&why));
    return error_hint(e, BEGIN_AGAIN);
}

int command_host(struct command_context *c, struct nslab_error *e)
{
    struct nslab_error ignored = {0};
    if (!c->limits)
        c->limits = &limits_learning;
    if (c->host)
        return poll_exit(c->host->pidfd, 0) > 0 ? say_host_ended(c, e) : 0;
    if (host_start(c->limits, &c->host, e) < 0)
        return -1;
    if (c->attachable)
        session_start(c->host, &ignored); /* without it a lab is as good */
    return 0;
}

int status_of_error(const struct nslab_error *e)
{
    if (!starts_with(e->step, "execute"))
        return STATUS_NSLAB;
    return e->errnum == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_INVOKED;
}

int check_terminal(const struct command_context *c, const struct line *line, struct nslab_error *e)
{
    if (!line->interactive_terminal || c->terminal)
        return 0;
    error_say(e, "the input device is not a TTY");
    return error_hint(
        e, "Leave -t out: a command that ends by itself needs no terminal (`top -b -n 1` for `top`). "
           "For a terminal type the line in nslab's own shell.");
}

unsigned command_struck(struct command_context *c)
{
    unsigned now = c->host ? host_struck(c->host) : 0, fresh = now & ~c->struck;
    c->struck |= now;
    return fresh;
}

/* What is left of its time for this line, in c->timeout_ms. -1: nothing is left of the lab's. */
static int limit_time(struct command_context *c, struct nslab_error *e)
{
    const struct limits *l = c->limits;
    int spent_ms = (int)(c->spent_ns / 1000000);
    if (l && l->line_ms && (!c->timeout_ms || c->timeout_ms > l->line_ms))
        c->timeout_ms = l->line_ms;
    if (!l || !l->lab_ms)
        return 0;
    if (spent_ms >= l->lab_ms) {
        cleanup_buf struct buf text = {0};
        c->struck |= limit_bit(LIMIT_LAB_TIME);
        limit_sentence(l, LIMIT_LAB_TIME, &text);
        return error_say(e, "%s", buf_text(&text));
    }
    if (!c->timeout_ms || c->timeout_ms > l->lab_ms - spent_ms)
        c->timeout_ms = l->lab_ms - spent_ms;
    return 0;
}

/* What was ended with all else in the lab can't say why: this line, and the state after it, are the limit's
 * doing. */
static int limit_error(struct command_context *c, int r, struct nslab_error *e)
{
    static const enum limit endings[] = {LIMIT_RESERVE, LIMIT_HELD, LIMIT_MEMORY, LIMIT_PROCESSES,
                                         LIMIT_DESCRIPTORS};
    if (c->host && r < 0 && e->errnum == EAGAIN)
        watch_await(c->host->watch);
    unsigned fresh = command_struck(c);
    if (c->host && r < 0 && c->host->watch->blind)
        return say_host_ended(c, e);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        cleanup_buf struct buf text = {0};
        if (!(fresh & limit_bit(endings[i])))
            continue;
        error_clear(e);
        if (limit_bit(endings[i]) & LIMITS_OF_HOST)
            return say_host_ended(c, e);
        host_settle(c->host, true);
        limit_sentence(c->limits, endings[i], &text);
        error_say(e, "%s", buf_text(&text));
        return error_hint(e, "Containers have ended too: `ps -a` shows what there is, `run` starts another.");
    }
    if (fresh & limit_bit(LIMIT_DISK) && c->sink) {
        cleanup_buf struct buf text = {0}, note = {0};
        limit_sentence(c->limits, LIMIT_DISK, &text);
        buf_addf(&note, "[%s]\n", buf_text(&text));
        c->sink->write(c->sink->context, 2, note.data, note.len);
    }
    return r;
}

static int run_limited(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    int whole_ms = c->timeout_ms;
    uint64_t start = now_ns();
    int r = limit_time(c, e);
    if (r == 0) {
        r = line->verb->run(c, line, status, e);
        c->spent_ns += now_ns() - start;
        r = limit_error(c, r, e);
    }
    c->timeout_ms = whole_ms;
    return r;
}

int command_run(struct command_context *c, const char *text, int *status, struct nslab_error *e)
{
    cleanup_with(line_free) struct line line = {0};
    *status = STATUS_USAGE;
    if (line_parse(&c->verbs, text, &line, NULL, e) < 0)
        return -1;
    if (c->host)
        host_settle(c->host, false);
    *status = 0;
    int r = run_limited(c, &line, status, e);
    if (r < 0) {
        error_advise(e, advice_doctor);
        if (*status == 0)
            *status = status_of_error(e);
    }
    return r;
}
