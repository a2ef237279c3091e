/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "read.h"

#include <string.h>

#define POINTS_MAX 100

/* --- lines --- */

static const struct key line_keys[] = {
    {.name = "run",
     .help = "The line.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct lab_line, text)},
    {.name = "fails",
     .help = "The line has to fail, and to say this.",
     .type = KEY_TEXT,
     .offset = offsetof(struct lab_line, fails)},
};
const struct key_table line_table = {line_keys, ARRAY_LEN(line_keys)};

/* `- exec web sh -c 'a: b'` is a mapping to YAML: say so, rather than that its key isn't known. */
static bool is_line_with_colon(struct reader *r, const yaml_node_t *node)
{
    if (node->type != YAML_MAPPING_NODE || node->data.mapping.pairs.start == node->data.mapping.pairs.top)
        return false;
    const yaml_node_t *key = reader_node(r, node->data.mapping.pairs.start->key);
    return strchr(scalar_text(key), ' ') != NULL;
}

static void read_line(struct reader *r, const yaml_node_t *node, void *target)
{
    struct lab_line *line = target;
    line->mark = source_mark(node->start_mark);
    if (node->type == YAML_SCALAR_NODE)
        line->text = reader_text(r, "a line", node);
    else if (is_line_with_colon(r, node))
        diagnostics_add(r->d, line->mark, "write `- run: ...`, or the whole line in quotes", NULL,
                        "this line has `: ` in it, which makes it a mapping for YAML");
    else
        reader_mapping(r, node, "a line", line_keys, ARRAY_LEN(line_keys), line);
    if (line->text && strchr(line->text, '\n'))
        diagnostics_add(r->d, line->mark, "write one item for each line", NULL, "a line has several lines");
}

static void read_lines(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct lab_lines *lines = (struct lab_lines *)((char *)target + key->offset);
    void *items = NULL;
    reader_items(r, key->name, node, sizeof *lines->items, &items, &lines->n, read_line);
    lines->items = items;
}

/* --- predict --- */

static const struct key choice_keys[] = {
    {.name = "id",
     .help = "Its id.",
     .type = KEY_ID,
     .required = true,
     .offset = offsetof(struct choice, id)},
    {.name = "text",
     .help = "What is chosen.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct choice, text)},
    {.name = "right",
     .help = "`true`: it is right.",
     .type = KEY_BOOL,
     .offset = offsetof(struct choice, right)},
    {.name = "feedback",
     .help = "What is said to who chose it; of a wrong one, what would have to be true for it to be right.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct choice, feedback)},
};
const struct key_table choice_table = {choice_keys, ARRAY_LEN(choice_keys)};

static void read_choice(struct reader *r, const yaml_node_t *node, void *target)
{
    struct choice *choice = target;
    choice->mark = source_mark(node->start_mark);
    reader_mapping(r, node, "a choice", choice_keys, ARRAY_LEN(choice_keys), choice);
}

static void read_choices(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct prediction *predict = target;
    void *items = NULL;
    size_t before = r->d->n;
    reader_items(r, key->name, node, sizeof *predict->choices, &items, &predict->n, read_choice);
    predict->choices = items;
    size_t right = 0;
    for (size_t i = 0; i < predict->n; i++)
        right += predict->choices[i].right;
    if (predict->n && !right && r->d->n == before)
        diagnostics_add(r->d, source_mark(node->start_mark), "expected `right: true` in at least one", NULL,
                        "no choice is right");
    if (predict->n && predict->n < 2)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        "a prediction needs two choices or more");
}

static const struct key predict_keys[] = {
    {.name = "ask",
     .help = "The question.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct prediction, ask)},
    {.name = "choices",
     .help = "A list of two choices or more.",
     .type = KEY_OTHER,
     .required = true,
     .read = read_choices},
};
const struct key_table predict_table = {predict_keys, ARRAY_LEN(predict_keys)};

static void read_predict(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)key;
    struct step *step = target;
    step->has_predict = true;
    reader_mapping(r, node, "`predict`", predict_keys, ARRAY_LEN(predict_keys), &step->predict);
}

/* --- contrast --- */

static const struct key with_keys[] = {
    {.name = "run",
     .help = "Options that are put into every `run` line of the step, where the last of repeated ones wins.",
     .type = KEY_TEXT,
     .offset = offsetof(struct contrast, with_run)},
    {.name = "do",
     .help = "Lines in place of the step's.",
     .type = KEY_OTHER,
     .offset = offsetof(struct contrast, with_do),
     .read = read_lines},
};
const struct key_table with_table = {with_keys, ARRAY_LEN(with_keys)};

static void read_with(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)key;
    size_t before = r->d->n;
    reader_mapping(r, node, "`with`", with_keys, ARRAY_LEN(with_keys), target);
    if (r->d->n == before && node->data.mapping.pairs.top - node->data.mapping.pairs.start != 1)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        "`with` has one of `run: FLAGS` and `do: LINES`");
}

