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
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool diagnose_chroot(void)
{
    struct stat root, init_root;
    /* As root it can be seen; an ordinary user may not look at init's root, and the kernel's EPERM is all
     * there is. */
    return stat("/", &root) == 0 && stat("/proc/1/root/.", &init_root) == 0 &&
           (root.st_ino != init_root.st_ino || root.st_dev != init_root.st_dev);
}

/* What allows them again until the next boot, for the settings that count namespaces. */
#define QUOTA_ROW(type)                                                                                      \
    {                                                                                                        \
        "user.max_" type "_namespaces", 0, false, type, NULL,                                                \
            "`sudo sysctl user.max_" type "_namespaces=10000` allows them until the next boot. Inside a "    \
            "container, start that one with --privileged."                                                   \
    }

const struct setting setting_table[] = {
    QUOTA_ROW("user"),
    QUOTA_ROW("pid"),
    QUOTA_ROW("mnt"),
    QUOTA_ROW("net"),
    QUOTA_ROW("uts"),
    QUOTA_ROW("ipc"),
    QUOTA_ROW("cgroup"),
    QUOTA_ROW("time"),
    {"kernel.unprivileged_userns_clone", 0, true, "user", "ordinary users get no user namespace",
     "`sudo sysctl kernel.unprivileged_userns_clone=1` allows them until the next boot. Or run nslab with "
     "sudo."},
    {"kernel.apparmor_restrict_unprivileged_userns", 1, true, "user",
     "AppArmor takes the rights from the user namespaces of ordinary users",
     "Give this program a profile of its own: `nslab doctor --fix` shows it and installs it. Or run nslab "
     "with "
     "sudo."},
};
const size_t setting_count = ARRAY_LEN(setting_table);

long setting_value(const struct setting *s)
{
    cleanup_buf struct buf text = {0};
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/%s", s->name);
    *strchr(path + strlen("/proc/sys/"), '.') = '/';
    if (read_file_at(AT_FDCWD, path, &text, 64) < 0)
        return -1;
    return strtol(buf_text(&text), NULL, 10);
}

/* Who has a profile of AppArmor's isn't in what its restriction speaks of: "nslab (unconfined)". */
static bool has_profile(void)
{
    static const char *const paths[] = {"/proc/self/attr/apparmor/current", "/proc/self/attr/current"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        cleanup_buf struct buf text = {0};
        if (read_file_at(AT_FDCWD, paths[i], &text, 256) == 0 && text.len)
            return !starts_with(buf_text(&text), "unconfined");
    }
    return false;
}

bool setting_forbids(const struct setting *s, const struct id_plan *plan)
{
    if (setting_value(s) != s->forbids)
        return false;
    if (!s->for_users)
        return true;
    return plan->situation != IDS_ROOT && !(strstr(s->name, "apparmor") && has_profile());
}

int setting_error(const struct setting *s, struct nslab_error *e)
{
    error_detail(e, "%s%s%s is %ld", s->says ? s->says : "", s->says ? ": " : "", s->name, s->forbids);
    error_hint(e, "%s", s->remedy);
    return error_needs(e, s->need);
}

static bool find_setting(const struct id_plan *plan, struct nslab_error *e)
{
    bool is_quota = e->errnum == ENOSPC; /* namespaces(7): the only errno that the quotas give */
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].for_users != is_quota && setting_forbids(&setting_table[i], plan)) {
            setting_error(&setting_table[i], e);
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
    if (procfs_self_number("Seccomp") == SECCOMP_MODE_FILTER) {
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
