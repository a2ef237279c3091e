/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/record_cast.h"

#include <string.h>

static char secret[] = "0123";

/* The texts, in this order, as a terminal's bytes that were read one after the other. */
static void feed(const char *const *parts, size_t n, struct buf *shown, struct buf *events)
{
    struct cast c = {.secret = secret};
    for (size_t i = 0; i < n; i++)
        cast_feed(&c, (double)i, parts[i], strlen(parts[i]), shown, events);
    cast_flush(&c, (double)n, shown, events);
    cast_free(&c);
}

static void expect(const char *const *parts, size_t n, const char *shown, const char *events)
{
    cleanup_buf struct buf got_shown = {0}, got_events = {0};
    feed(parts, n, &got_shown, &got_events);
    assert_string_equal(buf_text(&got_shown), shown);
    assert_string_equal(buf_text(&got_events), events);
}
#define EXPECT(shown, events, ...)                                                                           \
    expect((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),  \
           shown, events)

static void a_header(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    const struct cast_header h = {
        .width = 80, .height = 24, .timestamp = 1795454299, .title = "a \"lab\"", .term = "xterm"};
    cast_header(&h, &out);
    assert_string_equal(
        buf_text(&out),
        "{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": 1795454299, "
        "\"idle_time_limit\": 4, \"title\": \"a \\\"lab\\\"\", \"env\": {\"TERM\": \"xterm\"}}\n");
}

static void text_is_an_event(void **state)
{
    (void)state;
    EXPECT("a\"\r\n", "[0.000000, \"o\", \"a\\\"\\r\\n\"]\n", "a\"\r\n");
    EXPECT("ab", "[0.000000, \"o\", \"a\"]\n[1.000000, \"o\", \"b\"]\n", "a", "b");
    EXPECT("\033[1mx", "[0.000000, \"o\", \"\\u001B[1mx\"]\n", "\033[1mx");
}

static void a_character_that_is_split_is_joined(void **state)
{
    (void)state;
    EXPECT("a\xe2\x94\x80z", "[0.000000, \"o\", \"a\"]\n[2.000000, \"o\", \"\xe2\x94\x80z\"]\n", "a\xe2",
           "\x94", "\x80z");
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    EXPECT("\xff-\xc3(", "[0.000000, \"o\", \"\xef\xbf\xbd-\xef\xbf\xbd(\"]\n", "\xff-\xc3(");
    EXPECT("\xed\xa0\x80", "[0.000000, \"o\", \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]\n", "\xed\xa0\x80");
}

static void a_mark_is_a_chapter_and_not_shown(void **state)
{
    (void)state;
    cleanup_buf struct buf mark = {0};
    cast_mark(secret, "pid: run\n", &mark);
    assert_string_equal(buf_text(&mark), "\033]nslab;0123;pid: run \a");
    EXPECT("ab", "[0.000000, \"o\", \"a\"]\n[0.000000, \"m\", \"pid: run\"]\n[0.000000, \"o\", \"b\"]\n",
           "a\033]nslab;0123;pid: run\ab");
    /* cut anywhere */
    EXPECT("ab", "[0.000000, \"o\", \"a\"]\n[3.000000, \"m\", \"pid: run\"]\n[3.000000, \"o\", \"b\"]\n",
           "a\033", "]nsl", "ab;0123;pid: ", "run\ab");
}

static void nobody_else_can_mark(void **state)
{
    (void)state;
    EXPECT("\033]nslab;9999;x\a", "[0.000000, \"o\", \"\\u001B]nslab;9999;x\\u0007\"]\n",
           "\033]nslab;9999;x\a");
}

static void what_might_have_been_a_mark_is_shown_at_last(void **state)
{
    (void)state;
    EXPECT("a\033]ns", "[0.000000, \"o\", \"a\"]\n[1.000000, \"o\", \"\\u001B]ns\"]\n", "a\033]ns");
    EXPECT("\033[A", "[1.000000, \"o\", \"\\u001B[A\"]\n", "\033", "[A");
}

static void a_new_size(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    cast_resize(1.25, 100, 30, &out);
    assert_string_equal(buf_text(&out), "[1.250000, \"r\", \"100x30\"]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header),
        cmocka_unit_test(text_is_an_event),
        cmocka_unit_test(a_character_that_is_split_is_joined),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(a_mark_is_a_chapter_and_not_shown),
        cmocka_unit_test(nobody_else_can_mark),
        cmocka_unit_test(what_might_have_been_a_mark_is_shown_at_last),
        cmocka_unit_test(a_new_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
