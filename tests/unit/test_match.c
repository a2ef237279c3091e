/* SPDX-License-Identifier: MIT
 *
 * Matchers: for each what holds and what doesn't, for a text, a list, and something absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/observe.h"

#include <string.h>

/* What is seen and what is expected, in short: "-" absent, "=text", or "item|item" ("*" an empty list). */
static struct observation seen_as(const char *s)
{
    struct observation o = {.kind = VALUE_ABSENT};
    if (*s == '-') {
        o.absent = xstrdup("nothing is there");
    } else if (*s == '=') {
        o.kind = VALUE_TEXT;
        o.text = xstrdup(s + 1);
    } else {
        o.kind = VALUE_LIST;
        cleanup_free char *copy = xstrdup(s);
        for (char *p = copy, *item; *s != '*' && (item = strsep(&p, "|"));)
            strv_add(&o.list, item);
    }
    return o;
}

struct row {
    const char *seen;
    enum matcher matcher;
    const char *operand; /* items by '|'; "*" none */
    bool holds;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_with(observation_free) struct observation seen = seen_as(rows[i].seen);
        cleanup_with(observation_free) struct observation operand = seen_as("*");
        cleanup_free char *copy = xstrdup(rows[i].operand);
        for (char *p = copy, *item; strcmp(rows[i].operand, "*") && (item = strsep(&p, "|"));)
            strv_add(&operand.list, item);
        if (match_holds(rows[i].matcher, &seen, &operand.list, NULL) != rows[i].holds)
            fail_msg("`%s` %s `%s` should %shold", rows[i].seen, matcher_table[rows[i].matcher].name,
                     rows[i].operand, rows[i].holds ? "" : "not ");
    }
}
#define CHECK(...)                                                                                           \
    do {                                                                                                     \
        static const struct row rows[] = {__VA_ARGS__};                                                      \
        check_rows(rows, ARRAY_LEN(rows));                                                                   \
    } while (0)

static void test_is(void **state)
{
    (void)state;
    CHECK({"=1", MATCH_IS, "1", true}, {"=1", MATCH_IS, "2", false}, {"=0600", MATCH_IS, "0600", true},
          {"=600", MATCH_IS, "0600", false}, {"=1", MATCH_IS, "1.0", false}, {"=", MATCH_IS, "", true},
          {"=a", MATCH_IS, "", false}, {"=a", MATCH_IS, "A", false}, {"=a", MATCH_IS, "a*", false},
          {"=a", MATCH_IS, "*", false}, {"=a", MATCH_IS, "a|b", false});
    CHECK({"a|b", MATCH_IS, "a|b", true}, {"a|b", MATCH_IS, "b|a", false}, {"a|b", MATCH_IS, "a", false},
          {"a|b", MATCH_IS, "a|b|c", false}, {"a", MATCH_IS, "a", true}, {"*", MATCH_IS, "*", true},
          {"*", MATCH_IS, "a", false}, {"a", MATCH_IS, "*", false}, {"a|b", MATCH_IS, "a, b", false});
    CHECK({"-", MATCH_IS, "1", false}, {"-", MATCH_IS, "*", false}, {"-", MATCH_IS, "", false});
}

static void test_not(void **state)
{
    (void)state;
    CHECK({"=1", MATCH_NOT, "2", true}, {"=1", MATCH_NOT, "1", false}, {"=", MATCH_NOT, "1", true},
          {"=0600", MATCH_NOT, "600", true}, {"a|b", MATCH_NOT, "a", true}, {"a|b", MATCH_NOT, "b|a", true},
          {"a|b", MATCH_NOT, "a|b", false}, {"*", MATCH_NOT, "a", true}, {"*", MATCH_NOT, "*", false});
    CHECK({"-", MATCH_NOT, "1", false}, {"-", MATCH_NOT, "*", false});
}

