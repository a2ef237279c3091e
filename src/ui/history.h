/* SPDX-License-Identifier: MIT
 *
 * The file of the lines that were typed. Each is added when it is entered, so that a sudden end loses none;
 * and nothing is written beside the file, so that none leaves anything.
 */
#ifndef NSLAB_UI_HISTORY_H
#define NSLAB_UI_HISTORY_H

#include "nslab/buf.h"

#include <stddef.h>

#define HISTORY_MAX 1000

/* Where the last `most` lines of a text begin (pure). */
size_t history_tail(const char *text, size_t n, size_t most);
/* The last HISTORY_MAX lines of the file, which is cut when it has grown to twice as many. A file that isn't
 * there or can't be read has none. */
void history_load(const char *path, struct strv *lines);
/* Adds a line to the file, which is made if need be. A line that can't be kept is no reason to complain. */
void history_append(const char *path, const char *line);

#endif
