/* SPDX-License-Identifier: MIT */
#include "nslab/ns.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct ns_info ns_table[NS_COUNT] = {
    [NS_USER] = {"user", CLONE_NEWUSER, "user and group ids, and what capabilities are good for"},
    [NS_PID] = {"pid", CLONE_NEWPID, "process ids: who can be seen, and by which number"},
    [NS_MNT] = {"mnt", CLONE_NEWNS, "mounts: which files there are"},
    [NS_NET] = {"net", CLONE_NEWNET, "network interfaces, addresses, routes and ports"},
    [NS_UTS] = {"uts", CLONE_NEWUTS, "the hostname"},
    [NS_IPC] = {"ipc", CLONE_NEWIPC, "System V IPC and POSIX message queues"},
    [NS_CGROUP] = {"cgroup", CLONE_NEWCGROUP, "the root of the cgroup tree that is seen"},
    [NS_TIME] = {"time", CLONE_NEWTIME, "the monotonic and boot clocks"},
};

enum ns_type ns_by_name(const char *name)
{
    for (int i = 0; i < NS_COUNT; i++)
        if (!strcmp(ns_table[i].name, name))
            return (enum ns_type)i;
    return NS_INVALID;
}

int ns_link(pid_t pid, enum ns_type type, char *text, size_t size, struct nslab_error *e)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, ns_table[type].name);
    ssize_t n = readlink(path, text, size - 1);
    if (n >= 0) {
        text[n] = '\0';
        return 0;
    }
    error_sys(e, errno, "read the link", "%s", path);
    if (e->errnum == EACCES || e->errnum == EPERM)
        error_hint(e, "The kernel shows these links only to whoever could trace the process, as its owner: "
                      "look from the lab host instead.");
    else
        error_hint(e, "Look with `ps` whether the process still runs.");
    return -1;
}
