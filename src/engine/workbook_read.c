/* SPDX-License-Identifier: MIT
 *
 * A workbook from its YAML: strict, since a teacher's tools rely on it; and bounded, since anybody may have
 * written it.
 */
#include "../lab/place.h"
#include "../lab/reader.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "nslab/workbook.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define HINTS_MAX 100
#define DIGEST_LENGTH (sizeof "sha256:" - 1 + 64)

static const struct source_kind source_workbook = {WORKBOOK_MAX, "a file holds one workbook",
                                                   "expected a workbook: format, learner, labs"};

/* --- values --- */

static void read_format(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)target;
    if (strcmp(scalar_text(node), WORKBOOK_FORMAT) != 0)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, WORKBOOK_FORMAT,
                        "`%s` isn't a format that is known here",
                        node->type == YAML_SCALAR_NODE ? scalar_text(node) : key->name);
}

/* It is in every row of a class's reports. */
static void read_learner(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct workbook *w = target;
    w->learner = reader_text(r, key->name, node);
    if (w->learner && !work_learner_fits(w->learner))
        diagnostics_add(
            r->d, source_mark(node->start_mark), NULL, NULL,
            "`learner` can't be a name: it is blank, holds a control character, or more than %d bytes",
            WORK_LINE_MAX);
}

/* A word of a table, as its index; reported with the nearest. */
static bool read_word(struct reader *r, const char *name, const yaml_node_t *node, const char *const *words,
                      size_t n, size_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(scalar_text(node), words[i])) {
            *ret = i;
            return true;
        }
    cleanup_buf struct buf expected = {0};
    buf_adds(&expected, "expected one of ");
    for (size_t i = 0; i < n; i++)
        buf_addf(&expected, "%s%s", i ? ", " : "", words[i]);
    cleanup_free char *text = reader_text(r, name, node);
    if (text)
        diagnostics_add(r->d, source_mark(node->start_mark), buf_text(&expected),
                        nearest_word(text, words, n), "`%s` can't be `%s`", name, text);
    return false;
}

static void read_state(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    size_t state;
    if (read_word(r, key->name, node, work_state_names, WORK_STATE_COUNT, &state))
        ((struct work_step *)target)->state = (enum work_state)state;
}

static void read_verdict(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    size_t verdict;
    if (read_word(r, key->name, node, verdict_names, VERDICT_COUNT, &verdict))
        ((struct work_evidence *)target)->verdict = (enum verdict)verdict;
}

/* What a container showed may be blank. */
static void read_any(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    *(char **)(void *)((char *)target + key->offset) = reader_any_text(r, key->name, node);
}

/* A text in which each 0 of the form is a digit, and each other character itself. */
static bool has_form(const char *text, const char *form)
{
    for (; *text && *form; text++, form++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return !*text && !*form;
}

static void read_time(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    char **member = (char **)(void *)((char *)target + key->offset);
    *member = reader_text(r, key->name, node);
    if (*member && !has_form(*member, "0000-00-00T00:00:00Z"))
        diagnostics_add(r->d, source_mark(node->start_mark), "expected a time as 2026-11-23T16:40:00Z", NULL,
                        "`%s` can't be `%s`", key->name, *member);
}

static void read_digest(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct work_lab *work = target;
    work->digest = reader_text(r, key->name, node);
    if (work->digest &&
        (!starts_with(work->digest, "sha256:") || strlen(work->digest) != DIGEST_LENGTH ||
         strspn(work->digest + strlen("sha256:"), "0123456789abcdef") != DIGEST_LENGTH - strlen("sha256:")))
        diagnostics_add(r->d, source_mark(node->start_mark),
                        "expected sha256: and 64 hexadecimal digits in small letters", NULL,
                        "`%s` isn't the digest of a lab", key->name);
}

static void read_file(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct work_lab *work = target;
    work->file = reader_text(r, key->name, node);
    if (work->file && (work->file[0] != '/' || strchr(work->file, '\n')))
        diagnostics_add(r->d, source_mark(node->start_mark), "expected a path that begins with /", NULL,
                        "`%s` can't be where a lab is", work->file);
}

/* "port: 12345" as "port=12345". */
static void read_vars(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct work_lab *work = target;
    if (node->type != YAML_MAPPING_NODE) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        "`%s` must be a mapping from names to what was drawn", key->name);
        return;
    }
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name_node = reader_node(r, pair->key);
        cleanup_free char *name = reader_text(r, key->name, name_node);
        cleanup_free char *value = reader_text(r, key->name, reader_node(r, pair->value));
        if (name && !is_id(name))
            report_bad_id(r, name_node, name);
        if (name && value)
            strv_addf(&work->vars, "%s=%s", name, value);
    }
}

