/* SPDX-License-Identifier: MIT
 *
 * Bytes from one descriptor to another that may not take them at once: whoever polls both reads only when
 * all has been passed on.
 */
#ifndef NSLAB_RELAY_H
#define NSLAB_RELAY_H

#include <stdbool.h>
#include <stddef.h>

struct relay {
    int from, to; /* `to` doesn't block */
    char bytes[4096];
    size_t start, end; /* read, and not yet taken by the other side */
    bool open;         /* there may be more */
};

bool relay_wants_input(const struct relay *r);
bool relay_has_output(const struct relay *r);
void relay_read(struct relay *r); /* at its end, or after an error, it isn't open any more */
void relay_write(struct relay *r);

#endif
