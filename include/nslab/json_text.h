/* SPDX-License-Identifier: MIT
 *
 * What every JSON document of nslab is made with: texts that are valid UTF-8 and harmless on a terminal, and
 * how a document is written.
 */
#ifndef NSLAB_JSON_TEXT_H
#define NSLAB_JSON_TEXT_H

#include "nslab/buf.h"

#include <jansson.h>

json_t *harmless_json(const char *text);         /* a string; null for NULL */
void json_write(json_t *taken, struct buf *out); /* indented, with a newline at the end */

#endif
