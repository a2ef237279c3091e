/* SPDX-License-Identifier: MIT
 *
 * What the subcommands' files share.
 */
#ifndef NSLAB_UI_SUBCOMMANDS_H
#define NSLAB_UI_SUBCOMMANDS_H

#include "nslab/engine.h"
#include "nslab/lab.h"
#include "nslab/layout.h"
#include "nslab/subcommand.h"
#include "nslab/text.h"

int sub_shell(const struct sub_args *args);
int sub_verify(const struct sub_args *args);
int sub_demo(const struct sub_args *args);
int sub_export(const struct sub_args *args);
int sub_submit(const struct sub_args *args);
int sub_selftest(const struct sub_args *args);
int sub_lint(const struct sub_args *args);
int sub_new(const struct sub_args *args);
int sub_doctor(const struct sub_args *args);
int sub_leaks(const struct sub_args *args);
int sub_attach(const struct sub_args *args);
int sub_labs(const struct sub_args *args);
int sub_image(const struct sub_args *args);
int sub_help(const struct sub_args *args);
int sub_completion(const struct sub_args *args);
int sub_complete(const struct sub_args *args);
int sub_generate(const struct sub_args *args);

/* What each exit status means. */
struct status_meaning {
    int status;
    const char *meaning;
};
extern const struct status_meaning status_table[];
extern const size_t status_count;

void version_text(struct buf *out); /* the first line is "nslab VERSION" */

/* A word in the margin, and a text beside it. */
void add_labelled(struct buf *out, const struct look *look, const char *label, unsigned margin,
                  const struct styled *text);
void new_lab_text(const char *id, struct buf *out); /* what `new` writes */
int unknown_subcommand(const char *name);           /* says so; returns the status */
int show_help(const struct subcommand *sub);        /* of the program, for the row without a name */

/* Reads a lab by id or path. On failure what is wrong is added to `problems` for a reader, and the status
 * says of which kind it is: 2 nothing is there, 3 it is invalid. */
int read_lab(const char *id_or_path, struct lab **ret, struct buf *problems);
/* All of them are read before the first one is run: what is wrong is told at once, on standard error. Returns
 * the worst status; *ret holds the *n that could be read, and is the caller's to free in any case. */
int read_labs(const struct strv *names, struct lab ***ret, size_t *n);
/* The same of the labs that are named, or of the course if none is. Why none can be run is in *e too, for the
 * reports; told: it was said. */
int read_named_labs(const struct strv *words, struct lab ***ret, size_t *n, bool *told,
                    struct nslab_error *e);
void labs_free(struct lab **labs, size_t n);

struct reports;
/* nslab verify --workbook FILE: the labs are those to be graded. Returns the status. */
int verify_workbook(const struct sub_args *args, const struct reports *reports, struct lab *const *labs,
                    size_t n_labs);
/* nslab verify --workbook DIR, all of it. */
int verify_class(const struct sub_args *args);
/* Grades one workbook and reports it. learner: whose it has to be; NULL: whoever's. Returns the status. */
int grade_workbook(const struct strv *files, struct lab *const *labs, size_t n_labs, const char *learner,
                   size_t jobs, const struct reports *reports, struct result *ret);

/* Runs each lab in a worker process, so many at a time, and adds the results in the labs' order. -1:
 * interrupted, or no worker could be made. */
int verify_labs(struct lab *const *labs, size_t n, const struct engine_options *o, size_t jobs,
                struct result *ret, struct nslab_error *e);

#endif
