/* SPDX-License-Identifier: MIT
 *
 * Our terminal and a pseudo-terminal in the lab, connected: every key goes there raw, Ctrl-C and Ctrl-Z
 * included, and the line discipline on the other side makes signals of them.
 */
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/proc.h"
#include "nslab/process.h"
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* After the end of the process: so many chunks more, since whoever it has left behind may write for ever. */
#define CHUNKS_AFTER_END 64
#define TYPED_EVERY_NS 100000000u /* how often typing is told */

/* --- the terminal --- */

/* A signal handler can only reach a global: the window has a new size; we are to stop, or were stopped.
 * These signals come only while ppoll(2) waits. */
static const int watched_signals[] = {SIGWINCH, SIGTSTP, SIGCONT};
static volatile sig_atomic_t resized, stopping, continued;

static void note(int signo)
{
    if (signo == SIGWINCH)
        resized = 1;
    else if (signo == SIGTSTP)
        stopping = 1;
    else
        continued = 1;
}

struct terminal {
    struct termios before, raw;
    struct sigaction actions[ARRAY_LEN(watched_signals)];
    sigset_t mask; /* as it was, and while we wait */
};

static void terminal_set(const struct termios *modes)
{
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, modes) < 0 && errno == EINTR)
        ;
}

static void pass_size(int pty)
{
    struct winsize size;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(pty, TIOCSWINSZ, &size);
}

static int terminal_open(struct terminal *t, struct nslab_error *e)
{
    struct sigaction action;
    sigset_t held;
    if (tcgetattr(STDIN_FILENO, &t->before) < 0)
        return error_sys(e, errno, "use", "standard input as a terminal");
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigfillset(&action.sa_mask);
    sigemptyset(&held);
    for (size_t i = 0; i < ARRAY_LEN(watched_signals); i++)
        sigaddset(&held, watched_signals[i]);
    sigprocmask(SIG_BLOCK, &held, &t->mask);
    for (size_t i = 0; i < ARRAY_LEN(watched_signals); i++)
        sigaction(watched_signals[i], &action, &t->actions[i]);
    t->raw = t->before;
    cfmakeraw(&t->raw);
    terminal_set(&t->raw);
    return 0;
}

static void terminal_close(struct terminal *t)
{
    terminal_set(&t->before);
    for (size_t i = 0; i < ARRAY_LEN(watched_signals); i++)
        sigaction(watched_signals[i], &t->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

/* Somebody asks us to stop (a key can't: it goes to the other side). Whoever started us gets the terminal as
 * it was. */
static void stop(struct terminal *t)
{
    terminal_set(&t->before);
    raise(SIGSTOP);
    continued = 1;
}

static void on_signals(struct terminal *t, int pty)
{
    if (stopping) {
        stopping = 0;
        stop(t);
    }
    if (continued)
        terminal_set(&t->raw);
    if (continued || resized)
        pass_size(pty);
    continued = resized = 0;
}

/* --- the connection --- */

struct connection {
    struct process *process;
    struct terminal terminal;
    struct relay keys; /* the other side may not read at all */
    int interrupts;
    unsigned chunks_after_end;
    uint64_t told_ns; /* when typing was last told */
};

/* false: nobody has the other side open any more (EIO), or our terminal is gone. */
static bool show_output(struct connection *c)
{
    char chunk[4096];
    ssize_t n = read(c->process->pty, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    return n > 0 && out_write(STDOUT_FILENO, chunk, (size_t)n) == 0;
}

static void take_keys(struct connection *c)
{
    uint64_t now = now_ns();
    relay_read(&c->keys);
    if (!relay_has_output(&c->keys))
        return;
    c->process->typed = true;
    if (c->process->typed_fd < 0 || now - c->told_ns < TYPED_EVERY_NS)
        return;
    c->told_ns = now;
    (void)send(c->process->typed_fd, "t", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Ctrl-C is a key here: an interrupt comes from outside, and asks nslab itself to end. */
static void on_interrupt(struct connection *c)
{
    if (interrupt_take())
        pidfd_signal(c->process->pidfd, c->interrupts++ == 0 ? SIGHUP : SIGKILL);
}

enum { WATCH_KEYS, WATCH_PTY, WATCH_END, WATCH_INTERRUPT, WATCH_COUNT };

static void connect_until_end(struct connection *c)
{
    for (;;) {
        bool pending = relay_has_output(&c->keys);
        struct pollfd fds[WATCH_COUNT] = {
            [WATCH_KEYS] = {.fd = relay_wants_input(&c->keys) ? STDIN_FILENO : -1, .events = POLLIN},
            [WATCH_PTY] = {.fd = c->process->pty, .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
            [WATCH_END] = {.fd = c->process->pidfd, .events = POLLIN},
            [WATCH_INTERRUPT] = {.fd = interrupt_fd(), .events = POLLIN},
        };
        if (ppoll(fds, ARRAY_LEN(fds), NULL, &c->terminal.mask) < 0) {
            if (errno != EINTR)
                return;
            on_signals(&c->terminal, c->process->pty);
            continue;
        }
        if (fds[WATCH_INTERRUPT].revents)
            on_interrupt(c);
        if (fds[WATCH_PTY].revents & POLLOUT)
            relay_write(&c->keys);
        if (fds[WATCH_PTY].revents & ~POLLOUT && !show_output(c))
            return;
        if (fds[WATCH_KEYS].revents)
            take_keys(c);
        if (fds[WATCH_END].revents &&
            (!(fds[WATCH_PTY].revents & POLLIN) || c->chunks_after_end++ == CHUNKS_AFTER_END))
            return;
    }
}

int process_attach(struct process *process, int *status, struct nslab_error *e)
{
    struct connection c = {.process = process,
                           .keys = {.from = STDIN_FILENO, .to = process->pty, .open = true}};
    if (set_nonblocking(process->pty, true) < 0)
        return error_sys(e, errno, "use", "the pseudo-terminal of a command");
    if (terminal_open(&c.terminal, e) < 0)
        return -1;
    pass_size(process->pty);
    connect_until_end(&c);
    terminal_close(&c.terminal);
    /* It may have let go of the terminal and run on: then Ctrl-C is ours again. */
    return process_communicate(process, NULL, 0, status, e);
}
