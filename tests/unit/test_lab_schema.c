/* SPDX-License-Identifier: MIT
 *
 * docs/lab.schema.json is what the reader reads, and `nslab new` writes a lab with every key of it. To write
 * the schema anew: build/nslab lint --schema >docs/lab.schema.json
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/lab/read.h"
#include "../../src/ui/subcommands.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

static json_t *schema;

static int read_schema(void **state)
{
    (void)state;
    json_error_t error;
    schema = json_load_file("docs/lab.schema.json", JSON_REJECT_DUPLICATES, &error);
    return schema ? 0 : -1;
}

static int free_schema(void **state)
{
    (void)state;
    json_decref(schema);
    return 0;
}

static void test_the_file_is_current(void **state)
{
    (void)state;
    cleanup_buf struct buf made = {0}, file = {0};
    lab_schema(&made);
    assert_int_equal(read_file_at(AT_FDCWD, "docs/lab.schema.json", &file, 0), 0);
    if (strcmp(buf_text(&made), buf_text(&file)) != 0)
        fail_msg("write it anew: build/nslab lint --schema >docs/lab.schema.json");
}

static json_t *properties_of(const char *definition)
{
    json_t *of = definition ? json_object_get(json_object_get(schema, "$defs"), definition) : schema;
    json_t *properties = json_object_get(of, "properties");
    assert_non_null(properties);
    assert_true(json_is_false(json_object_get(of, "additionalProperties")));
    return properties;
}

static const struct {
    const char *definition;
    const struct key_table *table;
} tables[] = {{NULL, &lab_table},
              {"var", &var_table},
              {"step", &step_table},
              {"line", &line_table},
              {"predict", &predict_table},
              {"choice", &choice_table},
              {"contrast", &contrast_table},
              {"with", &with_table}};

static void test_the_schema_has_the_keys_of_the_tables_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        json_t *properties = properties_of(tables[i].definition);
        assert_int_equal(json_object_size(properties), tables[i].table->n);
        for (size_t k = 0; k < tables[i].table->n; k++)
            assert_non_null(json_object_get(properties, tables[i].table->keys[k].name));
    }
    assert_int_equal(json_object_size(properties_of("expectation")), expectation_table.n + MATCH_COUNT);
    assert_int_equal(json_object_size(properties_of("see")), probe_count + SEE_KEY_COUNT);
    for (size_t i = 0; i < MATCH_COUNT; i++)
        assert_non_null(json_object_get(properties_of("expectation"), matcher_table[i].name));
    for (size_t i = 0; i < probe_count; i++)
        assert_non_null(json_object_get(properties_of("see"), probe_table[i].name));
}

static void check_references(json_t *value)
{
    const char *key;
    json_t *inner;
    size_t i;
    const char *path = json_string_value(json_object_get(value, "$ref"));
    if (path && !json_object_get(json_object_get(schema, "$defs"), path + strlen("#/$defs/")))
        fail_msg("nothing is named %s", path);
    if (json_is_object(value))
        json_object_foreach(value, key, inner) check_references(inner);
    if (json_is_array(value))
        json_array_foreach(value, i, inner) check_references(inner);
}

static void test_every_reference_leads_somewhere(void **state)
{
    (void)state;
    check_references(schema);
}

static void test_a_new_lab_is_valid(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0}, shown = {0};
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    new_lab_text("my-lab", &text);
    if (lab_read_text(buf_text(&text), text.len, "my-lab.yaml", &lab, &d) < 0) {
        diagnostics_show(&d, &shown);
        fail_msg("%s", buf_text(&shown));
    }
    assert_string_equal(lab->id, "my-lab");
}

static void check_keys(const struct key_table *table, const char *text)
{
    for (size_t i = 0; i < table->n; i++) {
        cleanup_free char *key = xasprintf("%s:", table->keys[i].name);
        /* `run` and `do` of a contrast are one or the other: both are in the text, one as a word of a
         * comment. */
        if (!strstr(text, key))
            fail_msg("a new lab doesn't show `%s`", table->keys[i].name);
    }
}

static void test_a_new_lab_shows_every_key(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    new_lab_text("my-lab", &text);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        check_keys(tables[i].table, buf_text(&text));
    check_keys(&expectation_table, buf_text(&text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_is_current),
        cmocka_unit_test(test_the_schema_has_the_keys_of_the_tables_and_no_others),
        cmocka_unit_test(test_every_reference_leads_somewhere),
        cmocka_unit_test(test_a_new_lab_is_valid),
        cmocka_unit_test(test_a_new_lab_shows_every_key),
    };
    return cmocka_run_group_tests(tests, read_schema, free_schema);
}
