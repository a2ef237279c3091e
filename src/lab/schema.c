/* SPDX-License-Identifier: MIT
 *
 * The lab format as a JSON Schema, made from the reader's tables, so that editors know what the reader knows.
 * What no schema can say (names of containers, variables, verbs) lint says.
 */
#include "nslab/mem.h"
#include "nslab/need.h"
#include "read.h"

#include <jansson.h>
#include <string.h>

#define ID_PATTERN "^[a-z0-9][a-z0-9-]*$"
#define TEMPLATE "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}" /* known only when the lab runs */

/* Forms of values that are no mappings: the reader's functions for them, in words of JSON Schema. */
static const struct {
    const char *name, *schema;
} forms[] = {
    {"text", "{\"type\": [\"string\", \"number\", \"boolean\"], \"pattern\": \"\\\\S\"}"},
    {"any_text", "{\"type\": [\"string\", \"number\", \"boolean\"]}"},
    {"id", "{\"type\": [\"string\", \"integer\"], \"pattern\": \"" ID_PATTERN "\"}"},
    {"texts",
     "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 100, \"items\": {\"$ref\": \"#/$defs/text\"}}"},
    {"format", "{\"const\": \"nslab/1\"}"},
    {"vars",
     "{\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 100, \"propertyNames\": {\"pattern\": "
     "\"" ID_PATTERN "\"}, \"additionalProperties\": {\"$ref\": \"#/$defs/var\"}}"},
    {"pick", "{\"type\": \"string\", \"pattern\": \"^[0-9]+\\\\.\\\\.[0-9]+$\"}"},
    {"steps",
     "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 100, \"items\": {\"$ref\": \"#/$defs/step\"}}"},
    {"lines", "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 100, \"items\": {\"anyOf\": [{\"$ref\": "
              "\"#/$defs/text\"}, {\"$ref\": \"#/$defs/line\"}]}}"},
    {"choices",
     "{\"type\": \"array\", \"minItems\": 2, \"maxItems\": 100, \"items\": {\"$ref\": \"#/$defs/choice\"}, "
     "\"contains\": {\"required\": [\"right\"], \"properties\": {\"right\": {\"const\": true}}}}"},
    {"expect", "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 100, \"items\": {\"$ref\": "
               "\"#/$defs/expectation\"}}"},
    {"within", "{\"anyOf\": [{\"const\": 0}, {\"type\": \"string\", \"pattern\": \"^([0-9]+(s|ms)|0)$\"}]}"},
};

static json_t *from_text(const char *text)
{
    json_error_t error;
    return json_loads(text, JSON_DECODE_ANY, &error);
}

static json_t *reference(const char *name)
{
    cleanup_free char *path = xasprintf("#/$defs/%s", name);
    return json_pack("{s:s}", "$ref", path);
}

/* The definition that stands for a key whose value has a function of its own. */
static json_t *other_schema(const char *key)
{
    bool lines = !strcmp(key, "do") || !strcmp(key, "solution");
    return reference(lines ? "lines" : key);
}

static json_t *key_schema(const struct key *key)
{
    switch (key->type) {
    case KEY_TEXT:
        return reference("text");
    case KEY_ID:
        return reference("id");
    case KEY_TEXTS:
        return reference("texts");
    case KEY_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case KEY_NUMBER:
        return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", key->from, "maximum", key->to);
    case KEY_OTHER:
        return other_schema(key->name);
    }
    return NULL;
}

static json_t *mapping(const struct key_table *table)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < table->n; i++) {
        json_object_set_new(properties, table->keys[i].name, key_schema(&table->keys[i]));
        if (table->keys[i].required)
            json_array_append_new(required, json_string(table->keys[i].name));
    }
    return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0, "required",
                     required, "properties", properties);
}

/* Exactly one of the mapping's keys. */
static json_t *one_of(const struct key_table *table)
{
    json_t *schema = mapping(table);
    json_object_set_new(schema, "minProperties", json_integer(1));
    json_object_set_new(schema, "maxProperties", json_integer(1));
    return schema;
}

static json_t *step_schema(void)
{
    json_t *schema = mapping(&step_table);
    json_object_set_new(schema, "dependentRequired",
                        json_pack("{s:[s,s,s], s:[s], s:[s]}", "task", "hints", "solution", "expect", "hints",
                                  "task", "solution", "task"));
    json_t *hints = json_pack("{s:[o], s:i, s:i}", "allOf", reference("texts"), "minItems", 3, "maxItems", 3);
    json_object_set_new(json_object_get(schema, "properties"), "hints", hints);
    return schema;
}

/* --- expectations --- */

static json_t *operand_schema(enum operand_kind kind)
{
    switch (kind) {
    case OPERAND_TEXT:
        return reference("any_text");
    case OPERAND_TEXT_OR_LIST:
        return json_pack("{s:[o,o]}", "anyOf", reference("any_text"), reference("texts"));
    case OPERAND_LIST:
        return reference("texts");
    case OPERAND_NUMBER:
        return json_pack("{s:[{s:s, s:i}, o]}", "anyOf", "type", "integer", "minimum", 0,
                         from_text(TEMPLATE));
    case OPERAND_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case OPERAND_SEE:
        return reference("see");
    }
    return NULL;
}

