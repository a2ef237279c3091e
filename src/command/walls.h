/* SPDX-License-Identifier: MIT
 *
 * Viewpoints side by side, each with the namespaces that it is in: what `ns` and `map` show.
 */
#ifndef NSLAB_COMMAND_WALLS_H
#define NSLAB_COMMAND_WALLS_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/host.h"
#include "nslab/ns.h"

#include <stdbool.h>

struct side {
    const char *name;         /* owned by the host's containers */
    char links[NS_COUNT][48]; /* "pid:[4026531836]"; "" when it can't be read */
};

struct sides {
    struct side *items; /* machine, host, then containers */
    size_t n;
};
#define SIDE_MACHINE 0
#define SIDE_HOST 1

/* names empty: all running containers; machine and host come first in any case. An ended or unknown one is an
 * error. */
int sides_read(const struct host *host, const struct strv *names, struct sides *ret, struct nslab_error *e);
void sides_free(struct sides *s);

/* The nearest side before `index` that is in the same namespace of this type, or NULL: that one's name is the
 * mark
 * "= host". A container is compared with the lab host first. */
const char *side_same(const struct sides *s, size_t index, enum ns_type type);
/* "4026531836" of "pid:[4026531836]"; "?" of "". */
void side_inode(const char *link, char *text, size_t size);
/* The table that `ns` prints: in several blocks of columns where it would be wider than `width`. */
void sides_show(const struct sides *s, unsigned width, bool utf8, struct buf *out);

#endif
