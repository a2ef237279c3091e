/* SPDX-License-Identifier: MIT
 *
 * Lines from a pipe or a file. Whoever writes them may take their time, which SIGTERM and Ctrl-C end.
 */
#ifndef NSLAB_PIPED_H
#define NSLAB_PIPED_H

#include "nslab/buf.h"

#include <stdbool.h>

struct piped {
    int fd;
    struct buf bytes; /* read, from `at` on not yet given out */
    size_t at;
    bool ended;
};

/* The next line, without its newline. false: there is none, or an interrupt is pending. */
bool piped_next(struct piped *p, struct buf *line);
void piped_free(struct piped *p);

#endif
