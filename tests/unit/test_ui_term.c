/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/term.h"

#include <string.h>

static void width(void **state)
{
    (void)state;
    assert_int_equal(term_width_from(132, "40"), 132);
    assert_int_equal(term_width_from(0, "40"), 40);
    assert_int_equal(term_width_from(0, NULL), 80);
    assert_int_equal(term_width_from(0, "0"), 80);
    assert_int_equal(term_width_from(0, "-5"), 80);
    assert_int_equal(term_width_from(0, "99999999999999999999"), 80);
    assert_int_equal(term_width_from(3, NULL), TERM_WIDTH_MIN);
}

static void colour(void **state)
{
    (void)state;
    assert_true(term_colour_from(false, true, NULL, "xterm"));
    assert_true(term_colour_from(false, true, "", "xterm"));
    assert_false(term_colour_from(true, true, NULL, "xterm"));
    assert_false(term_colour_from(false, false, NULL, "xterm"));
    assert_false(term_colour_from(false, true, "1", "xterm"));
    assert_false(term_colour_from(false, true, NULL, "dumb"));
    assert_false(term_colour_from(false, true, NULL, ""));
    assert_false(term_colour_from(false, true, NULL, NULL));
}

static void styles(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    style_add(&out, &(struct look){.colour = true}, STYLE_BOLD, "x");
    style_add(&out, &(struct look){.colour = true}, STYLE_PLAIN, "y");
    style_add(&out, &(struct look){.colour = false}, STYLE_FAIL, "z");
    assert_string_equal(buf_text(&out), "\033[1mx\033[0myz");
}

/* Feeds the bytes in chunks of every size; what comes out must always be the same. */
static void in_any_chunks(const char *bytes, size_t n, const char *expected)
{
    for (size_t size = 1; size <= n; size++) {
        struct harmless_stream s = {0};
        cleanup_buf struct buf out = {0};
        for (size_t i = 0; i < n; i += size)
            harmless_feed(&s, bytes + i, i + size > n ? n - i : size, &out);
        harmless_finish(&s, &out);
        assert_string_equal(buf_text(&out), expected);
    }
}

static void harmless_in_chunks(void **state)
{
    (void)state;
    in_any_chunks("a\u00e9\u6f22\U0001f600z\n", strlen("a\u00e9\u6f22\U0001f600z\n"),
                  "a\u00e9\u6f22\U0001f600z\n");
    in_any_chunks("one\r\ntwo\r\n", 10, "one\ntwo\n");
    in_any_chunks("a\rb\n", 4, "a^Mb\n");
    in_any_chunks("\033[2J\007", 5, "^[[2J^G\n");
    in_any_chunks("\xe2\x82", 2, "\\xe2\\x82\n");
    in_any_chunks("\xe2\x82x\n", 4, "\\xe2\\x82x\n");
    in_any_chunks("x\r", 2, "x^M\n");
    in_any_chunks("\0\n", 2, "^@\n");
}

static void harmless_ends_an_open_line_once(void **state)
{
    (void)state;
    struct harmless_stream s = {0};
    cleanup_buf struct buf out = {0};
    harmless_finish(&s, &out);
    assert_string_equal(buf_text(&out), "");
    harmless_feed(&s, "open", 4, &out);
    harmless_finish(&s, &out);
    harmless_finish(&s, &out);
    assert_string_equal(buf_text(&out), "open\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width),
        cmocka_unit_test(colour),
        cmocka_unit_test(styles),
        cmocka_unit_test(harmless_in_chunks),
        cmocka_unit_test(harmless_ends_an_open_line_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
