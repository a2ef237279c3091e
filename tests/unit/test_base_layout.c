/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/layout.h"

#include <string.h>

static void check(const char *text, struct plain_layout layout, const char *expected)
{
    cleanup_buf struct buf out = {0};
    layout_plain(text, &layout, &out);
    assert_string_equal(buf_text(&out), expected);
}

static void test_plain(void **state)
{
    (void)state;
    check("", (struct plain_layout){.width = 20, .indent = ""}, "");
    check("one two three", (struct plain_layout){.width = 10, .indent = "  "}, "one two\n  three");
    check("a\n\nb c", (struct plain_layout){.width = 40, .column = 4, .indent = "  "}, "a\n\n  b c");
    check("a\n\nb", (struct plain_layout){.width = 40, .indent = "| "}, "a\n|\n| b");
    check("a\n", (struct plain_layout){.width = 40, .indent = "  "}, "a");
    check("toolongaword x", (struct plain_layout){.width = 10, .indent = ""}, "toolongawo\nrd x");
    check("two words", (struct plain_layout){.width = 10, .column = 8, .indent = "  "}, "\n  two\n  words");
    check("a  b", (struct plain_layout){.width = 40, .indent = ""}, "a  b");
    check("narrower", (struct plain_layout){.width = 1, .indent = "    "}, "narrower");
}

/* However the text is broken, no line's text begins with the guard. */
static void test_guard(void **state)
{
    (void)state;
    const struct plain_layout guarded = {.width = 12, .indent = "  ", .guard = "::"};
    check("::x", guarded, "\\x3a:x");
    check("a ::x", guarded, "a ::x");
    check("a\n ::x", guarded, "a\n   \\x3a:x");
    check("abcdefghijkl::x", guarded, "abcdefghijkl\n  \\x3a:x");
    const char *text = "::::::::::::::::::::::: :: : ::\n::";
    for (unsigned width = 8; width < 24; width++) {
        cleanup_buf struct buf out = {0};
        cleanup_strv struct strv lines = {0};
        layout_plain(text, &(struct plain_layout){.width = width, .indent = "", .guard = "::"}, &out);
        strv_split_lines(&lines, buf_text(&out));
        for (size_t i = 0; i < lines.len; i++) {
            assert_int_not_equal(strncmp(lines.items[i], "::", 2), 0);
            assert_in_range(strlen(lines.items[i]), 1, width);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain), cmocka_unit_test(test_guard)};
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
