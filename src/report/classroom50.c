/* SPDX-License-Identifier: MIT
 *
 * Classroom 50's result/v1: a test for each step, whole points. Its runner says in the environment what is
 * graded, and writes owner and type itself; elsewhere the fields hold words that satisfy the schema.
 */
#include "internal.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

static json_t *fact_json(const struct report_options *o, const char *variable, const char *otherwise)
{
    const char *value = o->environment ? o->environment(variable) : NULL;
    return text_json(value && *value ? value : otherwise);
}

static json_t *time_json(time_t now)
{
    char text[32];
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

/* Who was graded: only a result under a tag of this form is one of Classroom 50's. */
static json_t *submission_json(const struct report_options *o)
{
    const char *tag = o->environment ? o->environment("SUBMISSION_TAG") : NULL;
    return text_json(tag && starts_with(tag, "submit/") ? tag : "submit/local");
}

static json_t *test_json(const struct lab_result *lab, const struct step_result *step,
                         const struct report_options *o)
{
    cleanup_buf struct buf name = {0}, message = {0};
    add_foreign_line(&name, lab->id);
    buf_addc(&name, '/');
    add_foreign_line(&name, step->id);
    buf_adds(&name, ": ");
    add_foreign_capped(&name, step->title, 200);
    add_step_evidence(&message, step);
    return json_pack("{s:o, s:b, s:i, s:i, s:s, s:o}", "test-name", buf_json(&name), "passed",
                     counted_verdict(o, step->verdict) == VERDICT_PASS, "score", step->points_earned,
                     "max-score", step->points_max, "verdict", verdict_names[step->verdict], "message",
                     buf_json(&message));
}

/* What is about no step: a test without points. */
static void add_remark(json_t *tests, const char *name, bool passed, const struct buf *message)
{
    json_array_append_new(tests, json_pack("{s:s, s:b, s:i, s:i, s:o}", "test-name", name, "passed", passed,
                                           "score", 0, "max-score", 0, "message", buf_json(message)));
}

static void add_findings(json_t *tests, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        add_remark(tests, "finding", true, &text);
    }
}

static json_t *tests_json(const struct result *r, const struct report_options *o)
{
    json_t *tests = json_array();
    if (r->error) {
        cleanup_buf struct buf text = {0};
        add_foreign_capped(&text, r->error, REPORT_TEXT_MAX);
        add_remark(tests, "nslab could not do its work", false, &text);
    }
    add_findings(tests, r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++) {
        for (size_t s = 0; s < r->labs[i].n; s++)
            json_array_append_new(tests, test_json(&r->labs[i], &r->labs[i].steps[s], o));
        add_findings(tests, r->labs[i].findings, r->labs[i].n_findings);
    }
    return tests;
}

void report_classroom50(const struct result *r, const struct report_options *o, struct buf *out)
{
    static const char no_link[] = "about:blank";
    struct points points = result_points(r);
    json_set_alloc_funcs(xmalloc, free);
    json_write(json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o}", "schema",
                         "classroom50/result/v1", "classroom", fact_json(o, "CLASSROOM", "local"),
                         "assignment", fact_json(o, "ASSIGNMENT", "nslab"), "assignment_type", "individual",
                         "owner", text_json(r->learner && *r->learner ? r->learner : "nobody"), "submission",
                         submission_json(o), "commit", fact_json(o, "COMMIT_URL", no_link), "release",
                         fact_json(o, "RELEASE_URL", no_link), "review", fact_json(o, "REVIEW_URL", no_link),
                         "datetime", time_json(o->now), "graded_at", time_json(o->now), "score",
                         points.earned, "max-score", points.max, "tests", tests_json(r, o)),
               out);
}
