/* SPDX-License-Identifier: MIT */
#include "ids_helpers.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ALLOTMENT_LEAST 65536u

static void plan_root(struct id_plan *plan)
{
    plan->situation = IDS_ROOT;
    plan->uid = (struct id_map){.extents = {{0, LAB_ROOT_BASE, LAB_ROOT_COUNT}}, .n = 1};
    plan->gid = plan->uid;
    plan->remap_count = 65536;
}

static void plan_single(struct id_plan *plan)
{
    plan->situation = IDS_SINGLE;
    plan->uid = (struct id_map){.extents = {{0, geteuid(), 1}}, .n = 1};
    plan->gid = (struct id_map){.extents = {{0, getegid(), 1}}, .n = 1};
    plan->remap_count = 0;
}

/* How many ids the user namespace that we are in has: all 2^32 - 1 on the machine itself, 1 in `unshare -Ur`.
 */
static int ids_of_this_namespace(uint64_t *ret, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    uint64_t sum = 0;
    unsigned inside, outside, count;
    int length;
    if (read_file_at(AT_FDCWD, "/proc/self/uid_map", &text, 0) < 0)
        return error_sys(e, errno, "read", "/proc/self/uid_map");
    for (const char *p = buf_text(&text); sscanf(p, "%u %u %u%n", &inside, &outside, &count, &length) == 3;
         p += length)
        sum += count;
    *ret = sum;
    return 0;
}

/* 1 with the reason in why; 0; -1. So the next one too. */
static int namespace_is_too_small(char *why, size_t size, struct nslab_error *e)
{
    uint64_t ids = 0;
    if (ids_of_this_namespace(&ids, e) < 0)
        return -1;
    if (ids > ALLOTMENT_LEAST)
        return 0;
    if (ids <= 1)
        snprintf(why, size,
                 "nslab runs in a user namespace of a single id (as `unshare -Ur` makes one), which has no "
                 "others to "
                 "hand on");
    else
        snprintf(why, size, "nslab runs in a user namespace of only %llu ids", (unsigned long long)ids);
    return 1;
}

/* The allotment in one of the two files. */
static int allotment_is_missing(const char *file, uint32_t *start, uint32_t *count, char *why, size_t size,
                                struct nslab_error *e)
{
    const struct passwd *user = getpwuid(getuid());
    const char *name = user ? user->pw_name : NULL;
    cleanup_buf struct buf text = {0};
    if (read_file_at(AT_FDCWD, file, &text, 0) < 0) {
        if (is_shortage(errno))
            return error_sys(e, errno, "read", "%s", file);
        snprintf(why, size, "%s can't be read: %m", file);
        return 1;
    }
    if (subid_find(buf_text(&text), name, getuid(), ALLOTMENT_LEAST, start, count))
        return 0;
    if (subid_find(buf_text(&text), name, getuid(), 1, start, count))
        snprintf(why, size, "the range of %.64s in %s is too small: %u ids, and a lab needs %u in one line",
                 name ? name : "this uid", file, *count, ALLOTMENT_LEAST);
    else if (name)
        snprintf(why, size, "%s has no line for user %.64s (uid %u)", file, name, (unsigned)getuid());
    else
        snprintf(why, size, "%s has no line for uid %u", file, (unsigned)getuid());
    return 1;
}

/* 1 when there is a range; 0 when there is none, with the reason in the plan; -1. */
static int plan_range(struct id_plan *plan, struct nslab_error *e)
{
    char *why = plan->why_not_range;
    size_t size = sizeof plan->why_not_range;
    uint32_t uid_start = 0, uid_count = 0, gid_start = 0, gid_count = 0;
    int missing = namespace_is_too_small(why, size, e);
    if (!missing)
        missing = id_helper_obstacle(NEWUIDMAP, why, size) || id_helper_obstacle(NEWGIDMAP, why, size);
    if (!missing)
        missing = allotment_is_missing("/etc/subuid", &uid_start, &uid_count, why, size, e);
    if (!missing)
        missing = allotment_is_missing("/etc/subgid", &gid_start, &gid_count, why, size, e);
    if (missing)
        return missing < 0 ? -1 : 0;
    /* One remapped range for users and groups: as long as the shorter of the two allows. */
    uint32_t count = uid_count < gid_count ? uid_count : gid_count;
    if (!id_map_sparse(getuid(), uid_start, count, &plan->uid) ||
        !id_map_sparse(getgid(), gid_start, count, &plan->gid)) {
        snprintf(why, size, "the user's own id lies in its range of /etc/subuid or /etc/subgid");
        return 0;
    }
    plan->situation = IDS_RANGE;
    plan->remap_count = plan->uid.extents[2].count;
    return 1;
}

int id_plan_make(struct id_plan *plan, struct nslab_error *e)
{
    memset(plan, 0, sizeof *plan);
    int root = have_root_rights(e);
    int range = root ? root : plan_range(plan, e);
    if (root > 0)
        plan_root(plan);
    else if (range <= 0)
        plan_single(plan);
    if (range < 0)
        error_text_brief(e, plan->why_not_range, sizeof plan->why_not_range);
    return range < 0 ? -1 : 0;
}

/* What can be done where it isn't ids that are missing; found by what why_not_range says. */
static const struct {
    const char *said, *remedy;
} remedies[] = {
    {"nslab runs in a user namespace", "Run nslab outside that user namespace."},
    {"no_new_privs is set", "Run nslab from a shell that was started without it."},
};

void id_plan_hint(const struct id_plan *plan, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
        if (strstr(plan->why_not_range, remedies[i].said))
            error_hint(e, "%s", remedies[i].remedy);
}
