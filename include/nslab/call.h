/* SPDX-License-Identifier: MIT
 *
 * The one primitive that crosses the walls: call this function in those namespaces.
 *
 * call_in() forks a helper, which enters the namespaces of a process by its pidfd (setns(2), Linux 5.8),
 * becomes uid 0 there, runs the function and sends back what the function put into `out`, a descriptor it may
 * have opened, and, when it failed, its whole error object. nslab itself never changes its own namespaces.
 *
 * The helper enters no PID namespace (that needs one more fork), and so is in nobody's process list. In the
 * function: no stdio, no exit; its memory is a copy and gone afterwards.
 */
#ifndef NSLAB_CALL_H
#define NSLAB_CALL_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/ns.h"

#include <stdint.h>

/* A place to look from or to act in: the namespaces of the process with this pidfd; -1: the machine, where
 * nslab is. */
struct place {
    int pidfd;
    const int
        *ns_fds; /* NS_COUNT descriptors of its namespaces, used instead of the pidfd; NULL: there are none */
    const char *name; /* "machine", "host" or the container's name: for errors */
};

/* Enters namespaces of the place: setns(2), for good. For processes that nslab forked. -1 with errno. */
int place_enter(const struct place *where, uint64_t ns_flags);
/* "pid:[4026531836]": which namespace of this type the place is in. */
int place_ns_link(const struct place *where, enum ns_type type, char *text, size_t size,
                  struct nslab_error *e);
/* Opens that namespace: nsfs, for setns(2) and ioctl_nsfs(2). A descriptor, or -1 with e set. */
int place_ns_open(const struct place *where, enum ns_type type, struct nslab_error *e);

typedef int (*call_fn)(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e);

#define CALL_TIMEOUT_MS 5000
/* ns_flags: CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET ...: which walls to cross; all else stays the
 * machine's. With CLONE_NEWNS the root and the working directory are those of the place. For the machine the
 * function is called directly. ret_fd may be NULL. timeout_ms 0: CALL_TIMEOUT_MS. out is appended to. */
int call_in(const struct place *where, uint64_t ns_flags, call_fn fn, void *arg, int timeout_ms,
            struct buf *out, int *ret_fd, struct nslab_error *e);

#endif
