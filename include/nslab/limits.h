/* SPDX-License-Identifier: MIT
 *
 * What a lab may use of the machine. nslab sets these itself, by rlimits, by pid_max of the lab host's PID
 * namespace, by the sizes of its file systems and by a look at the lab's processes several times a second
 * (watch.h): no cgroups, no rights. docs/security.md states them as one formula.
 */
#ifndef NSLAB_LIMITS_H
#define NSLAB_LIMITS_H

#include "nslab/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum limit {
    LIMIT_LINE_TIME,
    LIMIT_LAB_TIME,
    LIMIT_PROCESSES,
    LIMIT_MEMORY,
    LIMIT_HELD,        /* memory that no process has: in files, in System V shared memory */
    LIMIT_DESCRIPTORS, /* open in all processes together */
    LIMIT_RESERVE,     /* of the machine's memory, by whatever means of the lab */
    LIMIT_OUTPUT,
    LIMIT_DISK,
    LIMIT_CONTAINERS,
    LIMIT_COUNT
};

/* 0 everywhere: none. */
struct limits {
    const char *name;      /* "grading" */
    int line_ms;           /* wall time of one line */
    int lab_ms;            /* wall time of all lines of a lab together */
    unsigned processes;    /* and threads, in the lab, all ids together: beyond it all are ended */
    unsigned containers;   /* that there are at the same time */
    uint64_t memory_bytes; /* of all processes together: beyond it all are ended */
    uint64_t held_bytes;  /* in file systems and files in memory, and in System V shared memory: beyond it the
                             lab host ends */
    bool all_bounded;     /* and a file system in memory that has no size counts as beyond it */
    unsigned descriptors; /* open in all processes together: beyond it all are ended */
    uint64_t address_bytes; /* address space of one process */
    uint64_t reserve_bytes; /* of the machine's memory: when less is left, the lab host ends */
    uint64_t output_bytes;  /* of one line; what is more is dropped, and the line ended */
    uint64_t disk_bytes; /* of each file system that can be written to: two a root, its layer and /dev/shm */
    unsigned files;      /* open in one process */
    int nice;            /* what runs in the lab gives way to what else runs */
    int oom_score;       /* who is ended first when memory runs out nevertheless */
    bool private_ports; /* what is published is published in a network namespace of its own, which is then the
                           viewpoint `machine` of a request and of `sockets`; nothing listens on the real
                           machine */
};
extern const struct limits limits_learning; /* a person at the keyboard: only what protects the machine */
extern const struct limits limits_grading;  /* work that may be hostile */

/* PIDs below this are not given out again once they are used up (Linux, RESERVED_PIDS): so many processes
 * more may exist between two looks. */
#define LIMIT_PID_SLACK 300

/* "processes (256)": the name of a limit, and how much it is. */
void limit_text(const struct limits *limits, enum limit which, struct buf *out);
/* "the limit of processes (256) was reached: ..." and what came of it. */
void limit_sentence(const struct limits *limits, enum limit which, struct buf *out);
static inline unsigned limit_bit(enum limit which)
{
    return 1u << which;
}
/* Those whose consequence is that the lab host ends. */
#define LIMITS_OF_HOST (limit_bit(LIMIT_HELD) | limit_bit(LIMIT_RESERVE))
/* For the process that will execute a program of the lab: its rlimits and its priority. What it has already
 * is never widened. 0, or -1 with errno. */
int limits_apply(const struct limits *limits);
/* For nslab itself, whose children have it from it. */
void limits_apply_oom(const struct limits *limits);

#endif
