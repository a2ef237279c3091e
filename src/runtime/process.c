/* SPDX-License-Identifier: MIT */
#include "nslab/process.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

enum { WATCH_OUT, WATCH_ERR, WATCH_END, WATCH_INTERRUPT, WATCH_COUNT };

struct pump {
    struct process *process;
    const struct sink *sink;
    size_t passed;   /* bytes handed over */
    bool dropping;   /* over the limit: said once */
    int interrupts;  /* Ctrl-C, counted */
    uint64_t end_ns; /* 0: no limit */
};

static void hand_over(struct pump *p, int stream, const char *bytes, size_t n)
{
    size_t room = PROCESS_OUTPUT_MAX - p->passed;
    size_t take = n < room ? n : room;
    if (take && p->sink)
        p->sink->write(p->sink->context, stream, bytes, take);
    p->passed += take;
    if (take < n && !p->dropping) {
        static const char note[] = "\n[output over 1 MiB: the rest is dropped]\n";
        p->dropping = true;
        if (p->sink)
            p->sink->write(p->sink->context, 2, note, sizeof note - 1);
    }
}

/* Takes what is there. Closes the pipe at its end. Returns false when there was nothing. */
static bool take_output(struct pump *p, int stream)
{
    int *fd = stream == 1 ? &p->process->out : &p->process->err;
    char chunk[16384];
    if (*fd < 0)
        return false;
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n > 0) {
        hand_over(p, stream, chunk, (size_t)n);
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
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
    pidfd_signal(p->process->pidfd, p->interrupts++ == 0 ? SIGINT : SIGKILL);
}

static int remaining_ms(const struct pump *p)
{
    if (!p->end_ns)
        return -1;
    uint64_t now = now_ns();
    return now >= p->end_ns ? 0 : (int)((p->end_ns - now) / 1000000) + 1;
}

/* 0 it has ended, 1 the time is over, -1 errno. */
static int pump_until_end(struct pump *p)
{
    for (;;) {
        int wait_ms = remaining_ms(p);
        if (wait_ms == 0) /* looked at here: poll(2) finds something to do for as long as there is output */
            return 1;
        struct pollfd fds[WATCH_COUNT] = {
            [WATCH_OUT] = {.fd = p->process->out, .events = POLLIN},
            [WATCH_ERR] = {.fd = p->process->err, .events = POLLIN},
            [WATCH_END] = {.fd = p->process->pidfd, .events = POLLIN},
            [WATCH_INTERRUPT] = {.fd = interrupt_fd(), .events = POLLIN},
        };
        int rc = poll(fds, WATCH_COUNT, wait_ms);
        if (rc < 0 && errno != EINTR)
            return -1;
        if (rc <= 0)
            continue;
        if (fds[WATCH_INTERRUPT].revents)
            on_interrupt(p);
        if (fds[WATCH_OUT].revents)
            take_output(p, 1);
        if (fds[WATCH_ERR].revents)
            take_output(p, 2);
        if (fds[WATCH_END].revents) {
            drain(p);
            return 0;
        }
    }
}

int process_communicate(struct process *process, const struct sink *sink, int timeout_ms, int *status,
                        struct nslab_error *e)
{
    struct pump p = {.process = process, .sink = sink};
    if (timeout_ms > 0)
        p.end_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    if (process->out >= 0)
        set_nonblocking(process->out, true);
    if (process->err >= 0)
        set_nonblocking(process->err, true);
    int rc = pump_until_end(&p);
    if (rc < 0)
        return error_sys(e, errno, "wait for", "a command");
    if (rc > 0) {
        pidfd_signal(process->pidfd, SIGKILL);
        poll_exit(process->pidfd, 5000);
        drain(&p);
        error_say(e, "the command took longer than %g s and was killed", timeout_ms / 1000.0);
        return error_hint(e, "Commands that don't end by themselves can't be waited for: give top `-b -n 1`, "
                             "ping `-c 1`, or start a container with -d.");
    }
    if (peek_child(process->pidfd, status) < 0)
        return error_sys(e, errno, "wait for", "a command");
    return 0;
}

void process_finish(struct process *process)
{
    close_fd_p(&process->out);
    close_fd_p(&process->err);
    close_fd_p(&process->pty);
    if (process->pidfd < 0)
        return;
    pidfd_signal(process->pidfd, SIGKILL);
    wait_child(process->pidfd, NULL);
    close_fd_p(&process->pidfd);
}
