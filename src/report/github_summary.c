/* SPDX-License-Identifier: MIT
 *
 * GitHub Actions' step summary. It is Markdown, in which HTML may stand: all of this is HTML without an empty
 * line, and so no text of a lab is read as Markdown.
 */
#include "internal.h"
#include "nslab/markup.h"
#include "nslab/mem.h"

#include <string.h>

static const char *const marks[VERDICT_COUNT] = {"pass", "FAIL", "unsupported"};

/* Text in one line of HTML, the lines of which are kept. */
static void add_lines(struct buf *out, const char *text)
{
    for (const char *p = text; *p;) {
        cleanup_free char *line = xstrndup(p, strcspn(p, "\n"));
        markup_line(out, line);
        p += strlen(line);
        if (*p == '\n') {
            buf_adds(out, "<br>");
            p++;
        }
    }
}

static void add_row(struct buf *out, const struct lab_result *lab)
{
    struct points points = lab_points(lab);
    size_t passed = 0;
    for (size_t i = 0; i < lab->n; i++)
        passed += lab->steps[i].verdict == VERDICT_PASS;
    buf_addf(out, "<tr><td>%s</td><td>", marks[lab->verdict]);
    markup_line(out, lab->id);
    buf_adds(out, "</td><td>");
    markup_line(out, lab->title);
    buf_addf(out, "</td><td align=\"right\">%zu of %zu</td><td align=\"right\">%d of %d</td></tr>\n", passed,
             lab->n, points.earned, points.max);
}

static void add_failed_step(struct buf *out, const struct lab_result *lab, const struct step_result *step)
{
    cleanup_buf struct buf text = {0};
    add_step_evidence(&text, step);
    buf_addf(out, "<details><summary>%s: <code>", marks[step->verdict]);
    markup_line(out, lab->id);
    buf_addc(out, '/');
    markup_line(out, step->id);
    buf_adds(out, "</code> ");
    markup_line(out, step->title);
    buf_adds(out, "</summary><pre>");
    add_lines(out, buf_text(&text));
    buf_adds(out, "</pre></details>\n");
}

static void add_findings(struct buf *out, const char *of, const struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_buf struct buf text = {0};
        add_finding(&text, &findings[i]);
        buf_adds(out, "<p>finding, <code>");
        markup_line(out, of);
        buf_adds(out, "</code>: ");
        markup_line(out, buf_text(&text));
        buf_adds(out, "</p>\n");
    }
}

void report_github_summary(const struct result *r, const struct report_options *o, struct buf *out)
{
    struct points points = result_points(r);
    (void)o;
    buf_adds(out, "<h3>nslab");
    if (r->learner) {
        buf_adds(out, ": ");
        markup_line(out, r->learner);
    }
    buf_addf(out, "</h3>\n<p>%zu passed, %zu failed, %zu unsupported", r->pass, r->fail, r->unsupported);
    if (points.max)
        buf_addf(out, "; %d of %d points", points.earned, points.max);
    buf_adds(out, "</p>\n");
    if (r->error) {
        cleanup_buf struct buf text = {0};
        buf_adds(out, "<p><b>nslab could not do its work:</b> ");
        add_foreign_capped(&text, r->error, REPORT_TEXT_MAX);
        add_lines(out, buf_text(&text));
        buf_adds(out, "</p>\n");
    }
    if (r->n)
        buf_adds(out, "<table><tr><th></th><th>lab</th><th></th><th>steps</th><th>points</th></tr>\n");
    for (size_t i = 0; i < r->n; i++)
        add_row(out, &r->labs[i]);
    if (r->n)
        buf_adds(out, "</table>\n");
    add_findings(out, "workbook", r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++) {
        const struct lab_result *lab = &r->labs[i];
        add_findings(out, lab->id, lab->findings, lab->n_findings);
        for (size_t s = 0; s < lab->n; s++)
            if (lab->steps[s].verdict != VERDICT_PASS)
                add_failed_step(out, lab, &lab->steps[s]);
    }
    buf_addc(out, '\n'); /* the end of the HTML, for whoever appends Markdown */
}
