/* SPDX-License-Identifier: MIT
 *
 * What of a session goes into the workbook. The shell calls these where something happens; after each line
 * what has changed is written.
 */
#ifndef NSLAB_WORKLOG_H
#define NSLAB_WORKLOG_H

#include "keep.h"
#include "nslab/engine.h"

#include <stdbool.h>
#include <stdint.h>

struct shell;

struct worklog {
    struct keep keep;
    bool open;
    bool on;           /* the lab that runs is recorded */
    bool fresh_world;  /* the lab host was made anew before the lines that come now */
    bool began;        /* lines were recorded since the lab host came into its step */
    bool unrecorded;   /* a step that had passed already is played again: its record stays what it is */
    char *line;        /* the one that runs, as it will be recorded; NULL: it won't be */
    bool changes;      /* it may have done something even if it couldn't be carried out */
    bool typed_in;     /* it leads to a program that the learner types in */
    size_t shown;      /* the step that time is spent at, */
    uint64_t mark_ns;  /* counted up to here, */
    uint64_t spent_ms; /* and not in the workbook yet */
    char since[24];    /* when it was first shown */
    char *said;        /* what was last said of why nothing can be written; NULL: it can */
};

/* Opens the workbook, once; what is wrong with it is said. -1: this learner can't have this file. */
int worklog_open(struct shell *sh, struct nslab_error *e);
void worklog_refresh(struct shell *sh); /* what another nslab has written since is taken over */
const char *worklog_learner(struct shell *sh);
/* What the workbook has of the lab that runs; NULL: nothing. */
struct work_lab *worklog_lab(struct shell *sh);
/* What is done of a lab. */
struct lab_standing {
    bool begun, finished;
    size_t done; /* steps: passed, skipped, or found to be unsupported */
};
struct lab_standing worklog_standing(struct shell *sh, const char *lab_id);
/* The id of the lab to go on with, or to begin, owned by the caller. NULL: all of the course is done. */
char *worklog_next_lab(struct shell *sh);
/* How to find the lab of this id, owned by the caller: its path if the learner has begun one that isn't of
 * the course; else the id. */
char *worklog_place(struct shell *sh, const char *id);

/* What happens in the lab that runs: */
void worklog_begin(struct shell *sh); /* it was started */
void worklog_fresh(struct shell *sh); /* its lab host was made anew, for the step that is shown */
void worklog_before(struct shell *sh,
                    const char *text); /* a line is about to run, WORK_DO or the learner's */
void worklog_after(struct shell *sh, bool refused, int status);
void worklog_check(struct shell *sh, const struct step_result *r);
void worklog_skipped(struct shell *sh);
void worklog_leave(struct shell *sh);    /* the step is done */
void worklog_next(struct shell *sh);     /* the lab host goes on into the next step */
void worklog_finished(struct shell *sh); /* the lab is */
void worklog_reset_step(struct shell *sh);
void worklog_reset_lab(struct shell *sh);

void worklog_save(struct shell *sh);
void worklog_close(struct shell *sh);

#endif
