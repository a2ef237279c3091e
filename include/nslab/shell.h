/* SPDX-License-Identifier: MIT
 *
 * The guided shell: lessons and container commands at one prompt. The same program reads lines from a pipe or
 * from
 * `-c LINE`, and then prints the same things without prompt and colours.
 */
#ifndef NSLAB_SHELL_H
#define NSLAB_SHELL_H

#include "nslab/buf.h"
#include "nslab/command.h"

#include <stdbool.h>

struct recorder;
struct shell_options {
    struct strv
        lines; /* -c LINE, in order; empty: read standard input, with a prompt when it is a terminal */
    const char *learner;             /* who learns; NULL: whose workbook it is, else the user's name */
    const char *workbook;            /* its file; NULL: in the user's data directory */
    bool no_workbook;                /* nothing of this is anybody's progress */
    const char *lab;                 /* start this one at once, an id or a path; NULL: none */
    bool plain;                      /* no colours and no frame characters */
    const struct recorder *recorder; /* who is told where a chapter begins; NULL: nobody records */
};

/* Runs until the lines end, or `quit`. Returns the exit status: the last line's own, 2 for a line that can't
 * be understood, 130 after Ctrl-C where there is no prompt. Uses the locale that main set. */
int shell_main(const struct shell_options *o);

/* All that may be typed: the lesson verbs, and the container verbs. Not to be moved once it is filled in. */
#define SHELL_VERB_TABLES 2
struct shell_verbs {
    struct verb_set all;
    struct verb_set lesson; /* those that lead through a lab, and may not stand in one */
    size_t counts[SHELL_VERB_TABLES];
};
void shell_verbs_init(struct shell_verbs *v);

#endif
