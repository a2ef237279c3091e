/* SPDX-License-Identifier: MIT
 *
 * Where things are: the labs and scripts of the tree or of the installation, the user's data.
 */
#ifndef NSLAB_PATHS_H
#define NSLAB_PATHS_H

#include "nslab/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* The directory that holds labs/ and scripts/: beside the running program's tree (build/nslab -> ..), else
 * the installation's share directory: ../share/nslab from the program, else where `make` was told.
 * NSLAB_SHARE_DIR in the environment overrides both. The caller frees it. NULL with e set when neither is
 * there. */
char *paths_share(struct nslab_error *e);
/* XDG_DATA_HOME/nslab, else ~/.local/share/nslab; for root with rights over the whole machine /var/lib/nslab.
 * NSLAB_DATA_DIR overrides both. Not created. The caller frees it. */
char *paths_data(struct nslab_error *e);
bool is_directory(const char *path);                                        /* follows links */
int make_directories(const char *path, mode_t mode, struct nslab_error *e); /* mkdir -p */
/* CapEff has CAP_SETUID, CAP_SETGID and CAP_CHOWN, and every id of the machine is mapped here: decided by
 * rights, not by uid. Root of a Docker container without more rights is such a one. 1, 0, or -1: it can't be
 * found out. */
int have_root_rights(struct nslab_error *e);

/* What the user of this process is called; `uid N` where passwd has no name. The caller frees it. */
char *user_name(void);

#endif