static void test_contains(void **state)
{
    (void)state;
    CHECK({"=nginx: master", MATCH_CONTAINS, "master", true}, {"=nginx", MATCH_CONTAINS, "master", false},
          {"=nginx", MATCH_CONTAINS, "n*x", false}, /* in a text, a substring and no glob */
          {"=a*b", MATCH_CONTAINS, "*", false},     /* here: no operand at all */
          {"=abc", MATCH_CONTAINS, "a|c", true}, {"=abc", MATCH_CONTAINS, "a|x", false},
          {"=abc", MATCH_CONTAINS, "", true});
    CHECK({"lo|eth0", MATCH_CONTAINS, "eth0", true}, {"lo|eth0", MATCH_CONTAINS, "eth", false},
          {"lo|eth0", MATCH_CONTAINS, "eth*", true}, {"lo|eth0", MATCH_CONTAINS, "eth?|lo", true},
          {"lo|eth0", MATCH_CONTAINS, "eth0|eth1", false}, {"*", MATCH_CONTAINS, "a", false},
          {"tcp [::]:80", MATCH_CONTAINS, "tcp [::]:80", true}, {"a", MATCH_CONTAINS, "*", false});
    CHECK({"-", MATCH_CONTAINS, "a", false}, {"-", MATCH_CONTAINS, "*", false});
}

static void test_lacks(void **state)
{
    (void)state;
    CHECK({"=nginx", MATCH_LACKS, "master", true}, {"=nginx", MATCH_LACKS, "gin", false},
          {"=nginx", MATCH_LACKS, "a|gin", false}, {"=nginx", MATCH_LACKS, "a|b", true},
          {"=", MATCH_LACKS, "a", true}, {"=a", MATCH_LACKS, "*", false});
    CHECK({"lo|eth0", MATCH_LACKS, "eth1", true}, {"lo|eth0", MATCH_LACKS, "eth", true},
          {"lo|eth0", MATCH_LACKS, "eth*", false}, {"lo|eth0", MATCH_LACKS, "eth1|lo", false},
          {"*", MATCH_LACKS, "a", true}, {"tcp [::]:80", MATCH_LACKS, "tcp [::]:80", false});
    CHECK({"-", MATCH_LACKS, "a", false}, {"-", MATCH_LACKS, "*", false});
}

static void test_matches(void **state)
{
    (void)state;
    CHECK({"=pid:[4026532561]", MATCH_MATCHES, "^pid:\\[[0-9]+\\]$", true},
          {"=pid:[x]", MATCH_MATCHES, "^pid:\\[[0-9]+\\]$", false}, {"=abc", MATCH_MATCHES, "b", true},
          {"=ab", MATCH_MATCHES, "^[ab]{2}$", true}, {"=abc", MATCH_MATCHES, "[", false},
          {"=", MATCH_MATCHES, "^$", true}, {"=abc", MATCH_MATCHES, "*", false});
    CHECK({"lo|eth0", MATCH_MATCHES, "^eth[0-9]$", true}, {"lo|eth0", MATCH_MATCHES, "^wlan", false},
          {"*", MATCH_MATCHES, ".", false}, {"-", MATCH_MATCHES, ".", false},
          {"-", MATCH_MATCHES, "^$", false});
}

static void test_only(void **state)
{
    (void)state;
    CHECK({"lo|eth0", MATCH_ONLY, "lo|eth*", true}, {"lo|eth0|x", MATCH_ONLY, "lo|eth*", false},
          {"lo", MATCH_ONLY, "lo|eth*", true}, {"lo|eth0", MATCH_ONLY, "lo", false},
          {"*", MATCH_ONLY, "lo", true}, /* there is nothing else in an empty list */
          {"lo", MATCH_ONLY, "*", false}, {"tcp [::]:80", MATCH_ONLY, "tcp [::]:80", true});
    CHECK({"=nginx: master", MATCH_ONLY, "nginx*", true}, {"=nginx", MATCH_ONLY, "apache*", false},
          {"=nginx", MATCH_ONLY, "gin", false}, {"-", MATCH_ONLY, "lo", false});
}

