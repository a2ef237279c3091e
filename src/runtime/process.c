/* SPDX-License-Identifier: MIT */
#include "nslab/process.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { WATCH_INPUT, WATCH_IN, WATCH_OUT, WATCH_ERR, WATCH_END, WATCH_INTERRUPT, WATCH_COUNT };

struct pump {
    struct process *process;
    const struct sink *sink;
    struct relay input; /* STDIO_INPUT: from our own standard input */
    size_t passed;      /* bytes handed over */
    bool dropping;      /* over the limit: said once */
    int interrupts;     /* Ctrl-C, counted */
    uint64_t end_ns;    /* 0: no limit */
    int errnum;         /* of reading what it writes */
};

static size_t output_max(const struct process *process)
{
    return process->output_max ? (size_t)process->output_max : PROCESS_OUTPUT_MAX;
}

static void note_limit(const struct process *process, enum limit which)
{
    if (process->struck)
        *process->struck |= limit_bit(which);
}

static void hand_over(struct pump *p, int stream, const char *bytes, size_t n)
{
    bool bounded = !p->sink || !p->sink->unbounded;
    size_t room = output_max(p->process) - p->passed;
    size_t take = !bounded || n < room ? n : room;
    if (take && p->sink)
        p->sink->write(p->sink->context, stream, bytes, take);
    if (bounded)
        p->passed += take;
    if (take < n && !p->dropping) {
        char note[80];
        int length = snprintf(note, sizeof note, "\n[output over %zu MiB: the rest is dropped]\n",
                              output_max(p->process) >> 20);
        p->dropping = true;
        if (p->sink)
            p->sink->write(p->sink->context, 2, note, (size_t)length);
    }
}

/* Takes what is there. Closes the pipe at its end. Returns false when there was nothing. */
static bool take_output(struct pump *p, int stream)
{
    int *fd = stream == 1 ? &p->process->out : &p->process->err;
    char chunk[16384];
    if (*fd < 0)
        return false;
    ssize_t n;
    do
        n = read(*fd, chunk, sizeof chunk);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        hand_over(p, stream, chunk, (size_t)n);
        return true;
    }
    bool broken = n < 0 && errno != EAGAIN;
    if (broken)
        p->errnum = errno;
    if (n == 0 || broken)
        close_fd_p(fd);
    return false;
}

/* The process has ended, but what it started may hold its pipes open for ever: take what has been written. */
static void drain(struct pump *p)
{
    for (size_t i = 0; i < 4 * PROCESS_OUTPUT_MAX / 16384; i++) {
        bool out = take_output(p, 1), err = take_output(p, 2);
        if (!out && !err)
            return;
    }
}

static void on_interrupt(struct pump *p)
{
    if (!interrupt_take())
        return;
    pidfd_signal_group(p->process->pidfd, p->interrupts++ == 0 ? SIGINT : SIGKILL);
}

/* What our standard input says, to the process; at its end, the end. */
static void pass_input(struct pump *p, const struct pollfd *input, const struct pollfd *in)
{
    if (input->revents)
        relay_read(&p->input);
    if (in->revents)
        relay_write(&p->input);
    if (!p->input.open && !relay_has_output(&p->input))
        close_fd_p(&p->process->in);
}

static int remaining_ms(const struct pump *p)
{
    if (!p->end_ns)
        return -1;
    uint64_t now = now_ns();
    return now >= p->end_ns ? 0 : (int)((p->end_ns - now) / 1000000) + 1;
}

enum pump_end { PUMP_ERROR = -1, PUMP_ENDED, PUMP_TIME_OVER, PUMP_TOO_MUCH };

