/* SPDX-License-Identifier: MIT
 *
 * image.yaml: the metadata of an image. It is written by scripts/build-image from the recipe, and so a
 * mistake in it is rare; it is still said with its place in the file.
 */
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>
#include <yaml.h>

struct reader {
    yaml_document_t document;
    const char *file;
    struct image *image;
    struct nslab_error *e;
};

typedef int (*read_fn)(struct reader *r, const yaml_node_t *value);

struct key {
    const char *name;
    yaml_node_type_t type;
    bool required;
    read_fn read;
};

static const char *const type_names[] = {
    [YAML_NO_NODE] = "nothing",
    [YAML_SCALAR_NODE] = "a text",
    [YAML_SEQUENCE_NODE] = "a list",
    [YAML_MAPPING_NODE] = "a mapping",
};

static int complain(struct reader *r, const yaml_mark_t *mark, const char *what)
{
    return error_say(r->e, "%s:%zu:%zu: %s", r->file, mark->line + 1, mark->column + 1, what);
}

static int complain_of(struct reader *r, const yaml_node_t *node, const char *what, const char *name)
{
    cleanup_free char *text = xasprintf("%s: %s", what, name);
    return complain(r, &node->start_mark, text);
}

/* The text of a scalar, which the document owns; NULL with the error set. A NUL byte would cut it unseen. */
static const char *scalar(struct reader *r, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE) {
        complain_of(r, node, "expected a text, found", type_names[node->type]);
        return NULL;
    }
    const char *text = (const char *)node->data.scalar.value;
    if (strlen(text) != node->data.scalar.length) {
        complain(r, &node->start_mark, "a text must not contain a NUL byte");
        return NULL;
    }
    return text;
}

static yaml_node_t *node_at(struct reader *r, int index)
{
    return yaml_document_get_node(&r->document, index);
}

static int number(struct reader *r, const yaml_node_t *node, unsigned long max, unsigned long *ret)
{
    const char *text = scalar(r, node);
    if (!text)
        return -1;
    if (!parse_unsigned(text, max, ret) || !*ret)
        return complain_of(r, node, "not a number in its range", text);
    return 0;
}

static int texts(struct reader *r, const yaml_node_t *list, struct strv *ret)
{
    for (const yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top;
         i++) {
        const char *text = scalar(r, node_at(r, *i));
        if (!text)
            return -1;
        strv_add(ret, text);
    }
    return 0;
}

static int copy_text(struct reader *r, const yaml_node_t *value, char **ret)
{
    const char *text = scalar(r, value);
    if (!text)
        return -1;
    *ret = xstrdup(text);
    return 0;
}

static int read_description(struct reader *r, const yaml_node_t *value)
{
    return copy_text(r, value, &r->image->description);
}

static int read_built(struct reader *r, const yaml_node_t *value)
{
    return copy_text(r, value, &r->image->built);
}

static int read_command(struct reader *r, const yaml_node_t *value)
{
    if (texts(r, value, &r->image->command) < 0)
        return -1;
    return r->image->command.len ? 0 : complain(r, &value->start_mark, "command is empty");
}

static int read_env(struct reader *r, const yaml_node_t *value)
{
    if (texts(r, value, &r->image->env) < 0)
        return -1;
    for (size_t i = 0; i < r->image->env.len; i++)
        if (!strchr(r->image->env.items[i], '='))
            return complain_of(r, value, "an entry of env is NAME=VALUE, found", r->image->env.items[i]);
    return 0;
}

static int read_ports(struct reader *r, const yaml_node_t *value)
{
    struct image *image = r->image;
    for (const yaml_node_item_t *i = value->data.sequence.items.start; i < value->data.sequence.items.top;
         i++) {
        unsigned long port;
        if (image->n_ports == IMAGE_PORTS_MAX)
            return complain(r, &value->start_mark, "too many ports");
        if (number(r, node_at(r, *i), UINT16_MAX, &port) < 0)
            return -1;
        image->ports[image->n_ports++] = (uint16_t)port;
    }
    return 0;
}

#define TITLE_COUNT_MAX 1000

static int read_titles(struct reader *r, const yaml_node_t *value)
{
    const yaml_node_pair_t *top = value->data.mapping.pairs.top;
    for (const yaml_node_pair_t *p = value->data.mapping.pairs.start; p < top; p++) {
        unsigned long count;
        const char *title = scalar(r, node_at(r, p->key));
        if (!title || number(r, node_at(r, p->value), TITLE_COUNT_MAX, &count) < 0)
            return -1;
        strv_add(&r->image->titles, title);
        strv_addf(&r->image->title_counts, "%lu", count);
    }
    return 0;
}

