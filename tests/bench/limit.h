/* SPDX-License-Identifier: MIT
 *
 * How the bare loop is asked: a byte on its standard input makes one round, and one of these comes back.
 *
 *   limit true FD    clone3, mounts, pivot_root, exec /bin/true, wait. FD: the image's tree
 *   limit userns FD  the same with a user namespace; needs a uid 0 that may write maps, and the tree to be
 * the working directory limit nginx FD   the same with nginx; first answer, SIGKILL, wait limit exec FD fork,
 * setns, fork, exec /bin/true, wait. FD: pidfd of a container. Runs on the machine
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include <stdint.h>

struct limit_times {
    uint64_t answer_ns; /* nginx: until it has answered */
    uint64_t all_ns;    /* until all is reaped */
};

#endif
