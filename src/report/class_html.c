/* SPDX-License-Identifier: MIT
 *
 * A class as one page: who has how much, and where the steps are hard. The plots are SVG in the page; every
 * number that they show stands beside them as text.
 */
#include "class_private.h"
#include "internal.h"
#include "nslab/markup.h"
#include "nslab/mem.h"

#include <string.h>

static const char style[] =
    "table.points td,table.points th{white-space:nowrap}table.points td.full{font-weight:600}\n"
    ".bar{display:block;width:12rem;height:.9rem}.bar .back{fill:var(--card);stroke:var(--rule)}"
    ".bar .reached{fill:var(--rule)}.bar .passed{fill:var(--pass)}.bar .wrong{fill:var(--fail)}\n"
    "ul.findings{padding-left:1.2rem}\n";

/* --- learners --- */

static void add_points(struct buf *out, struct points p)
{
    buf_addf(out, "<td class=\"number%s\">%d/%d</td>", p.earned == p.max ? " full" : "", p.earned, p.max);
}

static void add_learner(struct buf *out, const struct result *r)
{
    buf_adds(out, "<tr><th scope=\"row\">");
    markup_line(out, r->learner);
    buf_adds(out, "</th>");
    add_points(out, result_points(r));
    for (size_t l = 0; l < r->n; l++)
        add_points(out, lab_points(&r->labs[l]));
    buf_adds(out, "</tr>\n");
}

static void add_learners(struct buf *out, const struct class *c)
{
    buf_adds(
        out,
        "<h2>Learners</h2>\n<div class=\"scroll\"><table class=\"points\">\n<thead><tr><th scope=\"col\">"
        "Learner</th><th scope=\"col\" class=\"number\">Points</th>");
    for (size_t l = 0; l < c->n_labs; l++) {
        buf_adds(out, "<th scope=\"col\" class=\"number\">");
        markup_line(out, c->labs[l]->id);
        buf_adds(out, "</th>");
    }
    buf_adds(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < c->n; i++)
        add_learner(out, &c->results[i]);
    buf_adds(out, "</tbody></table></div>\n");
}

/* --- findings --- */

static size_t add_findings_of(struct buf *out, const char *learner, const char *lab,
                              const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        buf_adds(out, "<li><strong>");
        markup_line(out, learner);
        buf_adds(out, "</strong>");
        if (lab) {
            buf_adds(out, ", ");
            markup_line(out, lab);
        }
        buf_adds(out, ": ");
        markup_line(out, buf_text(&text));
        buf_adds(out, "</li>\n");
    }
    return n;
}

static void add_findings(struct buf *out, const struct class *c)
{
    cleanup_buf struct buf list = {0};
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct result *r = &c->results[i];
        n += add_findings_of(&list, r->learner, NULL, r->findings, r->n_findings);
        for (size_t l = 0; l < r->n; l++)
            n +=
                add_findings_of(&list, r->learner, r->labs[l].id, r->labs[l].findings, r->labs[l].n_findings);
    }
    if (n)
        buf_addf(out, "<h2>Findings</h2>\n<ul class=\"findings\">\n%s</ul>\n", buf_text(&list));
}

/* --- steps --- */

/* How many of how many, as a bar of 100 units: those that reached the step, and of them those that passed. */
static void add_bar(struct buf *out, size_t reached, size_t part, size_t all, const char *part_class)
{
    double unit = all ? 100.0 / (double)all : 0;
    buf_addf(out,
             "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
             "<rect class=\"back\" width=\"100\" height=\"8\" /><rect class=\"reached\" width=\"%.1f\" "
             "height=\"8\" />"
             "<rect class=\"%s\" width=\"%.1f\" height=\"8\" /></svg>",
             (double)reached * unit, part_class, (double)part * unit);
}

static void add_item(struct buf *out, const struct class_item *item, size_t all)
{
    buf_adds(out, "<tr><th scope=\"row\">");
    markup_line(out, item->lab->id);
    buf_adds(out, "<br /><span class=\"mono\">");
    markup_line(out, item->step->id);
    buf_adds(out, "</span></th><td>");
    add_bar(out, item->reached, item->passed, all, "passed");
    buf_addf(out, "%zu of %zu passed, %zu reached it", item->passed, all, item->reached);
    if (item->unsupported)
        buf_addf(out, ", for %zu it was unsupported", item->unsupported);
    buf_adds(out, "</td><td>");
    if (item->step->has_predict) {
        add_bar(out, item->predicted, item->predicted - item->predicted_right, all, "wrong");
        buf_addf(out, "%zu predicted, %zu rightly", item->predicted, item->predicted_right);
    }
    if (item->misled) {
        buf_addf(out, "<br />most often wrong (%zu): ", item->n_misled);
        markup_line(out, item->misled->text);
    }
    buf_addf(out, "</td><td class=\"number\">%d</td><td class=\"number\">%d:%02d</td></tr>\n", item->hints,
             item->seconds / 60, item->seconds % 60);
}

static void add_items(struct buf *out, const struct class *c)
{
    size_t n;
    struct class_item *items = class_items(c, &n);
    buf_adds(
        out,
        "<h2>Steps</h2>\n<p>Pale: who reached the step. Solid: who passed it; with predictions, who was "
        "wrong. "
        "The time is the median of those who reached it, in minutes and seconds.</p>\n"
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Passed</th>"
        "<th scope=\"col\">Predicted</th><th scope=\"col\" class=\"number\">Hints</th>"
        "<th scope=\"col\" class=\"number\">Time</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < n; i++)
        add_item(out, &items[i], c->n);
    buf_adds(out, "</tbody></table></div>\n");
    free(items);
}

void class_html(const struct class *c, const struct report_options *o, struct buf *out)
{
    (void)o;
    html_begin(out, "nslab: a class", style);
    buf_addf(out,
             "<h1>A class of %zu</h1>\n<p>Each workbook was run again in a fresh lab host; the points are "
             "for what "
             "the kernel showed then.</p>\n",
             c->n);
    if (c->error) {
        buf_adds(out, "<p class=\"note fail\">nslab could not do its work, and what is here isn't all: ");
        markup_line(out, c->error);
        buf_adds(out, "</p>\n");
    }
    add_learners(out, c);
    add_findings(out, c);
    add_items(out, c);
    html_end(out);
}
