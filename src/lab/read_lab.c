/* SPDX-License-Identifier: MIT */
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/sha256.h"
#include "nslab/text.h"
#include "place.h"
#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LAB_FORMAT "nslab/1"
#define WORKBOOK_FORMATS "nslab-workbook/" /* of which version ever */
#define MINUTES_MAX 480

static void read_format(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)target;
    if (starts_with(scalar_text(node), WORKBOOK_FORMATS))
        diagnostics_add(r->d, source_mark(node->start_mark), "`nslab verify --workbook FILE` grades it", NULL,
                        "this is a learner's workbook, and no lab");
    else if (strcmp(scalar_text(node), LAB_FORMAT) != 0)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, LAB_FORMAT,
                        "`%s` isn't a format that is known here",
                        node->type == YAML_SCALAR_NODE ? scalar_text(node) : key->name);
}

static void read_steps(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct lab *lab = target;
    void *steps = NULL;
    reader_items(r, key->name, node, sizeof *lab->steps, &steps, &lab->n_steps, read_step);
    lab->steps = steps;
}

/* "10000..32000" */
static void read_pick(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct lab_var *var = target;
    cleanup_free char *text = xstrdup(scalar_text(node));
    char *dots = strstr(text, "..");
    unsigned long from, to;
    if (dots)
        *dots = '\0';
    if (!dots || !parse_unsigned(text, INT_MAX, &from) || !parse_unsigned(dots + 2, INT_MAX, &to) ||
        from > to) {
        diagnostics_add(r->d, source_mark(node->start_mark), "expected FROM..TO, as 10000..32000", NULL,
                        "`%s` can't be `%s`", key->name, scalar_text(node));
        return;
    }
    var->pick_from = (long)from;
    var->pick_to = (long)to;
}

static const struct key var_keys[] = {
    {.name = "pick",
     .help = "FROM..TO: a number of this range, another one for each learner.",
     .type = KEY_OTHER,
     .read = read_pick},
    {.name = "value", .help = "A fixed text.", .type = KEY_TEXT, .offset = offsetof(struct lab_var, value)},
};
const struct key_table var_table = {var_keys, ARRAY_LEN(var_keys)};

static void read_var(struct reader *r, const yaml_node_t *name, const yaml_node_t *value, struct lab_var *var)
{
    var->mark = source_mark(name->start_mark);
    var->name = reader_text(r, "vars", name);
    if (var->name && !is_id(var->name))
        report_bad_id(r, name, var->name);
    size_t before = r->d->n;
    reader_mapping(r, value, "a variable", var_keys, ARRAY_LEN(var_keys), var);
    if (r->d->n == before && value->data.mapping.pairs.top - value->data.mapping.pairs.start != 1)
        diagnostics_add(r->d, source_mark(value->start_mark), NULL, NULL,
                        "a variable has one of `pick: FROM..TO` and `value: TEXT`");
}

static void read_vars(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    struct lab *lab = target;
    size_t n = node->type == YAML_MAPPING_NODE
                   ? (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start)
                   : 0;
    if (n == 0 || n > ITEMS_MAX) {
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, NULL,
                        "`%s` must be a mapping from names to 1 to %d variables", key->name, ITEMS_MAX);
        return;
    }
    lab->vars = xcalloc(n, sizeof *lab->vars);
    lab->n_vars = n;
    for (size_t i = 0; i < n; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        struct lab_var *var = &lab->vars[i];
        read_var(r, reader_node(r, pair->key), reader_node(r, pair->value), var);
        for (size_t j = 0; j < i && var->name; j++)
            if (lab->vars[j].name && !strcmp(lab->vars[j].name, var->name))
                diagnostics_add(r->d, var->mark, NULL, NULL,
                                "the variable `%s` is there twice: first on line %u", var->name,
                                lab->vars[j].mark.line);
    }
}

static const struct key lab_keys[] = {
    {.name = "format", .help = "`nslab/1`.", .type = KEY_OTHER, .required = true, .read = read_format},
    {.name = "id",
     .help = "The lab's id, as all ids: small letters, digits and hyphens, a letter or digit first.",
     .type = KEY_ID,
     .required = true,
     .offset = offsetof(struct lab, id)},
    {.name = "title",
     .help = "A text.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct lab, title)},
    {.name = "summary",
     .help = "A text, one sentence.",
     .type = KEY_TEXT,
     .required = true,
     .offset = offsetof(struct lab, summary)},
    {.name = "minutes",
     .help = "How long it takes, 1 to 480.",
     .type = KEY_NUMBER,
     .required = true,
     .offset = offsetof(struct lab, minutes),
     .from = 1,
     .to = MINUTES_MAX},
    {.name = "requires",
     .help = "A list of what the lab needs of the machine; see NEEDS.",
     .type = KEY_TEXTS,
     .required = true,
     .offset = offsetof(struct lab, requires)},
    {.name = "vars", .help = "A mapping from names to variables.", .type = KEY_OTHER, .read = read_vars},
    {.name = "steps", .help = "A list of steps.", .type = KEY_OTHER, .required = true, .read = read_steps},
};
const struct key_table lab_table = {lab_keys, ARRAY_LEN(lab_keys)};

int lab_read_text(const char *text, size_t n, const char *file, struct lab **ret, struct diagnostics *d)
{
    d->file = xstrdup(file);
    d->text = xmalloc(n + 1);
    memcpy(d->text, text, n);
    d->text[n] = '\0';
    struct reader r = {.d = d};
    if (source_load(&source_lab, n, &r.document, d) < 0) {
        diagnostics_sort(d);
        return -1;
    }
    cleanup_with(lab_free_p) struct lab *lab = xcalloc(1, sizeof *lab);
    lab->file = xstrdup(file);
    lab->digest = xmalloc(SHA256_TEXT_SIZE);
    sha256_text(text, n, lab->digest);
    r.lab = lab;
    reader_mapping(&r, yaml_document_get_root_node(&r.document), "the lab", lab_keys, ARRAY_LEN(lab_keys),
                   lab);
    yaml_document_delete(&r.document);
    places_sort(lab);
    lab_check(lab, d);
    diagnostics_sort(d);
    if (d->n)
        return -1;
    *ret = take_ptr(lab);
    return 0;
}

int lab_read_file(const char *path, struct lab **ret, struct diagnostics *d, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        error_sys(e, errno, "read lab", "%s", path);
        return error_advise_path(e, path);
    }
    if (!S_ISREG(st.st_mode)) {
        error_sys(e, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "read lab", "%s", path);
        return error_hint(e, "A lab is a plain file.");
    }
    /* One byte more than allowed, so that the reader sees when there is too much. */
    if (read_fd_all(fd, &text, SOURCE_SIZE_MAX + 1) < 0)
        return error_sys(e, errno, "read lab", "%s", path);
    return lab_read_text(buf_text(&text), text.len, path, ret, d);
}
