/* SPDX-License-Identifier: MIT
 *
 * Images: a root filesystem and what is known of it, under DATA/images/NAME/:
 *   rootfs/      the tree; every file in it belongs to the lab host's root (one owner, no setuid bits)
 *   image.yaml   the metadata below, written by scripts/build-image
 */
#ifndef NSLAB_IMAGE_H
#define NSLAB_IMAGE_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_PORTS_MAX 8

/* A file that is put into the upper layer of each container where a machine grants a single id. */
struct image_file {
    char *path, *content;
};

struct image {
    unsigned shares;                 /* owners beside the first: image_share() */
    char *name;                      /* "nginx" */
    char *directory;                 /* DATA/images/nginx */
    char *rootfs;                    /* DATA/images/nginx/rootfs */
    struct strv command;             /* what runs when no command is given */
    struct strv env;                 /* PATH=... */
    uint16_t ports[IMAGE_PORTS_MAX]; /* it is ready when these are listened on ... */
    size_t n_ports;
    struct strv titles;       /* ... and for each of these globs a process has such a command line */
    struct strv title_counts; /* how many of each, parallel to titles: "1", "2" */
    struct image_file *single_id_files;
    size_t n_single_id_files;
    char *description;
    char *built; /* from which packages, in one line: "nginx 1.22.1-9+deb12u3, Debian 12" */
};

/* Reads DATA/images/NAME. "nginx:latest" is nginx. An unknown name gets an error that names the nearest, or
 * says how to build the first; cause `image`. The caller frees. */
int image_open(const char *name, struct image **ret, struct nslab_error *e);
/* One owner more of the same: each frees. Reading the metadata again would cost each launch a tenth of its
 * time. */
struct image *image_share(struct image *image);
void image_free(struct image *image);
void image_free_p(struct image **image);

/* Reads the metadata from a text (pure; for tests): fills all but name, directory and rootfs. */
int image_parse(const char *text, const char *file, struct image *image, struct nslab_error *e);

/* After a failure in what was made of this image: should a part of it be missing, the error says so, and what
 * to do. tree: the descriptor of its files that a lab holds, which need not be those under its name any more.
 * Returns -1. */
int image_diagnose(const struct image *image, int tree, struct nslab_error *e);

int image_list(struct strv *names, struct nslab_error *e); /* sorted */
int image_remove(const char *name, struct nslab_error *e);
/* Runs scripts/build-image NAME with our standard streams; its progress goes to them. */
int image_build(const char *name, bool force, struct nslab_error *e);

#endif
