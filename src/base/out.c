/* SPDX-License-Identifier: MIT */
#include "nslab/out.h"
#include "nslab/interrupt.h"
#include "nslab/proc.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

/* Where poll(2) says that there is room, a pipe takes so much at once. */
#define CHUNK PIPE_BUF

/* What is left of it, from the first time that it is asked. */
static struct timespec left_of(uint64_t *end_ns)
{
    uint64_t now = now_ns();
    if (!*end_ns)
        *end_ns = now + (uint64_t)OUT_LAST_MS * 1000000;
    uint64_t left = now < *end_ns ? *end_ns - now : 0;
    return (struct timespec){.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};
}

/* 1 when something can be written, 0 after a signal, -1 with errno. Signals come only while this waits: one
 * that came just before would be slept through. */
static int wait_for_room(int fd, uint64_t *end_ns)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    struct timespec left = {0};
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    bool ending = interrupt_signal() == SIGTERM;
    if (ending)
        left = left_of(end_ns);
    int rc = ppoll(&p, 1, ending ? &left : NULL, &before), errnum = rc < 0 ? errno : EINTR;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (rc > 0)
        return 1;
    errno = errnum;
    return rc < 0 && errnum == EINTR ? 0 : -1;
}

int out_write(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    uint64_t end_ns = 0;
    while (n) {
        int room = wait_for_room(fd, &end_ns);
        if (room < 0)
            return -1;
        ssize_t written = room ? write(fd, p, n < CHUNK ? n : CHUNK) : 0;
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (written > 0) {
            p += written;
            n -= (size_t)written;
        }
    }
    return 0;
}
