/* SPDX-License-Identifier: MIT
 *
 * What a lab may need of the machine, by name: `requires:` in a lab, the cause of an `unsupported` verdict.
 */
#ifndef NSLAB_NEED_H
#define NSLAB_NEED_H

#include "nslab/error.h"

#include <stddef.h>

struct need {
    const char *name;   /* "user", "subids", "overlay" ... */
    const char *what;   /* what it is */
    const char *remedy; /* what to do when it is missing; whole sentences */
};
extern const struct need need_table[];
extern const size_t need_count;
const struct need *need_by_name(const char *name);
/* Sets the cause and, unless a better one is set, the need's remedy as hint. Returns -1. */
int error_needs(struct nslab_error *e, const char *need);

#endif
