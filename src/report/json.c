/* SPDX-License-Identifier: MIT
 *
 * The result tree as one JSON document. The keys and their order are a contract: docs/result.schema.json.
 */
#include "internal.h"
#include "nslab/mem.h"

static json_t *text_json(const char *text)
{
    cleanup_buf struct buf harmless = {0};
    if (!text)
        return json_null();
    add_foreign(&harmless, text);
    return json_string(buf_text(&harmless));
}

/* Microseconds are all that such a time says. */
static json_t *ms_json(double ms)
{
    return json_real((double)(long long)(ms * 1000 + 0.5) / 1000);
}

static json_t *expectation_json(const struct expectation_result *x)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_json(x->id), "say",
                     text_json(x->say), "verdict", verdict_names[x->verdict], "expected",
                     text_json(x->expected), "observed", text_json(x->observed), "from", text_json(x->from),
                     "how", text_json(x->how), "ms", ms_json(x->ms), "cause", text_json(x->cause), "hint",
                     text_json(x->hint));
}

static json_t *step_json(const struct step_result *step)
{
    json_t *expectations = json_array();
    for (size_t i = 0; i < step->n; i++)
        json_array_append_new(expectations, expectation_json(&step->expectations[i]));
    return json_pack("{s:o, s:s, s:{s:i, s:i}, s:o}", "id", text_json(step->id), "verdict",
                     verdict_names[step->verdict], "points", "earned", step->points_earned, "max",
                     step->points_max, "expectations", expectations);
}

static json_t *lab_json(const struct lab_result *lab)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < lab->n; i++)
        json_array_append_new(steps, step_json(&lab->steps[i]));
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o}", "id", text_json(lab->id), "file", text_json(lab->file),
                     "digest", text_json(lab->digest), "verdict", verdict_names[lab->verdict], "ms",
                     ms_json(lab->ms), "steps", steps);
}

json_t *result_to_json(const struct result *r)
{
    json_t *labs = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(labs, lab_json(&r->labs[i]));
    return json_pack("{s:s, s:o, s:{s:I, s:I, s:I}}", "format", "nslab-result/1", "labs", labs, "totals",
                     "pass", (json_int_t)r->pass, "fail", (json_int_t)r->fail, "unsupported",
                     (json_int_t)r->unsupported);
}

static int add_bytes(const char *bytes, size_t n, void *out)
{
    buf_add(out, bytes, n);
    return 0;
}

void report_json(const struct result *r, const struct report_options *o, struct buf *out)
{
    (void)o;
    json_set_alloc_funcs(xmalloc, free); /* as everywhere: allocation that doesn't fail */
    json_t *document = result_to_json(r);
    json_dump_callback(document, add_bytes, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(document);
    buf_addc(out, '\n');
}
