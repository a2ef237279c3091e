/* SPDX-License-Identifier: MIT
 *
 * Memory of a lab that is no process's own, as the watch sums it up: what lies in tmpfs, however it is
 * mounted or held open, in memfd files, and in System V shared memory. And how many descriptors are open,
 * which bounds what pipes and sockets hold.
 */
#ifndef NSLAB_WATCH_HELD_H
#define NSLAB_WATCH_HELD_H

#include "nslab/procfs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HELD_MAX 512 /* file systems and files in memory; more of them count as without a bound */

/* A file system, or a file of none that is mounted. */
struct held_item {
    dev_t dev;
    ino_t ino; /* 0: all of the file system */
    uint64_t bytes;
    bool there, asked; /* at this look: it is there; it has said how much is in it */
};

struct held {
    struct held_item items[HELD_MAX];
    unsigned n;
    struct held_read { /* mount tables (namespace, root) and IPC namespaces that this look has read */
        uint64_t a, b, c;
    } read[HELD_MAX];
    unsigned n_read;
    uint64_t shared;      /* System V */
    unsigned descriptors; /* open in all processes */
    bool unbounded;       /* ramfs, tmpfs without a size: how much is in them, nobody says */
    int lost;             /* errno: who looks could not come back from where it looked */
};

/* A look: begin, each process, sum. A file system that is covered by now counts as it did when it last could
 * be seen. */
void held_begin(struct held *held);
/* Goes no further than enough descriptors. */
void held_add_process(struct held *held, int proc_fd, const char *pid, unsigned enough);
uint64_t held_sum(struct held *held);

/* --- pure, for tests --- */
/* Has it a size, and can what is in it be asked for? Of overlays only those with an upper layer are meant: it
 * is in memory.
 */
bool held_is_memory(const struct mount_info *m);
uint64_t
held_parse_sysv(const char *text); /* /proc/sysvipc/shm: resident and swapped bytes of all segments */

#endif