static void read_lines(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct strv *lines = (struct strv *)(void *)((char *)target + key->offset);
    size_t before = r->d->n;
    reader_texts(r, key->name, node, lines);
    for (size_t i = 0; r->d->n == before && i < lines->len; i++)
        if (!work_line_fits(lines->items[i])) {
            const yaml_node_t *item = reader_node(r, node->data.sequence.items.start[i]);
            diagnostics_add(r->d, source_mark(item->start_mark), NULL, NULL,
                            "an item of `%s` can't be a line: it holds a control character, or more than %d "
                            "bytes",
                            key->name, WORK_LINE_MAX);
            return;
        }
}

/* --- lists --- */

/* Each item begins with its `id`, a text; two items with the same one are reported at the second. */
static void report_twice(struct reader *r, const char *what, const yaml_node_t *list, const void *items,
                         size_t size, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const char *a = *(char *const *)(const void *)((const char *)items + i * size);
            const char *b = *(char *const *)(const void *)((const char *)items + j * size);
            if (!a || !b || strcmp(a, b) != 0)
                continue;
            const yaml_node_t *second = reader_node(r, list->data.sequence.items.start[i]);
            const yaml_node_t *first = reader_node(r, list->data.sequence.items.start[j]);
            diagnostics_add(r->d, source_mark(second->start_mark), NULL, NULL,
                            "%s `%s` is there twice: first on line %u", what, a,
                            source_mark(first->start_mark).line);
            break;
        }
}

static const struct key evidence_keys[] = {
    {.name = "id", .type = KEY_ID, .required = true, .offset = offsetof(struct work_evidence, id)},
    {.name = "verdict", .type = KEY_OTHER, .required = true, .read = read_verdict},
    {.name = "observed",
     .type = KEY_OTHER,
     .required = true,
     .read = read_any,
     .offset = offsetof(struct work_evidence, observed)},
    {.name = "from", .type = KEY_OTHER, .read = read_any, .offset = offsetof(struct work_evidence, from)},
    {.name = "how", .type = KEY_OTHER, .read = read_any, .offset = offsetof(struct work_evidence, how)},
};

static void read_evidence(struct reader *r, const yaml_node_t *node, void *target)
{
    reader_mapping(r, node, "a piece of evidence", evidence_keys, ARRAY_LEN(evidence_keys), target);
}

static void read_evidence_list(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct work_step *step = target;
    void *items = NULL;
    reader_items(r, key->name, node, sizeof *step->evidence, &items, &step->n_evidence, read_evidence);
    step->evidence = items;
    report_twice(r, "the evidence", node, items, sizeof *step->evidence, step->n_evidence);
}

