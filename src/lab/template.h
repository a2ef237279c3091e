/* SPDX-License-Identifier: MIT
 *
 * The parts of a text with ${...} in it: what expansion, lint and the mapping of offsets are made from.
 */
#ifndef NSLAB_LAB_TEMPLATE_H
#define NSLAB_LAB_TEMPLATE_H

#include "nslab/text.h"

enum template_part_kind { PART_LITERAL, PART_NAME, PART_MALFORMED };
struct template_part {
    enum template_part_kind kind;
    const char *text; /* what it stands for: literal bytes, or the name */
    size_t n;
    size_t offset; /* where the part begins in the whole text */
};
/* The part that begins at *at, and moves *at behind it. false at the text's end. */
bool template_next(const char *text, size_t *at, struct template_part *ret);

#endif
