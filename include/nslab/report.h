/* SPDX-License-Identifier: MIT
 *
 * Reports: one result tree, one row a format. All foreign text passes through add_harmless() before it is
 * shown.
 */
#ifndef NSLAB_REPORT_H
#define NSLAB_REPORT_H

#include "nslab/buf.h"
#include "nslab/result.h"

#include <time.h>

struct report_options {
    bool colour;
    unsigned width;                               /* of the terminal; 80 elsewhere */
    bool verbose;                                 /* pretty: how each was read, of those that passed too */
    bool require_all;                             /* in formats that count, what is unsupported has failed */
    const char *token;                            /* that nobody can guess */
    time_t now;                                   /* 0: not to be told (--stable) */
    const char *(*environment)(const char *name); /* getenv(3); NULL: there is none */
};
typedef void report_write(const struct result *r, const struct report_options *o, struct buf *out);

struct report {
    const char *name; /* "tap" */
    const char *help;
    report_write *write;
    /* A second text, appended to the file that this variable of the environment names. */
    const char *also_in;
    report_write *write_also;
    size_t also_max; /* that file never grows beyond */
    bool always;     /* who reads it asks for a file whatever happens: one is there before the labs are run */
};
extern const struct report report_table[];
extern const size_t report_count;
const struct report *report_by_name(const char *name);

/* Text as the data, or as a property, of a workflow command of GitHub Actions; harmless. */
void github_escape(struct buf *out, const char *text, bool property);

/* PIDs, inode numbers, device numbers and link indexes become ordinals of their first appearance in the step,
 * times 0: the same labs then give the same report, byte for byte. Numbers are known by the kind of fact that
 * was read and by their form (`pid:[4026531836]`, `/proc/4711/`). What a command of a lab printed stays, but
 * for lines with three numbers or more, which are those of a table: their numbers become #. */
void result_stabilise(struct result *r);

#endif
