/* SPDX-License-Identifier: MIT
 *
 * A lab's `requires`, as far as a running lab host doesn't prove it already: it could not be there without
 * user, pid, mnt, net, uts and ipc namespaces, overlay, an image and a bridge. What only shows when it is
 * used (a port, veth links, nftables) is named by the line that needs it.
 */
#include "internal.h"
#include "nslab/mem.h"
#include "nslab/need.h"

#include <string.h>
#include <unistd.h>

static int check_subids(const struct host *host, struct nslab_error *e)
{
    if (host->ids.situation != IDS_SINGLE)
        return 0;
    return error_say(e, "this lab needs a range of ids, and nslab has one id here: %s",
                     host->ids.why_not_range);
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
} checks[] = {{"subids", check_subids}, {"cgroup", check_cgroup}, {"time", check_time}};

int requires_check(const struct lab *lab, const struct host *host, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (strv_contains(&lab->requires, checks[i].need) && checks[i].check(host, e) < 0)
            return error_needs(e, checks[i].need);
    return 0;
}
