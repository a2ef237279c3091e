/* SPDX-License-Identifier: MIT */
#ifndef NSLAB_HOST_INIT_H
#define NSLAB_HOST_INIT_H

#include "nslab/host.h"

/* What the lab host's init inherits from nslab by fork. */
struct host_init {
    int sock;             /* to nslab: SOCK_SEQPACKET, birth.h's messages */
    int lifeline;         /* read end: closed by nslab's death */
    const char *rootfs;   /* the image's tree on the machine */
    uint32_t remap_count; /* ids from REMAP_BASE on, for /etc/subuid */
    struct journal *journal;
    const struct limits *limits;
    struct watch *watch;
};

/* Runs in the new process, PID 1 of the lab host. Sends a message with the descriptors that HOST_INIT_FDS
 * counts and, once it serves, another one; or an error. */
#define HOST_INIT_FDS 4 /* the lower layer, the root, /dev/shm, a proc */
void host_init_main(const struct host_init *init) __attribute__((noreturn));

#endif
