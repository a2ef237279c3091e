/* SPDX-License-Identifier: MIT
 *
 * A handout as CommonMark.
 */
#include "handout.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

/* --- foreign text --- */

static size_t longest_run(const char *text, char c)
{
    size_t longest = 0, run = 0;
    for (const char *p = text; *p; p++) {
        run = *p == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void add_repeated(struct buf *out, char c, size_t n)
{
    while (n--)
        buf_addc(out, c);
}

/* A fence longer than any in the text. */
static void add_fenced(struct buf *out, const char *text)
{
    size_t run = longest_run(text, '`'), ticks = run < 3 ? 3 : run + 1, n = strlen(text);
    add_repeated(out, '`', ticks);
    buf_adds(out, "\n");
    buf_adds(out, text);
    if (n && text[n - 1] != '\n')
        buf_addc(out, '\n');
    add_repeated(out, '`', ticks);
    buf_adds(out, "\n\n");
}

/* In one line, as code. */
static void add_code(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    size_t ticks = longest_run(text, '`') + 1;
    add_harmless(&harmless, text, strlen(text));
    for (size_t i = 0; i < harmless.len; i++)
        if (harmless.data[i] == '\n' || harmless.data[i] == '\t')
            harmless.data[i] = ' ';
    add_repeated(out, '`', ticks);
    buf_addf(out, ticks > 1 ? " %s " : "%s", buf_text(&harmless));
    add_repeated(out, '`', ticks);
}

/* Plain text: what would be markup is escaped. */
static void add_plain(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, text, strlen(text));
    for (const char *p = buf_text(&harmless); *p; p++) {
        if (strchr("\\`*_[]<>#&!|", *p))
            buf_addc(out, '\\');
        buf_addc(out, *p == '\n' ? ' ' : *p);
    }
}

/* --- parts of a step --- */

static void add_block(struct buf *out, const char *markdown)
{
    if (!markdown)
        return;
    add_prose(markdown, PROSE_COMMONMARK, out);
    buf_addc(out, '\n');
}

static void add_line(struct buf *out, const char *markdown)
{
    add_prose_inline(markdown, PROSE_COMMONMARK, out);
}

/* Below a list's item, as a block of its own. */
static void add_item_text(struct buf *out, const char *markdown, const char *indent)
{
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv lines = {0};
    add_prose(markdown, PROSE_COMMONMARK, &text);
    strv_split_lines(&lines, buf_text(&text));
    for (size_t i = 0; i < lines.len; i++)
        buf_addf(out, "%s%s\n", lines.items[i][0] ? indent : "", lines.items[i]);
}

static void add_question(const struct handout_step *s, struct buf *out)
{
    if (!s->ask)
        return;
    buf_adds(out, "### Predict\n\n");
    add_line(out, s->ask);
    buf_adds(out, "\n\n");
    for (size_t i = 0; i < s->step->predict.n; i++) {
        buf_addf(out, "%zu. ", i + 1);
        add_line(out, s->choices[i].text);
        buf_addc(out, '\n');
    }
    buf_addc(out, '\n');
}

static void add_lines(const struct handout_lines *lines, struct buf *out)
{
    for (size_t i = 0; i < lines->n; i++) {
        cleanup_buf struct buf text = {0};
        buf_addf(&text, "> %s\n%s", lines->items[i].text, lines->items[i].output);
        add_fenced(out, buf_text(&text));
    }
}

static void add_expectation(const struct expectation_result *r, bool hidden, struct buf *out)
{
    cleanup_buf struct buf read = {0};
    buf_addf(out, "- **%s**: ", hidden ? "goal" : handout_verdict_word(r->verdict));
    add_line(out, r->say);
    buf_addc(out, '\n');
    if (hidden)
        return;
    if (r->verdict != VERDICT_PASS) {
        buf_adds(out, "  - expected ");
        add_plain(out, r->expected);
        buf_addc(out, '\n');
    }
    buf_adds(out, "  - observed ");
    add_code(out, r->observed);
    handout_add_read(r, &read);
    if (read.len) {
        buf_adds(out, ", read: ");
        add_plain(out, buf_text(&read));
    }
    buf_addc(out, '\n');
    if (r->cause && r->hint) {
        buf_adds(out, "  - remedy: ");
        add_plain(out, r->hint);
        buf_addc(out, '\n');
    }
}

static void add_observations(const struct handout_step *s, bool hidden, struct buf *out)
{
    if (!s->result.n && !s->result.error)
        return;
    buf_addf(out, "### %s\n\n", hidden ? "Goals" : "Observe");
    if (s->result.error && !hidden) {
        buf_adds(out, "**This step could not be carried out:** ");
        add_plain(out, s->result.error);
        buf_adds(out, "\n\n");
    }
    for (size_t i = 0; i < s->result.n; i++)
        add_expectation(&s->result.expectations[i], hidden, out);
    buf_addc(out, '\n');
}

static void add_contrast(const struct handout_step *s, struct buf *out)
{
    const struct contrast_result *c = &s->contrast;
    if (!c->n && !s->contrast_error)
        return;
    buf_adds(out, "### The same step with one wall taken away\n\n");
    add_block(out, s->contrast_say);
    if (s->contrast_error) {
        add_plain(out, s->contrast_error);
        buf_adds(out, "\n\n");
    }
    if (c->lines.len) {
        cleanup_buf struct buf text = {0};
        for (size_t i = 0; i < c->lines.len; i++)
            buf_addf(&text, "> %s\n", c->lines.items[i]);
        add_fenced(out, buf_text(&text));
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct contrast_line *item = &c->items[i];
        buf_addf(out, "- **%s**: ", item->held_before != item->holds_now ? "changed" : "as before");
        add_line(out, item->say);
        buf_adds(out, "\n  - with the wall ");
        add_code(out, item->before);
        buf_adds(out, "\n  - without it ");
        add_code(out, item->after);
        buf_addc(out, '\n');
    }
    buf_addc(out, '\n');
}

static void add_picture(const struct handout_step *s, struct buf *out)
{
    if (!s->picture)
        return;
    buf_addf(out, "### The picture: `map %s`\n\n", s->picture_name);
    add_fenced(out, s->picture);
}

static void add_explanation(const struct handout_step *s, struct buf *out)
{
    if (!s->explain)
        return;
    buf_adds(out, "### Explain\n\n");
    add_block(out, s->explain);
}

/* How a task is solved stands at the end. */
static void add_step(const struct handout *h, size_t index, struct buf *out)
{
    const struct handout_step *s = &h->steps[index];
    buf_addf(out, "## Step %zu: ", index + 1);
    add_line(out, s->title);
    buf_adds(out, "\n\n");
    add_block(out, s->text);
    add_question(s, out);
    if (s->run.n) {
        buf_adds(out, "### Run\n\n");
        add_lines(&s->run, out);
    }
    if (s->task) {
        buf_adds(out, "### Task\n\n");
        add_block(out, s->task);
        add_observations(s, true, out);
        return;
    }
    add_observations(s, false, out);
    add_contrast(s, out);
    add_picture(s, out);
    add_explanation(s, out);
}

/* --- the ends --- */

static void add_heading(const struct handout *h, size_t index, struct buf *out)
{
    buf_addf(out, "### Step %zu: ", index + 1);
    add_line(out, h->steps[index].title);
    buf_adds(out, "\n\n");
}

static void add_answers(const struct handout *h, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct handout_step *s = &h->steps[i];
        if (!s->ask)
            continue;
        buf_adds(out, any ? "" : "## Answers\n\n");
        any = true;
        add_heading(h, i, out);
        for (size_t c = 0; c < s->step->predict.n; c++) {
            buf_addf(out, "%zu. %s", c + 1, s->choices[c].right ? "**Right:** " : "");
            add_line(out, s->choices[c].text);
            buf_addc(out, '\n');
            if (!s->choices[c].feedback)
                continue;
            buf_addc(out, '\n');
            add_item_text(out, s->choices[c].feedback, "   ");
        }
        buf_addc(out, '\n');
    }
}

