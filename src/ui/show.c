/* SPDX-License-Identifier: MIT */
#include "show.h"
#include "lesson.h"
#include "nslab/layout.h"
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

/* Below this, what would stand side by side stands one below the other. */
#define WIDE_ENOUGH 64u
#define MARGIN 13u     /* where texts begin beside a verdict: "unsupported" and two spaces */
#define VALUE_MAX 600u /* of an observed value: a process list of a busy machine is cut */

static bool wide(const struct look *look)
{
    return look->width >= WIDE_ENOUGH && !look->plain;
}

static void show_text(const char *text, const struct expander *x, const struct look *look, const char *indent,
                      struct buf *out)
{
    if (!text)
        return;
    cleanup_free char *expanded = x->expand(x->context, text);
    markdown_render_indented(expanded, look, indent, indent, out);
}

void show_step(const struct lab *lab, size_t step, const struct expander *x, const struct look *look,
               struct buf *out)
{
    const struct step *s = &lab->steps[step];
    cleanup_free char *title = x->expand(x->context, s->title);
    cleanup_buf struct buf head = {0};
    buf_addf(&head, "Step %zu of %zu: ", step + 1, lab->n_steps);
    buf_adds(&head, title);
    buf_addc(out, '\n');
    layout_rule(buf_text(&head), look, out);
    buf_addc(out, '\n');
    show_text(s->text, x, look, "", out);
    if (s->task) {
        if (s->text)
            buf_addc(out, '\n');
        style_add(out, look, STYLE_BOLD, "Task");
        buf_addc(out, '\n');
        show_text(s->task, x, look, "  ", out);
    }
}

void show_question(const struct step *step, const struct expander *x, const struct look *look,
                   struct buf *out)
{
    cleanup_free char *ask = x->expand(x->context, step->predict.ask);
    cleanup_styled struct styled question = {0};
    styled_adds(&question, STYLE_BOLD, "Predict: ");
    markdown_inline(ask, look, STYLE_PLAIN, &question);
    layout_text(&question, look, BREAK_WORDS, "", "", out);
    for (size_t i = 0; i < step->predict.n; i++) {
        cleanup_free char *text = x->expand(x->context, step->predict.choices[i].text);
        cleanup_styled struct styled choice = {0};
        const char mark[] = {' ', ' ', (char)('a' + i), ')', ' ', '\0'};
        markdown_inline(text, look, STYLE_PLAIN, &choice);
        layout_text(&choice, look, BREAK_WORDS, mark, "     ", out);
    }
}

static const struct choice *right_choice(const struct prediction *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->choices[i].right)
            return &p->choices[i];
    return NULL;
}

void show_feedback(const struct step *step, int choice, const struct expander *x, const struct look *look,
                   struct buf *out)
{
    const struct choice *c =
        choice == NO_CHOICE ? right_choice(&step->predict) : &step->predict.choices[choice];
    if (!c)
        return;
    cleanup_free char *text = x->expand(x->context, c->text);
    cleanup_styled struct styled head = {0};
    styled_adds(&head, STYLE_BOLD, choice == NO_CHOICE ? "The answer: " : "Your prediction: ");
    markdown_inline(text, look, STYLE_PLAIN, &head);
    if (choice != NO_CHOICE && c->right)
        styled_adds(&head, STYLE_PASS, " (that is what happened)");
    else if (choice != NO_CHOICE)
        styled_adds(&head, STYLE_WARN, " (that is not what happened)");
    layout_text(&head, look, BREAK_WORDS, "", "", out);
    show_text(c->feedback, x, look, "  ", out);
}

/* --- the course --- */

static const char *const lab_state_words[LAB_STATE_COUNT] = {
    [LAB_NOT_BEGUN] = "", [LAB_BEGUN] = "begun", [LAB_DONE] = "done"};

static void add_extent(const struct lab_row *row, struct styled *text)
{
    switch (row->state) {
    case LAB_BEGUN:
        styled_addf(text, STYLE_PLAIN,
                    one_or_many(row->steps, "%zu of %zu step done, about %d minutes in all",
                                "%zu of %zu steps done, about %d minutes in all"),
                    row->steps_done, row->steps, row->minutes);
        break;
    default:
        styled_addf(text, STYLE_PLAIN,
                    one_or_many(row->steps, "%zu step, about %d minutes", "%zu steps, about %d minutes"),
                    row->steps, row->minutes);
    }
}

