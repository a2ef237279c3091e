/* SPDX-License-Identifier: MIT
 *
 * Expectations: their keys are those of the table below and the matchers; a `see` has the probes' and
 * see_key_names.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "read.h"

#include <regex.h>
#include <string.h>

#define WITHIN_DEFAULT_MS 1000
#define WITHIN_MAX_MS 60000

/* --- see --- */

struct see_target {
    const char *name; /* the key that holds it: "see", "same", "differs" */
    struct see *see;
};

static void read_probe(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct see_target *t = target;
    if (t->see->probe) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "`%s` has two probes: `%s` and `%s`",
                        t->name, t->see->probe->name, key->name);
        return;
    }
    t->see->probe = &probe_table[key->row];
    t->see->subject = reader_text(r, key->name, node);
}

static void read_see_key(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct see_target *t = target;
    t->see->keys[key->row] = reader_text(r, key->name, node);
}

static struct key *see_keys(size_t *n)
{
    struct key *keys = xcalloc(probe_count + SEE_KEY_COUNT, sizeof *keys);
    for (size_t i = 0; i < probe_count; i++)
        keys[i] =
            (struct key){.name = probe_table[i].name, .type = KEY_OTHER, .read = read_probe, .row = (int)i};
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        keys[probe_count + i] =
            (struct key){.name = see_key_names[i], .type = KEY_OTHER, .read = read_see_key, .row = (int)i};
    *n = probe_count + SEE_KEY_COUNT;
    return keys;
}

static void report_not_among(struct reader *r, struct mark mark, const char *value, const char *what,
                             const struct strv *names)
{
    cleanup_buf struct buf expected = {0};
    buf_adds(&expected, "expected one of ");
    strv_join(names, ", ", &expected);
    diagnostics_add(r->d, mark, buf_text(&expected),
                    nearest_word(value, (const char *const *)names->items, names->len), "`%s` is no %s",
                    value, what);
}

static struct mark value_mark(struct reader *r, const yaml_node_t *mapping, const char *name)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++)
        if (!strcmp(scalar_text(reader_node(r, pair->key)), name))
            return source_mark(reader_node(r, pair->value)->start_mark);
    return source_mark(mapping->start_mark);
}

/* A value among the table's names. One with ${...} is known only when the lab runs. */
static void check_subject(struct reader *r, const yaml_node_t *node, const struct see *see)
{
    const struct probe *probe = see->probe;
    if (!see->subject || !probe->subjects || strstr(see->subject, "${"))
        return;
    cleanup_strv struct strv names = {0};
    for (const char *const *s = probe->subjects; *s; s++)
        strv_add(&names, *s);
    cleanup_free char *what = xasprintf("value of `%s`", probe->name);
    if (!strv_contains(&names, see->subject))
        report_not_among(r, value_mark(r, node, probe->name), see->subject, what, &names);
}

static void check_field(struct reader *r, const yaml_node_t *node, const struct see *see)
{
    const char *field = see->keys[SEE_FIELD];
    if (!field || !see->probe->fields[0].name || strstr(field, "${") ||
        probe_field_by_name(see->probe, field))
        return;
    cleanup_strv struct strv names = {0};
    for (const struct probe_field *f = see->probe->fields; f->name; f++)
        strv_add(&names, f->name);
    cleanup_free char *what = xasprintf("field of `%s`", see->probe->name);
    report_not_among(r, value_mark(r, node, "field"), field, what, &names);
}

