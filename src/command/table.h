/* SPDX-License-Identifier: MIT
 *
 * Text in aligned columns. A cell is shown harmless, in one line.
 */
#ifndef NSLAB_COMMAND_TABLE_H
#define NSLAB_COMMAND_TABLE_H

#include "nslab/buf.h"

struct table {
    size_t columns;    /* set it first */
    struct strv cells; /* row by row */
};

void table_add(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Two blanks between columns, none at a line's end; the last column is as wide as it likes. */
void table_show(const struct table *t, struct buf *out);
void table_free(struct table *t);
#define cleanup_table __attribute__((cleanup(table_free)))

#endif
