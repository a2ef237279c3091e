/* SPDX-License-Identifier: MIT
 *
 * Our terminal and a pseudo-terminal in the lab, connected: every key goes there raw, Ctrl-C and Ctrl-Z
 * included, and the line discipline on the other side makes signals of them.
 */
#include "nslab/fd.h"
#include "nslab/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

/* Copies once. false at the end of either side. */
static bool copy(int from, int to)
{
    char chunk[4096];
    ssize_t n = read(from, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    return n > 0 && write_all(to, chunk, (size_t)n) == 0;
}

static void connect_until_end(struct process *process)
{
    bool input = true;
    for (;;) {
        struct pollfd fds[] = {{.fd = input ? STDIN_FILENO : -1, .events = POLLIN},
                               {.fd = process->pty, .events = POLLIN},
                               {.fd = process->pidfd, .events = POLLIN}};
        if (resized)
            pass_size(process->pty);
        if (poll(fds, 3, -1) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        if (fds[1].revents && !copy(process->pty, STDOUT_FILENO))
            return; /* EIO: nobody has the other side open any more */
        if (fds[0].revents && !copy(STDIN_FILENO, process->pty))
            input = false;
        if (fds[2].revents && !(fds[1].revents & POLLIN))
            return;
    }
}

int process_attach(struct process *process, int *status, struct nslab_error *e)
{
    struct termios before, raw;
    struct sigaction action, old;
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return error_sys(e, errno, "use", "standard input as a terminal");
    memset(&action, 0, sizeof action);
    action.sa_handler = on_resize;
    sigaction(SIGWINCH, &action, &old);
    raw = before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    pass_size(process->pty);
    connect_until_end(process);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    sigaction(SIGWINCH, &old, NULL);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid((idtype_t)3 /* P_PIDFD */, (id_t)process->pidfd, &info, WEXITED | WNOWAIT | __WALL) < 0)
        if (errno != EINTR)
            return error_sys(e, errno, "wait for", "a command");
    *status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return 0;
}
