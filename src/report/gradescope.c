/* SPDX-License-Identifier: MIT
 *
 * Gradescope's results.json: a test for each step. All texts are said to be plain text, and the score of the
 * whole is given, so that nothing is added up or rendered otherwise.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

static json_t *test_json(const struct lab_result *lab, const struct step_result *step,
                         const struct report_options *o)
{
    cleanup_buf struct buf name = {0}, text = {0};
    add_foreign_line(&name, lab->id);
    buf_addc(&name, '/');
    add_foreign_line(&name, step->id);
    buf_adds(&name, ": ");
    add_foreign_line(&name, step->title);
    add_step_evidence(&text, step);
    bool passed = counted_verdict(o, step->verdict) == VERDICT_PASS;
    return json_pack("{s:i, s:i, s:s, s:o, s:s, s:o, s:s, s:[s], s:{s:o, s:i}}", "score", step->points_earned,
                     "max_score", step->points_max, "status", passed ? "passed" : "failed", "name",
                     buf_json(&name), "name_format", "text", "output", buf_json(&text), "output_format",
                     "text", "tags", verdict_names[step->verdict], "extra_data", "prediction",
                     text_json(step->prediction), "hints", step->hints);
}

static void add_findings(struct buf *out, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_adds(out, "finding: ");
        add_finding(out, &findings[i]);
        buf_addc(out, '\n');
    }
}

static json_t *output_json(const struct result *r)
{
    cleanup_buf struct buf text = {0};
    if (r->error) {
        buf_adds(&text, "nslab could not do its work: ");
        add_foreign_capped(&text, r->error, REPORT_TEXT_MAX);
        buf_adds(&text, "\nThis isn't a failing of the work that was handed in: ask your instructor.\n");
    }
    add_findings(&text, r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++)
        add_findings(&text, r->labs[i].findings, r->labs[i].n_findings);
    buf_addf(&text, "%zu passed, %zu failed, %zu unsupported\n", r->pass, r->fail, r->unsupported);
    return buf_json(&text);
}

void report_gradescope(const struct result *r, const struct report_options *o, struct buf *out)
{
    json_set_alloc_funcs(xmalloc, free);
    json_t *tests = json_array();
    for (size_t i = 0; i < r->n; i++)
        for (size_t s = 0; s < r->labs[i].n; s++)
            json_array_append_new(tests, test_json(&r->labs[i], &r->labs[i].steps[s], o));
    json_write(json_pack("{s:i, s:f, s:o, s:s, s:s, s:s, s:o}", "score", result_points(r).earned,
                         "execution_time", (double)(long long)(r->ms + 0.5) / 1000, "output", output_json(r),
                         "output_format", "text", "test_output_format", "text", "test_name_format", "text",
                         "tests", tests),
               out);
}
