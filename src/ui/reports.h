/* SPDX-License-Identifier: MIT
 *
 * Where the reports of a run go: --format, --output, --report, for the subcommands that have results.
 */
#ifndef NSLAB_UI_REPORTS_H
#define NSLAB_UI_REPORTS_H

#include "nslab/report.h"
#include "nslab/subcommand.h"

#define REPORT_OPTIONS                                                                                       \
    {'f', "format", "FORMAT",                                                                                \
     "pretty (for people), tap, junit, json, github, classroom50, gradescope or html."},                     \
        {'o', "output", "FILE", "Write the report there, whole or not at all."},                             \
        {0, "report", "FORMAT=FILE",                                                                         \
         "Write a further report; may be repeated. The file `-` is standard output."},                       \
        {0, "require-all", NULL, "What is unsupported counts as failed: status 1 instead of 4."},            \
    {                                                                                                        \
        0, "stable", NULL,                                                                                   \
            "Reports that are the same from run to run: ordinals for PIDs, inodes and indexes; no times."    \
    }

/* Which formats there are: a table's names, and how they are told to who named another. */
struct report_formats {
    const char *(*name)(size_t i);
    size_t n;
    const char *these, *rest; /* "There are", "; and so on" */
};
#define REPORT_FOR_PEOPLE 0 /* the first format of each table */

#define REPORTS_MAX 16
struct report_targets {
    struct report_target {
        size_t format;    /* a row of its table */
        const char *file; /* NULL: standard output */
    } items[REPORTS_MAX];
    size_t n;
};
/* --format, --output and --report. -1: a usage error. */
int report_targets_read(const struct sub_args *args, const struct report_formats *formats,
                        struct report_targets *ret, struct nslab_error *e);

struct reports {
    struct report_targets to;
    bool require_all, stable;
};
/* Reads the options. -1: a usage error. */
int reports_options(const struct sub_args *args, struct reports *ret, struct nslab_error *e);
/* Before anything is run: the files that have to be there whatever happens. Returns the status. */
int reports_begin(const struct reports *reports);
/* Writes all of them, also after one that could not be written. The result is made stable, if that was asked
 * for. Returns the status: 0, or 5. */
int reports_write(const struct reports *reports, struct result *r);
/* Before anything is run: whether a file can be made there; NULL: standard output. Returns the status: 0, or
 * 5, and then it was said. */
int report_place_try(const char *file);
/* A text to a file, whole or not at all; NULL: to standard output. Returns the status: 0, or 5, and then it
 * was said. */
int report_text_write(const char *file, const struct buf *text);
/* nslab could not do its work: says so on standard error, unless it was said (told), and in the reports.
 * Returns status. */
int reports_fail(const struct reports *reports, struct result *r, const struct nslab_error *e, bool told,
                 int status);

#endif
