/* SPDX-License-Identifier: MIT
 *
 * The fields of a process list, pure: what is asked of processes that have been read already.
 */
#ifndef NSLAB_OBSERVE_PROCESS_FIELDS_H
#define NSLAB_OBSERVE_PROCESS_FIELDS_H

#include "nslab/error.h"
#include "nslab/observe.h"
#include "nslab/procfs.h"

/* An anchored glob on the command line; NULL matches all. */
bool processes_match(const struct process_info *p, const char *glob);
/* One field of the first of list (the lowest PID); of none: absent, but for the count. */
int process_field_read(const char *field, const struct process_info *list, size_t n, const char *passwd_text,
                       struct observation *ret, struct nslab_error *e);
/* One field of all of them, as a list. */
int processes_field_read(const char *field, const struct process_info *list, size_t n,
                         const char *passwd_text, struct observation *ret, struct nslab_error *e);

#endif
