/* SPDX-License-Identifier: MIT
 *
 * Lines and columns of a text, counted as libyaml counts them: columns in characters, line breaks as YAML has
 * them.
 */
#ifndef NSLAB_LAB_PLACE_H
#define NSLAB_LAB_PLACE_H

#include "nslab/lab.h"

/* Line `line` (from 1) of the text, without its break. false when there is no such line. */
bool place_line(const char *text, unsigned line, const char **ret, size_t *n);
/* The mark of the byte at this offset. */
struct mark place_of_byte(const char *text, size_t offset);
void places_sort(struct lab *lab);                    /* once all texts are read */
size_t place_characters(const char *bytes, size_t n); /* how many characters n bytes hold */
/* How many of n bytes hold this many characters. */
size_t place_bytes(const char *bytes, size_t n, size_t characters);

void diagnostics_sort(struct diagnostics *d); /* into the file's order */

#endif
