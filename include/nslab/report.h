/* SPDX-License-Identifier: MIT
 *
 * Reports: one result tree, one row a format. All foreign text passes through add_harmless() before it is
 * shown.
 */
#ifndef NSLAB_REPORT_H
#define NSLAB_REPORT_H

#include "nslab/buf.h"
#include "nslab/result.h"

struct report_options {
    bool colour;
    unsigned width; /* of the terminal; 80 elsewhere */
    bool verbose;   /* pretty: how each was read, of those that passed too */
};
struct report {
    const char *name; /* "tap" */
    const char *help;
    void (*write)(const struct result *r, const struct report_options *o, struct buf *out);
};
extern const struct report report_table[];
extern const size_t report_count;
const struct report *report_by_name(const char *name);

#endif
