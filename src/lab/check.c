/* SPDX-License-Identifier: MIT
 *
 * The semantic half of lint: walks the lab in the order in which it runs, with what is known at each place.
 */
#include "nslab/command.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/text.h"
#include "scope.h"

#include <string.h>

static void check_requires(struct checker *c)
{
    const char **names = xcalloc(need_count, sizeof *names);
    cleanup_buf struct buf expected = {0};
    buf_adds(&expected, "expected some of ");
    for (size_t i = 0; i < need_count; i++) {
        names[i] = need_table[i].name;
        buf_addf(&expected, "%s%s", i ? ", " : "", names[i]);
    }
    for (size_t i = 0; i < c->lab->requires.len; i++) {
        const char *name = c->lab->requires.items[i];
        if (!need_by_name(name))
            report_at(c, name, 0, buf_text(&expected), nearest_word(name, names, need_count),
                      "unknown need `%s`", name);
    }
    free(names);
}

/* --- ids --- */

struct named {
    const char *id;
    struct mark mark;
};

static void check_unique(struct checker *c, const char *what, const struct named *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i && items[i].id; j++)
            if (items[j].id && !strcmp(items[i].id, items[j].id)) {
                report_at(c, items[i].id, 0, NULL, NULL, "the id `%s` is that of another %s, on line %u",
                          items[i].id, what, items[j].mark.line);
                break;
            }
}

/* Expectations are known by their ids in the whole lab: ${ID.observed}. */
static void check_expectation_ids(struct checker *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->lab->n_steps; i++)
        n += c->lab->steps[i].n_expect;
    struct named *items = xcalloc(n ? n : 1, sizeof *items);
    n = 0;
    for (size_t i = 0; i < c->lab->n_steps; i++)
        for (size_t j = 0; j < c->lab->steps[i].n_expect; j++) {
            const struct expectation *x = &c->lab->steps[i].expect[j];
            items[n++] = (struct named){x->id, x->mark};
        }
    check_unique(c, "expectation", items, n);
    free(items);
}

static void check_ids(struct checker *c)
{
    struct named items[128] = {0};
    size_t n = c->lab->n_steps;
    for (size_t i = 0; i < n && i < ARRAY_LEN(items); i++)
        items[i] = (struct named){c->lab->steps[i].id, c->lab->steps[i].mark};
    check_unique(c, "step", items, n);
    for (size_t i = 0; i < c->lab->n_steps; i++) {
        const struct prediction *predict = &c->lab->steps[i].predict;
        for (size_t j = 0; j < predict->n && j < ARRAY_LEN(items); j++)
            items[j] = (struct named){predict->choices[j].id, predict->choices[j].mark};
        check_unique(c, "choice", items, predict->n);
    }
    check_expectation_ids(c);
}

/* --- steps --- */

static void check_expectations(struct checker *c, const struct step *step)
{
    for (size_t i = 0; i < step->n_expect; i++) {
        const struct expectation *x = &step->expect[i];
        check_text(c, x->say);
        check_text(c, x->hint);
        check_see(c, &x->see);
        for (size_t j = 0; j < x->n_criteria; j++) {
            const struct criterion *criterion = &x->criteria[j];
            for (size_t k = 0; k < criterion->operand.len; k++)
                check_text(c, criterion->operand.items[k]);
            check_see(c, &criterion->other);
        }
        if (x->id)
            strv_add(&c->now.observed, x->id);
    }
}

static bool has_run_line(const struct lab_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        struct line line;
        struct nslab_error e;
        size_t offset;
        if (!lines->items[i].text || line_parse(&lab_verbs, lines->items[i].text, &line, &offset, &e) < 0)
            return true; /* reported elsewhere: it could have been one */
        bool is_run = !strcmp(line.verb->name, "run");
        line_free(&line);
        if (is_run)
            return true;
    }
    return false;
}

static void check_flips(struct checker *c, const struct step *step)
{
    cleanup_strv struct strv ids = {0};
    for (size_t i = 0; i < step->n_expect; i++)
        if (step->expect[i].id)
            strv_add(&ids, step->expect[i].id);
    for (size_t i = 0; i < step->contrast.flips.len; i++) {
        const char *id = step->contrast.flips.items[i];
        if (!strv_contains(&ids, id))
            report_at(c, id, 0, NULL, nearest_word(id, (const char *const *)ids.items, ids.len),
                      "this step has no expectation `%s`", id);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(step->contrast.flips.items[j], id)) {
                report_at(c, id, 0, NULL, NULL, "`%s` is among `flips` twice", id);
                break;
            }
    }
}

/* before: the scope when the step begins, which is where the contrast's lines start too. */
static void check_contrast(struct checker *c, const struct step *step, struct scope *before)
{
    const struct contrast *contrast = &step->contrast;
    check_text(c, contrast->say);
    check_flips(c, step);
    struct scope after = c->now;
    c->now = *before;
    if (contrast->with_run) {
        check_run_flags(c, contrast->with_run);
        if (!has_run_line(&step->run) && !has_run_line(&step->solution))
            report_at(c, contrast->with_run, 0, NULL, NULL,
                      "this step has no `run` line to put the flags into");
    }
    check_lines(c, &contrast->with_do);
    *before = c->now;
    c->now = after;
}

static void check_step(struct checker *c, const struct step *step)
{
    struct scope before;
    scope_copy(&before, &c->now);
    check_text(c, step->text);
    check_text(c, step->predict.ask);
    for (size_t i = 0; i < step->predict.n; i++) {
        check_text(c, step->predict.choices[i].text);
        check_text(c, step->predict.choices[i].feedback);
    }
    check_lines(c, &step->run);
    check_text(c, step->task);
    for (size_t i = 0; i < step->hints.len; i++)
        check_text(c, step->hints.items[i]);
    check_lines(c, &step->solution);
    check_expectations(c, step);
    if (step->has_contrast)
        check_contrast(c, step, &before);
    check_text(c, step->explain);
    scope_free(&before);
}

void lab_check(const struct lab *lab, struct diagnostics *d)
{
    struct checker c = {.lab = lab, .d = d};
    check_requires(&c);
    check_ids(&c);
    for (size_t i = 0; i < lab->n_steps; i++)
        check_step(&c, &lab->steps[i]);
    scope_free(&c.now);
}
