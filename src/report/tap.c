/* SPDX-License-Identifier: MIT
 *
 * TAP version 14: a lab is a subtest, each of its steps is a subtest of that, each expectation a test point.
 *
 * What is unsupported is a skip, for a step and a lab too: a point without the directive would read as
 * passed.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

static void add_indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_adds(out, "    ");
}

/* A description or a reason: one line, in which # and backslash are escaped, so that no text becomes a
 * directive. */
static void add_description(struct buf *out, const char *text)
{
    cleanup_buf struct buf line = {0};
    add_foreign_line(&line, text);
    for (const char *p = buf_text(&line); *p; p++) {
        if (*p == '\\' || *p == '#')
            buf_addc(out, '\\');
        buf_addc(out, *p);
    }
}

static void add_yaml(struct buf *out, unsigned depth, const char *key, const char *text)
{
    cleanup_buf struct buf value = {0};
    if (!text)
        return;
    add_foreign_capped(&value, text, REPORT_TEXT_MAX);
    add_indent(out, depth);
    buf_addf(out, "  %s: \"", key);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n' || c == '\t')
            buf_adds(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_addc(out, c);
    }
    buf_adds(out, "\"\n");
}

static void add_diagnostics(struct buf *out, unsigned depth, const struct expectation_result *x)
{
    add_indent(out, depth);
    buf_adds(out, "  ---\n");
    add_yaml(out, depth, "id", x->id);
    add_yaml(out, depth, "expected", x->expected);
    add_yaml(out, depth, "observed", x->observed);
    add_yaml(out, depth, "from", x->from);
    add_yaml(out, depth, "how", x->how);
    add_indent(out, depth);
    buf_addf(out, "  ms: %.3f\n", x->ms);
    add_yaml(out, depth, "cause", x->cause);
    add_yaml(out, depth, "hint", x->hint);
    add_indent(out, depth);
    buf_adds(out, "  ...\n");
}

/* "ok 1 - name" or "ok 1 - id: title"; the caller ends the line. */
static void add_point(struct buf *out, unsigned depth, enum verdict verdict, size_t number, const char *name,
                      const char *title)
{
    add_indent(out, depth);
    buf_addf(out, "%sok %zu - ", verdict == VERDICT_FAIL ? "not " : "", number);
    add_description(out, name);
    if (title) {
        buf_adds(out, ": ");
        add_description(out, title);
    }
}

static void add_subtest(struct buf *out, unsigned depth, const char *id, const char *title, size_t points)
{
    add_indent(out, depth);
    buf_adds(out, "# Subtest: ");
    add_description(out, id);
    buf_adds(out, ": ");
    add_description(out, title);
    buf_addc(out, '\n');
    add_indent(out, depth + 1);
    buf_addf(out, "1..%zu\n", points);
}

static void add_skip(struct buf *out, const char *cause, const char *reason)
{
    buf_adds(out, " # SKIP ");
    add_description(out, cause ? cause : "unsupported");
    buf_adds(out, ": ");
    add_description(out, reason);
}

static void add_comment(struct buf *out, unsigned depth, const char *name, const char *text)
{
    if (!text)
        return;
    add_indent(out, depth);
    buf_addf(out, "# %s: ", name);
    add_description(out, text);
    buf_addc(out, '\n');
}

static void add_findings(struct buf *out, unsigned depth, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        add_comment(out, depth, "finding", buf_text(&text));
    }
}

/* What grading knows of a step beside its verdict. */
static void add_work(struct buf *out, const struct step_result *step)
{
    add_comment(out, 1, "work", step->not_attempted ? "not attempted" : NULL);
    add_comment(out, 1, "prediction", step->prediction);
    if (step->hints) {
        cleanup_free char *taken = xasprintf("%d", step->hints);
        add_comment(out, 1, "hints taken", taken);
    }
}

static void add_expectation(struct buf *out, size_t number, const struct expectation_result *x,
                            const struct report_options *o)
{
    enum verdict verdict = counted_verdict(o, x->verdict);
    add_point(out, 2, verdict, number, x->say, NULL);
    if (verdict == VERDICT_UNSUPPORTED)
        add_skip(out, x->cause, x->observed);
    buf_addc(out, '\n');
    if (x->verdict != VERDICT_PASS)
        add_diagnostics(out, 2, x);
}

static const struct expectation_result *first_unsupported(const struct step_result *step)
{
    for (size_t i = 0; i < step->n; i++)
        if (step->expectations[i].verdict == VERDICT_UNSUPPORTED)
            return &step->expectations[i];
    return NULL;
}

static void add_step(struct buf *out, size_t number, const struct step_result *step,
                     const struct report_options *o)
{
    enum verdict verdict = counted_verdict(o, step->verdict);
    if (step->n)
        add_subtest(out, 1, step->id, step->title, step->n);
    for (size_t i = 0; i < step->n; i++)
        add_expectation(out, i + 1, &step->expectations[i], o);
    add_work(out, step);
    if (!step->n) /* else each of its expectations says it */
        add_comment(out, 1, "error", step->error);
    add_point(out, 1, verdict, number, step->id, step->title);
    const struct expectation_result *unsupported = first_unsupported(step);
    if (verdict == VERDICT_UNSUPPORTED && unsupported)
        add_skip(out, unsupported->cause, unsupported->observed);
    buf_addc(out, '\n');
}

static void add_lab(struct buf *out, size_t number, const struct lab_result *lab,
                    const struct report_options *o)
{
    enum verdict verdict = counted_verdict(o, lab->verdict);
    const struct expectation_result *unsupported = NULL;
    add_subtest(out, 0, lab->id, lab->title, lab->n);
    add_findings(out, 1, lab->findings, lab->n_findings);
    for (size_t i = 0; i < lab->n; i++) {
        add_step(out, i + 1, &lab->steps[i], o);
        if (!unsupported)
            unsupported = first_unsupported(&lab->steps[i]);
    }
    add_point(out, 0, verdict, number, lab->id, lab->title);
    if (verdict == VERDICT_UNSUPPORTED && unsupported)
        add_skip(out, unsupported->cause, unsupported->observed);
    buf_addc(out, '\n');
}

void report_tap(const struct result *r, const struct report_options *o, struct buf *out)
{
    /* Of a run that was cut short the plan says no number that could be reached. */
    buf_adds(out, "TAP version 14\n");
    if (!r->error)
        buf_addf(out, "1..%zu%s\n", r->n, r->n ? "" : " # SKIP no labs");
    add_comment(out, 0, "learner", r->learner);
    add_comment(out, 0, "workbook", r->workbook);
    add_findings(out, 0, r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++)
        add_lab(out, i + 1, &r->labs[i], o);
    if (r->error) {
        buf_adds(out, "Bail out! ");
        add_description(out, r->error);
        buf_addc(out, '\n');
    }
}
