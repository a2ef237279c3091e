/* SPDX-License-Identifier: MIT */
#include "nslab/result.h"
#include "nslab/mem.h"

#include <stdarg.h>

const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_UNSUPPORTED] = "unsupported"};

enum verdict verdict_worst(enum verdict a, enum verdict b)
{
    if (a == VERDICT_FAIL || b == VERDICT_FAIL)
        return VERDICT_FAIL;
    return a == VERDICT_UNSUPPORTED || b == VERDICT_UNSUPPORTED ? VERDICT_UNSUPPORTED : VERDICT_PASS;
}

void expectation_result_free(struct expectation_result *r)
{
    free(r->id);
    free(r->say);
    free(r->expected);
    free(r->observed);
    free(r->from);
    free(r->how);
    free(r->other_from);
    free(r->other_observed);
    free(r->look);
    free(r->fact);
    free(r->cause);
    free(r->hint);
    *r = (struct expectation_result){0};
}

const char *const finding_names[FINDING_COUNT] = {
    [FINDING_STALE] = "stale",         [FINDING_SWAPPED] = "swapped", [FINDING_DAMAGED] = "damaged",
    [FINDING_ELSEWHERE] = "elsewhere", [FINDING_LINE] = "line",       [FINDING_LIMIT] = "limit",
    [FINDING_CRASH] = "crash",         [FINDING_MISHAP] = "mishap",   [FINDING_INTERRUPTED] = "interrupted",
};

void findings_add(struct finding **findings, size_t *n, const char *name, const char *step,
                  const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    *findings = xrealloc(*findings, *n + 1, sizeof **findings);
    (*findings)[(*n)++] =
        (struct finding){xstrdup(name), step ? xstrdup(step) : NULL, xstrdup(buf_text(&text))};
}

void findings_free(struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(findings[i].name);
        free(findings[i].step);
        free(findings[i].text);
    }
    free(findings);
}

void step_result_free(struct step_result *r)
{
    for (size_t i = 0; i < r->n; i++)
        expectation_result_free(&r->expectations[i]);
    free(r->expectations);
    for (size_t i = 0; i < r->n_views; i++)
        free(r->views[i].viewpoint);
    free(r->views);
    free(r->id);
    free(r->title);
    free(r->error);
    free(r->prediction);
    *r = (struct step_result){0};
}

void lab_result_free(struct lab_result *r)
{
    for (size_t i = 0; i < r->n; i++)
        step_result_free(&r->steps[i]);
    free(r->steps);
    free(r->id);
    free(r->title);
    free(r->file);
    free(r->digest);
    free(r->learner);
    findings_free(r->findings, r->n_findings);
    *r = (struct lab_result){0};
}

void result_free(struct result *r)
{
    for (size_t i = 0; i < r->n; i++)
        lab_result_free(&r->labs[i]);
    free(r->labs);
    free(r->learner);
    free(r->workbook);
    free(r->error);
    findings_free(r->findings, r->n_findings);
    *r = (struct result){0};
}

void result_add(struct result *r, struct lab_result *taken)
{
    size_t counts[VERDICT_COUNT] = {0};
    for (size_t s = 0; s < taken->n; s++)
        for (size_t i = 0; i < taken->steps[s].n; i++)
            counts[taken->steps[s].expectations[i].verdict]++;
    r->pass += counts[VERDICT_PASS];
    r->fail += counts[VERDICT_FAIL];
    r->unsupported += counts[VERDICT_UNSUPPORTED];
    r->labs = xrealloc(r->labs, r->n + 1, sizeof *r->labs);
    r->labs[r->n++] = *taken;
    *taken = (struct lab_result){0};
}

struct points lab_points(const struct lab_result *lab)
{
    struct points sum = {0};
    for (size_t i = 0; i < lab->n; i++) {
        sum.earned += lab->steps[i].points_earned;
        sum.max += lab->steps[i].points_max;
    }
    return sum;
}

struct points result_points(const struct result *r)
{
    struct points sum = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct points lab = lab_points(&r->labs[i]);
        sum.earned += lab.earned;
        sum.max += lab.max;
    }
    return sum;
}

int result_exit_status(const struct result *r, bool require_all)
{
    /* From the labs' verdicts and not from the counts: a step without expectations can fail too. */
    enum verdict worst = VERDICT_PASS;
    for (size_t i = 0; i < r->n; i++)
        worst = verdict_worst(worst, r->labs[i].verdict);
    if (worst == VERDICT_UNSUPPORTED)
        return require_all ? 1 : 4;
    return worst == VERDICT_FAIL ? 1 : 0;
}
