/* SPDX-License-Identifier: MIT */
#include "nslab/class.h"
#include "class_private.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

const struct class_report class_report_table[] = {
    {"pretty", "for people: a line a learner, and a line a step", class_pretty},
    {"csv", "a line for each learner and step, for a spreadsheet (RFC 4180)", class_csv},
    {"json", "one document: each learner's points, and the analysis of the steps", class_json},
    {"html", "a page of its own, with plots", class_html},
};
const size_t class_report_count = ARRAY_LEN(class_report_table);

const struct class_report *class_report_by_name(const char *name)
{
    for (size_t i = 0; i < class_report_count; i++)
        if (!strcmp(class_report_table[i].name, name))
            return &class_report_table[i];
    return NULL;
}

static void drop_text(char **text)
{
    free(*text);
    *text = NULL;
}

/* All but what the tables and the analysis read. */
static void step_shorten(struct step_result *step)
{
    for (size_t i = 0; i < step->n; i++)
        expectation_result_free(&step->expectations[i]);
    for (size_t i = 0; i < step->n_views; i++)
        free(step->views[i].viewpoint);
    free(step->expectations);
    free(step->views);
    step->expectations = NULL;
    step->views = NULL;
    step->n = step->n_views = 0;
    drop_text(&step->title);
}

static void lab_shorten(struct lab_result *lab)
{
    for (size_t s = 0; s < lab->n; s++)
        step_shorten(&lab->steps[s]);
    drop_text(&lab->title);
    drop_text(&lab->file);
    drop_text(&lab->digest);
    drop_text(&lab->learner);
}

void class_add(struct class *c, struct result *taken)
{
    for (size_t l = 0; l < taken->n; l++)
        lab_shorten(&taken->labs[l]);
    c->results = xrealloc(c->results, c->n + 1, sizeof *c->results);
    c->results[c->n++] = *taken;
    *taken = (struct result){0};
}

void class_free(struct class *c)
{
    for (size_t i = 0; i < c->n; i++)
        result_free(&c->results[i]);
    free(c->results);
    drop_text(&c->error);
    c->results = NULL;
    c->n = 0;
}

/* --- who is there twice --- */

static bool are_twins(const struct result *a, const struct result *b)
{
    return a != b && a->says_whose && b->says_whose && !strcmp(a->learner, b->learner);
}

void class_find_twins(struct class *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct result *r = &c->results[i];
        const char *other = NULL;
        size_t more = 0;
        for (size_t k = 0; k < c->n; k++) {
            more += other && are_twins(r, &c->results[k]);
            if (!other && are_twins(r, &c->results[k]))
                other = c->results[k].workbook;
        }
        cleanup_free char *rest =
            more ? xasprintf(one_or_many(more, ", as does %zu more", ", as do %zu more"), more) : xstrdup("");
        if (other) /* one is named: of many copies each would name all others */
            findings_add(&r->findings, &r->n_findings, finding_names[FINDING_SWAPPED], NULL,
                         "%s says that it is of %s too%s", other, r->learner, rest);
    }
}

/* --- items --- */

static int compare_ints(const void *a, const void *b)
{
    const int *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int median(int *values, size_t n)
{
    if (!n)
        return 0;
    qsort(values, n, sizeof *values, compare_ints);
    return n % 2 ? values[n / 2] : (int)(((long)values[n / 2 - 1] + values[n / 2]) / 2);
}

/* The wrong choice that was made most often; of several the first. */
static void find_misled(struct class_item *item, const size_t *made)
{
    for (size_t i = 0; i < item->step->predict.n; i++)
        if (!item->step->predict.choices[i].right && made[i] > item->n_misled) {
            item->misled = &item->step->predict.choices[i];
            item->n_misled = made[i];
        }
}

static void note_prediction(struct class_item *item, const char *prediction, size_t *made)
{
    for (size_t i = 0; prediction && i < item->step->predict.n; i++) {
        if (strcmp(item->step->predict.choices[i].id, prediction) != 0)
            continue;
        made[i]++;
        item->predicted++;
        item->predicted_right += item->step->predict.choices[i].right;
    }
}

static void analyse(const struct class *c, size_t l, size_t s, struct class_item *item)
{
    size_t *made = xcalloc(item->step->predict.n + 1, sizeof *made);
    int *seconds = xcalloc(c->n + 1, sizeof *seconds);
    for (size_t i = 0; i < c->n; i++) {
        const struct step_result *r = &c->results[i].labs[l].steps[s];
        if (r->not_attempted || r->not_graded)
            continue;
        seconds[item->reached++] = r->seconds;
        item->passed += r->verdict == VERDICT_PASS;
        item->unsupported += r->verdict == VERDICT_UNSUPPORTED;
        item->hints += r->hints;
        note_prediction(item, r->prediction, made);
    }
    item->seconds = median(seconds, item->reached);
    find_misled(item, made);
    free(seconds);
    free(made);
}

struct class_item *class_items(const struct class *c, size_t *n)
{
    struct class_item *items = NULL;
    *n = 0;
    for (size_t l = 0; l < c->n_labs; l++)
        for (size_t s = 0; s < c->labs[l]->n_steps; s++) {
            items = xrealloc(items, *n + 1, sizeof *items);
            items[*n] = (struct class_item){.lab = c->labs[l], .step = &c->labs[l]->steps[s]};
            analyse(c, l, s, &items[(*n)++]);
        }
    return items;
}
