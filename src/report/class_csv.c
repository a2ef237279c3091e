/* SPDX-License-Identifier: MIT
 *
 * RFC 4180, one line for each learner and step: a spreadsheet makes any other table from it.
 */
#include "class_private.h"
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

/* Quoted always. A text that a spreadsheet would take for a formula gets an apostrophe in front, as they do
 * it themselves. */
static void add_field(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign_line(&harmless, text);
    buf_addc(out, '"');
    if (harmless.len && strchr("=+-@", harmless.data[0]))
        buf_addc(out, '\'');
    for (const char *p = buf_text(&harmless); *p; p++)
        buf_addf(out, *p == '"' ? "\"%c" : "%c", *p);
    buf_addc(out, '"');
}

static void add_text(struct buf *out, const char *text)
{
    add_field(out, text);
    buf_addc(out, ',');
}

/* "right", "wrong", or nothing where none was made. */
static const char *how_predicted(const struct step *step, const char *prediction)
{
    for (size_t i = 0; prediction && i < step->predict.n; i++)
        if (!strcmp(step->predict.choices[i].id, prediction))
            return step->predict.choices[i].right ? "right" : "wrong";
    return "";
}

static void add_once(struct strv *names, const char *name)
{
    for (size_t i = 0; i < names->len; i++)
        if (!strcmp(names->items[i], name))
            return;
    strv_add(names, name);
}

/* The names of what was found about this step, and with the first step of a lab about all of it. */
static void add_findings(struct buf *out, const struct result *r, const struct lab_result *lab, size_t s)
{
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf text = {0};
    for (size_t i = 0; !s && i < r->n_findings; i++)
        add_once(&names, r->findings[i].name);
    for (size_t i = 0; i < lab->n_findings; i++) {
        const struct finding *f = &lab->findings[i];
        if (f->step ? !strcmp(f->step, lab->steps[s].id) : !s)
            add_once(&names, f->name);
    }
    strv_join(&names, " ", &text);
    add_field(out, buf_text(&text));
}

static void add_step(struct buf *out, const struct result *r, const struct lab *model,
                     const struct lab_result *lab, size_t s)
{
    const struct step_result *step = &lab->steps[s];
    add_text(out, r->learner);
    add_text(out, r->workbook);
    add_text(out, lab->id);
    add_text(out, step->id);
    add_text(out, step->not_graded      ? "not graded"
                  : step->not_attempted ? "not attempted"
                                        : verdict_names[step->verdict]);
    buf_addf(out, "%d,%d,", step->points_earned, step->points_max);
    add_text(out, step->prediction);
    add_text(out, how_predicted(&model->steps[s], step->prediction));
    buf_addf(out, "%d,%d,", step->hints, step->seconds);
    add_findings(out, r, lab, s);
    buf_adds(out, "\r\n");
}

void class_csv(const struct class *c, const struct report_options *o, struct buf *out)
{
    (void)o;
    buf_adds(out,
             "learner,workbook,lab,step,verdict,points,max,prediction,predicted,hints,seconds,findings\r\n");
    for (size_t i = 0; i < c->n; i++)
        for (size_t l = 0; l < c->results[i].n; l++)
            for (size_t s = 0; s < c->results[i].labs[l].n; s++)
                add_step(out, &c->results[i], c->labs[l], &c->results[i].labs[l], s);
}