/* The state is a word: it can be found without colours, and read aloud. */
void show_lab_row(const struct lab_row *row, const struct look *look, struct buf *out)
{
    cleanup_styled struct styled name = {0}, state = {0}, text = {0};
    cleanup_buf struct buf title = {0};
    enum style style = row->state == LAB_DONE ? STYLE_PASS : STYLE_WARN;
    styled_adds(&name, STYLE_BOLD, row->id);
    styled_adds(&state, style, lab_state_words[row->state]);
    add_harmless_line(&title, row->title, strlen(row->title));
    styled_addf(&text, STYLE_PLAIN, "%s\n", buf_text(&title));
    add_extent(row, &text);
    if (wide(look)) {
        layout_cells((const struct styled *[]){&name, &state, &text}, (unsigned[]){10, 5, 0}, 3, look, out);
        return;
    }
    if (state.text.len)
        styled_addf(&name, style, " (%s)", lab_state_words[row->state]);
    layout_text(&name, look, BREAK_WORDS, "", "  ", out);
    layout_text(&text, look, BREAK_WORDS, "  ", "  ", out);
}

/* --- check --- */

static const struct {
    const char *word;
    enum style style;
} verdict_shown[VERDICT_COUNT] = {
    [VERDICT_PASS] = {"pass", STYLE_PASS},
    [VERDICT_FAIL] = {"FAIL", STYLE_FAIL}, /* capitals: to be found without colours too */
    [VERDICT_UNSUPPORTED] = {"unsupported", STYLE_WARN},
};

static void add_value(struct styled *to, enum style style, const char *value)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, value, strlen(value));
    size_t n = harmless.len;
    if (n > VALUE_MAX) {
        for (n = VALUE_MAX; n && ((unsigned char)harmless.data[n] & 0xc0) == 0x80;)
            n--;
        styled_add(to, style, harmless.data, n);
        styled_addf(to, style, " ... (%zu bytes more)", harmless.len - n);
        return;
    }
    styled_add(to, style, buf_text(&harmless), n);
}

/* "pass         inside, nginx is PID 1", and narrow "pass: inside, nginx is PID 1". */
static void show_headed(const char *word, enum style style, const char *say, const struct look *look,
                        struct buf *out)
{
    cleanup_styled struct styled head = {0}, text = {0};
    styled_adds(&head, style, word);
    markdown_inline(say, look, STYLE_PLAIN, &text);
    if (wide(look)) {
        layout_cells((const struct styled *[]){&head, &text}, (unsigned[]){MARGIN - 2, 0}, 2, look, out);
        return;
    }
    styled_adds(&head, STYLE_PLAIN, ": ");
    markdown_inline(say, look, STYLE_PLAIN, &head);
    layout_text(&head, look, BREAK_WORDS, "", "  ", out);
}

static void show_detail(const char *label, const char *value, const struct look *look, struct buf *out)
{
    cleanup_styled struct styled nothing = {0}, head = {0}, text = {0};
    if (!value)
        return;
    styled_adds(&head, STYLE_DIM, label);
    if (wide(look)) {
        add_value(&text, STYLE_PLAIN, value);
        layout_cells((const struct styled *[]){&nothing, &head, &text}, (unsigned[]){MARGIN - 2, 8, 0}, 3,
                     look, out);
        return;
    }
    styled_adds(&head, STYLE_PLAIN, ": ");
    add_value(&head, STYLE_PLAIN, value);
    layout_text(&head, look, BREAK_WORDS, "  ", "    ", out);
}

/* --- two sides --- */

/* What stands side by side: heads and values, with a sign between that says whether they are the same. */
struct sides {
    const char *left, *right;
    const char *sign;
};

static unsigned side_width(const struct look *look)
{
    return (look->width - MARGIN - 6) / 2; /* two gaps and a sign between */
}

static void show_sides(const struct sides *s, enum style style, const struct look *look, struct buf *out)
{
    cleanup_styled struct styled nothing = {0}, left = {0}, sign = {0}, right = {0};
    add_value(&left, style, s->left);
    styled_adds(&sign, STYLE_BOLD, s->sign);
    add_value(&right, style, s->right);
    layout_cells((const struct styled *[]){&nothing, &left, &sign, &right},
                 (unsigned[]){MARGIN - 2, side_width(look), 2, 0}, 4, look, out);
}

static const char *equal_sign(bool same, const struct look *look)
{
    if (same)
        return "=";
    return look->utf8 ? "≠" : "!=";
}

/* Both observations of an expectation that compares two. */
static void show_compared(const struct expectation_result *r, const struct look *look, struct buf *out)
{
    bool same = !strcmp(r->observed, r->other_observed);
    const char *left = r->from ? r->from : "here", *right = r->other_from ? r->other_from : "there";
    if (wide(look)) {
        show_sides(&(struct sides){left, right, ""}, STYLE_DIM, look, out);
        show_sides(&(struct sides){r->observed, r->other_observed, equal_sign(same, look)}, STYLE_PLAIN, look,
                   out);
        return;
    }
    show_detail(left, r->observed, look, out);
    show_detail(right, r->other_observed, look, out);
    show_detail("together", same ? "the same" : "not the same", look, out);
}

static void show_observed(const struct expectation_result *r, const struct look *look, struct buf *out)
{
    if (r->other_observed)
        show_compared(r, look, out);
    else
        show_detail("observed", r->observed, look, out);
}

