/* SPDX-License-Identifier: MIT
 *
 * Our terminal and a pseudo-terminal in the lab, connected: every key goes there raw, Ctrl-C and Ctrl-Z
 * included, and the line discipline on the other side makes signals of them.
 */
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* After the end of the process: so many chunks more, since whoever it has left behind may write for ever. */
#define CHUNKS_AFTER_END 64

/* A signal handler can only reach a global: it notes that the window has a new size. */
static volatile sig_atomic_t resized;

static void on_resize(int signo)
{
    (void)signo;
    resized = 1;
}

static void pass_size(int pty)
{
    struct winsize size;
    resized = 0;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(pty, TIOCSWINSZ, &size);
}

struct connection {
    struct process *process;
    char keys[4096]; /* typed, and not yet taken by the other side: it may not read at all */
    size_t start, end;
    bool input; /* there may be more keys */
    int interrupts;
    unsigned chunks_after_end;
};

static bool try_again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

static void read_keys(struct connection *c)
{
    ssize_t n = read(STDIN_FILENO, c->keys, sizeof c->keys);
    if (n < 0 && try_again())
        return;
    c->input = n > 0;
    c->start = 0;
    c->end = n > 0 ? (size_t)n : 0;
}

static void pass_keys(struct connection *c)
{
    ssize_t n = write(c->process->pty, c->keys + c->start, c->end - c->start);
    if (n < 0 && try_again())
        return;
    c->input = n >= 0;
    c->start = n >= 0 ? c->start + (size_t)n : c->end;
}

/* false: nobody has the other side open any more (EIO), or our terminal is gone. */
static bool show_output(struct connection *c)
{
    char chunk[4096];
    ssize_t n = read(c->process->pty, chunk, sizeof chunk);
    if (n < 0 && try_again())
        return true;
    return n > 0 && write_all(STDOUT_FILENO, chunk, (size_t)n) == 0;
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
        bool pending = c->start < c->end;
        struct pollfd fds[WATCH_COUNT] = {
            [WATCH_KEYS] = {.fd = c->input && !pending ? STDIN_FILENO : -1, .events = POLLIN},
            [WATCH_PTY] = {.fd = c->process->pty, .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
            [WATCH_END] = {.fd = c->process->pidfd, .events = POLLIN},
            [WATCH_INTERRUPT] = {.fd = interrupt_fd(), .events = POLLIN},
        };
        if (resized)
            pass_size(c->process->pty);
        if (poll(fds, ARRAY_LEN(fds), -1) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        if (fds[WATCH_INTERRUPT].revents)
            on_interrupt(c);
        if (fds[WATCH_PTY].revents & POLLOUT)
            pass_keys(c);
        if (fds[WATCH_PTY].revents & ~POLLOUT && !show_output(c))
            return;
        if (fds[WATCH_KEYS].revents)
            read_keys(c);
        if (fds[WATCH_END].revents &&
            (!(fds[WATCH_PTY].revents & POLLIN) || c->chunks_after_end++ == CHUNKS_AFTER_END))
            return;
    }
}

int process_attach(struct process *process, int *status, struct nslab_error *e)
{
    struct connection c = {.process = process, .input = true};
    struct termios before, raw;
    struct sigaction action, old;
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return error_sys(e, errno, "use", "standard input as a terminal");
    if (set_nonblocking(process->pty, true) < 0)
        return error_sys(e, errno, "use", "the pseudo-terminal of a command");
    memset(&action, 0, sizeof action);
    action.sa_handler = on_resize;
    sigaction(SIGWINCH, &action, &old);
    raw = before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    pass_size(process->pty);
    connect_until_end(&c);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    sigaction(SIGWINCH, &old, NULL);
    /* It may have let go of the terminal and run on: then Ctrl-C is ours again. */
    return process_communicate(process, NULL, 0, status, e);
}
