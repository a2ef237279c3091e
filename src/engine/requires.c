/* SPDX-License-Identifier: MIT
 *
 * A lab's `requires`, as far as a running lab host doesn't prove it already: it could not be there without
 * user, pid, mnt, net, uts and ipc namespaces, overlay, an image and a bridge. Which port will
 * be published only its line knows: that line names it.
 */
#include "internal.h"
#include "nslab/call.h"
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/features.h"
#include "nslab/mem.h"
#include "nslab/need.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static int check_subids(const struct host *host, struct nslab_error *e)
{
    if (host->ids.situation != IDS_SINGLE)
        return 0;
    error_say(e, "this lab needs a range of ids, and nslab has one id here: %s", host->ids.why_not_range);
    id_plan_hint(&host->ids, e);
    return -1;
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

static int ask_for_nft(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return feature_nft("nat", e);
}

static int check_nft(const struct host *host, struct nslab_error *e)
{
    const struct place place = host_place(host);
    return call_in(&place, CLONE_NEWUSER | CLONE_NEWNET, ask_for_nft, NULL, 0, NULL, NULL, e);
}

static int ask_for_veth(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return feature_link_kind("veth", e);
}

static int check_veth(const struct host *host, struct nslab_error *e)
{
    const struct place place = host_place(host);
    return call_in(&place, CLONE_NEWUSER | CLONE_NEWNET, ask_for_veth, NULL, 0, NULL, NULL, e);
}

static int open_pty(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    cleanup_fd int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    return fd < 0 ? error_sys(e, errno, "open", "/dev/ptmx of the lab host") : 0;
}

static int check_pty(const struct host *host, struct nslab_error *e)
{
    const struct place place = host_place(host);
    return call_in(&place, CLONE_NEWUSER | CLONE_NEWNS, open_pty, NULL, 0, NULL, NULL, e);
}

/* A lab host runs without it: that a directory of the image can be removed shows when one tries. */
static int check_userxattr(const struct host *host, struct nslab_error *e)
{
    struct doctor_seen seen = {0};
    doctor_probe(doctor_row_by_name("userxattr"), &host->ids, &seen);
    if (seen.verdict == DOCTOR_OK)
        return 0;
    char why[NSLAB_ERROR_TEXT_MAX];
    return error_say(e, "in this lab a directory of the image is removed, which fails here: %s",
                     error_text_brief(&seen.error, why, sizeof why));
}

static const struct {
    const char *need;
    int (*check)(const struct host *host, struct nslab_error *e);
} checks[] = {
    {"subids", check_subids}, {"proc", check_proc}, {"cgroup", check_cgroup}, {"time", check_time},
    {"nft", check_nft},       {"veth", check_veth}, {"pty", check_pty},       {"userxattr", check_userxattr},
};

/* It could not be tried: that says nothing of the machine's abilities. */
static bool is_no_answer(const struct nslab_error *e)
{
    return e->errnum == EMFILE || e->errnum == ENFILE || e->errnum == ENOMEM || e->errnum == EAGAIN ||
           e->errnum == ETIMEDOUT;
}

int requires_check(const struct lab *lab, const struct host *host, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (strv_contains(&lab->requires, checks[i].need) && checks[i].check(host, e) < 0)
            return is_no_answer(e) ? -1 : error_needs(e, checks[i].need);
    return 0;
}
