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

struct shell_options {
    struct strv
        lines; /* -c LINE, in order; empty: read standard input, with a prompt when it is a terminal */
    const char *learner; /* whose variables; NULL: the user's name */
    const char *lab;     /* start this one at once, an id or a path; NULL: none */
    bool plain;          /* no colours and no frame characters */
};

/* Runs until the lines end, or `quit`. Returns the exit status: the last line's own, 2 for a line that can't
 * be understood, 130 after Ctrl-C where there is no prompt. Uses the locale that main set. */
int shell_main(const struct shell_options *o);

/* All that may be typed: the container verbs and the lesson verbs. */
extern const struct verb_set shell_verbs;

#endif
