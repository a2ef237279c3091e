/* SPDX-License-Identifier: MIT
 *
 * What the reports of a class share.
 */
#ifndef NSLAB_REPORT_CLASS_PRIVATE_H
#define NSLAB_REPORT_CLASS_PRIVATE_H

#include "nslab/class.h"

void class_pretty(const struct class *c, const struct report_options *o, struct buf *out);
void class_csv(const struct class *c, const struct report_options *o, struct buf *out);
void class_json(const struct class *c, const struct report_options *o, struct buf *out);
void class_html(const struct class *c, const struct report_options *o, struct buf *out);

#endif
