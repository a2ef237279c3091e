/* SPDX-License-Identifier: MIT */
#include "nslab/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What a signal handler may touch has to be global: the pipe wakes a poll, the flag says why. */
static int wake_pipe[2] = {-1, -1};
static volatile sig_atomic_t pending;
static volatile sig_atomic_t last_signal;
static volatile sig_atomic_t count;

static void note(int signo)
{
    int saved = errno;
    last_signal = signo;
    pending = 1;
    count = count + 1;
    ssize_t ignored = write(wake_pipe[1], "!", 1);
    (void)ignored;
    errno = saved;
}

int interrupt_install(void)
{
    if (wake_pipe[0] >= 0)
        return 0;
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, NULL) < 0 || sigaction(SIGTERM, &action, NULL) < 0 ? -1 : 0;
}

int interrupt_fd(void)
{
    return wake_pipe[0];
}

bool interrupt_pending(void)
{
    return pending;
}

bool interrupt_take(void)
{
    char drain[64];
    /* The pipe first: a signal that comes between the two then wakes its waiter once too often. The other way
     * round it would be pending, and nobody woken. */
    while (read(wake_pipe[0], drain, sizeof drain) > 0)
        ;
    return __atomic_exchange_n(&pending, 0, __ATOMIC_SEQ_CST);
}

unsigned interrupt_count(void)
{
    return (unsigned)count;
}

int interrupt_signal(void)
{
    return last_signal;
}

int interrupt_renew(void)
{
    /* Closed first, so that the new one finds room where only few descriptors are allowed. A signal that
     * comes between the two is still noted. */
    for (size_t i = 0; i < 2; i++)
        if (wake_pipe[i] >= 0)
            close(wake_pipe[i]);
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
        wake_pipe[0] = wake_pipe[1] = -1;
        return -1;
    }
    pending = 0;
    last_signal = 0;
    return 0;
}
