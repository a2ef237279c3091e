/* SPDX-License-Identifier: MIT
 *
 * JUnit XML: a suite for each lab, a case for each expectation. There is no one specification; this is what
 * GitLab, Jenkins and the actions for GitHub read. They identify a case by classname and name, and drop the
 * second one of that identity; GitLab shows the text of a failure, Jenkins its message: both say the same.
 */
#include "internal.h"
#include "nslab/markup.h"
#include "nslab/mem.h"

#include <string.h>

struct counts {
    size_t tests, failures, errors, skipped;
};

struct place_of_case {
    const struct lab_result *lab;
    const char *classname; /* escaped */
};

static void count_step(const struct step_result *step, const struct report_options *o, struct counts *counts)
{
    counts->tests += step->n ? step->n : 1;
    for (size_t i = 0; i < step->n; i++) {
        enum verdict verdict = counted_verdict(o, step->expectations[i].verdict);
        counts->failures += verdict == VERDICT_FAIL;
        counts->skipped += verdict == VERDICT_UNSUPPORTED;
    }
    if (!step->n)
        counts->failures += step->verdict == VERDICT_FAIL;
}

static void add_counts(struct buf *out, const struct counts *c, double ms)
{
    buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", c->tests,
             c->failures, c->errors, c->skipped, ms / 1000);
}

/* --- cases --- */

static void add_case(struct buf *out, const struct place_of_case *at, const char *name, unsigned line,
                     double ms)
{
    buf_addf(out, "    <testcase classname=\"%s\" name=\"", at->classname);
    markup_line(out, name);
    buf_adds(out, "\" file=\"");
    markup_line(out, at->lab->file);
    buf_addc(out, '"');
    if (line)
        buf_addf(out, " line=\"%u\"", line);
    buf_addf(out, " time=\"%.3f\"", ms / 1000);
}

/* <failure message="...">...</failure>; both texts are harmless already, but not escaped. */
static void add_outcome(struct buf *out, enum verdict verdict, const struct buf *message,
                        const struct buf *text)
{
    const char *element = verdict == VERDICT_FAIL ? "failure" : "skipped";
    buf_addf(out, ">\n      <%s message=\"", element);
    markup_line(out, buf_text(message));
    buf_adds(out, verdict == VERDICT_FAIL ? "\" type=\"fail\">" : "\">");
    markup_text(out, buf_text(text));
    buf_addf(out, "</%s>\n    </testcase>\n", element);
}

static void add_expectation(struct buf *out, const struct place_of_case *at,
                            const struct expectation_result *x, const struct report_options *o)
{
    cleanup_buf struct buf name = {0}, message = {0}, text = {0};
    enum verdict verdict = counted_verdict(o, x->verdict);
    /* What it says may hold a number of this run: by its id a case is known from run to run. */
    buf_adds(&name, x->id);
    add_case(out, at, buf_text(&name), x->line, x->ms);
    if (verdict == VERDICT_PASS) {
        buf_adds(out, " />\n");
        return;
    }
    add_foreign_line(&message, x->say);
    buf_adds(&message, ": ");
    add_evidence_line(&message, x);
    add_foreign_line(&text, x->say);
    buf_addc(&text, '\n');
    add_evidence(&text, x);
    add_outcome(out, verdict, &message, &text);
}

/* A step without expectations is a case of its own, so that it is counted. */
static void add_bare_step(struct buf *out, const struct place_of_case *at, const struct step_result *step)
{
    cleanup_buf struct buf text = {0};
    add_case(out, at, "step", step->line, step->ms);
    if (step->verdict == VERDICT_PASS) {
        buf_adds(out, " />\n");
        return;
    }
    add_step_evidence(&text, step);
    if (!text.len)
        buf_adds(&text, verdict_names[step->verdict]);
    add_outcome(out, step->verdict, &text, &text);
}

/* --- suites --- */

/* The lab's id; a second lab of that id is told apart. */
static void add_lab_name(struct buf *out, const struct result *r, size_t index)
{
    size_t same = 0;
    for (size_t i = 0; i < index; i++)
        same += !strcmp(r->labs[i].id, r->labs[index].id);
    if (r->learner) {
        markup_line(out, r->learner);
        buf_addc(out, '.');
    }
    markup_line(out, r->labs[index].id);
    if (same)
        buf_addf(out, "-%zu", same + 1);
}

