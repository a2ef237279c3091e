/* SPDX-License-Identifier: MIT
 *
 * Texts: matching, nearest words, making foreign bytes harmless.
 */
#ifndef NSLAB_TEXT_H
#define NSLAB_TEXT_H

#include "nslab/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool starts_with(const char *s, const char *prefix);
bool glob_matches(const char *glob,
                  const char *s); /* fnmatch(3) without flags: anchored, `*` also matches '/' */
bool parse_unsigned(const char *s, unsigned long max,
                    unsigned long *ret); /* decimal digits only, whole string */

/* The nearest of the candidates by edit distance, or NULL when none is near enough to be meant. */
const char *nearest_word(const char *word, const char *const *candidates, size_t n);

/* The one of two whole texts that fits the number, as ngettext(3). Both take the same arguments when they are
 * formats. No text is made plural by an "s" put behind it: other languages don't work so. */
const char *one_or_many(size_t n, const char *one, const char *many)
    __attribute__((format_arg(2), format_arg(3)));

/* Decodes the UTF-8 sequence that n > 0 bytes begin with. Returns its length, or 0 when that isn't valid
 * UTF-8.
 */
size_t utf8_decode(const char *bytes, size_t n, uint32_t *ret);

/* Adds bytes to out so that they can be shown on any terminal or in any report: control characters other than
 * newline and tab become ^X or \xNN, invalid UTF-8 becomes \xNN, C1 controls and bidi overrides become
 * \u{...}. */
void add_harmless(struct buf *out, const char *bytes, size_t n);
/* The same in one line: newline and tab become ^J and ^I. For foreign names within our own texts. */
void add_harmless_line(struct buf *out, const char *bytes, size_t n);

#endif
