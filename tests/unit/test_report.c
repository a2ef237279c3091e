/* SPDX-License-Identifier: MIT
 *
 * Each report of the trees in report_trees.h is exactly what stands in tests/golden/report-*. To write these
 * anew after a change, and then to read what changed: NSLAB_GOLDEN_WRITE=1 build/unit/test_report
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/layout.h"
#include "report_trees.h"

#include <string.h>

/* --- as written --- */

static void write_with(const char *format, void (*make)(struct result *), struct report_options o,
                       struct buf *out)
{
    cleanup_with(result_free) struct result r = {0};
    make(&r);
    report_by_name(format)->write(&r, &o, out);
}

static void check_report(const char *golden, const char *format, void (*make)(struct result *),
                         struct report_options o)
{
    cleanup_buf struct buf text = {0};
    write_with(format, make, o, &text);
    check_golden(golden, &text);
}

static void test_pretty(void **state)
{
    (void)state;
    check_report("plain-80.txt", "pretty", make_plain, (struct report_options){.width = 80});
    check_report("plain-40.txt", "pretty", make_plain, (struct report_options){.width = 40});
    check_report("plain-verbose.txt", "pretty", make_plain,
                 (struct report_options){.width = 80, .verbose = true});
    check_report("plain-colour.txt", "pretty", make_plain,
                 (struct report_options){.width = 80, .colour = true});
    check_report("graded-80.txt", "pretty", make_graded, (struct report_options){.width = 80});
    check_report("broken-80.txt", "pretty", make_broken, (struct report_options){.width = 80});
    check_report("hostile-80.txt", "pretty", make_hostile, (struct report_options){.width = 80});
    check_report("hostile-40.txt", "pretty", make_hostile, (struct report_options){.width = 40});
}

static void test_tap(void **state)
{
    (void)state;
    check_report("plain.tap", "tap", make_plain, (struct report_options){.width = 80});
    check_report("hostile.tap", "tap", make_hostile, (struct report_options){.width = 80});
    check_report("graded.tap", "tap", make_graded, (struct report_options){.width = 80});
    check_report("broken.tap", "tap", make_broken, (struct report_options){.width = 80});
    check_report("require-all.tap", "tap", make_plain,
                 (struct report_options){.width = 80, .require_all = true});
}

static void test_json(void **state)
{
    (void)state;
    check_report("plain.json", "json", make_plain, (struct report_options){.width = 80});
    check_report("graded.json", "json", make_graded, (struct report_options){.width = 80});
    check_report("hostile.json", "json", make_hostile, (struct report_options){.width = 80});
}

/* --- what holds of any of them --- */

static void test_no_report_has_a_control_character_or_a_command_to_a_ci_service(void **state)
{
    (void)state;
    for (size_t i = 0; i < report_count; i++)
        for (unsigned width = 1; width <= 200; width += 13) {
            cleanup_buf struct buf text = {0};
            cleanup_strv struct strv lines = {0};
            write_with(report_table[i].name, make_hostile,
                       (struct report_options){.width = width, .token = "t0ken"}, &text);
            for (size_t k = 0; k < text.len; k++)
                assert_true((unsigned char)text.data[k] >= 0x20 || text.data[k] == '\n');
            assert_null(strstr(buf_text(&text), "##["));
            strv_split_lines(&lines, buf_text(&text));
            if (!strcmp(report_table[i].name, "github"))
                continue; /* its own commands: test_report_github.c */
            for (size_t k = 0; k < lines.len; k++)
                assert_memory_not_equal(lines.items[k] + strspn(lines.items[k], " "), "::", 2);
        }
}

static void test_pretty_keeps_to_its_width(void **state)
{
    (void)state;
    const unsigned widths[] = {40, 60, 80, 132};
    for (size_t w = 0; w < ARRAY_LEN(widths); w++) {
        cleanup_buf struct buf text = {0};
        cleanup_strv struct strv lines = {0};
        write_with("pretty", w % 2 ? make_hostile : make_plain, (struct report_options){.width = widths[w]},
                   &text);
        strv_split_lines(&lines, buf_text(&text));
        for (size_t k = 0; k < lines.len; k++)
            if (display_columns(lines.items[k], strlen(lines.items[k])) > widths[w])
                fail_msg("%u columns: %s", widths[w], lines.items[k]);
    }
}

