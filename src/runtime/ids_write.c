/* SPDX-License-Identifier: MIT */
#include "ids_helpers.h"
#include "nslab/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool sysctl_is_one(const char *path)
{
    cleanup_buf struct buf text = {0};
    return read_file_at(AT_FDCWD, path, &text, 16) == 0 && buf_text(&text)[0] == '1';
}

static int map_refused(struct nslab_error *e, const char *path)
{
    error_sys(e, errno, "write", "%s", path);
    if (sysctl_is_one("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")) {
        error_detail(e, "kernel.apparmor_restrict_unprivileged_userns is 1 on this machine");
        error_hint(e, "Give nslab an AppArmor profile with `userns,`, or run it with sudo.");
    } else {
        error_hint(e, "Run nslab with sudo, or see what the kernel log says: `sudo dmesg | tail`.");
    }
    return error_cause(e, "user");
}

static int write_map(const char *name, const struct id_map *map, pid_t pid, struct nslab_error *e)
{
    char path[64], text[ID_EXTENTS_MAX * 36];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    size_t n = id_map_format(map, text, sizeof text);
    return write_once(path, text, n) < 0 ? map_refused(e, path) : 0;
}

int id_map_write(const struct id_map *uid, const struct id_map *gid, pid_t pid, struct nslab_error *e)
{
    if (write_map("gid_map", gid, pid, e) < 0)
        return -1;
    return write_map("uid_map", uid, pid, e);
}

/* Whoever has no right to other groups must first give up setgroups(2) for the new namespace
 * (user_namespaces(7)): leaving a group could otherwise open a file that the group is kept out of. */
static int deny_setgroups(pid_t pid, struct nslab_error *e)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/setgroups", (int)pid);
    if (write_once(path, "deny", 4) == 0 ||
        errno == ENOENT) /* no such file before Linux 3.19: nothing to deny */
        return 0;
    int errnum = errno;
    cleanup_buf struct buf now = {0};
    if (read_file_at(AT_FDCWD, path, &now, 16) == 0 && !strncmp(buf_text(&now), "deny", 4))
        return 0;
    errno = errnum;
    return map_refused(e, path);
}

/* The helpers say "Operation not permitted" for five different causes: look which one it is. */
static int explain_range_failure(struct nslab_error *e)
{
    char why[256];
    if (id_helper_obstacle(NEWUIDMAP, why, sizeof why) || id_helper_obstacle(NEWGIDMAP, why, sizeof why))
        error_hint(e, "What is in the way: %s.", why);
    else if (strstr(e->detail, "not allowed"))
        error_hint(e, "Compare /etc/subuid and /etc/subgid with what was asked for.");
    else
        error_hint(e, "Look at /etc/subuid, /etc/subgid, and whether newuidmap is setuid root: `ls -l "
                      "$(which newuidmap)`.");
    return -1;
}

int id_plan_write(const struct id_plan *plan, pid_t pid, struct nslab_error *e)
{
    switch (plan->situation) {
    case IDS_ROOT:
        return id_map_write(&plan->uid, &plan->gid, pid, e);
    case IDS_RANGE:
        return id_helpers_run(&plan->uid, &plan->gid, pid, e) < 0 ? explain_range_failure(e) : 0;
    case IDS_SINGLE:
        if (deny_setgroups(pid, e) < 0)
            return -1;
        return id_map_write(&plan->uid, &plan->gid, pid, e);
    }
    return error_say(e, "an id plan of an unknown kind: %d", (int)plan->situation);
}
