/* SPDX-License-Identifier: MIT
 *
 * How a process is born inside a lab while nslab stays its parent:
 *
 *   nslab ── clone ─> stub      enters the place's namespaces (setns by pidfd), then
 *                      └ clone(CLONE_PARENT) ──> the new process: in the place's PID namespace, child of
 * nslab
 *
 * The stub shares nslab's memory and descriptors while nslab waits for it; the new process has copies, or
 * shares them too. (setns(CLONE_NEWPID) and clone(CLONE_NEWPID) in one process is EINVAL: one process more in
 * between is what lets a container have a PID namespace of its own below the lab host's.)
 */
#ifndef NSLAB_BIRTH_H
#define NSLAB_BIRTH_H

#include "nslab/call.h"
#include "nslab/error.h"

#include <signal.h>
#include <stdint.h>

/* Runs in the new process, as uid 0 of the place's user namespace, with all capabilities there. Must not
 * return on success paths that exec; what it returns is an error, which the parent gets whole. `sock` is a
 * SOCK_SEQPACKET to nslab, close-on-exec: a successful exec closes it. */
typedef int (*birth_fn)(void *arg, int sock, struct nslab_error *e);

enum birth_memory {
    BIRTH_COPIED,
    /* nslab's own, as after vfork(2): nslab waits until it has ended. It must not allocate, for it may be
     * killed at any moment; what it clones calls birth_separate first. It is reaped when birth_in returns. */
    BIRTH_SHARED,
};

struct birth {
    int pidfd;        /* of the new process, our child; the caller closes */
    int sock;         /* our end; the caller closes */
    sigset_t signals; /* that nslab had blocked before */
};

/* ns_flags: the namespaces of the place to enter, CLONE_NEWPID among them. *ret is filled before fn runs. */
int birth_in(const struct place *where, uint64_t ns_flags, enum birth_memory memory, birth_fn fn, void *arg,
             struct birth *ret, struct nslab_error *e);
/* In a copy: lets go of what is nslab's. */
void birth_separate(const struct birth *b);
/* The next datagram from the new process: 1 a message (with up to n_fds descriptors), 0 it has executed its
 * program (EOF), -1 it reported an error, or died without one. */
int birth_receive(const struct birth *b, void *bytes, size_t size, int *fds, size_t n_fds,
                  struct nslab_error *e);
/* The same for messages of different sizes: returns the message's size (> 0). */
int birth_receive_any(const struct birth *b, void *bytes, size_t size, int *fds, size_t n_fds,
                      struct nslab_error *e);
/* In the new process: to nslab, an error whole, or a message. */
void birth_send_error(int sock, const struct nslab_error *e);
int birth_send(int sock, const void *bytes, size_t n, const int *fds, size_t n_fds, struct nslab_error *e);

#endif