static void add_property(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "      <property name=\"%s\" value=\"", name);
    markup_line(out, value);
    buf_adds(out, "\" />\n");
}

static void add_properties(struct buf *out, const struct lab_result *lab)
{
    struct points points = lab_points(lab);
    cleanup_free char *earned = xasprintf("%d of %d", points.earned, points.max);
    buf_adds(out, "    <properties>\n");
    add_property(out, "title", lab->title);
    add_property(out, "digest", lab->digest);
    add_property(out, "points", earned);
    for (size_t i = 0; i < lab->n_findings; i++) {
        cleanup_buf struct buf finding = {0};
        add_finding(&finding, &lab->findings[i]);
        add_property(out, "finding", buf_text(&finding));
    }
    buf_adds(out, "    </properties>\n");
}

static void add_lab(struct buf *out, const struct result *r, size_t index, const struct report_options *o)
{
    const struct lab_result *lab = &r->labs[index];
    struct counts counts = {0};
    cleanup_buf struct buf name = {0};
    add_lab_name(&name, r, index);
    for (size_t i = 0; i < lab->n; i++)
        count_step(&lab->steps[i], o, &counts);
    buf_addf(out, "  <testsuite name=\"%s\"", buf_text(&name));
    add_counts(out, &counts, lab->ms);
    buf_adds(out, ">\n");
    add_properties(out, lab);
    for (size_t i = 0; i < lab->n; i++) {
        const struct step_result *step = &lab->steps[i];
        cleanup_buf struct buf classname = {0};
        buf_addf(&classname, "%s.", buf_text(&name));
        markup_line(&classname, step->id);
        struct place_of_case at = {lab, buf_text(&classname)};
        for (size_t k = 0; k < step->n; k++)
            add_expectation(out, &at, &step->expectations[k], o);
        if (!step->n)
            add_bare_step(out, &at, step);
    }
    buf_adds(out, "  </testsuite>\n");
}

/* What is about no lab: that nslab could not do its work, and findings of the workbook. */
static void add_nslab_itself(struct buf *out, const struct result *r)
{
    struct counts counts = {.tests = 1, .errors = r->error != NULL};
    buf_adds(out, "  <testsuite name=\"nslab\"");
    add_counts(out, &counts, 0);
    buf_adds(out, ">\n    <testcase classname=\"nslab\" name=\"runs\" time=\"0.000\">\n");
    if (r->error) {
        buf_adds(out, "      <error type=\"error\" message=\"");
        markup_line(out, r->error);
        buf_adds(out, "\">");
        markup_capped(out, r->error, REPORT_TEXT_MAX);
        buf_adds(out, "</error>\n");
    }
    if (r->n_findings)
        buf_adds(out, "      <system-out>");
    for (size_t i = 0; i < r->n_findings; i++) {
        cleanup_buf struct buf finding = {0};
        add_finding(&finding, &r->findings[i]);
        buf_adds(out, i ? "\n" : "");
        markup_text(out, buf_text(&finding));
    }
    if (r->n_findings)
        buf_adds(out, "</system-out>\n");
    buf_adds(out, "    </testcase>\n  </testsuite>\n");
}

void report_junit(const struct result *r, const struct report_options *o, struct buf *out)
{
    bool itself = r->error || r->n_findings;
    struct counts counts = {.tests = itself, .errors = r->error != NULL};
    double ms = 0;
    for (size_t i = 0; i < r->n; i++) {
        ms += r->labs[i].ms;
        for (size_t s = 0; s < r->labs[i].n; s++)
            count_step(&r->labs[i].steps[s], o, &counts);
    }
    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nslab\"");
    add_counts(out, &counts, ms);
    buf_adds(out, ">\n");
    for (size_t i = 0; i < r->n; i++)
        add_lab(out, r, i, o);
    if (itself)
        add_nslab_itself(out, r);
    buf_adds(out, "</testsuites>\n");
}
