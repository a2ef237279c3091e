/* SPDX-License-Identifier: MIT */
#include "nslab/diagnose.h"
#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/procfs.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The number in a sysctl's file; -1 when there is none of that name. */
static long sysctl_number(const char *path)
{
    cleanup_buf struct buf text = {0};
    if (read_file_at(AT_FDCWD, path, &text, 64) < 0)
        return -1;
    return strtol(buf_text(&text), NULL, 10);
}

static bool status_says(const char *line)
{
    cleanup_buf struct buf status = {0};
    return read_file_at(AT_FDCWD, "/proc/self/status", &status, 0) == 0 && strstr(buf_text(&status), line);
}

bool diagnose_chroot(void)
{
    struct stat root, init_root;
    /* As root it can be seen; an ordinary user may not look at init's root, and the kernel's EPERM is all
     * there is. */
    return stat("/", &root) == 0 && stat("/proc/1/root/.", &init_root) == 0 &&
           (root.st_ino != init_root.st_ino || root.st_dev != init_root.st_dev);
}

/* The settings that forbid namespaces, each with the sentence that names it. */
static const struct {
    const char *path;
    long forbids; /* the value that forbids */
    const char *need, *detail;
} settings[] = {
    {"/proc/sys/user/max_user_namespaces", 0, "user", "user.max_user_namespaces is 0"},
    {"/proc/sys/user/max_pid_namespaces", 0, "pid", "user.max_pid_namespaces is 0"},
    {"/proc/sys/user/max_mnt_namespaces", 0, "mnt", "user.max_mnt_namespaces is 0"},
    {"/proc/sys/user/max_net_namespaces", 0, "net", "user.max_net_namespaces is 0"},
    {"/proc/sys/user/max_uts_namespaces", 0, "uts", "user.max_uts_namespaces is 0"},
    {"/proc/sys/user/max_ipc_namespaces", 0, "ipc", "user.max_ipc_namespaces is 0"},
    {"/proc/sys/user/max_cgroup_namespaces", 0, "cgroup", "user.max_cgroup_namespaces is 0"},
    {"/proc/sys/user/max_time_namespaces", 0, "time", "user.max_time_namespaces is 0"},
    {"/proc/sys/kernel/unprivileged_userns_clone", 0, "user", "kernel.unprivileged_userns_clone is 0"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1, "user",
     "AppArmor takes the rights from user namespaces here: kernel.apparmor_restrict_unprivileged_userns is "
     "1"},
};

static bool find_setting(const struct id_plan *plan, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        bool for_users_only = starts_with(settings[i].path, "/proc/sys/kernel/");
        if ((for_users_only && plan->situation == IDS_ROOT) ||
            sysctl_number(settings[i].path) != settings[i].forbids)
            continue;
        error_detail(e, "%s", settings[i].detail);
        if (starts_with(settings[i].path, "/proc/sys/user/"))
            error_hint(
                e,
                "`sudo sysctl user.%s=10000` allows them until the next boot. Inside a container, start that "
                "one with --privileged.",
                strrchr(settings[i].path, '/') + 1);
        error_needs(e, settings[i].need);
        return true;
    }
    return false;
}

/* What is mounted over a part of /proc: then the kernel refuses a fresh one (mount_too_revealing). */
static bool find_masked_proc(struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    struct mount_info *mounts = NULL;
    bool found = false;
    if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", &text, 0) < 0)
        return false;
    int n = mountinfo_parse(buf_text(&text), &mounts);
    for (int i = 0; i < n && !found; i++) {
        if (!starts_with(mounts[i].target, "/proc/"))
            continue;
        error_detail(e, "something is mounted over /proc on this machine: %s", mounts[i].target);
        error_needs(e, "proc");
        found = true;
    }
    if (n >= 0)
        mounts_free(mounts, (size_t)n);
    return found;
}

static bool is_refusal(int errnum)
{
    return errnum == EPERM || errnum == EACCES || errnum == ENOSPC || errnum == EUSERS || errnum == EINVAL;
}

int diagnose_host(const struct id_plan *plan, struct nslab_error *e)
{
    if (e->cause[0] && strcmp(e->cause, "proc"))
        return -1;
    if (e->errnum == EAGAIN) {
        error_detail(e, "the limit on processes is reached: RLIMIT_NPROC, or a cgroup's pids.max");
        error_hint(e, "Look at `ulimit -u` and at how many processes run, and raise the limit or end some.");
        return error_cause(e, "user");
    }
    if (e->errnum == ENOSYS) {
        error_detail(e, "this kernel, or what stands in for it, lacks a system call");
        return error_needs(e, "userxattr");
    }
    if (!is_refusal(e->errnum))
        return -1;
    if (strstr(e->step, "proc") && find_masked_proc(e))
        return -1;
    if (find_setting(plan, e))
        return -1;
    if (status_says("\nSeccomp:\t2")) {
        error_detail(e, "a seccomp filter is in force here, as in a container of Docker's");
        error_needs(e, "user");
        return error_hint(e, "Run nslab outside the container, or start that one with "
                             "--security-opt seccomp=unconfined --security-opt systempaths=unconfined.");
    }
    if (e->errnum == EPERM && diagnose_chroot()) {
        error_detail(e, "nslab runs in a chroot, where the kernel allows no user namespace");
        error_needs(e, "user");
        return error_hint(e, "Run nslab outside the chroot.");
    }
    return starts_with(e->step, "create namespaces") ? error_needs(e, "user") : -1;
}

int diagnose_ids(const struct id_plan *plan, struct nslab_error *e)
{
    if (plan->situation != IDS_SINGLE || !plan->why_not_range[0] || strcmp(e->cause, "subids") != 0)
        return -1;
    error_detail(e, "only one id is mapped in this lab: %s", plan->why_not_range);
    id_plan_hint(plan, e);
    return -1;
}
