/* SPDX-License-Identifier: MIT */
#include "internal.h"
#include "nslab/layout.h"

void add_wrapped(struct buf *out, const char *text, unsigned width, unsigned column, const char *indent)
{
    /* A line that begins with `::`, indented or not, is a command to some CI services. */
    const struct plain_layout layout = {.width = width, .column = column, .indent = indent, .guard = "::"};
    layout_plain(text, &layout, out);
    buf_addc(out, '\n');
}