static bool is_plain_absolute(const char *path)
{
    if (path[0] != '/' || !path[1])
        return false;
    for (const char *p = path; p; p = strchr(p + 1, '/'))
        if (starts_with(p, "/../") || !strcmp(p, "/.."))
            return false;
    return true;
}

static int read_single_id_files(struct reader *r, const yaml_node_t *value)
{
    struct image *image = r->image;
    const yaml_node_pair_t *top = value->data.mapping.pairs.top;
    for (const yaml_node_pair_t *p = value->data.mapping.pairs.start; p < top; p++) {
        const char *path = scalar(r, node_at(r, p->key));
        const char *content = path ? scalar(r, node_at(r, p->value)) : NULL;
        if (!content)
            return -1;
        if (!is_plain_absolute(path))
            return complain_of(r, node_at(r, p->key), "expected an absolute path without .., found", path);
        size_t n = image->n_single_id_files++;
        image->single_id_files = xrealloc(image->single_id_files, n + 1, sizeof *image->single_id_files);
        image->single_id_files[n] = (struct image_file){xstrdup(path), xstrdup(content)};
    }
    return 0;
}

static int read_ready(struct reader *r, const yaml_node_t *value);

static const struct key image_keys[] = {
    {"description", YAML_SCALAR_NODE, false, read_description},
    {"built", YAML_SCALAR_NODE, false, read_built},
    {"command", YAML_SEQUENCE_NODE, true, read_command},
    {"env", YAML_SEQUENCE_NODE, false, read_env},
    {"ready", YAML_MAPPING_NODE, false, read_ready},
    {"single_id_files", YAML_MAPPING_NODE, false, read_single_id_files},
};
static const struct key ready_keys[] = {
    {"ports", YAML_SEQUENCE_NODE, false, read_ports},
    {"titles", YAML_MAPPING_NODE, false, read_titles},
};
#define KEYS_MAX ARRAY_LEN(image_keys)

static int find_key(const struct key *keys, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(keys[i].name, name))
            return (int)i;
    return -1;
}

static int read_pair(struct reader *r, const yaml_node_pair_t *pair, const struct key *keys, size_t n,
                     bool *seen)
{
    const yaml_node_t *key = node_at(r, pair->key);
    const yaml_node_t *value = node_at(r, pair->value);
    const char *name = scalar(r, key);
    if (!name)
        return -1;
    int found = find_key(keys, n, name);
    if (found < 0)
        return complain_of(r, key, "unknown key", name);
    if (seen[found])
        return complain_of(r, key, "this key stands twice", name);
    seen[found] = true;
    if (value->type == keys[found].type)
        return keys[found].read(r, value);
    cleanup_free char *what = xasprintf("%s must be %s, found", name, type_names[keys[found].type]);
    return complain_of(r, value, what, type_names[value->type]);
}

static int read_mapping(struct reader *r, const yaml_node_t *mapping, const struct key *keys, size_t n)
{
    bool seen[KEYS_MAX] = {false};
    const yaml_node_pair_t *top = mapping->data.mapping.pairs.top;
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < top; p++)
        if (read_pair(r, p, keys, n, seen) < 0)
            return -1;
    for (size_t i = 0; i < n; i++)
        if (keys[i].required && !seen[i])
            return complain_of(r, mapping, "this key is missing", keys[i].name);
    return 0;
}

static int read_ready(struct reader *r, const yaml_node_t *value)
{
    return read_mapping(r, value, ready_keys, ARRAY_LEN(ready_keys));
}

static int read_root(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root)
        return error_say(r->e, "%s:1:1: the file is empty", r->file);
    if (root->type != YAML_MAPPING_NODE)
        return complain_of(r, root, "expected a mapping, found", type_names[root->type]);
    return read_mapping(r, root, image_keys, ARRAY_LEN(image_keys));
}

int image_parse(const char *text, const char *file, struct image *image, struct nslab_error *e)
{
    struct reader r = {.file = file, .image = image, .e = e};
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return error_say(e, "%s: no memory to read it", file);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    int rc;
    if (yaml_parser_load(&parser, &r.document)) {
        rc = read_root(&r);
        yaml_document_delete(&r.document);
    } else {
        rc = complain(&r, &parser.problem_mark, parser.problem ? parser.problem : "not YAML");
    }
    yaml_parser_delete(&parser);
    return rc;
}
