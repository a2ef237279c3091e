/* SPDX-License-Identifier: MIT
 *
 * The part of Go's templates that `inspect -f` needs: text with {{.A.B}} and {{json .A.B}} in it.
 */
#ifndef NSLAB_COMMAND_FORMAT_H
#define NSLAB_COMMAND_FORMAT_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <jansson.h>

int format_check(const char *format, struct nslab_error *e); /* the form alone */
/* Appends to out. A field that isn't there is an error that names the nearest. */
int format_expand(const char *format, json_t *root, struct buf *out, struct nslab_error *e);

#endif