static const struct key step_keys[] = {
    {.name = "id", .type = KEY_ID, .required = true, .offset = offsetof(struct work_step, id)},
    {.name = "state", .type = KEY_OTHER, .required = true, .read = read_state},
    {.name = "prediction", .type = KEY_ID, .offset = offsetof(struct work_step, prediction)},
    {.name = "fresh", .type = KEY_BOOL, .offset = offsetof(struct work_step, fresh)},
    {.name = "elsewhere", .type = KEY_BOOL, .offset = offsetof(struct work_step, elsewhere)},
    {.name = "lines", .type = KEY_OTHER, .read = read_lines, .offset = offsetof(struct work_step, lines)},
    {.name = "after", .type = KEY_OTHER, .read = read_lines, .offset = offsetof(struct work_step, after)},
    {.name = "hints", .type = KEY_NUMBER, .offset = offsetof(struct work_step, hints), .to = HINTS_MAX},
    {.name = "evidence", .type = KEY_OTHER, .read = read_evidence_list},
    {.name = "begun", .type = KEY_OTHER, .read = read_time, .offset = offsetof(struct work_step, begun)},
    {.name = "ended", .type = KEY_OTHER, .read = read_time, .offset = offsetof(struct work_step, ended)},
    {.name = "seconds", .type = KEY_NUMBER, .offset = offsetof(struct work_step, seconds), .to = INT_MAX},
};

static void read_step(struct reader *r, const yaml_node_t *node, void *target)
{
    reader_mapping(r, node, "a step", step_keys, ARRAY_LEN(step_keys), target);
}

static void read_steps(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct work_lab *work = target;
    void *items = NULL;
    reader_items(r, key->name, node, sizeof *work->steps, &items, &work->n, read_step);
    work->steps = items;
    report_twice(r, "the step", node, items, sizeof *work->steps, work->n);
}

static const struct key lab_keys[] = {
    {.name = "id", .type = KEY_ID, .required = true, .offset = offsetof(struct work_lab, id)},
    {.name = "digest", .type = KEY_OTHER, .required = true, .read = read_digest},
    {.name = "file", .type = KEY_OTHER, .read = read_file},
    {.name = "at", .type = KEY_ID, .offset = offsetof(struct work_lab, at)},
    {.name = "vars", .type = KEY_OTHER, .read = read_vars},
    {.name = "steps", .type = KEY_OTHER, .read = read_steps},
};

static void read_lab(struct reader *r, const yaml_node_t *node, void *target)
{
    reader_mapping(r, node, "a lab", lab_keys, ARRAY_LEN(lab_keys), target);
}

static void read_labs(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct workbook *w = target;
    void *items = NULL;
    reader_items(r, key->name, node, sizeof *w->labs, &items, &w->n, read_lab);
    w->labs = items;
    report_twice(r, "the lab", node, items, sizeof *w->labs, w->n);
}

static const struct key workbook_keys[] = {
    {.name = "format", .type = KEY_OTHER, .required = true, .read = read_format},
    {.name = "learner", .type = KEY_OTHER, .required = true, .read = read_learner},
    {.name = "at", .type = KEY_ID, .offset = offsetof(struct workbook, at)},
    {.name = "labs", .type = KEY_OTHER, .read = read_labs},
};

/* --- the whole --- */

int workbook_read_text(const char *text, size_t n, const char *file, struct workbook **ret,
                       struct diagnostics *d)
{
    d->file = xstrdup(file);
    d->text = xmalloc(n + 1);
    memcpy(d->text, text, n);
    d->text[n] = '\0';
    struct reader r = {.d = d, .items_max = WORK_LINES_MAX};
    if (source_load(&source_workbook, n, &r.document, d) < 0) {
        diagnostics_sort(d);
        return -1;
    }
    cleanup_with(workbook_free_p) struct workbook *w = xcalloc(1, sizeof *w);
    reader_mapping(&r, yaml_document_get_root_node(&r.document), "the workbook", workbook_keys,
                   ARRAY_LEN(workbook_keys), w);
    yaml_document_delete(&r.document);
    diagnostics_sort(d);
    if (d->n)
        return -1;
    *ret = take_ptr(w);
    return 0;
}

int workbook_read_file(const char *path, struct workbook **ret, struct diagnostics *d, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    if (read_regular_file(path, &text, WORKBOOK_MAX + 1) < 0) {
        error_sys(e, errno, "read workbook", "%s", path);
        return errno == EINVAL ? error_hint(e, "A workbook is a plain file.") : -1;
    }
    return workbook_read_text(buf_text(&text), text.len, path, ret, d);
}
