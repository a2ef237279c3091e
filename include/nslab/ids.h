/* SPDX-License-Identifier: MIT
 *
 * Which ids of the machine a lab may use, and the maps made from them: user_namespaces(7), subuid(5).
 */
#ifndef NSLAB_IDS_H
#define NSLAB_IDS_H

#include "nslab/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* By what right the lab host's user namespace gets its ids. */
enum ids_situation {
    IDS_ROOT,   /* rights over all ids of the machine: a high range that nobody uses, written by us */
    IDS_RANGE,  /* an allotment in /etc/subuid and /etc/subgid: a sparse map, written by newuidmap and
                   newgidmap */
    IDS_SINGLE, /* one id, the user's own, becomes uid 0 of the lab host */
};

struct id_extent {
    uint32_t inside, outside, count;
};

#define ID_EXTENTS_MAX 8
struct id_map {
    struct id_extent extents[ID_EXTENTS_MAX];
    size_t n;
};

#define LAB_ROOT_BASE 1879048192u /* IDS_ROOT: uid 0 of the lab is this uid of the machine (0x70000000) */
#define LAB_ROOT_COUNT 1200000u
#define REMAP_BASE                                                                                           \
    100000u /* --userns remap: uid 0 of the container is this uid of the lab host, as Docker's */

struct id_plan {
    enum ids_situation situation;
    struct id_map uid, gid;  /* lab host -> machine */
    char why_not_range[256]; /* IDS_SINGLE: why there is no range, for `unsupported` */
    uint32_t remap_count;    /* how many ids from REMAP_BASE on exist in the lab host; 0: no remap */
};

/* Finds the best that this process has a right to: the single id is always there to try. -1: what it has a
 * right to can't be found out. Then the plan is that of a single id, with the reason. */
int id_plan_make(struct id_plan *plan, struct nslab_error *e);
/* Adds the hint to an error about missing ids, where it isn't the one of the need `subids`: that installs and
 * allots, which doesn't help everywhere. */
void id_plan_hint(const struct id_plan *plan, struct nslab_error *e);
/* The sparse map of an allotment, so that 0..1999, 100000.. and 1001003 exist in the lab host (pure; for
 * tests). */
bool id_map_sparse(uint32_t own, uint32_t start, uint32_t count, struct id_map *map);
/* First usable line of a subuid(5) text for this user name or uid: at least `least` ids. */
bool subid_find(const char *text, const char *name, uid_t uid, uint32_t least, uint32_t *start,
                uint32_t *count);
/* "0 1001 1\n1 100000 1999\n": the format of /proc/PID/uid_map. Returns the length. */
size_t id_map_format(const struct id_map *map, char *text, size_t size);
/* Parses the kernel's form of the same. Returns the number of lines, or -1. */
int id_map_parse(const char *text, struct id_map *map);
/* Into the other numbering; false when the id isn't mapped. */
bool id_map_outside(const struct id_map *map, uint32_t inside, uint32_t *outside);
bool id_map_inside(const struct id_map *map, uint32_t outside, uint32_t *inside);

/* Gives the new process (a pid of the /proc that we see) its maps. Called by its parent, while it waits. */
int id_plan_write(const struct id_plan *plan, pid_t pid, struct nslab_error *e);
/* Writes /proc/PID/uid_map and gid_map for a namespace below our own, in which we hold all rights. */
int id_map_write(const struct id_map *uid, const struct id_map *gid, pid_t pid, struct nslab_error *e);

#endif
