/* SPDX-License-Identifier: MIT
 *
 * Who listens in a network namespace, asked of the kernel with sock_diag(7), as ss(8) does. It says the same
 * as /proc/PID/net/tcp, but that file's reader goes through the connections of the whole machine:
 * milliseconds, where this takes microseconds.
 */
#ifndef NSLAB_LISTENERS_H
#define NSLAB_LISTENERS_H

#include "nslab/buf.h"
#include "nslab/call.h"
#include "nslab/error.h"

#include <linux/netlink.h>
#include <stdbool.h>

/* A socket that asks in the place's network namespace, from wherever it is used: a socket stays in the
 * namespace in which it was made. The caller closes it. -1 with e set. */
int listeners_open(const struct place *where, struct nslab_error *e);
/* "tcp 0.0.0.0:80", "tcp [::]:80" for each, appended. A kernel without inet_diag: -1, errnum ENOENT. */
int listeners_read(int sock, struct strv *out, struct nslab_error *e);
/* One answer, bytes as received (pure; for tests). false: another kind of message, or too short. */
bool listener_parse(const struct nlmsghdr *h, char *text, size_t size);

#endif