static void add_hints(const struct handout *h, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct handout_step *s = &h->steps[i];
        if (!s->hints.len)
            continue;
        buf_adds(out, any ? "" : "## Hints\n\n");
        any = true;
        add_heading(h, i, out);
        for (size_t k = 0; k < s->hints.len; k++) {
            buf_addf(out, "%zu. ", k + 1);
            add_line(out, s->hints.items[k]);
            buf_addc(out, '\n');
        }
        buf_addc(out, '\n');
    }
}

static void add_solutions(const struct handout *h, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct handout_step *s = &h->steps[i];
        if (!s->task)
            continue;
        buf_adds(out, any ? "" : "## Solutions\n\n");
        any = true;
        add_heading(h, i, out);
        add_lines(&s->solution, out);
        for (size_t x = 0; x < s->result.n; x++)
            add_expectation(&s->result.expectations[x], false, out);
        buf_addc(out, '\n');
        if (s->picture)
            add_fenced(out, s->picture);
        add_block(out, s->explain);
    }
}

void handout_write_markdown(const struct handout *h, const struct handout_options *o, struct buf *out)
{
    buf_adds(out, "# ");
    add_line(out, h->lab->title);
    buf_adds(out, "\n\n");
    add_block(out, h->lab->summary);
    buf_addf(out,
             one_or_many((size_t)h->lab->minutes,
                         "About %d minute. All that is shown here was run on %s (%s): the numbers are that "
                         "machine's.\n\n",
                         "About %d minutes. All that is shown here was run on %s (%s): the numbers are that "
                         "machine's.\n\n"),
             h->lab->minutes, h->date, h->system);
    for (size_t i = 0; i < h->n; i++)
        add_step(h, i, out);
    add_answers(h, out);
    add_hints(h, out);
    if (!o->no_solutions)
        add_solutions(h, out);
    while (out->len > 1 && out->data[out->len - 1] == '\n' && out->data[out->len - 2] == '\n')
        buf_truncate(out, out->len - 1);
}
