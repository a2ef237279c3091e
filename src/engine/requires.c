/* SPDX-License-Identifier: MIT
 *
 * A lab's `requires`, as far as a running lab host doesn't prove it already: it could not be there without
 * user, pid, mnt, net, uts and ipc namespaces, overlay, an image and a bridge. What only shows when it is
 * used (a port, veth links, nftables) is named by the line that needs it.
 */
#include "internal.h"
#include "nslab/call.h"
#include "nslab/mem.h"
#include "nslab/need.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

static int check_subids(const struct host *host, struct nslab_error *e)
{
    if (host->ids.situation != IDS_SINGLE)
        return 0;
    return error_say(e, "this lab needs a range of ids, and nslab has one id here: %s",
                     host->ids.why_not_range);
}

/* In a helper that is outside the lab host's PID namespace: a /proc of the lab host's own doesn't know it. */
static int look_at_proc(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    char link[32];
    (void)arg, (void)out, (void)ret_fd;
    if (readlink("/proc/self", link, sizeof link) < 0)
        return 0;
    return error_say(e, "something is mounted over a part of this machine's /proc, and so the lab host could "
                        "not get one of its own");
}

static int check_proc(const struct host *host, struct nslab_error *e)
{
    const struct place place = host_place(host);
    return call_in(&place, CLONE_NEWUSER | CLONE_NEWNS, look_at_proc, NULL, 0, NULL, NULL, e);
}

static int check_cgroup(const struct host *host, struct nslab_error *e)
{
    (void)host;
    return access("/proc/self/ns/cgroup", F_OK) ? error_say(e, "this kernel has no cgroup namespaces") : 0;
}

static int check_time(const struct host *host, struct nslab_error *e)
{
    (void)host;
    return access("/proc/self/ns/time", F_OK) ? error_say(e, "this kernel has no time namespaces") : 0;
}

static const struct {
    const char *need;
    int (*check)(const struct host *host, struct nslab_error *e);
} checks[] = {{"subids", check_subids}, {"proc", check_proc}, {"cgroup", check_cgroup}, {"time", check_time}};

int requires_check(const struct lab *lab, const struct host *host, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (strv_contains(&lab->requires, checks[i].need) && checks[i].check(host, e) < 0)
            return error_needs(e, checks[i].need);
    return 0;
}
