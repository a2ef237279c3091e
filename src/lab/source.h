/* SPDX-License-Identifier: MIT
 *
 * A text as one strict YAML document: a lab, the course, a workbook.
 */
#ifndef NSLAB_LAB_SOURCE_H
#define NSLAB_LAB_SOURCE_H

#include "nslab/lab.h"

#include <yaml.h>

#define SOURCE_SIZE_MAX (1u << 20)

/* What the document is, for its errors. */
struct source_kind {
    size_t size_max;
    const char *one;   /* "a file holds one lab" */
    const char *empty; /* what was expected of a file without a document */
};
extern const struct source_kind source_lab;

struct mark source_mark(yaml_mark_t mark);
/* Loads the one document of d->text, n bytes. Anchors, aliases, tags, tabs, a second document and deep
 * nesting are reported. 0: the document can be read (and yaml_document_delete belongs to the caller), though
 * something may have been reported; -1: it can't. */
int source_load(const struct source_kind *kind, size_t n, yaml_document_t *document, struct diagnostics *d);

#endif
