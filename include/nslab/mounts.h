/* SPDX-License-Identifier: MIT
 *
 * Building a root filesystem in a new mount namespace. All of this runs in the process that will live in it
 * (the lab host's init, or a container), with all capabilities over that namespace, and notes each step in
 * the journal.
 */
#ifndef NSLAB_MOUNTS_H
#define NSLAB_MOUNTS_H

#include "nslab/error.h"
#include "nslab/journal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Who builds, for the journal and for errors: "container web". */
struct builder {
    struct journal *journal;
    enum journal_actor actor;
    const char *whose;
};

/* mount(2), noted and with an error that names the step. what: "proc", for the error "mount proc in container
 * web". */
struct mount_step {
    const char *what, *source, *target, *type, *data, *why;
    unsigned long flags;
};
int mount_step(const struct builder *b, const struct mount_step *m, struct nslab_error *e);

/* A file of the upper layer: what a container has that its image has not. content NULL: a whiteout, which
 * hides the image's file or directory of that path. A path's directories are made. */
struct layer_file {
    const char *path; /* "etc/hostname": relative */
    const char *content;
    mode_t mode;
};

/* Where the layers are stacked: any directory that exists everywhere. What is there stays as it is: this
 * mount namespace is ours alone, and the directory is out of sight once the root has changed. */
#define LAYERS_DIR "/tmp"

/* tmpfs of bounded size on LAYERS_DIR with upper, work and root in it; the working directory is there
 * afterwards. */
int layers_prepare(const struct builder *b, uint64_t bytes, struct nslab_error *e);
int layer_write(const struct builder *b, const struct layer_file *files, size_t n, struct nslab_error *e);
/* Overlay of lower_fd (any descriptor of a directory) and upper at root. */
int layers_mount(const struct builder *b, int lower_fd, struct nslab_error *e);

struct api_mounts {
    bool own_proc;       /* in a PID namespace that this user namespace owns: a fresh proc. Otherwise the one
                            outside, bound */
    bool own_sys;        /* the same for sysfs and the network namespace */
    bool own_mqueue;     /* the same for mqueue and the IPC namespace */
    bool sys_writable;   /* --privileged */
    bool sys_locked;     /* the outer sysfs is read-only for a user namespace above this one: the kernel takes
                            none but a read-only one */
    uint64_t disk_bytes; /* of /dev/shm */
};
/* proc, sysfs, dev, devpts, shm, mqueue below root/. */
int api_mounts_make(const struct builder *b, const struct api_mounts *m, struct nslab_error *e);
/* A proc of the PID namespace that this process is in, which is mounted nowhere: who is root in the lab can
 * mount nothing over a part of it, and can't change its options. For who has been in sight of a fresh proc:
 * where that was refused, or the kernel has no fsmount(2), it is what `path` shows. -1 with errno. */
int proc_detached(const char *path);
/* Binds the directory or file behind source_fd on target (a path inside the new root, made when it isn't
 * there). */
int bind_mount(const struct builder *b, int source_fd, const char *source, const char *target, bool read_only,
               struct nslab_error *e);
/* Makes root/ the root of this mount namespace and lets go of everything else. */
int root_change(const struct builder *b, struct nslab_error *e);

#endif
