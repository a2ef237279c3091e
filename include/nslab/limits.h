/* SPDX-License-Identifier: MIT
 *
 * What a lab may use of the machine. nslab sets these itself, by rlimits and by the sizes of its file
 * systems: no cgroups, no rights. docs/security.md states them as one formula.
 */
#ifndef NSLAB_LIMITS_H
#define NSLAB_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct limits {
    int line_ms;           /* wall time of one line; 0: none */
    int lab_ms;            /* wall time of all lines of a lab together; 0: none */
    unsigned processes;    /* in the lab, all ids together; 0: none */
    uint64_t memory_bytes; /* address space of one process; 0: none */
    uint64_t output_bytes; /* of one line; what is more is dropped, and the line ended; 0: none */
    uint64_t disk_bytes;   /* of each file system that can be written to */
    bool private_ports; /* what is published is published in a network namespace of its own, which is then the
                           viewpoint `machine` of a request; nothing listens on the real machine */
};
extern const struct limits limits_learning; /* a person at the keyboard: only what protects the machine */
extern const struct limits limits_grading;  /* work that may be hostile */

#endif
