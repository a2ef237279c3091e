/* SPDX-License-Identifier: MIT
 *
 * The pictures' structures, filled from the live kernel. What it can't read of a container that is just
 * ending is left out.
 */
#ifndef NSLAB_COMMAND_PICTURE_LIVE_H
#define NSLAB_COMMAND_PICTURE_LIVE_H

#include "nslab/host.h"
#include "picture.h"

int picture_processes_read(const struct host *host, struct picture_processes *ret, struct nslab_error *e);
int picture_ids_read(const struct host *host, struct picture_ids *ret, struct nslab_error *e);
int picture_network_read(const struct host *host, struct picture_network *ret, struct nslab_error *e);
int picture_mounts_read(const struct host *host, struct picture_mounts *ret, struct nslab_error *e);

/* --- single facts, for `explain` too --- */
/* The links, addresses and routes of one network namespace. */
int net_view_of(const struct place *place, struct net_view *ret, struct nslab_error *e);
/* /proc/PID/FILE as a text; read from the user namespace of `reader`, whose numbers it then has. */
int proc_text(const struct place *reader, pid_t pid, const char *file, struct buf *out,
              struct nslab_error *e);
/* A uid_map or gid_map as `reader` sees it. */
int id_map_of(const struct place *reader, pid_t pid, const char *file, struct id_map *ret,
              struct nslab_error *e);
unsigned overflow_id(void); /* that stands for all ids that aren't mapped */

#endif