static void test_numbers(void **state)
{
    (void)state;
    CHECK({"=3", MATCH_AT_LEAST, "3", true}, {"=2", MATCH_AT_LEAST, "3", false},
          {"=10", MATCH_AT_LEAST, "9", true}, {"=2.5", MATCH_AT_LEAST, "2.25", true},
          {"=-1", MATCH_AT_LEAST, "-2", true}, {"=0", MATCH_AT_LEAST, "0", true},
          {"=18446744073709551615", MATCH_AT_LEAST, "1", true});
    CHECK({"=3", MATCH_AT_MOST, "3", true}, {"=4", MATCH_AT_MOST, "3", false},
          {"=9", MATCH_AT_MOST, "10", true}, {"=-5", MATCH_AT_MOST, "-2", true});
    /* What isn't a number is neither more nor less; a mode is a text. */
    CHECK({"=0600", MATCH_AT_LEAST, "1", false}, {"=0600", MATCH_AT_MOST, "9999", false},
          {"=3", MATCH_AT_LEAST, "03", false}, {"=abc", MATCH_AT_LEAST, "1", false},
          {"=", MATCH_AT_LEAST, "0", false}, {"=3 ", MATCH_AT_LEAST, "1", false},
          {"=3x", MATCH_AT_LEAST, "1", false}, {"=1e3", MATCH_AT_LEAST, "1", false},
          {"=3.", MATCH_AT_LEAST, "1", false}, {"=0x10", MATCH_AT_LEAST, "1", false},
          {"=inf", MATCH_AT_LEAST, "1", false}, {"=-", MATCH_AT_MOST, "1", false},
          {"=3", MATCH_AT_LEAST, "*", false}, {"1|2|3", MATCH_AT_LEAST, "1", false},
          {"3", MATCH_AT_MOST, "3", false});
    CHECK({"-", MATCH_AT_LEAST, "0", false}, {"-", MATCH_AT_MOST, "5", false});
}

static void test_exists(void **state)
{
    (void)state;
    CHECK({"=", MATCH_EXISTS, "true", true}, {"=", MATCH_EXISTS, "false", false},
          {"*", MATCH_EXISTS, "true", true}, {"a", MATCH_EXISTS, "false", false},
          {"-", MATCH_EXISTS, "false", true}, {"-", MATCH_EXISTS, "true", false},
          {"-", MATCH_EXISTS, "*", false}, {"=x", MATCH_EXISTS, "yes", false});
}

static void check_pair(enum matcher m, const char *a, const char *b, bool holds)
{
    cleanup_with(observation_free) struct observation first = seen_as(a), second = seen_as(b);
    if (match_holds(m, &first, NULL, &second) != holds)
        fail_msg("`%s` %s `%s` should %shold", a, matcher_table[m].name, b, holds ? "" : "not ");
}

