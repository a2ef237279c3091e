/* SPDX-License-Identifier: MIT
 *
 * How far a long run is: one line on standard error, where that is a terminal, else nothing.
 */
#ifndef NSLAB_UI_PROGRESS_H
#define NSLAB_UI_PROGRESS_H

#include <stddef.h>

/* "2 of 5 labs done; running: mount, user", in place of what it said before. */
void progress_show(size_t done, size_t all, const char *running);
/* Takes the line away: before anything else is said, and at the end. */
void progress_clear(void);

#endif