/* From where it was seen, unless it has been said. */
static void show_from(const struct expectation_result *r, bool briefly, const struct look *look,
                      struct buf *out)
{
    bool said = r->other_observed || (briefly && r->from && r->how && strstr(r->how, r->from));
    if (!said)
        show_detail("from", r->from, look, out);
}

/* What several expectations lack, they lack for one reason: its remedy is told at the first of them. */
static bool remedy_is_told(const struct step_result *step, const struct expectation_result *r)
{
    for (const struct expectation_result *x = step->expectations; x < r; x++)
        if (x->verdict == VERDICT_UNSUPPORTED && x->hint && r->hint && !strcmp(x->hint, r->hint))
            return true;
    return false;
}

static void show_expectation(const struct step_result *step, const struct expectation_result *r,
                             const struct look *look, struct buf *out)
{
    show_headed(verdict_shown[r->verdict].word, verdict_shown[r->verdict].style, r->say, look, out);
    switch (r->verdict) {
    case VERDICT_PASS:
        show_observed(r, look, out);
        show_from(r, true, look, out);
        show_detail("read", r->how, look, out);
        break;
    case VERDICT_FAIL:
        show_detail("expected", r->expected, look, out);
        show_observed(r, look, out);
        show_from(r, false, look, out);
        if (strcmp(r->how, "not read") != 0) /* `observed` says why */
            show_detail("read", r->how, look, out);
        show_detail("look", r->look, look, out);
        show_detail("hint", r->hint, look, out);
        break;
    default:
        show_detail("cause", r->cause ? r->cause : r->observed, look, out);
        if (!remedy_is_told(step, r))
            show_detail("remedy", r->hint, look, out);
    }
}

static void show_totals(const struct step_result *r, const struct look *look, struct buf *out)
{
    size_t count[VERDICT_COUNT] = {0};
    cleanup_styled struct styled text = {0};
    for (size_t i = 0; i < r->n; i++)
        count[r->expectations[i].verdict]++;
    styled_addf(&text, verdict_shown[r->verdict].style,
                one_or_many(count[VERDICT_PASS], "%zu of %zu is as expected.", "%zu of %zu are as expected."),
                count[VERDICT_PASS], r->n);
    if (count[VERDICT_UNSUPPORTED])
        styled_addf(&text, STYLE_PLAIN, " %zu can't be shown on this machine.", count[VERDICT_UNSUPPORTED]);
    if (r->points_max)
        styled_addf(&text, STYLE_PLAIN, " Points: %d of %d.", r->points_earned, r->points_max);
    layout_text(&text, look, BREAK_WORDS, "", "", out);
}

void show_check(const struct step_result *r, const struct look *look, struct buf *out)
{
    for (size_t i = 0; i < r->n; i++)
        show_expectation(r, &r->expectations[i], look, out);
    if (r->error)
        show_headed(verdict_shown[r->verdict].word, verdict_shown[r->verdict].style, r->error, look, out);
    show_totals(r, look, out);
}

/* --- contrast --- */

static void show_pair(const struct contrast_line *item, const struct look *look, struct buf *out)
{
    bool changed = item->held_before != item->holds_now;
    show_headed(changed ? "CHANGED" : "as before", changed ? STYLE_WARN : STYLE_DIM, item->say, look, out);
    if (!wide(look)) {
        show_detail("with the wall", item->before, look, out);
        show_detail("without it", item->after, look, out);
        return;
    }
    bool same = !strcmp(item->before, item->after);
    show_sides(&(struct sides){item->before, item->after, equal_sign(same, look)}, STYLE_PLAIN, look, out);
}

static void show_pair_heads(const struct look *look, struct buf *out)
{
    if (wide(look))
        show_sides(&(struct sides){"with the wall", "without it", ""}, STYLE_BOLD, look, out);
}

void show_contrast(const struct contrast *contrast, const struct contrast_result *r, const struct look *look,
                   struct buf *out)
{
    buf_addc(out, '\n');
    layout_rule("The same step with one wall taken away", look, out);
    if (contrast->say)
        markdown_render(contrast->say, look, out);
    for (size_t i = 0; i < r->lines.len; i++)
        show_line(r->lines.items[i], look, out);
    buf_addc(out, '\n');
    show_pair_heads(look, out);
    for (size_t i = 0; i < r->n; i++)
        show_pair(&r->items[i], look, out);
    if (r->as_declared)
        return;
    buf_addc(out, '\n');
    markdown_render("This is not what the lab says should change.", look, out);
}

void show_line(const char *line, const struct look *look, struct buf *out)
{
    cleanup_buf struct buf harmless = {0};
    cleanup_styled struct styled text = {0};
    add_harmless(&harmless, line, strlen(line));
    styled_adds(&text, STYLE_CODE, buf_text(&harmless));
    layout_text(&text, look, BREAK_WORDS, LINE_SIGN, "    ", out);
}
