/* SPDX-License-Identifier: MIT */
#include "reader.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <string.h>

const yaml_node_t *reader_node(struct reader *r, int id)
{
    return yaml_document_get_node(&r->document, id);
}

const char *scalar_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

static bool is_plain(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_null(const yaml_node_t *node)
{
    const char *s = scalar_text(node);
    return is_plain(node) && (!*s || !strcmp(s, "~") || !strcmp(s, "null"));
}

static const char *kind_of(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE)
        return "a list";
    if (node->type == YAML_MAPPING_NODE)
        return "a mapping";
    return is_null(node) ? "nothing" : "a text";
}

static void report_kind(struct reader *r, const char *name, const yaml_node_t *node, const char *wanted)
{
    diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "`%s` must be %s, not %s", name, wanted,
                    kind_of(node));
}

static void note_place(struct reader *r, const char *text, const yaml_node_t *node)
{
    if (!r->lab)
        return;
    struct lab *lab = r->lab;
    yaml_scalar_style_t style = node->data.scalar.style;
    if (lab->n_places % 64 == 0)
        lab->places = xrealloc(lab->places, lab->n_places + 64, sizeof *lab->places);
    lab->places[lab->n_places++] = (struct text_place){
        .text = text,
        .mark = source_mark(node->start_mark),
        .style = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE ? TEXT_BLOCK
                 : style == YAML_PLAIN_SCALAR_STYLE                                      ? TEXT_PLAIN
                                                                                         : TEXT_QUOTED,
    };
}

char *reader_any_text(struct reader *r, const char *name, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || is_null(node)) {
        report_kind(r, name, node, "a text");
        return NULL;
    }
    if (strlen(scalar_text(node)) != node->data.scalar.length) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "`%s` holds a NUL character", name);
        return NULL;
    }
    char *text = xstrdup(scalar_text(node));
    note_place(r, text, node);
    return text;
}

char *reader_text(struct reader *r, const char *name, const yaml_node_t *node)
{
    const char *s = scalar_text(node);
    if (node->type == YAML_SCALAR_NODE && !is_null(node) && !s[strspn(s, " \n")]) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "`%s` is empty", name);
        return NULL;
    }
    return reader_any_text(r, name, node);
}

bool is_id(const char *s)
{
    return *s && *s != '-' && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

void report_bad_id(struct reader *r, const yaml_node_t *node, const char *text)
{
    cleanup_buf struct buf proposal = {0};
    for (const char *p = text; *p && !(*p & 0x80); p++) {
        char c = (char)tolower((unsigned char)*p);
        buf_addc(&proposal, strchr("abcdefghijklmnopqrstuvwxyz0123456789", c) ? c : '-');
    }
    diagnostics_add(r->d, source_mark(node->start_mark),
                    "expected small letters, digits and hyphens, a letter or digit first",
                    is_id(buf_text(&proposal)) && proposal.len == strlen(text) ? buf_text(&proposal) : NULL,
                    "`%s` can't be an id", text);
}

bool reader_bool(struct reader *r, const char *name, const yaml_node_t *node, bool *ret)
{
    const char *s = scalar_text(node);
    if (is_plain(node) && (!strcmp(s, "true") || !strcmp(s, "false"))) {
        *ret = s[0] == 't';
        return true;
    }
    static const char *const yes_no[][2] = {
        {"yes", "true"}, {"on", "true"}, {"no", "false"}, {"off", "false"}};
    const char *meant = !strcasecmp(s, "true") ? "true" : !strcasecmp(s, "false") ? "false" : NULL;
    for (size_t i = 0; i < ARRAY_LEN(yes_no); i++)
        if (!strcasecmp(s, yes_no[i][0]))
            meant = yes_no[i][1];
    diagnostics_add(r->d, source_mark(node->start_mark), "expected true or false, without quotes", meant,
                    "`%s` must be true or false", name);
    return false;
}

bool reader_number(struct reader *r, const char *name, const yaml_node_t *node, long from, long to, long *ret)
{
    unsigned long value;
    if (is_plain(node) && parse_unsigned(scalar_text(node), (unsigned long)to, &value) &&
        (long)value >= from) {
        *ret = (long)value;
        return true;
    }
    cleanup_free char *expected = xasprintf("expected a whole number from %ld to %ld", from, to);
    if (node->type == YAML_SCALAR_NODE && !is_null(node))
        diagnostics_add(r->d, source_mark(node->start_mark), expected, NULL, "`%s` can't be `%s`", name,
                        scalar_text(node));
    else
        report_kind(r, name, node, "a number");
    return false;
}

/* A list that isn't empty, and isn't too long; else reported. */
static bool is_list(struct reader *r, const char *name, const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        report_kind(r, name, node, "a list");
        return false;
    }
    size_t n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (n == 0)
        diagnostics_add(r->d, source_mark(node->start_mark), "expected at least one item, or no such key",
                        NULL, "`%s` is an empty list", name);
    size_t max = r->items_max ? r->items_max : ITEMS_MAX;
    if (n > max)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        "`%s` has %zu items: at most %zu may be there", name, n, max);
    return n > 0 && n <= max;
}

