/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/completion.h"
#include "nslab/mem.h"
#include "nslab/subcommand.h"

#include <stdlib.h>
#include <string.h>

/* The candidates for these words, joined by blanks; "+" in front: files too; "*" behind: no blank follows. */
static void check(const char *const *given, size_t n, const char *wanted)
{
    cleanup_strv struct strv words = {0};
    cleanup_with(completion_free) struct completion found = {0};
    cleanup_buf struct buf text = {0};
    for (size_t i = 0; i < n; i++)
        strv_add(&words, given[i]);
    complete_words(&words, &found);
    assert_int_equal(found.words.len, found.helps.len);
    buf_adds(&text, found.files ? "+" : "");
    strv_join(&found.words, " ", &text);
    buf_adds(&text, found.open ? "*" : "");
    assert_string_equal(buf_text(&text), wanted);
}
#define CHECK(wanted, ...)                                                                                   \
    check((const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})), wanted)

static void test_subcommands_and_options(void **state)
{
    (void)state;
    CHECK("verify", "ver");
    CHECK("", "nonesuch", "");
    CHECK("completion", "comple"); /* `complete` is for other programs: not offered */
    CHECK("--report --require-all", "verify", "--re");
}

static void test_words_by_the_synopsis(void **state)
{
    (void)state;
    CHECK("+pid", "verify", "pi");
    CHECK("+pid", "verify", "user", "pi");
    CHECK("+pid", "verify", "--jobs", "2", "pi");
    CHECK("pid", "demo", "pi");
    CHECK("build path rm list", "image", "");
    CHECK("nginx", "image", "build", "ng");
    CHECK("bash zsh fish", "completion", "");
    CHECK("--json --fix --help", "doctor", ""); /* where no word can stand, options do */
    CHECK("+", "lint", "");
}

static void test_values_of_options(void **state)
{
    (void)state;
    CHECK("tap", "verify", "--format", "t");
    CHECK("tap", "verify", "-f", "t");
    CHECK("--format=tap", "verify", "--format=t");
    CHECK("pretty json github", "lint", "--format", ""); /* its own, and no other's */
    CHECK("junit=*", "verify", "--report", "ju");
    CHECK("+*", "verify", "--report", "junit=");
    CHECK("", "verify", "--jobs", "");
    CHECK("what-runs", "--lab", "w");
    CHECK("--lab=what-runs", "--lab=w");
}

static void test_lines_of_the_shell(void **state)
{
    (void)state;
    CHECK("run*", "-c", "ru");
    CHECK("run --pid*", "-c", "run --pi");
    CHECK("run --pid=host*", "-c", "ps", "-c", "run --pid=ho");
    CHECK("start pid*", "-c", "start p");
    CHECK("run*", "--command", "ru");
}

static void test_every_placeholder_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < subcommand_count; i++)
        for (size_t k = 0; k < SUB_OPTIONS_MAX && subcommand_table[i].options[k].name; k++) {
            const char *placeholder = subcommand_table[i].options[k].placeholder;
            if (placeholder && !completion_knows(placeholder))
                fail_msg("nslab %s --%s %s: src/ui/completion.c has no row `%s`", subcommand_table[i].name,
                         subcommand_table[i].options[k].name, placeholder, placeholder);
        }
    assert_false(completion_knows("NONESUCH"));
}

static void test_a_script_for_each_shell(void **state)
{
    (void)state;
    for (size_t i = 0; completion_shells[i]; i++) {
        const char *script = completion_script(completion_shells[i]);
        assert_non_null(script);
        assert_non_null(strstr(script, " complete -- "));
    }
    assert_null(completion_script("csh"));
}

int main(void)
{
    setenv("NSLAB_SHARE_DIR", ".", 1);
    setenv("NSLAB_DATA_DIR", "/nonexistent", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subcommands_and_options),    cmocka_unit_test(test_words_by_the_synopsis),
        cmocka_unit_test(test_values_of_options),          cmocka_unit_test(test_lines_of_the_shell),
        cmocka_unit_test(test_every_placeholder_is_known), cmocka_unit_test(test_a_script_for_each_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
