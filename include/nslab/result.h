/* SPDX-License-Identifier: MIT
 *
 * The one result tree that feeds every report.
 */
#ifndef NSLAB_RESULT_H
#define NSLAB_RESULT_H

#include "nslab/buf.h"
#include "nslab/ns.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNSUPPORTED, VERDICT_COUNT };
extern const char *const verdict_names[VERDICT_COUNT]; /* "pass", "fail", "unsupported" */
/* The worst of two: fail over unsupported over pass. */
enum verdict verdict_worst(enum verdict a, enum verdict b);

struct expectation_result {
    char *id, *say;
    enum verdict verdict;
    char *expected, *observed; /* never empty */
    char *from, *how;
    char *other_from, *other_observed; /* of what it is compared with (same, differs); NULL: with nothing */
    char *look;                        /* fail: a line that shows the learner the same; NULL: none does */
    char *fact;    /* which kind: the probe, its value where that is a choice, the field: "process pid" */
    unsigned line; /* of the lab's file; 0: unknown */
    double ms;
    char *cause, *hint; /* unsupported: the need's name and its remedy; fail: hint of the lab; else NULL */
};
/* Which namespaces a viewpoint was in after a step. */
struct ns_view {
    char *viewpoint;           /* machine, host, or a container's name */
    uint64_t inodes[NS_COUNT]; /* 0: it could not be read, or this kernel has no such type */
};
struct step_result {
    char *id, *title;
    unsigned line; /* of the lab's file; 0: unknown */
    enum verdict verdict;
    int points_earned, points_max;
    struct expectation_result *expectations;
    size_t n;
    char *error; /* a line of `do` couldn't be carried out: its text; NULL otherwise. Shown as the failing of
                    the step */
    bool not_graded;       /* nslab was interrupted before; never in what a worker sends */
    bool not_attempted;    /* grading: the workbook has nothing of this step. A fail of 0 points, without
                              expectations */
    char *prediction;      /* grading: the id of the choice that was made; NULL: none */
    int hints;             /* grading: how many were taken */
    int seconds;           /* grading: how long the learner was at it, as the workbook says */
    struct ns_view *views; /* machine and host first; none when the step could not be run */
    size_t n_views;
    double ms;
};
/* What is worth a teacher's look, beside the points. docs/grading.md has the same table: a test compares
 * them. */
enum finding_kind {
    FINDING_STALE,
    FINDING_SWAPPED,
    FINDING_DAMAGED,
    FINDING_ELSEWHERE,
    FINDING_LINE,
    FINDING_LIMIT,
    FINDING_CRASH,
    FINDING_MISHAP,
    FINDING_INTERRUPTED,
    FINDING_COUNT
};
extern const char *const finding_names[FINDING_COUNT];
struct finding {
    char *name, *step, *text; /* step: NULL when it is about all of the lab */
};
struct lab_result {
    char *id, *title, *file, *digest;
    char *learner; /* grading: whose; NULL otherwise */
    struct finding *findings;
    size_t n_findings;
    enum verdict verdict;
    double ms;
    struct step_result *steps;
    size_t n;
};
struct result {
    char *learner, *workbook; /* grading: whose, and its file; NULL otherwise */
    bool says_whose;          /* grading: the workbook itself does, and not its file's name alone */
    struct finding *findings; /* about the workbook as a whole */
    size_t n_findings;
    struct lab_result *labs;
    size_t n;
    size_t pass, fail, unsupported; /* expectations */
    double ms;                      /* of all together, by the clock: labs run beside each other */
    char *error; /* why nslab itself could not do its work: what is here isn't all; NULL: it could */
};
void expectation_result_free(struct expectation_result *r);
void step_result_free(struct step_result *r);
void lab_result_free(struct lab_result *r);
void result_free(struct result *r);
/* name: one of finding_names. */
void findings_add(struct finding **findings, size_t *n, const char *name, const char *step,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
void findings_free(struct finding *findings, size_t n);
void result_add(struct result *r, struct lab_result *taken); /* takes the contents; counts */
struct points {
    int earned, max;
};
struct points lab_points(const struct lab_result *lab);
struct points result_points(const struct result *r);
/* 0 all passed, 1 something failed, 4 nothing failed but something is unsupported (require_all: 1). */
int result_exit_status(const struct result *r, bool require_all);
/* As bytes, for a pipe between two processes of the same program. -1: the bytes are cut off or damaged. */
void lab_result_pack(struct lab_result *r, struct buf *out);
int lab_result_unpack(const char *bytes, size_t n, struct lab_result *ret);

#endif