static void test_same_and_differs(void **state)
{
    (void)state;
    check_pair(MATCH_SAME, "=a", "=a", true);
    check_pair(MATCH_SAME, "=a", "=b", false);
    check_pair(MATCH_SAME, "a|b", "a|b", true);
    check_pair(MATCH_SAME, "a|b", "b|a", false);
    check_pair(MATCH_SAME, "a|b", "a", false);
    check_pair(MATCH_SAME, "=a", "a", true); /* a list of one is its item */
    check_pair(MATCH_SAME, "*", "*", true);
    check_pair(MATCH_DIFFERS, "=a", "=b", true);
    check_pair(MATCH_DIFFERS, "=a", "=a", false);
    check_pair(MATCH_DIFFERS, "a|b", "b|a", true);
    check_pair(MATCH_DIFFERS, "a|b", "a|b", false);
    check_pair(MATCH_DIFFERS, "*", "=", true);
    /* With one side absent nothing is compared. */
    static const char *const pairs[][2] = {{"-", "-"}, {"-", "=a"}, {"=a", "-"}, {"-", "*"}, {"a|b", "-"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        check_pair(MATCH_SAME, pairs[i][0], pairs[i][1], false);
        check_pair(MATCH_DIFFERS, pairs[i][0], pairs[i][1], false);
    }
    cleanup_with(observation_free) struct observation alone = seen_as("=a");
    assert_false(match_holds(MATCH_SAME, &alone, NULL, NULL));
    assert_false(match_holds(MATCH_DIFFERS, &alone, NULL, NULL));
}

/* Something absent satisfies `exists: false`, and none of the others whatever is expected. */
static void test_absent_satisfies_nothing_else(void **state)
{
    (void)state;
    static const char *const items[] = {"a", "true", "", "0", "*", "nothing is there"};
    cleanup_with(observation_free) struct observation absent = seen_as("-"), other = seen_as("=b");
    for (int m = 0; m < MATCH_COUNT; m++)
        for (size_t i = 0; i < ARRAY_LEN(items); i++) {
            cleanup_strv struct strv operand = {0};
            strv_add(&operand, items[i]);
            assert_false(match_holds((enum matcher)m, &absent, &operand, &other));
        }
}

static void test_without_operand(void **state)
{
    (void)state;
    cleanup_with(observation_free) struct observation text = seen_as("=a");
    for (int m = 0; m < MATCH_COUNT; m++)
        if (m != MATCH_NOT)
            assert_false(match_holds((enum matcher)m, &text, NULL, NULL));
}

/* --- in words --- */

static void check_words(enum matcher m, const char *operand, const char *expected)
{
    cleanup_with(observation_free) struct observation items = seen_as(operand);
    cleanup_buf struct buf out = {0};
    match_expected(m, &items.list, NULL, &out);
    assert_string_equal(buf_text(&out), expected);
}

static void test_words(void **state)
{
    (void)state;
    check_words(MATCH_IS, "1", "is 1");
    check_words(MATCH_IS, "a|b", "is a, b");
    check_words(MATCH_IS, "*", "is the empty list");
    check_words(MATCH_NOT, "root", "is there, and is not root");
    check_words(MATCH_CONTAINS, "eth0", "contains eth0");
    check_words(MATCH_LACKS, "eth0", "is there, and lacks eth0");
    check_words(MATCH_MATCHES, "^a", "matches the expression ^a");
    check_words(MATCH_ONLY, "lo|eth*", "holds only lo, eth*");
    check_words(MATCH_AT_LEAST, "2", "is at least 2");
    check_words(MATCH_AT_MOST, "2", "is at most 2");
    check_words(MATCH_EXISTS, "false", "exists: false");
}

static void test_words_of_pairs(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    cleanup_with(observation_free) struct observation other = seen_as("=pid:[4026531836]"),
                                                      absent = seen_as("-");
    other.from = xstrdup("host");
    absent.from = xstrdup("web");
    match_expected(MATCH_DIFFERS, NULL, &other, &out);
    assert_string_equal(buf_text(&out), "differs from pid:[4026531836] (host)");
    buf_truncate(&out, 0);
    match_expected(MATCH_SAME, NULL, &absent, &out);
    assert_string_equal(buf_text(&out), "is the same as nothing is there");
    buf_truncate(&out, 0);
    match_expected(MATCH_SAME, NULL, NULL, &out);
    assert_string_equal(buf_text(&out), "is the same as the other observation");
    buf_truncate(&out, 0);
    cleanup_strv struct strv empty = {0};
    strv_add(&empty, "");
    match_expected(MATCH_IS, &empty, NULL, &out);
    assert_string_equal(buf_text(&out), "is the empty text");
}

static void test_table(void **state)
{
    (void)state;
    for (int m = 0; m < MATCH_COUNT; m++) {
        assert_non_null(matcher_table[m].name);
        assert_non_null(strstr(matcher_table[m].phrase, "%s"));
        for (int other = 0; other < m; other++)
            assert_string_not_equal(matcher_table[m].name, matcher_table[other].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is),
        cmocka_unit_test(test_not),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_lacks),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_only),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_exists),
        cmocka_unit_test(test_same_and_differs),
        cmocka_unit_test(test_absent_satisfies_nothing_else),
        cmocka_unit_test(test_without_operand),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_of_pairs),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