static const struct key contrast_keys[] = {
    {.name = "say",
     .help = "Which wall is taken away.",
     .type = KEY_TEXT,
     .offset = offsetof(struct contrast, say)},
    {.name = "with",
     .help = "What is changed; one of its keys.",
     .type = KEY_OTHER,
     .required = true,
     .read = read_with},
    {.name = "flips",
     .help = "A list of the step's expectations, by id: exactly these must fail then.",
     .type = KEY_TEXTS,
     .required = true,
     .offset = offsetof(struct contrast, flips)},
};
const struct key_table contrast_table = {contrast_keys, ARRAY_LEN(contrast_keys)};

static void read_contrast(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)key;
    struct step *step = target;
    step->has_contrast = true;
    step->contrast.mark = source_mark(node->start_mark);
    reader_mapping(r, node, "`contrast`", contrast_keys, ARRAY_LEN(contrast_keys), &step->contrast);
}

/* --- the step --- */

static void read_expectations(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct step *step = target;
    void *items = NULL;
    reader_items(r, key->name, node, sizeof *step->expect, &items, &step->n_expect, read_expectation);
    step->expect = items;
}

static const struct key step_keys[] = {
    {.name = "id",
     .help = "Its id, unique in the lab.",
     .type = KEY_ID,
     .required = true,
     .offset = offsetof(struct step, id)},
    {.name = "title",
     .help = "A text.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct step, title)},
    {.name = "text",
     .help = "Markdown, shown first.",
     .type = KEY_TEXT,
     .offset = offsetof(struct step, text)},
    {.name = "predict",
     .help = "A question that is asked before anything is run.",
     .type = KEY_OTHER,
     .read = read_predict},
    {.name = "do",
     .help = "A list of lines that nslab runs. Those that have to fail are mappings.",
     .type = KEY_OTHER,
     .offset = offsetof(struct step, run),
     .read = read_lines},
    {.name = "task",
     .help = "What the learner is to change. Needs `hints`, `solution` and `expect`.",
     .type = KEY_TEXT,
     .offset = offsetof(struct step, task)},
    {.name = "hints",
     .help = "With `task`, exactly three: where to look, what to use, the shape of the line.",
     .type = KEY_TEXTS,
     .offset = offsetof(struct step, hints)},
    {.name = "solution",
     .help = "With `task`: a list of lines that fulfil it.",
     .type = KEY_OTHER,
     .offset = offsetof(struct step, solution),
     .read = read_lines},
    {.name = "expect", .help = "A list of expectations.", .type = KEY_OTHER, .read = read_expectations},
    {.name = "contrast",
     .help = "The step again with one wall taken away.",
     .type = KEY_OTHER,
     .read = read_contrast},
    {.name = "explain",
     .help = "Markdown, shown last, with what was observed.",
     .type = KEY_TEXT,
     .offset = offsetof(struct step, explain)},
    {.name = "points",
     .help = "0 to 100. If not given 1 for a task, 0 for another step.",
     .type = KEY_NUMBER,
     .offset = offsetof(struct step, points),
     .from = 0,
     .to = POINTS_MAX},
};
const struct key_table step_table = {step_keys, ARRAY_LEN(step_keys)};

/* What one key asks of the others. */
static void check_task(struct reader *r, const yaml_node_t *node, const struct step *step)
{
    struct mark mark = source_mark(node->start_mark);
    bool has[] = {step->solution.n > 0, step->n_expect > 0, step->hints.len > 0};
    static const char *const names[] = {"solution", "expect", "hints"};
    for (size_t i = 0; i < ARRAY_LEN(has); i++) {
        struct mark key = key_mark(r, node, names[i]);
        bool written = key.line != mark.line || key.column != mark.column;
        if (step->task && !has[i] && !written)
            diagnostics_add(r->d, key_mark(r, node, "task"), NULL, NULL, "a task needs `%s`", names[i]);
        if (!step->task && has[i] && strcmp(names[i], "expect") != 0)
            diagnostics_add(r->d, key, NULL, NULL, "`%s` belongs to a `task`, and this step has none",
                            names[i]);
    }
    if (step->task && step->hints.len && step->hints.len != 3)
        diagnostics_add(r->d, key_mark(r, node, "hints"), "where to look, what to use, the shape of the line",
                        NULL, "a task has three hints, and here are %zu", step->hints.len);
}

void read_step(struct reader *r, const yaml_node_t *node, void *target)
{
    struct step *step = target;
    step->mark = source_mark(node->start_mark);
    step->points = -1;
    reader_mapping(r, node, "a step", step_keys, ARRAY_LEN(step_keys), step);
    if (step->points < 0)
        step->points = step->task ? 1 : 0;
    if (node->type == YAML_MAPPING_NODE)
        check_task(r, node, step);
}
