/* SPDX-License-Identifier: MIT
 *
 * One page for people, which needs nothing else.
 */
#include "internal.h"
#include "nslab/markup.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

static const char style[] =
    "svg rect{fill:var(--card);stroke:var(--ink);stroke-width:1.5}svg text{fill:var(--ink);font:13px "
    "system-ui,sans-serif}svg .m{text-anchor:middle}svg .b{font-weight:700}svg .s{font-size:11px;"
    "fill:var(--dim)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .75rem;margin:.25rem 0 0}dt{color:"
    "var(--dim)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}\n"
    "td:first-child,th:first-child{width:7rem}td.say{min-width:14rem}td.number{width:5rem}\n";

static const char *const words[VERDICT_COUNT] = {"passed", "failed", "unsupported"};

static void add_verdict(struct buf *out, enum verdict verdict)
{
    buf_addf(out, "<span class=\"verdict %s\">%s</span>", verdict_names[verdict], words[verdict]);
}

static void add_points(struct buf *out, struct points points)
{
    if (points.max)
        buf_addf(out, one_or_many((size_t)points.max, "%d of %d point", "%d of %d points"), points.earned,
                 points.max);
}

static void add_row(struct buf *out, const char *label, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(out, "<dt>%s</dt><dd>", label);
    markup_capped(out, value, REPORT_TEXT_MAX);
    buf_adds(out, "</dd>");
}

static void add_findings(struct buf *out, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        buf_adds(out, "<p class=\"note\">Finding: ");
        markup_line(out, buf_text(&text));
        buf_adds(out, "</p>\n");
    }
}

/* --- a step --- */

static void add_expectation(struct buf *out, const struct expectation_result *x, bool why_is_told)
{
    buf_adds(out, "<tr><td>");
    add_verdict(out, x->verdict);
    buf_adds(out, "</td><td class=\"say\">");
    markup_capped(out, x->say, REPORT_TEXT_MAX);
    if (!why_is_told) {
        buf_adds(out, "<dl>");
        add_row(out, "cause", x->cause);
        add_row(out, "expected", x->expected);
        add_row(out, "observed", x->observed);
        add_row(out, "from", x->from);
        add_row(out, "how", x->how);
        if (x->verdict != VERDICT_PASS)
            add_row(out, x->verdict == VERDICT_FAIL ? "hint" : "remedy", x->hint);
        buf_adds(out, "</dl>");
    }
    buf_addf(out, "</td><td class=\"number\">%.1f ms</td></tr>\n", x->ms);
}

/* What grading knows beside the verdict. */
static void add_work(struct buf *out, const struct step_result *step)
{
    if (step->not_attempted)
        buf_adds(out, "<p class=\"note\">Not attempted.</p>\n");
    if (step->prediction || step->hints)
        buf_adds(out, "<dl>");
    add_row(out, "predicted", step->prediction);
    if (step->hints)
        buf_addf(out, "<dt>hints taken</dt><dd>%d</dd>", step->hints);
    if (step->prediction || step->hints)
        buf_adds(out, "</dl>\n");
}

static void add_step(struct buf *out, const struct step_result *step)
{
    buf_adds(out, "<section>\n<h3>");
    markup_line(out, step->title);
    buf_adds(out, "</h3>\n<p>");
    add_verdict(out, step->verdict);
    buf_adds(out, " <code>");
    markup_line(out, step->id);
    buf_adds(out, "</code> <span class=\"dim\">");
    add_points(out, (struct points){step->points_earned, step->points_max});
    buf_adds(out, "</span></p>\n");
    add_work(out, step);
    if (step->error) {
        buf_adds(out, "<p class=\"note fail\">Not carried out: ");
        markup_capped(out, step->error, REPORT_TEXT_MAX);
        buf_adds(out, "</p>\n");
    }
    if (step->n)
        buf_adds(out, "<div class=\"scroll\"><table>\n");
    for (size_t i = 0; i < step->n; i++)
        add_expectation(out, &step->expectations[i], step->error != NULL);
    if (step->n)
        buf_adds(out, "</table></div>\n");
    add_namespaces_picture(out, step);
    buf_adds(out, "</section>\n");
}

/* --- the page --- */

static void add_lab(struct buf *out, const struct lab_result *lab, size_t number)
{
    buf_addf(out, "<h2 id=\"lab-%zu\">", number);
    markup_line(out, lab->title);
    buf_adds(out, "</h2>\n<p>");
    add_verdict(out, lab->verdict);
    buf_adds(out, " <code>");
    markup_line(out, lab->id);
    buf_adds(out, "</code> <span class=\"dim\">");
    markup_line(out, lab->file);
    buf_adds(out, ", <code>");
    markup_line(out, lab->digest);
    buf_adds(out, "</code></span></p>\n");
    add_findings(out, lab->findings, lab->n_findings);
    for (size_t i = 0; i < lab->n; i++)
        add_step(out, &lab->steps[i]);
}

static void add_lab_row(struct buf *out, const struct lab_result *lab, size_t number)
{
    struct points points = lab_points(lab);
    size_t passed = 0;
    for (size_t i = 0; i < lab->n; i++)
        passed += lab->steps[i].verdict == VERDICT_PASS;
    buf_adds(out, "<tr><td>");
    add_verdict(out, lab->verdict);
    buf_addf(out, "</td><td class=\"say\"><a href=\"#lab-%zu\">", number);
    markup_line(out, lab->title);
    buf_addf(out,
             "</a></td><td class=\"number\">%zu of %zu</td><td class=\"number\">%d of %d</td>"
             "<td class=\"number\">%.2f s</td></tr>\n",
             passed, lab->n, points.earned, points.max, lab->ms / 1000);
}

static void add_summary(struct buf *out, const struct result *r)
{
    struct points points = result_points(r);
    if (r->learner || r->workbook)
        buf_adds(out, "<dl>");
    add_row(out, "learner", r->learner);
    add_row(out, "workbook", r->workbook);
    if (r->learner || r->workbook)
        buf_adds(out, "</dl>\n");
    if (r->error) {
        buf_adds(out, "<p class=\"note fail\">nslab could not do its work, and what is here isn't all: ");
        markup_capped(out, r->error, REPORT_TEXT_MAX);
        buf_adds(out, "</p>\n");
    }
    buf_addf(out, "<p>Expectations: %zu passed, %zu failed, %zu unsupported. ", r->pass, r->fail,
             r->unsupported);
    add_points(out, points);
    buf_adds(out, "</p>\n");
    add_findings(out, r->findings, r->n_findings);
    if (!r->n)
        return;
    buf_adds(out,
             "<div class=\"scroll\"><table>\n<tr><th></th><th>lab</th><th class=\"number\">steps passed</th>"
             "<th class=\"number\">points</th><th class=\"number\">time</th></tr>\n");
    for (size_t i = 0; i < r->n; i++)
        add_lab_row(out, &r->labs[i], i + 1);
    buf_adds(out, "</table></div>\n");
}

void report_html(const struct result *r, const struct report_options *o, struct buf *out)
{
    cleanup_free char *title = r->learner ? xasprintf("nslab: %s", r->learner) : xstrdup("nslab verify");
    (void)o;
    html_begin(out, title, style);
    buf_adds(out, "<h1>");
    markup_line(out, title);
    buf_adds(out, "</h1>\n");
    add_summary(out, r);
    for (size_t i = 0; i < r->n; i++)
        add_lab(out, &r->labs[i], i + 1);
    html_end(out);
}
