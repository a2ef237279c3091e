/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/mem.h"

#include <stdlib.h>
#include <string.h>

static void test_empty(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_string_equal(buf_text(&b), "");
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.len, 0);
    buf_free(&b);
    buf_free(&b);
    char *taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
}

static void test_adding(void **state)
{
    (void)state;
    cleanup_buf struct buf b = {0};
    buf_adds(&b, "pid ");
    buf_addf(&b, "%d of %s", 4711, "web");
    buf_addc(&b, '!');
    assert_string_equal(buf_text(&b), "pid 4711 of web!");
    assert_int_equal(b.len, 16);
    buf_addf(&b, "%s", "");
    assert_int_equal(b.len, 16);
    buf_add(&b, "a\0b", 3);
    assert_int_equal(b.len, 19);
    assert_memory_equal(b.data + 16, "a\0b", 4);
}

static void test_grows(void **state)
{
    (void)state;
    cleanup_buf struct buf b = {0};
    for (int i = 0; i < 20000; i++) {
        buf_addc(&b, (char)('a' + i % 26));
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_int_equal(b.len, 20000);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    struct buf c = {0};
    buf_addf(&c, "%5000d|", 7);
    assert_int_equal(c.len, 5001);
    assert_string_equal(c.data + 4998, " 7|");
    buf_free(&c);
}

static void test_truncate_and_take(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_truncate(&b, 0);
    buf_adds(&b, "0123456789");
    buf_truncate(&b, 4);
    assert_string_equal(buf_text(&b), "0123");
    buf_truncate(&b, 9); /* never makes it longer */
    assert_int_equal(b.len, 4);
    char *taken = buf_take(&b);
    assert_string_equal(taken, "0123");
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    buf_adds(&b, "again");
    assert_string_equal(buf_text(&b), "again");
    assert_string_equal(taken, "0123");
    free(taken);
    buf_free(&b);
}

static void test_strv(void **state)
{
    (void)state;
    cleanup_strv struct strv v = {0}, copy = {0};
    cleanup_buf struct buf joined = {0};
    char word[] = "first";
    strv_join(&v, ", ", &joined);
    assert_string_equal(buf_text(&joined), "");
    strv_add(&v, word);
    word[0] = 'X'; /* it has its own copy */
    strv_addf(&v, "%s-%d", "second", 2);
    strv_add_taken(&v, xstrdup("third"));
    assert_int_equal(v.len, 3);
    assert_string_equal(v.items[0], "first");
    assert_null(v.items[3]);
    assert_true(strv_contains(&v, "second-2"));
    assert_false(strv_contains(&v, "second"));
    strv_join(&v, ", ", &joined);
    assert_string_equal(buf_text(&joined), "first, second-2, third");
    strv_copy(&copy, &v);
    strv_free(&v);
    assert_int_equal(v.len, 0);
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.items[2], "third");
}

static void assert_lines(const char *text, size_t n, const char *last)
{
    cleanup_strv struct strv v = {0};
    strv_split_lines(&v, text);
    assert_int_equal(v.len, n);
    if (n)
        assert_string_equal(v.items[n - 1], last);
}

static void test_split_lines(void **state)
{
    (void)state;
    assert_lines("", 0, NULL);
    assert_lines("a", 1, "a");
    assert_lines("a\n", 1, "a");
    assert_lines("a\nb", 2, "b");
    assert_lines("a\n\nb\n", 3, "b");
    assert_lines("\n", 1, "");
    assert_lines("a\n\n", 2, "");
}

static void test_mem(void **state)
{
    (void)state;
    cleanup_free char *copy = xstrndup("abcdef", 3);
    assert_string_equal(copy, "abc");
    cleanup_free char *made = xasprintf("%s/%d", "x", 7);
    assert_string_equal(made, "x/7");
    char *taken = take_ptr(made);
    assert_null(made);
    assert_string_equal(taken, "x/7");
    taken = xrealloc(taken, 100, 2);
    assert_string_equal(taken, "x/7");
    free(taken);
    unsigned char *zeroes = xcalloc(3, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(zeroes[i], 0);
    free(zeroes);
    free(xmalloc(0));
    assert_int_equal(ARRAY_LEN(((int[7]){0})), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),       cmocka_unit_test(test_adding),
        cmocka_unit_test(test_grows),       cmocka_unit_test(test_strv),
        cmocka_unit_test(test_split_lines), cmocka_unit_test(test_truncate_and_take),
        cmocka_unit_test(test_mem),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
