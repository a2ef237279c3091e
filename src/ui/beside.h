/* SPDX-License-Identifier: MIT
 *
 * What consecutive lines of a step said, side by side where they look at one thing from several viewpoints
 * and there is room for it. Pure.
 */
#ifndef NSLAB_BESIDE_H
#define NSLAB_BESIDE_H

#include "nslab/buf.h"
#include "nslab/style.h"

#include <stdbool.h>
#include <stddef.h>

#define BESIDE_MAX 3

/* A line that was run, and what it said, made harmless. */
struct said_line {
    char *line;
    struct buf output;
};
void said_line_free(struct said_line *s);

/* It runs a command on the lab host or in a container, and so may stand beside another one. */
bool line_may_stand_beside(const char *line);
/* The line continues the n before it: the same program, from a viewpoint that they don't have yet. */
bool lines_belong_together(const struct said_line *before, size_t n, const char *line);
/* n lines that belong together, each with what it said. */
void show_said(const struct said_line *lines, size_t n, const struct look *look, struct buf *out);

#endif
