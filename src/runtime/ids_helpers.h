/* SPDX-License-Identifier: MIT
 *
 * newuidmap(1) and newgidmap(1): the two set-user-ID programs that write a range map for an ordinary user,
 * after they have looked it up in /etc/subuid and /etc/subgid.
 */
#ifndef NSLAB_IDS_HELPERS_H
#define NSLAB_IDS_HELPERS_H

#include "nslab/ids.h"

#include <limits.h>

enum id_helper { NEWUIDMAP, NEWGIDMAP, ID_HELPER_COUNT };
extern const char *const id_helper_names[ID_HELPER_COUNT];

/* Looks in PATH, then where distributions have it. */
bool id_helper_find(enum id_helper which, char path[PATH_MAX]);
/* Why it can't do its work for this process: a clause without a full stop. false when nothing is in its way.
 */
bool id_helper_obstacle(enum id_helper which, char *why, size_t size);
/* Runs both at the same time; what they say on standard error becomes the error's detail. */
int id_helpers_run(const struct id_map *uid, const struct id_map *gid, pid_t pid, struct nslab_error *e);

#endif