static void test_tap_has_no_point_that_is_not_ours(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv lines = {0};
    size_t points = 0, plans = 0;
    write_with("tap", make_hostile, (struct report_options){0}, &text);
    strv_split_lines(&lines, buf_text(&text));
    for (size_t k = 0; k < lines.len; k++) {
        const char *line = lines.items[k] + strspn(lines.items[k], " ");
        points += !strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7);
        plans += !strncmp(line, "1..", 3);
    }
    assert_int_equal(points, 1 + 2 + 3);
    assert_int_equal(plans, 1 + 1); /* of a run that was cut short, none at the top */
}

static void test_the_json_document_has_the_keys_of_the_contract_in_their_order(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"format\": \"nslab-result/1\"",
                                       "\"labs\"",
                                       "\"id\"",
                                       "\"file\"",
                                       "\"digest\"",
                                       "\"verdict\"",
                                       "\"ms\"",
                                       "\"steps\"",
                                       "\"id\"",
                                       "\"verdict\"",
                                       "\"points\"",
                                       "\"earned\"",
                                       "\"max\"",
                                       "\"expectations\"",
                                       "\"id\"",
                                       "\"say\"",
                                       "\"verdict\"",
                                       "\"expected\"",
                                       "\"observed\"",
                                       "\"from\"",
                                       "\"how\"",
                                       "\"ms\"",
                                       "\"cause\": null",
                                       "\"hint\": null"};
    cleanup_buf struct buf text = {0};
    json_error_t error;
    write_with("json", make_plain, (struct report_options){0}, &text);
    const char *at = buf_text(&text);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        at = strstr(at, keys[i]);
        if (!at)
            fail_msg("%s isn't there, or too early", keys[i]);
        at++;
    }
    json_t *document = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(document);
    int pass = 0, fail = 0, unsupported = 0;
    assert_int_equal(json_unpack(document, "{s:{s:i, s:i, s:i}}", "totals", "pass", &pass, "fail", &fail,
                                 "unsupported", &unsupported),
                     0);
    assert_int_equal(pass, 1);
    assert_int_equal(fail, 3);
    assert_int_equal(unsupported, 2);
    json_decref(document);
}

static void test_the_table(void **state)
{
    (void)state;
    assert_null(report_by_name("xml"));
    for (size_t i = 0; i < report_count; i++) {
        assert_true(report_table[i].help[0]);
        assert_ptr_equal(report_by_name(report_table[i].name), &report_table[i]);
    }
}

/* --- wrapping --- */

static void check_wrapped(const char *text, unsigned width, unsigned column, const char *indent,
                          const char *expected)
{
    cleanup_buf struct buf out = {0};
    add_wrapped(&out, text, width, column, indent);
    assert_string_equal(buf_text(&out), expected);
}

static void test_wrapping(void **state)
{
    (void)state;
    check_wrapped("", 20, 0, "", "\n");
    check_wrapped("one two three four", 10, 0, "  ", "one two\n  three\n  four\n");
    check_wrapped("one two", 10, 8, "  ", "\n  one two\n");
    check_wrapped("aaaa bbbb c", 10, 0, "", "aaaa bbbb\nc\n");
    check_wrapped("aaaaaaaaa b c", 10, 0, "", "aaaaaaaaa\nb c\n");
    check_wrapped("abcdefghijklmnop", 10, 0, "", "abcdefghij\nklmnop\n");
    check_wrapped("a\nb\n", 10, 0, "> ", "a\n> b\n");
    check_wrapped("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", 10, 0, "",
                  "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n\u00e9\n");
    check_wrapped("x\n::set-output::y", 40, 0, "", "x\n\\x3a:set-output::y\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_tap),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_no_report_has_a_control_character_or_a_command_to_a_ci_service),
        cmocka_unit_test(test_pretty_keeps_to_its_width),
        cmocka_unit_test(test_tap_has_no_point_that_is_not_ours),
        cmocka_unit_test(test_the_json_document_has_the_keys_of_the_contract_in_their_order),
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_wrapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