/* PUMP_ERROR: with errno. */
static enum pump_end pump_until_end(struct pump *p)
{
    for (;;) {
        int wait_ms = remaining_ms(p);
        if (p->errnum) {
            errno = p->errnum;
            return PUMP_ERROR;
        }
        if (wait_ms == 0) /* looked at here: poll(2) finds something to do for as long as there is output */
            return PUMP_TIME_OVER;
        if (p->dropping && p->process->output_max)
            return PUMP_TOO_MUCH;
        struct pollfd fds[WATCH_COUNT] = {
            [WATCH_INPUT] = {.fd = relay_wants_input(&p->input) ? STDIN_FILENO : -1, .events = POLLIN},
            [WATCH_IN] = {.fd = relay_has_output(&p->input) ? p->process->in : -1, .events = POLLOUT},
            [WATCH_OUT] = {.fd = p->process->out, .events = POLLIN},
            [WATCH_ERR] = {.fd = p->process->err, .events = POLLIN},
            [WATCH_END] = {.fd = p->process->pidfd, .events = POLLIN},
            [WATCH_INTERRUPT] = {.fd = interrupt_fd(), .events = POLLIN},
        };
        int rc = poll(fds, WATCH_COUNT, wait_ms);
        if (rc < 0 && errno != EINTR)
            return PUMP_ERROR;
        if (rc <= 0)
            continue;
        if (fds[WATCH_INTERRUPT].revents)
            on_interrupt(p);
        pass_input(p, &fds[WATCH_INPUT], &fds[WATCH_IN]);
        if (fds[WATCH_OUT].revents)
            take_output(p, 1);
        if (fds[WATCH_ERR].revents)
            take_output(p, 2);
        if (fds[WATCH_END].revents) {
            drain(p);
            if (p->errnum)
                continue;
            return p->dropping && p->process->output_max ? PUMP_TOO_MUCH : PUMP_ENDED;
        }
    }
}

static int say_end(enum pump_end end, int timeout_ms, const struct process *process, struct nslab_error *e)
{
    if (end == PUMP_TOO_MUCH) {
        note_limit(process, LIMIT_OUTPUT);
        error_say(e, "the command wrote more than %zu MiB and was killed", output_max(process) >> 20);
        return error_hint(e, "`head -c` lets only the beginning of an output through.");
    }
    note_limit(process, LIMIT_LINE_TIME);
    error_say(e, "the command took longer than %g s and was killed", timeout_ms / 1000.0);
    return error_hint(e, "Commands that don't end by themselves can't be waited for: give top `-b -n 1`, "
                         "ping `-c 1`, or start a container with -d.");
}

/* Whoever else holds the other ends must not make us wait. */
static int make_nonblocking(const struct process *process)
{
    const int fds[] = {process->in, process->out, process->err};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0 && set_nonblocking(fds[i], true) < 0)
            return -1;
    return 0;
}

int process_communicate(struct process *process, const struct sink *sink, int timeout_ms, int *status,
                        struct nslab_error *e)
{
    struct pump p = {.process = process, .sink = sink};
    if (timeout_ms > 0)
        p.end_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    p.input = (struct relay){.from = STDIN_FILENO, .to = process->in, .open = process->in >= 0};
    if (make_nonblocking(process) < 0)
        return error_sys(e, errno, "prepare the streams of", "a command");
    enum pump_end end = pump_until_end(&p);
    if (end == PUMP_ERROR)
        return error_sys(e, errno, p.errnum ? "read the output of" : "wait for", "a command");
    if (end != PUMP_ENDED) {
        pidfd_signal(process->pidfd, SIGKILL);
        poll_exit(process->pidfd, 5000);
        drain(&p);
        return say_end(end, timeout_ms, process, e);
    }
    if (peek_child(process->pidfd, status) < 0)
        return error_sys(e, errno, "wait for", "a command");
    return 0;
}

void process_finish(struct process *process)
{
    close_fd_p(&process->in);
    close_fd_p(&process->out);
    close_fd_p(&process->err);
    close_fd_p(&process->pty);
    if (process->pidfd < 0)
        return;
    end_child(process->pidfd);
    close_fd_p(&process->pidfd);
}
