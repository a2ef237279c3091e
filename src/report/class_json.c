/* SPDX-License-Identifier: MIT */
#include "class_private.h"
#include "internal.h"
#include "nslab/mem.h"

static json_t *findings_json(const struct finding *findings, size_t n, const char *lab, json_t *list)
{
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "name", text_json(findings[i].name),
                                              "lab", text_json(lab), "step", text_json(findings[i].step),
                                              "text", text_json(findings[i].text)));
    return list;
}

static json_t *step_json(const struct step_result *s)
{
    return json_pack("{s:o, s:s, s:b, s:{s:i, s:i}, s:o, s:i, s:i, s:o}", "id", text_json(s->id), "verdict",
                     verdict_names[s->verdict], "attempted", !s->not_attempted, "points", "earned",
                     s->points_earned, "max", s->points_max, "prediction", text_json(s->prediction), "hints",
                     s->hints, "seconds", s->seconds, "error", text_json(s->error));
}

static json_t *lab_json(const struct lab_result *lab)
{
    json_t *steps = json_array();
    for (size_t s = 0; s < lab->n; s++)
        json_array_append_new(steps, step_json(&lab->steps[s]));
    return json_pack("{s:o, s:o}", "id", text_json(lab->id), "steps", steps);
}

static json_t *learner_json(const struct result *r)
{
    json_t *labs = json_array();
    json_t *findings = findings_json(r->findings, r->n_findings, NULL, json_array());
    struct points points = result_points(r);
    for (size_t l = 0; l < r->n; l++) {
        json_array_append_new(labs, lab_json(&r->labs[l]));
        findings_json(r->labs[l].findings, r->labs[l].n_findings, r->labs[l].id, findings);
    }
    return json_pack("{s:o, s:o, s:{s:i, s:i}, s:o, s:o}", "learner", text_json(r->learner), "workbook",
                     text_json(r->workbook), "points", "earned", points.earned, "max", points.max, "findings",
                     findings, "labs", labs);
}

static json_t *item_json(const struct class_item *item)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:o, s:i, s:i, s:i}", "lab", item->lab->id, "step",
                     item->step->id, "reached", (int)item->reached, "passed", (int)item->passed,
                     "unsupported", (int)item->unsupported, "predicted", (int)item->predicted,
                     "predicted_right", (int)item->predicted_right, "misled",
                     item->misled ? json_string(item->misled->id) : json_null(), "misled_count",
                     (int)item->n_misled, "hints", item->hints, "seconds_median", item->seconds);
}

void class_json(const struct class *c, const struct report_options *o, struct buf *out)
{
    size_t n;
    struct class_item *items = class_items(c, &n);
    (void)o;
    json_set_alloc_funcs(xmalloc, free);
    json_t *learners = json_array(), *steps = json_array();
    for (size_t i = 0; i < c->n; i++)
        json_array_append_new(learners, learner_json(&c->results[i]));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(steps, item_json(&items[i]));
    free(items);
    json_write(json_pack("{s:s, s:o, s:o, s:o}", "format", "nslab-class/1", "learners", learners, "steps",
                         steps, "error", text_json(c->error)),
               out);
}
