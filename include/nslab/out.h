/* SPDX-License-Identifier: MIT
 *
 * What others read of nslab: a terminal, a pager, a program. They may stop reading for as long as they like.
 */
#ifndef NSLAB_OUT_H
#define NSLAB_OUT_H

#include <stddef.h>

#define OUT_LAST_MS 1000 /* so long a reader is waited for after SIGTERM */

/* All of it, over short writes and signals, also where the descriptor doesn't block. 0, or -1 with errno:
 * EINTR after SIGTERM, when nobody reads any more. */
int out_write(int fd, const void *bytes, size_t n);

#endif
