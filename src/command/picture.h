/* SPDX-License-Identifier: MIT
 *
 * What `map` draws: boxes, rulers and cables in characters. Pure: a structure of what was read goes in, text
 * comes out that is never wider than asked. picture_live.c fills the structures from the kernel.
 */
#ifndef NSLAB_COMMAND_PICTURE_H
#define NSLAB_COMMAND_PICTURE_H

#include "../observe/link_fields.h"
#include "nslab/buf.h"
#include "nslab/ids.h"
#include "nslab/procfs.h"

#include <stdbool.h>
#include <stdint.h>

struct canvas {
    unsigned width; /* columns */
    bool utf8;      /* frame characters; else ASCII, and a `?` for every other character */
};

/* --- picture_pen.c: nested boxes, and text in them --- */
enum glyph {
    GLYPH_ACROSS,
    GLYPH_DOWN,
    GLYPH_TOP_LEFT,
    GLYPH_TOP_RIGHT,
    GLYPH_BOTTOM_LEFT,
    GLYPH_BOTTOM_RIGHT,
    GLYPH_FROM_RIGHT, /* a line that comes down, with a branch to the right */
    GLYPH_FROM_LEFT,
    GLYPH_CROSS,
    GLYPH_ELLIPSIS,
    GLYPH_COUNT
};
const char *glyph(enum glyph g, bool utf8);

/* A text as it can stand in one line of at most `columns` columns: harmless, and with an ellipsis where it
 * was too long. Returns how many columns it takes. */
unsigned picture_cut(const char *text, unsigned columns, bool utf8, struct buf *out);

struct pen {
    struct canvas canvas;
    unsigned depth; /* how many boxes are open */
    size_t rows;    /* that have been drawn */
    struct buf *out;
};
/* Boxes are at most this wide, since eyes lose the line in wider ones. */
#define PICTURE_WIDTH_MAX 100u
struct pen pen_new(const struct canvas *canvas, struct buf *out);
unsigned pen_room(const struct pen *p); /* columns of a row in the innermost box */
void pen_open(struct pen *p, const char *title);
void pen_close(struct pen *p);
void pen_row(struct pen *p, const char *format, ...) __attribute__((format(printf, 2, 3))); /* is cut */
/* Broken at blanks; later rows begin with `indent` blanks. */
void pen_words(struct pen *p, unsigned indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- picture_processes.c: the processes in their walls --- */
struct picture_process {
    pid_t machine, host, inside; /* 0: it has none there */
    char *args;
};
struct picture_side {
    char *name;
    char *own, *shared; /* namespaces: "pid mnt", "user = host"; "" for none */
    struct picture_process *processes;
    size_t n;
};
struct picture_processes {
    pid_t nslab;              /* on the machine */
    size_t others;            /* processes of the machine that are none of the lab's */
    struct picture_side host; /* without inside numbers */
    struct picture_side *containers;
    size_t n;
};
void picture_processes_draw(const struct picture_processes *p, const struct canvas *canvas, struct buf *out);
void picture_processes_free(struct picture_processes *p);

/* --- picture_ids.c: an id map as rulers, one below the other --- */
struct picture_ids_space {
    char *names; /* "host, web": who is in this user namespace */
    char *link;  /* "user:[4026532278]" */
    /* Into the ids of the lab host; of the lab host's own (the first) into those of the machine. */
    struct id_map uid, gid;
};
struct picture_ids {
    struct picture_ids_space *spaces; /* the lab host's first */
    size_t n;
    unsigned nobody; /* the id that stands for all that isn't mapped */
};
/* A range that is one run in three numberings. */
struct id_piece {
    uint32_t inside, middle, outside, count;
};
#define ID_PIECES_MAX ((size_t)2 * ID_EXTENTS_MAX)
/* The ranges of `inner` that `outer` maps further. Returns how many. */
size_t id_pieces(const struct id_map *inner, const struct id_map *outer,
                 struct id_piece pieces[ID_PIECES_MAX]);
void picture_ids_draw(const struct picture_ids *p, const struct canvas *canvas, struct buf *out);
void picture_ids_free(struct picture_ids *p);

/* --- picture_network.c: network namespaces as boxes, veth pairs as the cables between them --- */
struct picture_net {
    char *title;       /* "web, side: net:[4026532524]" */
    bool is_machine;   /* no cable of the lab ends there */
    struct strv notes; /* rows of their own below the links */
    struct net_view view;
};
struct picture_network {
    struct picture_net *nets; /* machine, lab host, containers */
    size_t n;
};
void picture_network_draw(const struct picture_network *p, const struct canvas *canvas, struct buf *out);
void picture_network_free(struct picture_network *p);

/* --- picture_mounts.c: the layers of a root, and what is mounted over it --- */
struct picture_bind {
    char *source, *target;
};
struct picture_layers {
    char *name;
    char *lower;         /* what the lower layer is: "image nginx, /srv/nslab/images/nginx/rootfs" */
    uint64_t size, used; /* of the upper layer, in bytes */
    struct mount_info *mounts;
    size_t n_mounts;
    struct picture_bind *binds; /* -v */
    size_t n_binds;
};
struct picture_mounts {
    struct picture_layers *roots;
    size_t n;
};
void picture_mounts_draw(const struct picture_mounts *p, const struct canvas *canvas, struct buf *out);
void picture_mounts_free(struct picture_mounts *p);

#endif
