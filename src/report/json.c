/* SPDX-License-Identifier: MIT
 *
 * The result tree as one JSON document. The keys and their order are a contract: docs/result.schema.json.
 */
#include "internal.h"
#include "nslab/mem.h"

/* Not harmless_json(): a CI service takes commands from the log that this may be printed into. */
json_t *text_json(const char *text)
{
    cleanup_buf struct buf harmless = {0};
    if (!text)
        return json_null();
    add_foreign(&harmless, text);
    return json_string(buf_text(&harmless));
}

json_t *buf_json(const struct buf *text)
{
    return json_stringn(buf_text(text), text->len);
}

/* Microseconds are all that such a time says. */
static json_t *ms_json(double ms)
{
    return json_real((double)(long long)(ms * 1000 + 0.5) / 1000);
}

static json_t *number_or_null(uint64_t number)
{
    return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *points_json(struct points points)
{
    return json_pack("{s:i, s:i}", "earned", points.earned, "max", points.max);
}

static json_t *expectation_json(const struct expectation_result *x)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_json(x->id),
                     "say", text_json(x->say), "verdict", verdict_names[x->verdict], "expected",
                     text_json(x->expected), "observed", text_json(x->observed), "from", text_json(x->from),
                     "how", text_json(x->how), "ms", ms_json(x->ms), "cause", text_json(x->cause), "hint",
                     text_json(x->hint), "fact", text_json(x->fact), "line", number_or_null(x->line));
}

static json_t *view_json(const struct ns_view *view)
{
    json_t *inodes = json_object();
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        json_object_set_new(inodes, ns_table[type].name, number_or_null(view->inodes[type]));
    return json_pack("{s:o, s:o}", "viewpoint", text_json(view->viewpoint), "inodes", inodes);
}

static json_t *step_json(const struct step_result *step)
{
    json_t *expectations = json_array(), *views = json_array();
    for (size_t i = 0; i < step->n; i++)
        json_array_append_new(expectations, expectation_json(&step->expectations[i]));
    for (size_t i = 0; i < step->n_views; i++)
        json_array_append_new(views, view_json(&step->views[i]));
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:i, s:o, s:o}", "id",
                     text_json(step->id), "verdict", verdict_names[step->verdict], "points",
                     points_json((struct points){step->points_earned, step->points_max}), "expectations",
                     expectations, "title", text_json(step->title), "ms", ms_json(step->ms), "error",
                     text_json(step->error), "not_attempted", step->not_attempted, "prediction",
                     text_json(step->prediction), "hints", step->hints, "line", number_or_null(step->line),
                     "namespaces", views);
}

static json_t *findings_json(const struct finding *findings, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all,
                              json_pack("{s:o, s:o, s:o}", "name", text_json(findings[i].name), "step",
                                        text_json(findings[i].step), "text", text_json(findings[i].text)));
    return all;
}

static json_t *lab_json(const struct lab_result *lab)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < lab->n; i++)
        json_array_append_new(steps, step_json(&lab->steps[i]));
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", text_json(lab->id), "file",
                     text_json(lab->file), "digest", text_json(lab->digest), "verdict",
                     verdict_names[lab->verdict], "ms", ms_json(lab->ms), "steps", steps, "title",
                     text_json(lab->title), "findings", findings_json(lab->findings, lab->n_findings));
}

json_t *result_to_json(const struct result *r)
{
    json_t *labs = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(labs, lab_json(&r->labs[i]));
    return json_pack("{s:s, s:o, s:{s:I, s:I, s:I, s:o}, s:o, s:o, s:o, s:o}", "format", "nslab-result/1",
                     "labs", labs, "totals", "pass", (json_int_t)r->pass, "fail", (json_int_t)r->fail,
                     "unsupported", (json_int_t)r->unsupported, "points", points_json(result_points(r)),
                     "learner", text_json(r->learner), "workbook", text_json(r->workbook), "findings",
                     findings_json(r->findings, r->n_findings), "error", text_json(r->error));
}

void report_json(const struct result *r, const struct report_options *o, struct buf *out)
{
    (void)o;
    json_set_alloc_funcs(xmalloc, free); /* as everywhere: allocation that doesn't fail */
    json_write(result_to_json(r), out);
}
