/* SPDX-License-Identifier: MIT */
#include "piped.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* More of it, if there is more. false: interrupted. */
static bool fill(struct piped *p)
{
    char chunk[4096];
    struct pollfd fds[] = {{.fd = p->fd, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
    if (poll(fds, ARRAY_LEN(fds), -1) < 0)
        return errno == EINTR && !interrupt_pending();
    if (interrupt_pending())
        return false;
    if (!fds[0].revents)
        return true;
    ssize_t n = read(p->fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    p->ended = n <= 0;
    if (n > 0)
        buf_add(&p->bytes, chunk, (size_t)n);
    return true;
}

/* What has been given out is let go. */
static void forget(struct piped *p)
{
    size_t left = p->bytes.len - p->at;
    if (left)
        memmove(p->bytes.data, p->bytes.data + p->at, left);
    buf_truncate(&p->bytes, left);
    p->at = 0;
}

bool piped_next(struct piped *p, struct buf *line)
{
    for (;;) {
        const char *begin = buf_text(&p->bytes) + p->at;
        size_t left = p->bytes.len - p->at;
        const char *newline = memchr(begin, '\n', left);
        size_t length = newline ? (size_t)(newline - begin) : left;
        if (newline || (p->ended && left)) {
            buf_truncate(line, 0);
            buf_add(line, begin, length);
            p->at += length + (newline ? 1 : 0);
            return true;
        }
        if (p->ended)
            return false;
        forget(p);
        if (!fill(p))
            return false;
    }
}

void piped_free(struct piped *p)
{
    buf_free(&p->bytes);
}
