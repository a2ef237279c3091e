/* SPDX-License-Identifier: MIT
 *
 * GitHub Actions: the report for people as the log, fenced so that no text in it is taken for a command, and
 * an annotation at the lab's line for what did not pass. GitHub shows ten of each type for a step of a job
 * and drops the others without a word: the tenth says how many there are.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

#define ANNOTATIONS_MAX 10 /* of each type */
#define MESSAGE_MAX 2000

enum annotation { ANNOTATION_ERROR, ANNOTATION_WARNING, ANNOTATION_COUNT };
static const char *const annotation_names[ANNOTATION_COUNT] = {"error", "warning"};

struct annotations {
    const struct report_options *o;
    struct buf *out;
    size_t shown[ANNOTATION_COUNT], all[ANNOTATION_COUNT];
};

/* As the toolkit of Actions escapes data and properties of a command. */
void github_escape(struct buf *out, const char *text, bool property)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign_capped(&harmless, text, MESSAGE_MAX);
    for (const char *p = buf_text(&harmless); *p; p++)
        if (*p == '%' || *p == '\n' || *p == '\r' || (property && (*p == ':' || *p == ',')))
            buf_addf(out, "%%%02X", (unsigned char)*p);
        else
            buf_addc(out, *p);
}

static void add_property(struct buf *out, const char *name, const char *text)
{
    cleanup_buf struct buf line = {0};
    add_foreign_line(&line, text);
    buf_addf(out, "%s=", name);
    github_escape(out, buf_text(&line), true);
}

static enum annotation annotation_of(const struct annotations *a, enum verdict verdict)
{
    return counted_verdict(a->o, verdict) == VERDICT_FAIL ? ANNOTATION_ERROR : ANNOTATION_WARNING;
}

/* False: there are enough of this type. */
static bool annotation_begin(struct annotations *a, enum annotation type)
{
    if (a->shown[type] + 1 >= ANNOTATIONS_MAX && a->all[type] > ANNOTATIONS_MAX)
        return false;
    a->shown[type]++;
    buf_addf(a->out, "::%s ", annotation_names[type]);
    return true;
}

static void annotation_end(struct annotations *a, const struct buf *message)
{
    buf_adds(a->out, "::");
    github_escape(a->out, buf_text(message), false);
    buf_addc(a->out, '\n');
}

static void annotate(struct annotations *a, enum annotation type, const struct lab_result *lab, unsigned line,
                     const char *title, const struct buf *message)
{
    if (!annotation_begin(a, type))
        return;
    add_property(a->out, "file", lab->file);
    if (line)
        buf_addf(a->out, ",line=%u", line);
    buf_addc(a->out, ',');
    add_property(a->out, "title", title);
    annotation_end(a, message);
}

static void annotate_expectation(struct annotations *a, const struct lab_result *lab,
                                 const struct step_result *step, const struct expectation_result *x)
{
    cleanup_free char *title = xasprintf("%s/%s/%s", lab->id, step->id, x->id);
    cleanup_buf struct buf message = {0};
    add_foreign_line(&message, x->say);
    buf_addc(&message, '\n');
    add_evidence(&message, x);
    annotate(a, annotation_of(a, x->verdict), lab, x->line ? x->line : step->line, title, &message);
}

/* A step that could not be run is one annotation, whatever it has of expectations. */
static bool is_one(const struct step_result *step)
{
    return step->error || !step->n;
}

static void annotate_step(struct annotations *a, const struct lab_result *lab, const struct step_result *step)
{
    if (is_one(step) && step->verdict != VERDICT_PASS) {
        cleanup_free char *title = xasprintf("%s/%s", lab->id, step->id);
        cleanup_buf struct buf message = {0};
        add_step_evidence(&message, step);
        annotate(a, annotation_of(a, step->verdict), lab, step->line, title, &message);
    }
    for (size_t i = 0; i < step->n && !is_one(step); i++)
        if (step->expectations[i].verdict != VERDICT_PASS)
            annotate_expectation(a, lab, step, &step->expectations[i]);
}

static void annotate_findings(struct annotations *a, const char *title, const struct finding *findings,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf message = {0};
        if (!annotation_begin(a, ANNOTATION_WARNING))
            continue;
        add_property(a->out, "title", title);
        add_finding(&message, &findings[i]);
        annotation_end(a, &message);
    }
}

static void count_step(struct annotations *a, const struct step_result *step)
{
    if (is_one(step) && step->verdict != VERDICT_PASS)
        a->all[annotation_of(a, step->verdict)]++;
    for (size_t i = 0; i < step->n && !is_one(step); i++)
        if (step->expectations[i].verdict != VERDICT_PASS)
            a->all[annotation_of(a, step->expectations[i].verdict)]++;
}

static void count(struct annotations *a, const struct result *r)
{
    a->all[ANNOTATION_ERROR] += r->error != NULL;
    a->all[ANNOTATION_WARNING] += r->n_findings;
    for (size_t i = 0; i < r->n; i++) {
        a->all[ANNOTATION_WARNING] += r->labs[i].n_findings;
        for (size_t s = 0; s < r->labs[i].n; s++)
            count_step(a, &r->labs[i].steps[s]);
    }
}

static void annotate_all(struct annotations *a, const struct result *r)
{
    count(a, r);
    if (r->error && annotation_begin(a, ANNOTATION_ERROR)) {
        cleanup_buf struct buf message = {0};
        add_foreign(&message, r->error);
        add_property(a->out, "title", "nslab could not do its work");
        annotation_end(a, &message);
    }
    annotate_findings(a, r->workbook ? r->workbook : "workbook", r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++) {
        const struct lab_result *lab = &r->labs[i];
        for (size_t s = 0; s < lab->n; s++)
            annotate_step(a, lab, &lab->steps[s]);
        annotate_findings(a, lab->id, lab->findings, lab->n_findings);
    }
    for (enum annotation type = 0; type < ANNOTATION_COUNT; type++)
        if (a->all[type] > a->shown[type])
            buf_addf(a->out, "::%s title=nslab::%zu more: the log and the step summary have them all\n",
                     annotation_names[type], a->all[type] - a->shown[type]);
}

void report_github(const struct result *r, const struct report_options *o, struct buf *out)
{
    struct annotations annotations = {.o = o, .out = out};
    struct report_options plain = *o;
    plain.colour = false;
    buf_addf(out, "::stop-commands::%s\n", o->token);
    report_pretty(r, &plain, out);
    buf_addf(out, "::%s::\n", o->token);
    annotate_all(&annotations, r);
}
