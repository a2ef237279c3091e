/* SPDX-License-Identifier: MIT
 *
 * Says why this machine refused: from the step that failed, its errno, and what the machine's settings say.
 * Each cause is looked for, none is guessed; where none is found the error stays as it is.
 */
#ifndef NSLAB_DIAGNOSE_H
#define NSLAB_DIAGNOSE_H

#include "nslab/error.h"
#include "nslab/ids.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds detail, hint and cause to an error from host_start. Returns -1. */
int diagnose_host(const struct id_plan *plan, struct nslab_error *e);
/* Where an id was wanted that a lab of a single id hasn't: why there is no range. Returns -1. */
int diagnose_ids(const struct id_plan *plan, struct nslab_error *e);

/* Whether our root directory isn't that of the machine's first process; false where that can't be seen. */
bool diagnose_chroot(void);

/* --- settings of the machine (sysctl) that forbid namespaces --- */

struct setting {
    const char *name; /* as sysctl(8) has it: "user.max_net_namespaces" */
    long forbids;     /* the value that forbids */
    bool for_users;   /* whoever has rights over all ids is exempt */
    const char *need; /* the row of need.h that is missing then */
    const char *says; /* what the value does, where its name doesn't say it; else NULL */
    const char *remedy;
};
extern const struct setting setting_table[];
extern const size_t setting_count;

long setting_value(const struct setting *s); /* -1 where the kernel has none of that name */
bool setting_forbids(const struct setting *s, const struct id_plan *plan);
/* Adds detail, hint and cause. Returns -1. */
int setting_error(const struct setting *s, struct nslab_error *e);

#endif
