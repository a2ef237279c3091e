/* SPDX-License-Identifier: MIT
 *
 * A learner's record: one YAML file, all labs in it (format nslab-workbook/1, docs/workbook-format.md). The
 * shell writes it after every change; grading runs the recorded lines again, and scores what the kernel then
 * shows. The record of what was seen is there to be read by people: it proves nothing, and earns nothing.
 *
 * What replays: the steps of a lab in the lab's order. `fresh`, or a step before it that was skipped or of
 * which nothing was run: a fresh lab host in the state before the step (each earlier step's `do` and
 * solution); else what the step before has left. Then its lines in their order; the line `do` stands for the
 * lab's own lines of that step. Then the step is looked at. Its lines of `after` were run when it had passed
 * already: they earn nothing, but what they do is there when the next step begins.
 */
#ifndef NSLAB_WORKBOOK_H
#define NSLAB_WORKBOOK_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/lab.h"
#include "nslab/result.h"

#include <stdbool.h>
#include <stddef.h>

#define WORKBOOK_FORMAT "nslab-workbook/1"
#define WORK_DO "do" /* the line that stands for the lab's own lines of a step */

/* What a learner last saw of one expectation. */
struct work_evidence {
    char *id;
    enum verdict verdict;
    char *observed, *from, *how; /* from, how: may be NULL */
};

enum work_state { WORK_BEGUN, WORK_PASSED, WORK_FAILED, WORK_UNSUPPORTED, WORK_SKIPPED, WORK_STATE_COUNT };
extern const char *const work_state_names[WORK_STATE_COUNT]; /* "begun", "passed", ... */

struct work_step {
    char *id;
    enum work_state state; /* by its last `check`; a step once passed stays so until it is reset */
    char *prediction;      /* the id of the choice; NULL: none was made */
    bool fresh;            /* its lines began in a fresh lab host */
    bool elsewhere;    /* something was done that can't be run again: in another terminal, in a shell within
                          a container, by a line that was interrupted */
    struct strv lines; /* `do`, and the learner's own; with ${NAME.pid} where a live number was typed */
    struct strv after; /* the learner's own after it had passed */
    int hints;         /* how many were taken */
    struct work_evidence *evidence;
    size_t n_evidence;
    char *begun, *ended; /* "2026-11-23T16:40:00Z"; ended: when it first passed, else NULL */
    int seconds;         /* spent at it */
    bool unsaved;        /* not in the file: changed since it was last written */
};
struct work_lab {
    char *id, *digest; /* of the lab's file when the first line was recorded */
    char *file;        /* absolute path of a lab that isn't of the course; else NULL */
    char *at;          /* the id of the step where the learner is; NULL: the lab was finished */
    struct strv vars;  /* "port=12345": what was drawn for this learner, as a mark of whose work it is */
    struct work_step *steps; /* those that were begun, in the lab's order */
    size_t n;
    bool unsaved;  /* not in the file: this struct itself was changed, */
    bool replaced; /* and what the file has of its steps doesn't hold any more */
};
struct workbook {
    char *learner;
    char *at; /* the id of the lab where the learner was last; NULL: in none yet */
    struct work_lab *labs;
    size_t n;
};

/* Reads a workbook: strict as the lab reader, all errors in d. The file may be hostile: sizes are bounded.
 * -1: d holds a diagnostic, or e is set when it can't be read. */
#define WORKBOOK_MAX (4u << 20)
#define WORK_LINES_MAX 1000 /* of a step; and so many labs, steps, pieces of evidence at most */
#define WORK_LINE_MAX 4096  /* bytes */
int workbook_read_file(const char *path, struct workbook **ret, struct diagnostics *d, struct nslab_error *e);
int workbook_read_text(const char *text, size_t n, const char *file, struct workbook **ret,
                       struct diagnostics *d);
/* The same workbook as YAML: reading it gives the same again, byte for byte when written again. */
void workbook_write(const struct workbook *w, struct buf *out);
struct workbook *workbook_new(const char *learner);
void workbook_free(struct workbook *w);
void workbook_free_p(struct workbook **w);

struct work_lab *workbook_lab(const struct workbook *w, const char *id); /* NULL: not begun */
struct work_lab *workbook_lab_begin(struct workbook *w, const char *id,
                                    const char *digest);                     /* found or made */
struct work_step *work_lab_step(const struct work_lab *lab, const char *id); /* NULL: not begun */
/* Found or made, at the lab's order of steps. */
struct work_step *work_lab_step_begin(struct work_lab *work, const struct lab *lab, size_t step);
/* As if it had not been begun, but for hints, times and prediction. */
void work_step_reset(struct work_step *s);
/* All of them go, whatever they hold. */
void work_lab_reset(struct work_lab *work);
bool work_line_fits(const char *line);    /* can be recorded: valid UTF-8, one line, not too long */
bool work_learner_fits(const char *name); /* the same, and it isn't blank */
/* Takes over what a check showed, cut to a size that fits. */
void work_step_note_check(struct work_step *s, const struct step_result *r);
/* From which step on the recorded lines lead to where `step` begins: that one begins in a state that the lab
 * itself leads to. */
size_t work_replay_from(const struct work_lab *work, const struct lab *lab, size_t step);

/* Two programs have written: `theirs`, as it is in the file, takes over what is unsaved of `ours`. Of a step
 * that both have changed ours is kept, unless theirs has passed and ours hasn't. */
void workbook_merge(struct workbook *theirs, const struct workbook *ours);

/* --- numbers that live only as long as a container --- */
struct live_fact {
    char *name;  /* "web.pid" */
    char *value; /* "4711" */
};
/* The line with such numbers as ${NAME}: whole numbers of four digits or more, or of fewer where only a PID
 * makes sense (after /proc/, -p, --pid=, -t, --target, kill, ps ...); whole addresses. Owned by the caller.
 */
char *line_with_names(const char *line, const struct live_fact *facts, size_t n);

/* --- grading (engine) --- */
struct engine_options;
/* Runs the lab's part of a workbook again, with the variables of the workbook's learner, and scores it: a
 * prediction earns its point by being made, the rest of a step's points by its expectations all holding.
 * Steps that weren't begun are `not attempted`. `work` NULL: none was. Findings (a stale digest, a line that
 * can't be run again) are added to the result. */
void lab_grade(const struct lab *lab, const struct workbook *w, const struct engine_options *o,
               struct lab_result *ret);

#endif
