/* SPDX-License-Identifier: MIT
 *
 * The fields of a mount point, pure.
 */
#ifndef NSLAB_OBSERVE_MOUNT_FIELDS_H
#define NSLAB_OBSERVE_MOUNT_FIELDS_H

#include "nslab/error.h"
#include "nslab/observe.h"
#include "nslab/procfs.h"

/* The mount that is seen at path: the topmost of those mounted there. NULL when there is none. */
const struct mount_info *mount_at(const char *path, const struct mount_info *mounts, size_t n);
int mount_field_read(const char *field, const char *path, const struct mount_info *mounts, size_t n,
                     struct observation *ret, struct nslab_error *e);

#endif
