/* SPDX-License-Identifier: MIT
 *
 * Id maps, subordinate ids and credentials, pure.
 */
#ifndef NSLAB_OBSERVE_ID_FIELDS_H
#define NSLAB_OBSERVE_ID_FIELDS_H

#include "nslab/error.h"
#include "nslab/observe.h"
#include "nslab/procfs.h"

/* The lines of a /proc/PID/uid_map, with one space between the numbers, appended. */
void id_map_lines(const char *text, struct strv *out);
/* "100000:65536" for each line of this user in a subuid(5) text, appended. */
void subid_lines(const char *text, const char *user, struct strv *out);
/* The names of the set bits of a mask, by number: "CAP_CHOWN"; appended. */
void capability_names(uint64_t mask, struct strv *out);
int credential_read(const char *field, const struct process_info *p, struct observation *ret,
                    struct nslab_error *e);
int capability_set_read(const char *set, const struct process_info *p, struct observation *ret,
                        struct nslab_error *e);

#endif
