/* SPDX-License-Identifier: MIT
 *
 * The image for a remapped container. Its files belong to uid 0 of the lab host; to a container whose uid 0
 * is uid 100000 of the lab host they must belong to 100000, or they belong to nobody there. Two ways, tried
 * in this order:
 *
 * - an idmapped mount (mount_setattr(2), MOUNT_ATTR_IDMAP): the same files, shown with other owners. Needs
 * rights over the file system the image is on (root), and a file system that can (ext4, xfs: Linux 5.12).
 * - a shifted copy, made once beside the image, in a user namespace that has both ids. One that belongs to
 * other ids is replaced.
 */
#ifndef NSLAB_SHIFT_H
#define NSLAB_SHIFT_H

#include "nslab/error.h"
#include "nslab/host.h"

/* The copy's name beside the image's files, and what is added to it until the copy is whole. */
#define SHIFTED "shifted"
#define SHIFTED_HALF ".new"

/* A mount, attached nowhere yet, of the image's files, owned by REMAP_BASE: for one container, since it can
 * be attached once. The copy, where one is needed, is made at the first call. Returns a descriptor that the
 * caller closes, or -1 with e set. */
int shift_lower(struct host *host, struct nslab_error *e);

/* The first of the two ways alone: a descriptor of the mount, or -1 with the kernel's errno in e. *userns:
 * the user namespace whose map shifts; made where it is -1, to be handed in again, and the caller's to close.
 */
int shift_idmapped(const struct id_plan *plan, const char *rootfs, int *userns, struct nslab_error *e);

/* Runs fn as uid 0 of a user namespace with the plan's maps, on the machine's mounts: there the ids of a lab
 * exist, and files that belong to them can be made and removed. */
int in_lab_ids(const struct id_plan *plan, call_fn fn, void *arg, struct nslab_error *e);

#endif
