/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/lab.h"
#include "nslab/mem.h"

#include <string.h>

static char *lookup(void *context, const char *name)
{
    int *asked = context;
    ++*asked;
    if (!strcmp(name, "port"))
        return xstrdup("12345");
    if (!strcmp(name, "web.pid"))
        return xstrdup("42");
    if (!strcmp(name, "pid-1.observed"))
        return xstrdup("${port}");
    return NULL;
}

static void assert_expands(const char *text, const char *expected)
{
    int asked = 0;
    struct nslab_error e = {0};
    cleanup_free char *out = NULL;
    assert_int_equal(template_expand(text, lookup, &asked, &out, &e), 0);
    assert_string_equal(out, expected);
}

static void test_expansion(void **state)
{
    (void)state;
    assert_expands("", "");
    assert_expands("plain", "plain");
    assert_expands("${port}", "12345");
    assert_expands("-p ${port}:80 ${web.pid}", "-p 12345:80 42");
    assert_expands("${port}${port}", "1234512345");
    /* What was observed is not read again as a template. */
    assert_expands("it was ${pid-1.observed}", "it was ${port}");
}

static void test_dollars(void **state)
{
    (void)state;
    assert_expands("$${port}", "${port}");
    assert_expands("$$${port}", "$${port}");
    assert_expands("$ $1 $PATH $(x) $$ 5$", "$ $1 $PATH $(x) $$ 5$");
    assert_expands("$${", "${");
    assert_expands("} {port}", "} {port}");
}

static void assert_fails(const char *text, const char *expected)
{
    int asked = 0;
    struct nslab_error e = {0};
    char *out = NULL;
    char said[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(template_expand(text, lookup, &asked, &out, &e), -1);
    assert_null(out);
    assert_string_equal(error_text(&e, said, sizeof said), expected);
}

static void test_what_has_no_value_is_an_error(void **state)
{
    (void)state;
    assert_fails("a ${prot} b", "${prot} has no value here");
    assert_fails("${port", "malformed ${...} in `${port`. Write ${name}; a literal ${ is $${.");
    assert_fails("${}", "malformed ${...} in `${}`. Write ${name}; a literal ${ is $${.");
    assert_fails("${a b}", "malformed ${...} in `${a b}`. Write ${name}; a literal ${ is $${.");
    assert_fails("${a${port}}", "malformed ${...} in `${a${port}}`. Write ${name}; a literal ${ is $${.");
}

static void test_names(void **state)
{
    (void)state;
    cleanup_strv struct strv names = {0};
    size_t offset = 99;
    assert_true(template_names("x ${a} $${b} ${c.d} $e ${a}", &names, &offset));
    assert_int_equal(names.len, 3);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "c.d");
    assert_string_equal(names.items[2], "a");
    assert_int_equal(offset, 99);
    assert_false(template_names("ok ${a} then ${b", &names, &offset));
    assert_int_equal(offset, 13);
}

static void test_picks_are_what_they_were(void **state)
{
    (void)state;
    /* A workbook's answers depend on these: they must never change. */
    assert_int_equal(pick_value("ada", "pid", "port", 10000, 32000), 28301);
    assert_int_equal(pick_value("grace", "pid", "port", 10000, 32000), 23235);
    assert_int_equal(pick_value("ada", "net", "port", 10000, 32000), 22782);
    assert_int_equal(pick_value("ada", "pid", "other", 10000, 32000), 15556);
    assert_int_equal(pick_value("", "", "", 0, 1000000), 967453);
    /* Where one text ends and the next begins counts. */
    assert_int_not_equal(pick_value("ab", "c", "x", 0, 1000000), pick_value("a", "bc", "x", 0, 1000000));
}

static void test_picks_stay_in_their_range(void **state)
{
    (void)state;
    bool seen[5] = {false};
    for (int i = 0; i < 1000; i++) {
        cleanup_free char *learner = xasprintf("learner-%d", i);
        long value = pick_value(learner, "pid", "port", 3, 7);
        assert_in_range(value, 3, 7);
        seen[value - 3] = true;
    }
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        assert_true(seen[i]);
    assert_int_equal(pick_value("ada", "pid", "port", 8, 8), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_dollars),
        cmocka_unit_test(test_what_has_no_value_is_an_error),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_picks_are_what_they_were),
        cmocka_unit_test(test_picks_stay_in_their_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
