/* SPDX-License-Identifier: MIT
 *
 * The one table of namespace types (namespaces(7)).
 */
#ifndef NSLAB_NS_H
#define NSLAB_NS_H

#include "nslab/error.h"

#include <stdint.h>
#include <sys/types.h>

enum ns_type {
    NS_USER,
    NS_PID,
    NS_MNT,
    NS_NET,
    NS_UTS,
    NS_IPC,
    NS_CGROUP,
    NS_TIME,
    NS_COUNT,
    NS_INVALID = -1
};

struct ns_info {
    const char *name;    /* as in /proc/PID/ns: "mnt" */
    uint64_t clone_flag; /* CLONE_NEWNS: the mount namespace was the first, and its flag says just "new
                            namespace" */
    const char *isolates;
};
extern const struct ns_info ns_table[NS_COUNT];

enum ns_type ns_by_name(const char *name); /* NS_INVALID when there is none */

/* What the link /proc/PID/ns/NAME says, as "pid:[4026531836]". pid is of the /proc mount that we see. */
int ns_link(pid_t pid, enum ns_type type, char *text, size_t size, struct nslab_error *e);

#endif
