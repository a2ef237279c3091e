/* SPDX-License-Identifier: MIT
 *
 * Grading workbooks in worker processes: one worker for each workbook and lab, which alone reads the file. A
 * workbook may be hostile; nslab itself sees only what the worker makes of it.
 */
#ifndef NSLAB_UI_GRADING_H
#define NSLAB_UI_GRADING_H

#include "nslab/lab.h"
#include "nslab/result.h"

struct grading_work {
    struct lab *const *labs;
    size_t n_labs;
    const struct strv *files; /* workbooks */
    const char *directory;    /* in which they were handed in; NULL: whoever grades has named the file */
    const char *learner;      /* whose they have to be; NULL: whoever's */
    /* Takes each workbook's result, in the files' order. */
    void (*done)(void *context, struct result *taken);
    void *context;
};

/* -1: a lab is there twice. A workbook has one entry of it, which would be scored twice. */
int grading_labs_check(struct lab *const *labs, size_t n, struct nslab_error *e);
/* 1: a directory of workbooks; 0: one, or nothing is there; -1. */
int grading_is_class(const char *path, struct nslab_error *e);
/* The workbooks at path: the file itself, or those in a directory: NAME.yaml, NAME/workbook.yaml. Sorted. */
int grading_files(const char *path, struct strv *files, struct nslab_error *e);
/* The I-th of every N files alone. */
void grading_shard(struct strv *files, size_t i, size_t n);
int grading_run(const struct grading_work *g, size_t at_once, struct nslab_error *e);
/* The exit status for one workbook. */
int grading_status(const struct result *r, bool require_all);

#endif