static json_t *expectation_schema(void)
{
    json_t *schema = mapping(&expectation_table), *one = json_array();
    json_t *properties = json_object_get(schema, "properties");
    for (size_t i = 0; i < MATCH_COUNT; i++) {
        json_object_set_new(properties, matcher_table[i].name, operand_schema(matcher_table[i].operand));
        json_array_append_new(one, json_pack("{s:[s]}", "required", matcher_table[i].name));
    }
    json_object_set_new(schema, "anyOf", one); /* at least one matcher */
    return schema;
}

/* One of the names, or what is known only when the lab runs. */
static json_t *names_schema(json_t *names)
{
    return json_pack("{s:[{s:o}, o]}", "anyOf", "enum", names, from_text(TEMPLATE));
}

static json_t *subject_schema(const struct probe *probe)
{
    json_t *names = json_array();
    if (!probe->subjects) {
        json_decref(names);
        return json_pack("{s:[o], s:s}", "allOf", reference("text"), "description", probe->help);
    }
    for (const char *const *s = probe->subjects; *s; s++)
        json_array_append_new(names, json_string(*s));
    json_t *schema = names_schema(names);
    json_object_set_new(schema, "description", json_string(probe->help));
    return schema;
}

/* What the other keys may and must be, with this probe. */
static json_t *probe_rule(const struct probe *probe)
{
    json_t *required = json_array(), *properties = json_object(), *fields = json_array();
    for (unsigned i = 0; i < SEE_KEY_COUNT; i++) {
        if (probe->required >> i & 1)
            json_array_append_new(required, json_string(see_key_names[i]));
        if (!(probe->allowed >> i & 1))
            json_object_set_new(properties, see_key_names[i], json_false());
    }
    for (const struct probe_field *f = probe->fields; f->name; f++)
        json_array_append_new(fields, json_string(f->name));
    if (probe->allowed >> SEE_FIELD & 1 && json_array_size(fields))
        json_object_set_new(properties, "field", names_schema(json_incref(fields)));
    json_decref(fields);
    return json_pack("{s:{s:[s]}, s:{s:o, s:o}}", "if", "required", probe->name, "then", "required", required,
                     "properties", properties);
}

static json_t *see_schema(void)
{
    json_t *properties = json_object(), *one = json_array(), *rules = json_array();
    for (size_t i = 0; i < probe_count; i++) {
        json_object_set_new(properties, probe_table[i].name, subject_schema(&probe_table[i]));
        json_array_append_new(one, json_pack("{s:[s]}", "required", probe_table[i].name));
        json_array_append_new(rules, probe_rule(&probe_table[i]));
    }
    for (unsigned i = 0; i < SEE_KEY_COUNT; i++)
        json_object_set_new(properties, see_key_names[i], reference("text"));
    return json_pack("{s:s, s:b, s:o, s:o, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties, "oneOf", one, "allOf", rules);
}

static json_t *lab_mapping(void)
{
    json_t *schema = mapping(&lab_table), *names = json_array();
    for (size_t i = 0; i < need_count; i++)
        json_array_append_new(names, json_string(need_table[i].name));
    json_object_set_new(json_object_get(schema, "properties"), "requires",
                        json_pack("{s:s, s:i, s:i, s:{s:o}}", "type", "array", "minItems", 1, "maxItems",
                                  ITEMS_MAX, "items", "enum", names));
    return schema;
}

static json_t *definitions(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        json_object_set_new(all, forms[i].name, from_text(forms[i].schema));
    json_object_set_new(all, "var", one_of(&var_table));
    json_object_set_new(all, "step", step_schema());
    json_object_set_new(all, "line", mapping(&line_table));
    json_object_set_new(all, "predict", mapping(&predict_table));
    json_object_set_new(all, "choice", mapping(&choice_table));
    json_object_set_new(all, "contrast", mapping(&contrast_table));
    json_object_set_new(all, "with", one_of(&with_table));
    json_object_set_new(all, "expectation", expectation_schema());
    json_object_set_new(all, "see", see_schema());
    return all;
}

static int add_bytes(const char *bytes, size_t n, void *out)
{
    buf_add(out, bytes, n);
    return 0;
}

void lab_schema(struct buf *out)
{
    json_set_alloc_funcs(xmalloc, free);
    json_t *schema =
        json_pack("{s:s, s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "$id",
                  "urn:nslab:lab:1", "title", "nslab/1", "description",
                  "A lab of nslab. Made by `nslab lint --schema`; docs/lab-format.md says it in words.");
    json_t *lab = lab_mapping();
    json_object_update(schema, lab);
    json_decref(lab);
    json_object_set_new(schema, "$defs", definitions());
    json_dump_callback(schema, add_bytes, out, JSON_INDENT(2));
    json_decref(schema);
    buf_addc(out, '\n');
}
