/* SPDX-License-Identifier: MIT
 *
 * The report for people. Every verdict is a word; colour only repeats it.
 */
#include "internal.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define VALUE_MAX 2000
#define NARROW 60 /* below, the text beside a label goes on below the label */

static const struct {
    const char *word, *colour;
} verdict_looks[VERDICT_COUNT] = {
    [VERDICT_PASS] = {"pass", "\033[32m"},
    [VERDICT_FAIL] = {"FAIL", "\033[1;31m"},
    [VERDICT_UNSUPPORTED] = {"unsupported", "\033[33m"},
};

struct page {
    const struct report_options *o;
    struct buf *out;
    const char *shown_error; /* of the step before: the same one isn't told again */
};

static void add_spaces(struct buf *out, unsigned n)
{
    while (n--)
        buf_addc(out, ' ');
}

/* "  FAIL text", wrapped under the text. */
static void add_verdict(struct page *page, unsigned indent, enum verdict verdict, const char *text)
{
    char under[64];
    const char *word = verdict_looks[verdict].word;
    unsigned column = indent + (unsigned)strlen(word) + 1;
    add_spaces(page->out, indent);
    if (page->o->colour)
        buf_addf(page->out, "%s%s\033[0m ", verdict_looks[verdict].colour, word);
    else
        buf_addf(page->out, "%s ", word);
    snprintf(under, sizeof under, "%*s", (int)indent + 5, "");
    add_wrapped(page->out, text, page->o->width, column, under);
}

/* "         observed: text". */
static void add_detail(struct page *page, unsigned indent, const char *label, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    char under[64];
    if (!text || !*text)
        return;
    add_foreign_capped(&harmless, text, VALUE_MAX);
    unsigned column = indent + 10;
    add_spaces(page->out, indent);
    buf_addf(page->out, "%s:%*s", label, strlen(label) < 9 ? (int)(9 - strlen(label)) : 0, "");
    snprintf(under, sizeof under, "%*s", (int)(page->o->width < NARROW ? indent + 2 : column), "");
    add_wrapped(page->out, buf_text(&harmless), page->o->width, column, under);
}

static void add_time(struct buf *out, double ms)
{
    if (ms < 1000)
        buf_addf(out, "%.0f ms", ms);
    else
        buf_addf(out, "%.2f s", ms / 1000);
}

/* What several expectations lack, they lack for one reason: its remedy is told at the first of them. */
static bool remedy_is_told(const struct step_result *step, const struct expectation_result *x)
{
    for (const struct expectation_result *before = step->expectations; before < x; before++)
        if (before->verdict == VERDICT_UNSUPPORTED && before->hint && x->hint &&
            !strcmp(before->hint, x->hint))
            return true;
    return false;
}

static void add_expectation(struct page *page, const struct step_result *step,
                            const struct expectation_result *x)
{
    cleanup_buf struct buf say = {0};
    add_foreign_line(&say, x->say);
    add_verdict(page, 4, x->verdict, buf_text(&say));
    if (step->error)
        return; /* the step has said it, for all its expectations */
    if (x->verdict == VERDICT_PASS && !page->o->verbose)
        return;
    add_detail(page, 9, "cause", x->cause);
    if (x->verdict != VERDICT_UNSUPPORTED)
        add_detail(page, 9, "expected", x->expected);
    add_detail(page, 9, "observed", x->observed);
    add_detail(page, 9, "from", x->from);
    if (x->verdict != VERDICT_UNSUPPORTED)
        add_detail(page, 9, "how", x->how);
    if (x->verdict == VERDICT_FAIL)
        add_detail(page, 9, "hint", x->hint);
    else if (x->verdict == VERDICT_UNSUPPORTED && !remedy_is_told(step, x))
        add_detail(page, 9, "remedy", x->hint);
}

/* Why the step could not be run. A reason that several steps share is told once. */
static void add_step_error(struct page *page, const struct step_result *step)
{
    const char *cause = step->n ? step->expectations[0].cause : NULL;
    if (!step->error)
        return;
    if (cause)
        add_detail(page, 7, "cause", cause);
    if (page->shown_error && !strcmp(page->shown_error, step->error))
        add_detail(page, 7, "error", "the same as of the step before");
    else
        add_detail(page, 7, "error", step->error);
}

static void add_findings(struct page *page, unsigned indent, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        add_detail(page, indent, "finding", buf_text(&text));
    }
}

/* What grading knows of a step beside its verdict. */
static void add_work(struct page *page, const struct step_result *step)
{
    if (step->not_attempted)
        add_detail(page, 7, "work", "not attempted");
    add_detail(page, 7, "choice", step->prediction);
    if (step->hints) {
        cleanup_free char *taken = xasprintf("%d taken", step->hints);
        add_detail(page, 7, "hints", taken);
    }
}

static void add_step(struct page *page, const struct step_result *step)
{
    cleanup_buf struct buf title = {0};
    add_foreign_line(&title, step->id);
    buf_adds(&title, ": ");
    add_foreign_line(&title, step->title);
    buf_adds(&title, " (");
    if (step->points_max)
        buf_addf(&title, one_or_many((size_t)step->points_max, "%d of %d point, ", "%d of %d points, "),
                 step->points_earned, step->points_max);
    add_time(&title, step->ms);
    buf_addc(&title, ')');
    add_verdict(page, 2, step->verdict, buf_text(&title));
    add_work(page, step);
    add_step_error(page, step);
    page->shown_error = step->error;
    for (size_t i = 0; i < step->n; i++)
        add_expectation(page, step, &step->expectations[i]);
}

static void add_lab(struct page *page, const struct lab_result *lab)
{
    cleanup_buf struct buf title = {0};
    add_foreign_line(&title, lab->id);
    buf_adds(&title, ": ");
    add_foreign_line(&title, lab->title);
    buf_adds(&title, " (");
    add_foreign_line(&title, lab->file);
    buf_adds(&title, ", ");
    add_time(&title, lab->ms);
    buf_addc(&title, ')');
    add_verdict(page, 0, lab->verdict, buf_text(&title));
    page->shown_error = NULL;
    add_findings(page, 2, lab->findings, lab->n_findings);
    for (size_t i = 0; i < lab->n; i++)
        add_step(page, &lab->steps[i]);
    buf_addc(page->out, '\n');
}

static void add_totals(struct page *page, const struct result *r)
{
    cleanup_buf struct buf text = {0};
    struct points points = result_points(r);
    buf_addf(&text, one_or_many(r->n, "%zu lab in ", "%zu labs in "), r->n);
    add_time(&text, r->ms);
    buf_addf(&text, ": %zu passed, %zu failed, %zu unsupported", r->pass, r->fail, r->unsupported);
    if (points.max)
        buf_addf(&text, "; %d of %d points", points.earned, points.max);
    add_wrapped(page->out, buf_text(&text), page->o->width, 0, "");
}

void report_pretty(const struct result *r, const struct report_options *o, struct buf *out)
{
    struct page page = {.o = o, .out = out};
    add_detail(&page, 0, "learner", r->learner);
    add_detail(&page, 0, "workbook", r->workbook);
    add_findings(&page, 0, r->findings, r->n_findings);
    if (r->learner || r->workbook || r->n_findings)
        buf_addc(out, '\n');
    for (size_t i = 0; i < r->n; i++)
        add_lab(&page, &r->labs[i]);
    add_detail(&page, 0, "error", r->error);
    add_totals(&page, r);
}
