/* SPDX-License-Identifier: MIT
 *
 * A handout as one file of HTML, which loads nothing.
 */
#include "handout.h"
#include "nslab/markup.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

/* --- texts --- */

static void add_block(struct buf *out, const char *markdown)
{
    if (markdown)
        add_prose(markdown, PROSE_HTML, out);
}

static void add_line(struct buf *out, const char *markdown)
{
    add_prose_inline(markdown, PROSE_HTML, out);
}

/* The title of a step without tags, for <title> and labels. */
static void add_label(struct buf *out, const char *markdown)
{
    cleanup_buf struct buf plain = {0};
    for (const char *p = markdown; *p; p++)
        if (*p != '`' && *p != '*')
            buf_addc(&plain, *p);
    markup_text(out, buf_text(&plain));
}

/* --- parts of a step --- */

/* prefix: of the ids of this list's items, or NULL. */
static void add_question(const struct handout_step *s, struct buf *out)
{
    if (!s->ask)
        return;
    buf_addf(out, "<div class=\"card\" role=\"group\" aria-labelledby=\"predict-%s\">\n", s->step->id);
    buf_addf(out, "<h3 id=\"predict-%s\">Predict</h3>\n<p>", s->step->id);
    add_line(out, s->ask);
    buf_adds(out, "</p>\n<ol class=\"choices\" type=\"a\">\n");
    for (size_t i = 0; i < s->step->predict.n; i++) {
        buf_adds(out, "<li>");
        add_line(out, s->choices[i].text);
        buf_adds(out, "</li>\n");
    }
    buf_addf(out, "</ol>\n<p class=\"to\"><a href=\"#answer-%s\">The answer</a> is at the end.</p>\n</div>\n",
             s->step->id);
}

/* A region that scrolls must be reached by the keyboard too. */
static void add_lines(const struct handout_lines *lines, struct buf *out)
{
    for (size_t i = 0; i < lines->n; i++) {
        buf_adds(out, "<pre tabindex=\"0\"><code><span class=\"cmd\">&gt; ");
        markup_text(out, lines->items[i].text);
        buf_adds(out, "</span>\n");
        markup_text(out, lines->items[i].output);
        buf_adds(out, "</code></pre>\n");
    }
}

static void add_verdict(struct buf *out, const char *class, const char *word)
{
    buf_addf(out, "<li><span class=\"verdict %s\">%s</span>", class, word);
}

static void add_pair(struct buf *out, const char *name, const char *value, const char *class)
{
    if (!value)
        return;
    buf_addf(out, "<dt>%s</dt><dd%s%s%s>", name, class ? " class=\"" : "", class ? class : "",
             class ? "\"" : "");
    markup_text(out, value);
    buf_adds(out, "</dd>\n");
}

static void add_expectation(const struct expectation_result *r, struct buf *out)
{
    cleanup_buf struct buf read = {0};
    handout_add_read(r, &read);
    add_verdict(out,
                r->verdict == VERDICT_PASS   ? "pass"
                : r->verdict == VERDICT_FAIL ? "fail"
                                             : "unsupported",
                handout_verdict_word(r->verdict));
    add_line(out, r->say);
    buf_adds(out, "\n<dl>\n");
    if (r->verdict != VERDICT_PASS)
        add_pair(out, "expected", r->expected, NULL);
    add_pair(out, "observed", r->observed, "value");
    add_pair(out, "read", read.len ? buf_text(&read) : NULL, NULL);
    if (r->cause)
        add_pair(out, "remedy", r->hint, NULL);
    buf_adds(out, "</dl></li>\n");
}

static void add_expectations(const struct step_result *r, struct buf *out)
{
    if (r->error) {
        buf_adds(out, "<p class=\"fail\"><strong>This step could not be carried out:</strong> ");
        markup_text(out, r->error);
        buf_adds(out, "</p>\n");
    }
    buf_adds(out, "<ul class=\"checks\">\n");
    for (size_t i = 0; i < r->n; i++)
        add_expectation(&r->expectations[i], out);
    buf_adds(out, "</ul>\n");
}

static void add_goals(const struct step_result *r, struct buf *out)
{
    buf_adds(out, "<h3>Goals</h3>\n<ul class=\"checks\">\n");
    for (size_t i = 0; i < r->n; i++) {
        add_verdict(out, "goal", "goal");
        add_line(out, r->expectations[i].say);
        buf_adds(out, "</li>\n");
    }
    buf_adds(out, "</ul>\n");
}

