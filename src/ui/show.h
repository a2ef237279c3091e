/* SPDX-License-Identifier: MIT
 *
 * What a learner sees of a lab, as text. Pure: from the model and results to a buffer.
 */
#ifndef NSLAB_SHOW_H
#define NSLAB_SHOW_H

#include "nslab/engine.h"
#include "nslab/lab.h"
#include "nslab/result.h"
#include "nslab/term.h"

/* Gives a text of the lab with its ${...} expanded, owned by the caller: lab_run_text() outside of tests. */
struct expander {
    char *(*expand)(void *context, const char *text);
    void *context;
};

void show_step(const struct lab *lab, size_t step, const struct expander *x, const struct look *look,
               struct buf *out);
void show_question(const struct step *step, const struct expander *x, const struct look *look,
                   struct buf *out);
/* After the run. choice NO_CHOICE: none was made, the right one is told. */
void show_feedback(const struct step *step, int choice, const struct expander *x, const struct look *look,
                   struct buf *out);
void show_check(const struct step_result *r, const struct look *look, struct buf *out);
void show_contrast(const struct contrast *contrast, const struct contrast_result *r, const struct look *look,
                   struct buf *out);
/* A lab in the list of all, with what the learner has done of it. */
enum lab_state { LAB_NOT_BEGUN, LAB_BEGUN, LAB_DONE, LAB_STATE_COUNT };
struct lab_row {
    const char *id, *title;
    int minutes;
    size_t steps, steps_done;
    enum lab_state state;
};
void show_lab_row(const struct lab_row *row, const struct look *look, struct buf *out);

/* A line of the lab that is about to be run. The sign in front of it is no part of it, and looks so. */
#define LINE_SIGN "> "
void show_line(const char *line, const struct look *look, struct buf *out);

#endif
