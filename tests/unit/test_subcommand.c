/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/subcommand.h"

#include <string.h>

static int parse(const char *name, size_t argc, const char *const *argv, struct sub_args *ret,
                 struct nslab_error *e)
{
    char *copies[8];
    assert_true(argc <= ARRAY_LEN(copies));
    for (size_t i = 0; i < argc; i++)
        copies[i] = xstrdup(argv[i]);
    int rc = sub_args_parse(subcommand_by_name(name), argc, copies, ret, e);
    for (size_t i = 0; i < argc; i++)
        free(copies[i]);
    return rc;
}
#define PARSE(name, ret, e, ...)                                                                             \
    parse(name, ARRAY_LEN(((const char *const[]){__VA_ARGS__})), (const char *const[]){__VA_ARGS__}, ret, e)

static void test_options_in_all_their_forms(void **state)
{
    (void)state;
    struct sub_args a;
    struct nslab_error e = {0};
    assert_int_equal(
        PARSE("verify", &a, &e, "pid", "--format=tap", "-j4", "--output", "x", "--require-all", "--", "-z"),
        0);
    assert_string_equal(sub_value(&a, "format"), "tap");
    assert_string_equal(sub_value(&a, "jobs"), "4");
    assert_string_equal(sub_value(&a, "output"), "x");
    assert_true(sub_has(&a, "require-all"));
    assert_false(sub_has(&a, "as"));
    assert_null(sub_value(&a, "as"));
    assert_int_equal(a.words.len, 2);
    assert_string_equal(a.words.items[0], "pid");
    assert_string_equal(a.words.items[1], "-z");
    sub_args_free(&a);
}

static void test_repeated_options_keep_their_order_and_the_last_wins(void **state)
{
    (void)state;
    struct sub_args a;
    struct nslab_error e = {0};
    assert_int_equal(PARSE("", &a, &e, "-c", "labs", "--command=quit", "-cns", "--plain"), 0);
    const struct strv *lines = sub_values(&a, "command");
    assert_int_equal(lines->len, 3);
    assert_string_equal(lines->items[0], "labs");
    assert_string_equal(lines->items[1], "quit");
    assert_string_equal(lines->items[2], "ns");
    assert_string_equal(sub_value(&a, "command"), "ns");
    sub_args_free(&a);
}

static void check_refused(const char *name, const char *const *argv, size_t argc, const char *text)
{
    struct sub_args a;
    struct nslab_error e = {0};
    char whole[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(parse(name, argc, argv, &a, &e), -1);
    assert_string_equal(error_text(&e, whole, sizeof whole), text);
    sub_args_free(&a);
}
#define REFUSED(name, text, ...)                                                                             \
    check_refused(name, (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})), \
                  text)

static void test_usage_errors_name_the_nearest(void **state)
{
    (void)state;
    REFUSED("verify", "verify has no option `--fromat`. Did you mean --format?", "--fromat=tap");
    REFUSED("verify", "verify has no option `-x`. `nslab help verify` lists its options.", "-x");
    REFUSED("", "nslab has no option `--zzzzzz`. `nslab --help` lists the options.", "--zzzzzz");
    REFUSED("verify", "verify: the option `--jobs` needs a value, N", "--jobs");
    REFUSED("verify", "verify: the option `require-all` takes no value", "--require-all=yes");
    REFUSED("labs", "labs: `x` is one word too many. Usage: nslab labs", "x");
    REFUSED("image", "image: something is missing. Usage: nslab image build|path|rm IMAGE | list", "--force");
}

static void test_help_is_an_option_of_all_and_needs_no_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < subcommand_count; i++) {
        struct sub_args a;
        struct nslab_error e = {0};
        assert_int_equal(PARSE(subcommand_table[i].name, &a, &e, "--help"), 0);
        assert_true(a.help);
        sub_args_free(&a);
    }
}

static void test_the_table_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *sub = &subcommand_table[i];
        assert_ptr_equal(subcommand_by_name(sub->name), sub); /* names are unique */
        assert_true(sub->help[0] && sub->help[strlen(sub->help) - 1] == '.');
        assert_non_null(sub->synopsis);
        assert_non_null(sub->run);
        assert_true(sub->words_min <= sub->words_max);
        for (size_t k = 0; k < SUB_OPTIONS_MAX && sub->options[k].name; k++) {
            const struct sub_option *option = &sub->options[k];
            assert_true(option->help[0]);
            assert_string_not_equal(option->name, "help");
            assert_int_not_equal(option->letter, 'h');
            for (size_t other = 0; other < k; other++) {
                assert_string_not_equal(option->name, sub->options[other].name);
                assert_true(!option->letter || option->letter != sub->options[other].letter);
            }
        }
    }
    assert_null(subcommand_by_name("verfiy"));
}

static void test_help_shows_every_row_at_any_width(void **state)
{
    (void)state;
    for (unsigned width = 20; width <= 120; width += 20) {
        const struct look look = {.width = width};
        cleanup_buf struct buf text = {0};
        program_help(&look, &text);
        for (size_t i = 1; i < subcommand_count; i++) {
            cleanup_buf struct buf own = {0};
            cleanup_free char *row = xasprintf("\nnslab %s ", subcommand_table[i].name);
            if (subcommand_table[i].hidden)
                assert_null(strstr(buf_text(&text), row));
            else
                assert_non_null(strstr(buf_text(&text), subcommand_table[i].name));
            subcommand_help(&subcommand_table[i], &look, &own);
            assert_non_null(strstr(buf_text(&own), subcommand_table[i].synopsis));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_in_all_their_forms),
        cmocka_unit_test(test_repeated_options_keep_their_order_and_the_last_wins),
        cmocka_unit_test(test_usage_errors_name_the_nearest),
        cmocka_unit_test(test_help_is_an_option_of_all_and_needs_no_words),
        cmocka_unit_test(test_the_table_is_complete),
        cmocka_unit_test(test_help_shows_every_row_at_any_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
