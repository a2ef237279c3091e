/* SPDX-License-Identifier: MIT
 *
 * A class: many graded workbooks of the same labs, as a table of learners and as an analysis of the steps.
 */
#ifndef NSLAB_CLASS_H
#define NSLAB_CLASS_H

#include "nslab/lab.h"
#include "nslab/report.h"
#include "nslab/result.h"

/* Each result has the labs of `labs`, in their order, and is kept without its expectations: a class may be
 * large. */
struct class
{
    struct lab *const *labs;
    size_t n_labs;
    struct result *results;
    size_t n;
    char *error; /* why nslab itself could not do its work: what is here isn't all; NULL: it could */
};
void class_add(struct class *c, struct result *taken); /* drops what the reports don't need */
/* When all are there: each that says that it is of the same learner as another gets a finding. Nobody can
 * tell which of them is the copy. */
void class_find_twins(struct class *c);
void class_free(struct class *c);

/* One step, over all learners: pure. */
struct class_item {
    const struct lab *lab;
    const struct step *step;
    size_t reached, passed, unsupported; /* how many learners; passed of those that reached it */
    size_t predicted, predicted_right;
    const struct choice *misled; /* the wrong choice that was made most often; NULL: none was */
    size_t n_misled;
    int hints;   /* of all together */
    int seconds; /* the median of those that reached it; 0: nobody did */
};
/* One an item, labs and steps in their order; the caller frees the array. */
struct class_item *class_items(const struct class *c, size_t *n);

struct class_report {
    const char *name, *help;
    void (*write)(const struct class *c, const struct report_options *o, struct buf *out);
};
extern const struct class_report class_report_table[];
extern const size_t class_report_count;
const struct class_report *class_report_by_name(const char *name);

#endif
