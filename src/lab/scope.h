/* SPDX-License-Identifier: MIT
 *
 * What is known at a place in a lab: which containers are there, which expectations have been observed.
 */
#ifndef NSLAB_LAB_SCOPE_H
#define NSLAB_LAB_SCOPE_H

#include "nslab/lab.h"

struct scope {
    struct strv containers; /* running or exited */
    struct strv fleeting;   /* those of them that --rm takes away when they end */
    struct strv ever;       /* all that have been made so far */
    struct strv observed;   /* ids of expectations that have been read */
    bool unsure;            /* a line couldn't be read: what it made isn't known */
};

struct checker {
    const struct lab *lab;
    struct diagnostics *d;
    struct scope now;
};

void scope_copy(struct scope *to, const struct scope *from);
void scope_free(struct scope *scope);
void strv_remove(struct strv *v, const char *s);

/* Reports at the byte `offset` of a text of the lab. */
void report_at(struct checker *c, const char *text, size_t offset, const char *expected, const char *nearest,
               const char *format, ...) __attribute__((format(printf, 6, 7)));

/* ${...} in a text that is shown, or run, when the scope is what it is now. NULL is fine. */
void check_text(struct checker *c, const char *text);
/* The lines, one after the other; the scope moves along. */
void check_lines(struct checker *c, const struct lab_lines *lines);
/* Flags that are put into each `run` line. */
void check_run_flags(struct checker *c, const char *flags);
/* `name` must be a container that is there; `in` is the text of the lab that holds it. */
void check_container(struct checker *c, const char *name, const char *in, size_t offset);
void check_see(struct checker *c, const struct see *see);

#endif
