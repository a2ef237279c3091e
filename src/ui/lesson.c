/* SPDX-License-Identifier: MIT */
#include "lesson.h"
#include "nslab/text.h"

#include <string.h>

const struct lesson_action_info lesson_action_table[LESSON_ACTION_COUNT] = {
    [LESSON_START] = {"start", "**Enter** begins a lab"},
    [LESSON_PREDICT] = {"predict", "Answer with the letter of your choice; `do` goes on without an answer"},
    [LESSON_DO] = {"do", "**Enter** runs the step's lines"},
    [LESSON_TRY] = {"step", "Your turn: type your lines, then `check`. `hint` helps"},
    [LESSON_CHECK] = {"check", "**Enter** looks at what the kernel says now (`check`)"},
    [LESSON_AGAIN] = {"again", "**Enter** begins this step again in a fresh lab host (`again`)"},
    [LESSON_EXPLAIN] = {"explain", "**Enter** explains what was seen"},
    [LESSON_NEXT] = {"next", "**Enter** goes to the next step"},
    [LESSON_FINISH] = {"next", "**Enter** ends the lab: this was its last step"},
};

/* A task is done by what the kernel shows; other steps also when this machine can't show it. */
bool lesson_done(const struct step *step, const struct lesson_progress *p)
{
    if (!step->task && step->run.n && !p->ran)
        return false;
    if (!step->n_expect)
        return true;
    return p->checked && p->verdict != VERDICT_FAIL;
}

enum lesson_action lesson_obvious(const struct step *step, const struct lesson_progress *p, bool last)
{
    if (!step)
        return LESSON_START;
    if (p->broke)
        return LESSON_AGAIN;
    if (step->has_predict && p->choice == NO_CHOICE && !p->ran && !p->checked)
        return LESSON_PREDICT;
    if (step->run.n && !p->ran)
        return LESSON_DO;
    if (step->n_expect && !lesson_done(step, p)) {
        if (step->task)
            return p->typed ? LESSON_CHECK : LESSON_TRY;
        return p->checked && !p->typed ? LESSON_AGAIN : LESSON_CHECK;
    }
    if (step->explain && !p->explained)
        return LESSON_EXPLAIN;
    return last ? LESSON_FINISH : LESSON_NEXT;
}

void lesson_note_error(struct lesson_progress *p, const struct nslab_error *e)
{
    p->broke = !e->cause[0];
    if (p->broke)
        return;
    p->checked = p->explained = true;
    p->typed = false;
    p->verdict = VERDICT_UNSUPPORTED;
}

int lesson_choice(const struct prediction *predict, const char *word)
{
    unsigned long number = 0;
    for (size_t i = 0; i < predict->n; i++)
        if (!strcmp(predict->choices[i].id, word))
            return (int)i;
    if (parse_unsigned(word, predict->n, &number) && number)
        return (int)number - 1;
    if (word[0] && !word[1]) {
        size_t letter = (size_t)((word[0] | 0x20) - 'a');
        if (letter < predict->n)
            return (int)letter;
    }
    return NO_CHOICE;
}

bool lesson_is_answer(const struct step *step, const struct lesson_progress *p, const char *line)
{
    return step && lesson_obvious(step, p, false) == LESSON_PREDICT &&
           lesson_choice(&step->predict, line) != NO_CHOICE;
}
