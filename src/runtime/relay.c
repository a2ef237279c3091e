/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <errno.h>
#include <unistd.h>

static bool try_again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

bool relay_has_output(const struct relay *r)
{
    return r->start < r->end;
}

bool relay_wants_input(const struct relay *r)
{
    return r->open && !relay_has_output(r);
}

void relay_read(struct relay *r)
{
    ssize_t n = read(r->from, r->bytes, sizeof r->bytes);
    if (n < 0 && try_again())
        return;
    r->open = n > 0;
    r->start = 0;
    r->end = n > 0 ? (size_t)n : 0;
}

void relay_write(struct relay *r)
{
    ssize_t n = write(r->to, r->bytes + r->start, r->end - r->start);
    if (n < 0 && try_again())
        return;
    if (n < 0)
        r->open = false;
    r->start = n < 0 ? r->end : r->start + (size_t)n;
}
