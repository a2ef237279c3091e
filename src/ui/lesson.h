/* SPDX-License-Identifier: MIT
 *
 * Where a learner is within a step, and which thing is the obvious next one: what Enter on an empty line
 * does. Pure.
 */
#ifndef NSLAB_LESSON_H
#define NSLAB_LESSON_H

#include "nslab/error.h"
#include "nslab/lab.h"
#include "nslab/result.h"

#include <stdbool.h>
#include <stddef.h>

#define NO_CHOICE (-1)

/* What a learner has done in one step. */
struct lesson_progress {
    int choice;   /* which prediction; NO_CHOICE: none */
    bool ran;     /* the step's lines were run */
    bool broke;   /* one of them couldn't be carried out: the lab host is in no state that the lab knows */
    bool typed;   /* lines of the learner's own, since the last check */
    bool checked; /* the verdict below is of the lab host as it was last looked at */
    enum verdict verdict;
    bool answered; /* the feedback of the prediction was shown */
    bool explained;
    bool contrasted;
    bool elsewhere; /* something was typed in another terminal, or in a shell of the lab: that can't be run
                       again */
    size_t hints;   /* how many were taken */
};
#define LESSON_PROGRESS_NONE ((struct lesson_progress){.choice = NO_CHOICE})

enum lesson_action {
    LESSON_START,   /* no lab is running */
    LESSON_PREDICT, /* a question is open */
    LESSON_DO,
    LESSON_TRY, /* a task: it is the learner's turn to type */
    LESSON_CHECK,
    LESSON_AGAIN, /* the step's own lines didn't lead where they should */
    LESSON_EXPLAIN,
    LESSON_NEXT,
    LESSON_FINISH,
    LESSON_ACTION_COUNT
};
struct lesson_action_info {
    const char *line; /* what Enter runs */
    const char *says; /* what the shell says about it beforehand */
};
extern const struct lesson_action_info lesson_action_table[LESSON_ACTION_COUNT];

/* step NULL: no lab is running. */
enum lesson_action lesson_obvious(const struct step *step, const struct lesson_progress *p, bool last);
/* All that the step asks for is done, so that `next` may leave it. */
bool lesson_done(const struct step *step, const struct lesson_progress *p);
/* The step's lines ended with this error. One that this machine is the cause of stops nobody: the step can't
 * be shown here, and there are no numbers to explain. */
void lesson_note_error(struct lesson_progress *p, const struct nslab_error *e);
/* The choice that a learner means by its letter, number or id; NO_CHOICE. */
int lesson_choice(const struct prediction *predict, const char *word);
/* A line that answers the open question by itself: "b", "2" or the choice's id. */
bool lesson_is_answer(const struct step *step, const struct lesson_progress *p, const char *line);

#endif
