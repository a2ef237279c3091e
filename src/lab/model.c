/* SPDX-License-Identifier: MIT */
#include "nslab/lab.h"
#include "nslab/mem.h"

static void lines_free(struct lab_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        free(lines->items[i].text);
        free(lines->items[i].fails);
    }
    free(lines->items);
}

static void prediction_free(struct prediction *predict)
{
    for (size_t i = 0; i < predict->n; i++) {
        free(predict->choices[i].id);
        free(predict->choices[i].text);
        free(predict->choices[i].feedback);
    }
    free(predict->choices);
    free(predict->ask);
}

static void expectation_free(struct expectation *x)
{
    free(x->id);
    free(x->say);
    free(x->hint);
    see_free(&x->see);
    for (size_t i = 0; i < x->n_criteria; i++) {
        strv_free(&x->criteria[i].operand);
        see_free(&x->criteria[i].other);
    }
    free(x->criteria);
}

static void step_free(struct step *step)
{
    free(step->id);
    free(step->title);
    free(step->text);
    free(step->task);
    free(step->explain);
    prediction_free(&step->predict);
    lines_free(&step->run);
    strv_free(&step->hints);
    lines_free(&step->solution);
    for (size_t i = 0; i < step->n_expect; i++)
        expectation_free(&step->expect[i]);
    free(step->expect);
    free(step->contrast.say);
    free(step->contrast.with_run);
    lines_free(&step->contrast.with_do);
    strv_free(&step->contrast.flips);
}

void lab_free(struct lab *lab)
{
    if (!lab)
        return;
    for (size_t i = 0; i < lab->n_steps; i++)
        step_free(&lab->steps[i]);
    free(lab->steps);
    for (size_t i = 0; i < lab->n_vars; i++) {
        free(lab->vars[i].name);
        free(lab->vars[i].value);
    }
    free(lab->vars);
    strv_free(&lab->requires);
    free(lab->places);
    free(lab->file);
    free(lab->digest);
    free(lab->id);
    free(lab->title);
    free(lab->summary);
    free(lab);
}

void lab_free_p(struct lab **lab)
{
    lab_free(*lab);
    *lab = NULL;
}