static void add_contrast_item(const struct contrast_line *item, struct buf *out)
{
    bool changed = item->held_before != item->holds_now;
    add_verdict(out, changed ? "changed" : "same", changed ? "changed" : "as before");
    add_line(out, item->say);
    buf_adds(out, "\n<dl>\n");
    add_pair(out, "with the wall", item->before, "value");
    buf_adds(out, "<dt>without it</dt><dd class=\"value\">");
    buf_adds(out, changed ? "<span class=\"changed-value\">" : "");
    markup_text(out, item->after);
    buf_adds(out, changed ? "</span></dd>\n</dl></li>\n" : "</dd>\n</dl></li>\n");
}

static void add_contrast(const struct handout_step *s, struct buf *out)
{
    const struct contrast_result *c = &s->contrast;
    if (!c->n && !s->contrast_error)
        return;
    buf_adds(out, "<h3>The same step with one wall taken away</h3>\n");
    add_block(out, s->contrast_say);
    if (s->contrast_error) {
        buf_adds(out, "<p class=\"fail\">");
        markup_text(out, s->contrast_error);
        buf_adds(out, "</p>\n");
    }
    if (c->lines.len)
        buf_adds(out, "<pre tabindex=\"0\"><code>");
    for (size_t i = 0; i < c->lines.len; i++) {
        buf_adds(out, "<span class=\"cmd\">&gt; ");
        markup_text(out, c->lines.items[i]);
        buf_adds(out, "</span>\n");
    }
    buf_adds(out, c->lines.len ? "</code></pre>\n<ul class=\"checks\">\n" : "<ul class=\"checks\">\n");
    for (size_t i = 0; i < c->n; i++)
        add_contrast_item(&c->items[i], out);
    buf_adds(out, "</ul>\n");
}

static void add_picture(const struct handout_step *s, struct buf *out)
{
    if (!s->picture)
        return;
    buf_addf(out,
             "<figure>\n<pre tabindex=\"0\" role=\"img\" aria-label=\"Drawing made of characters: %s of the "
             "machine, the lab host and each container, one box within the other\">",
             s->picture_name);
    markup_text(out, s->picture);
    buf_addf(out,
             "</pre>\n<figcaption><code>map %s</code> after this step, drawn from what the kernel "
             "said.</figcaption>\n"
             "</figure>\n",
             s->picture_name);
}

static void add_number(struct buf *out, size_t index)
{
    buf_addf(out, "<span class=\"number\">Step %zu</span> ", index + 1);
}

/* How a task is solved stands at the end. */
static void add_step(const struct handout *h, size_t index, const struct handout_options *o, struct buf *out)
{
    const struct handout_step *s = &h->steps[index];
    const char *id = s->step->id;
    buf_addf(out,
             "<section class=\"step\" id=\"step-%s\" aria-labelledby=\"title-%s\">\n<h2 id=\"title-%s\">", id,
             id, id);
    add_number(out, index);
    add_line(out, s->title);
    buf_adds(out, "</h2>\n");
    add_block(out, s->text);
    add_question(s, out);
    if (s->run.n)
        buf_adds(out, "<h3>Run</h3>\n");
    add_lines(&s->run, out);
    if (s->task) {
        buf_adds(out, "<div class=\"card\">\n<h3>Task</h3>\n");
        add_block(out, s->task);
        buf_adds(out, "</div>\n");
        add_goals(&s->result, out);
        buf_adds(out, "<p class=\"to\">");
        if (s->hints.len)
            buf_addf(out, "<a href=\"#hints-%s\">Hints</a> ", id);
        if (!o->no_solutions)
            buf_addf(out, "<a href=\"#solution-%s\">A solution</a>", id);
        buf_adds(out, "</p>\n</section>\n");
        return;
    }
    if (s->result.n || s->result.error) {
        buf_adds(out, "<h3>Observe</h3>\n");
        add_expectations(&s->result, out);
    }
    add_contrast(s, out);
    add_picture(s, out);
    if (s->explain)
        buf_adds(out, "<h3>Explain</h3>\n");
    add_block(out, s->explain);
    buf_adds(out, "</section>\n");
}

/* --- the ends --- */