static void check_keys(struct reader *r, const yaml_node_t *node, const struct see *see)
{
    const struct probe *probe = see->probe;
    for (unsigned i = 0; i < SEE_KEY_COUNT; i++) {
        if (see->keys[i] && !(probe->allowed >> i & 1))
            diagnostics_add(r->d, key_mark(r, node, see_key_names[i]), NULL, NULL,
                            "the probe `%s` takes no `%s`", probe->name, see_key_names[i]);
        if (!see->keys[i] && probe->required >> i & 1)
            diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "the probe `%s` needs `%s`",
                            probe->name, see_key_names[i]);
    }
    /* A name that the lab host doesn't know, for a process of the machine, could be anybody's. */
    bool of_machine = see->keys[SEE_FROM] && !strcmp(see->keys[SEE_FROM], "machine");
    if (!strcmp(probe->name, "process") && of_machine && !see->keys[SEE_OF])
        diagnostics_add(
            r->d, source_mark(node->start_mark), "expected `of: CONTAINER`", NULL,
            "`process` with `from: machine` needs `of`: the machine has processes that aren't the lab's");
}

void read_see(struct reader *r, const char *name, const yaml_node_t *node, struct see *ret)
{
    size_t n, before = r->d->n;
    struct key *keys = see_keys(&n);
    struct see_target target = {name, ret};
    cleanup_free char *what = xasprintf("`%s`", name);
    reader_mapping(r, node, what, keys, n, &target);
    free(keys);
    if (ret->probe && node->type == YAML_MAPPING_NODE) {
        check_subject(r, node, ret);
        if (r->d->n == before)
            check_keys(r, node, ret);
        check_field(r, node, ret);
    } else if (r->d->n == before) {
        cleanup_strv struct strv names = {0};
        for (size_t i = 0; i < probe_count; i++)
            strv_add(&names, probe_table[i].name);
        cleanup_buf struct buf expected = {0};
        buf_adds(&expected, "expected one of ");
        strv_join(&names, ", ", &expected);
        diagnostics_add(r->d, source_mark(node->start_mark), buf_text(&expected), NULL, "`%s` lacks a probe",
                        name);
    }
}

/* --- matchers --- */

static void read_operand_text(struct reader *r, const char *name, const yaml_node_t *node, struct strv *ret)
{
    char *text = reader_any_text(r, name, node);
    if (text)
        strv_add_taken(ret, text);
}

static void check_regex(struct reader *r, const yaml_node_t *node, const struct strv *operand)
{
    regex_t regex;
    char why[200];
    if (!operand->len || strstr(operand->items[0], "${"))
        return;
    int error = regcomp(&regex, operand->items[0], REG_EXTENDED | REG_NOSUB);
    if (!error) {
        regfree(&regex);
        return;
    }
    regerror(error, &regex, why, sizeof why);
    diagnostics_add(r->d, source_mark(node->start_mark), "expected an extended regular expression (regex(7))",
                    NULL, "`matches` can't be `%s`: %s", operand->items[0], why);
}

static void read_matcher(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct expectation *x = target;
    const struct matcher_info *info = &matcher_table[key->row];
    x->criteria = xrealloc(x->criteria, x->n_criteria + 1, sizeof *x->criteria);
    struct criterion *c = &x->criteria[x->n_criteria++];
    *c = (struct criterion){.matcher = (enum matcher)key->row, .mark = source_mark(node->start_mark)};
    bool truth;
    long number;
    switch (info->operand) {
    case OPERAND_SEE:
        read_see(r, key->name, node, &c->other);
        return;
    case OPERAND_BOOL:
        if (reader_bool(r, key->name, node, &truth))
            strv_add(&c->operand, truth ? "true" : "false");
        return;
    case OPERAND_NUMBER:
        if (strstr(scalar_text(node), "${"))
            read_operand_text(r, key->name, node, &c->operand);
        else if (reader_number(r, key->name, node, 0, 0xffffffffL, &number))
            strv_addf(&c->operand, "%ld", number);
        return;
    case OPERAND_LIST:
    case OPERAND_TEXT_OR_LIST:
        if (info->operand == OPERAND_LIST || node->type == YAML_SEQUENCE_NODE) {
            reader_texts(r, key->name, node, &c->operand);
            return;
        }
        __attribute__((fallthrough));
    case OPERAND_TEXT:
        read_operand_text(r, key->name, node, &c->operand);
        if (c->matcher == MATCH_MATCHES)
            check_regex(r, node, &c->operand);
        return;
    }
}

/* --- the expectation --- */

