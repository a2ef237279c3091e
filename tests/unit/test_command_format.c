/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/command/format.h"
#include "../../src/command/table.h"
#include "nslab/mem.h"

#include <string.h>

static const char *const document =
    "{\"Name\": \"web\", \"State\": {\"Pid\": 18, \"Running\": true, \"Error\": null},"
    " \"Config\": {\"Cmd\": [\"nginx\", \"-g\"]}, \"Ports\": {\"80/tcp\": []}}";

static void expect(const char *format, const char *text)
{
    cleanup_buf struct buf out = {0};
    struct nslab_error e = {0};
    json_t *root = json_loads(document, 0, NULL);
    assert_non_null(root);
    assert_int_equal(format_check(format, &e), 0);
    assert_int_equal(format_expand(format, root, &out, &e), 0);
    assert_string_equal(buf_text(&out), text);
    json_decref(root);
}

static void fields_and_text(void **state)
{
    (void)state;
    expect("{{.State.Pid}}", "18");
    expect("{{ .State.Pid }}", "18");
    expect("{{.Name}}: {{.State.Pid}}, {{.State.Running}}.", "web: 18, true.");
    expect("no field", "no field");
    expect("", "");
    expect("a } b }} {", "a } b }} {");
    expect("{{.State.Error}}", "<no value>");
    expect("{{json .State.Error}}", "null");
    expect("{{json .Name}}", "\"web\"");
    expect("{{.Config.Cmd}}", "[\"nginx\",\"-g\"]");
    expect("{{json .Config}}", "{\"Cmd\":[\"nginx\",\"-g\"]}");
    expect("{{json .Ports}}", "{\"80/tcp\":[]}");
}

static void expect_unknown(const char *format, const char *detail, const char *hint)
{
    cleanup_buf struct buf out = {0};
    struct nslab_error e = {0};
    json_t *root = json_loads(document, 0, NULL);
    assert_int_equal(format_expand(format, root, &out, &e), -1);
    assert_string_equal(e.detail, detail);
    assert_string_equal(e.hint, hint);
    json_decref(root);
}

static void unknown_fields_name_the_nearest(void **state)
{
    (void)state;
    expect_unknown("{{.State.Pit}}", "no field `Pit` in `.State.Pit`", "Did you mean `Pid`?");
    expect_unknown("{{.state.Pid}}", "no field `state` in `.state.Pid`", "Did you mean `State`?");
    expect_unknown("{{.Zebra}}", "no field `Zebra` in `.Zebra`",
                   "`inspect NAME` without -f shows all fields.");
    expect_unknown("{{.Name.X}}", "no field `X` in `.Name.X`", "`inspect NAME` without -f shows all fields.");
}

static void malformed_formats(void **state)
{
    (void)state;
    static const struct {
        const char *format, *detail;
    } rows[] = {
        {"{{.State", "malformed format: {{ is not closed by }}"},
        {"x {{", "malformed format: {{ is not closed by }}"},
        {"{{}}", "malformed format: between {{ and }} a field is expected, which begins with a dot"},
        {"{{   }}", "malformed format: between {{ and }} a field is expected, which begins with a dot"},
        {"{{State}}", "malformed format: between {{ and }} a field is expected, which begins with a dot"},
        {"{{json}}", "malformed format: between {{ and }} a field is expected, which begins with a dot"},
        {"{{range .Mounts}}",
         "malformed format: between {{ and }} a field is expected, which begins with a dot"},
        {"{{.A | json}}", "malformed format: between {{ and }} only one field's path is understood"},
        {"{{.A..B}}", "malformed format: between {{ and }} only one field's path is understood"},
        {"{{.A.}}", "malformed format: between {{ and }} only one field's path is understood"},
        {"{{.A}}{{.B .C}}", "malformed format: between {{ and }} only one field's path is understood"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct nslab_error e = {0};
        assert_int_equal(format_check(rows[i].format, &e), -1);
        assert_string_equal(e.detail, rows[i].detail);
    }
}

/* --- tables and wrapping, which all output of the verbs goes through --- */

static void columns_are_aligned_and_harmless(void **state)
{
    (void)state;
    cleanup_table struct table t = {.columns = 3};
    cleanup_buf struct buf out = {0};
    const char *cells[] = {"A", "BB", "C", "µs", "\033[31m", "x\ny", "", "", "", "", "", "last"};
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        table_add(&t, "%s", cells[i]);
    table_show(&t, &out);
    assert_string_equal(buf_text(&out), "A   BB      C\n"
                                        "µs  ^[[31m  x y\n"
                                        "\n"
                                        "            last\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_text),
        cmocka_unit_test(unknown_fields_name_the_nearest),
        cmocka_unit_test(malformed_formats),
        cmocka_unit_test(columns_are_aligned_and_harmless),
    };
    return cmocka_run_group_tests_name("command: formats and tables", tests, NULL, NULL);
}