static void add_answer(const struct handout_step *s, struct buf *out)
{
    buf_adds(out, "<p>");
    add_line(out, s->ask);
    buf_adds(out, "</p>\n<ol class=\"choices\" type=\"a\">\n");
    for (size_t i = 0; i < s->step->predict.n; i++) {
        const struct handout_choice *c = &s->choices[i];
        buf_adds(out, c->right ? "<li><span class=\"verdict pass\">right</span><span class=\"right\">"
                               : "<li><span>");
        add_line(out, c->text);
        buf_adds(out, "</span>\n");
        add_block(out, c->feedback);
        buf_adds(out, "</li>\n");
    }
    buf_adds(out, "</ol>\n");
}

static void add_hints(const struct handout_step *s, struct buf *out)
{
    buf_adds(out, "<ol>\n");
    for (size_t i = 0; i < s->hints.len; i++) {
        buf_adds(out, "<li>");
        add_line(out, s->hints.items[i]);
        buf_adds(out, "</li>\n");
    }
    buf_adds(out, "</ol>\n");
}

static void add_solution(const struct handout_step *s, struct buf *out)
{
    add_lines(&s->solution, out);
    add_expectations(&s->result, out);
    add_picture(s, out);
    add_block(out, s->explain);
}

static bool has_answer(const struct handout_step *s)
{
    return s->ask;
}

static bool has_hints(const struct handout_step *s)
{
    return s->hints.len;
}

static bool has_solution(const struct handout_step *s)
{
    return s->task;
}

static const struct ending {
    const char *title, *id;
    bool solves;
    bool (*applies)(const struct handout_step *s);
    void (*add)(const struct handout_step *s, struct buf *out);
} endings[] = {
    {"Answers", "answer", false, has_answer, add_answer},
    {"Hints", "hints", false, has_hints, add_hints},
    {"Solutions", "solution", true, has_solution, add_solution},
};

static void add_ending(const struct handout *h, const struct ending *ending, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct handout_step *s = &h->steps[i];
        if (!ending->applies(s))
            continue;
        if (!any)
            buf_addf(out, "<section class=\"end\" aria-labelledby=\"all-%s\">\n<h2 id=\"all-%s\">%s</h2>\n",
                     ending->id, ending->id, ending->title);
        any = true;
        buf_addf(out, "<h3 id=\"%s-%s\"><a href=\"#step-%s\">Step %zu</a>: ", ending->id, s->step->id,
                 s->step->id, i + 1);
        add_line(out, s->title);
        buf_adds(out, "</h3>\n");
        ending->add(s, out);
    }
    buf_adds(out, any ? "</section>\n" : "");
}

/* --- the page --- */

/* What isn't allowed here can't be loaded, whatever stands in it. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

static void add_head(const struct handout *h, struct buf *out)
{
    buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"generator\" content=\"nslab " NSLAB_VERSION "\">\n<title>");
    add_label(out, h->lab->title);
    buf_addf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", handout_css);
}

static void add_header(const struct handout *h, struct buf *out)
{
    buf_adds(out, "<header>\n<p class=\"kicker\">nslab lab ");
    markup_text(out, h->lab->id);
    buf_adds(out, "</p>\n<h1>");
    add_line(out, h->lab->title);
    buf_adds(out, "</h1>\n<p class=\"summary\">");
    add_line(out, h->lab->summary);
    buf_adds(out, "</p>\n<p class=\"facts\">");
    buf_addf(out,
             one_or_many((size_t)h->lab->minutes,
                         "About %d minute. All that is shown here was run on %s (%s): the numbers are that "
                         "machine&#39;s.",
                         "About %d minutes. All that is shown here was run on %s (%s): the numbers are that "
                         "machine&#39;s."),
             h->lab->minutes, h->date, h->system);
    buf_adds(out, "</p>\n</header>\n<nav aria-label=\"Steps\">\n<ol>\n");
    for (size_t i = 0; i < h->n; i++) {
        buf_addf(out, "<li><a href=\"#step-%s\">", h->steps[i].step->id);
        add_line(out, h->steps[i].title);
        buf_adds(out, "</a></li>\n");
    }
    buf_adds(out, "</ol>\n</nav>\n");
}

void handout_write_html(const struct handout *h, const struct handout_options *o, struct buf *out)
{
    add_head(h, out);
    add_header(h, out);
    buf_adds(out, "<main>\n");
    for (size_t i = 0; i < h->n; i++)
        add_step(h, i, o, out);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (!endings[i].solves || !o->no_solutions)
            add_ending(h, &endings[i], out);
    buf_addf(out, "</main>\n<footer>Made by nslab " NSLAB_VERSION " on %s.</footer>\n</body>\n</html>\n",
             h->date);
}