static void read_its_see(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct expectation *x = target;
    read_see(r, key->name, node, &x->see);
}

static void read_within(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct expectation *x = target;
    const char *s = scalar_text(node);
    cleanup_free char *digits = xstrndup(s, strspn(s, "0123456789"));
    const char *unit = s + strlen(digits);
    unsigned long value, factor = !strcmp(unit, "s") ? 1000 : 1;
    bool known = !strcmp(unit, "s") || !strcmp(unit, "ms") || !strcmp(s, "0");
    if (known && parse_unsigned(digits, WITHIN_MAX_MS / factor, &value)) {
        x->within_ms = (int)(value * factor);
        return;
    }
    cleanup_free char *seconds = xasprintf("%ss", digits);
    bool plain_number = *digits && !*unit;
    diagnostics_add(r->d, source_mark(node->start_mark), "expected a time up to 60s, as 3s, 500ms or 0",
                    plain_number ? seconds : NULL, "`%s` can't be `%s`", key->name, s);
}

static const struct key expectation_keys[] = {
    {.name = "id",
     .help = "Its id, unique in the lab.",
     .type = KEY_ID,
     .required = true,
     .offset = offsetof(struct expectation, id)},
    {.name = "say",
     .help = "What holds, as a sentence without a full stop.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct expectation, say)},
    {.name = "see",
     .help = "One probe: a fact that nslab reads from the kernel. See PROBES.",
     .type = KEY_OTHER,
     .required = true,
     .read = read_its_see},
    {.name = "within",
     .help = "How long it is read again until it holds: `3s`, `500ms`, at most `60s`; `0` reads once. 1 s if "
             "not given.",
     .type = KEY_OTHER,
     .read = read_within},
    {.name = "always",
     .help = "`true`: it may hold before the step too.",
     .type = KEY_BOOL,
     .offset = offsetof(struct expectation, always)},
    {.name = "hint",
     .help = "What to look at when it fails. Beside these a matcher is required; see MATCHERS.",
     .type = KEY_TEXT,
     .offset = offsetof(struct expectation, hint)},
};
const struct key_table expectation_table = {expectation_keys, ARRAY_LEN(expectation_keys)};

/* The field `exists` is a text that is always there, also when it says false. */
static void check_exists(struct reader *r, const struct expectation *x)
{
    const char *field = x->see.keys[SEE_FIELD];
    for (size_t i = 0; field && !strcmp(field, "exists") && i < x->n_criteria; i++)
        if (x->criteria[i].matcher == MATCH_EXISTS)
            diagnostics_add(r->d, x->criteria[i].mark, "expected `is: true` or `is: false`", NULL,
                            "`exists` can't compare the field `exists`: its value is there in any case, and "
                            "is true or false");
}

void read_expectation(struct reader *r, const yaml_node_t *node, void *target)
{
    struct expectation *x = target;
    struct key keys[ARRAY_LEN(expectation_keys) + MATCH_COUNT];
    memcpy(keys, expectation_keys, sizeof expectation_keys);
    for (int i = 0; i < MATCH_COUNT; i++)
        keys[ARRAY_LEN(expectation_keys) + (size_t)i] =
            (struct key){.name = matcher_table[i].name, .type = KEY_OTHER, .read = read_matcher, .row = i};
    x->mark = source_mark(node->start_mark);
    x->within_ms = WITHIN_DEFAULT_MS;
    size_t before = r->d->n;
    reader_mapping(r, node, "an expectation", keys, ARRAY_LEN(keys), x);
    check_exists(r, x);
    if (x->n_criteria || r->d->n != before)
        return;
    cleanup_buf struct buf expected = {0};
    buf_adds(&expected, "expected one of ");
    for (size_t i = 0; i < MATCH_COUNT; i++)
        buf_addf(&expected, "%s%s", i ? ", " : "", matcher_table[i].name);
    diagnostics_add(r->d, x->mark, buf_text(&expected), NULL, "an expectation lacks a matcher");
}
