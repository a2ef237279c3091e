/* SPDX-License-Identifier: MIT
 *
 * Says why this machine refused: from the step that failed, its errno, and what the machine's settings say.
 * Each cause is looked for, none is guessed; where none is found the error stays as it is.
 */
#ifndef NSLAB_DIAGNOSE_H
#define NSLAB_DIAGNOSE_H

#include "nslab/error.h"
#include "nslab/ids.h"

/* Adds detail, hint and cause to an error from host_start. Returns -1. */
int diagnose_host(const struct id_plan *plan, struct nslab_error *e);
/* Where an id was wanted that a lab of a single id hasn't: why there is no range. Returns -1. */
int diagnose_ids(const struct id_plan *plan, struct nslab_error *e);

/* Whether our root directory isn't that of the machine's first process; false where that can't be seen. */
bool diagnose_chroot(void);

#endif