void reader_items(struct reader *r, const char *name, const yaml_node_t *list, size_t size, void **items,
                  size_t *n, void (*item)(struct reader *r, const yaml_node_t *node, void *target))
{
    if (!is_list(r, name, list))
        return;
    size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    *items = xcalloc(count, size);
    *n = count;
    for (size_t i = 0; i < count; i++)
        item(r, reader_node(r, list->data.sequence.items.start[i]), (char *)*items + i * size);
}

void reader_texts(struct reader *r, const char *name, const yaml_node_t *node, struct strv *ret)
{
    if (!is_list(r, name, node))
        return;
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top;
         i++) {
        char *text = reader_text(r, name, reader_node(r, *i));
        if (text)
            strv_add_taken(ret, text);
    }
}

static void read_value(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    void *member = (char *)target + key->offset;
    long number;
    switch (key->type) {
    case KEY_TEXT:
    case KEY_ID:
        *(char **)member = reader_text(r, key->name, node);
        if (key->type == KEY_ID && *(char **)member && !is_id(*(char **)member))
            report_bad_id(r, node, *(char **)member);
        return;
    case KEY_NUMBER:
        if (reader_number(r, key->name, node, key->from, key->to, &number))
            *(int *)member = (int)number;
        return;
    case KEY_BOOL:
        reader_bool(r, key->name, node, member);
        return;
    case KEY_TEXTS:
        reader_texts(r, key->name, node, member);
        return;
    case KEY_OTHER:
        key->read(r, key, node, target);
        return;
    }
}

struct mark key_mark(struct reader *r, const yaml_node_t *mapping, const char *name)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++)
        if (!strcmp(scalar_text(reader_node(r, pair->key)), name))
            return source_mark(reader_node(r, pair->key)->start_mark);
    return source_mark(mapping->start_mark);
}

/* Returns the key that was meant, or NULL: that one isn't reported as missing then. */
static const struct key *report_unknown_key(struct reader *r, const yaml_node_t *node, const char *what,
                                            const struct key *keys, size_t n)
{
    cleanup_buf struct buf expected = {0};
    cleanup_free const char **names = xcalloc(n, sizeof *names);
    buf_adds(&expected, "expected one of ");
    for (size_t i = 0; i < n; i++) {
        names[i] = keys[i].name;
        buf_addf(&expected, "%s%s", i ? ", " : "", names[i]);
    }
    struct mark mark = source_mark(node->start_mark);
    if (node->type != YAML_SCALAR_NODE) {
        diagnostics_add(r->d, mark, buf_text(&expected), NULL, "a key of %s must be a word, not %s", what,
                        kind_of(node));
        return NULL;
    }
    const char *nearest = nearest_word(scalar_text(node), names, n);
    diagnostics_add(r->d, mark, buf_text(&expected), nearest, "unknown key `%s` in %s", scalar_text(node),
                    what);
    for (size_t i = 0; nearest && i < n; i++)
        if (names[i] == nearest)
            return &keys[i];
    return NULL;
}

static void report_missing_keys(struct reader *r, const yaml_node_t *node, const char *what,
                                const struct key *keys, const bool *seen, size_t n)
{
    cleanup_buf struct buf missing = {0};
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (keys[i].required && !seen[i])
            buf_addf(&missing, "%s`%s`", count++ ? ", " : "", keys[i].name);
    if (count)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        one_or_many(count, "%s lacks the key %s", "%s lacks the keys %s"), what,
                        buf_text(&missing));
}

static const struct key *find_key(const struct key *keys, size_t n, const yaml_node_t *node)
{
    for (size_t i = 0; i < n && node->type == YAML_SCALAR_NODE; i++)
        if (!strcmp(keys[i].name, scalar_text(node)))
            return &keys[i];
    return NULL;
}

void reader_mapping(struct reader *r, const yaml_node_t *node, const char *what, const struct key *keys,
                    size_t n, void *target)
{
    if (node->type != YAML_MAPPING_NODE) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL, "%s must be a mapping, not %s", what,
                        kind_of(node));
        return;
    }
    cleanup_free unsigned *seen_on_line = xcalloc(n, sizeof *seen_on_line);
    cleanup_free bool *accounted = xcalloc(n, sizeof *accounted);
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = reader_node(r, pair->key);
        const struct key *key = find_key(keys, n, name);
        if (!key) {
            const struct key *meant = report_unknown_key(r, name, what, keys, n);
            if (meant)
                accounted[meant - keys] = true;
            continue;
        }
        unsigned *line = &seen_on_line[key - keys];
        if (*line)
            diagnostics_add(r->d, source_mark(name->start_mark), NULL, NULL,
                            "the key `%s` is in %s twice: first on line %u", key->name, what, *line);
        else
            read_value(r, key, reader_node(r, pair->value), target);
        *line = source_mark(name->start_mark).line;
    }
    for (size_t i = 0; i < n; i++)
        accounted[i] = accounted[i] || seen_on_line[i];
    report_missing_keys(r, node, what, keys, accounted, n);
}
