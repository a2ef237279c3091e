/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/text.h"

#include <limits.h>
#include <string.h>

static void test_starts_with(void **state)
{
    (void)state;
    assert_true(starts_with("nginx: master", "nginx"));
    assert_true(starts_with("nginx", "nginx"));
    assert_true(starts_with("nginx", ""));
    assert_false(starts_with("ngin", "nginx"));
    assert_false(starts_with("", "n"));
}

static void test_glob(void **state)
{
    (void)state;
    assert_true(glob_matches("nginx: master*", "nginx: master process /usr/sbin/nginx"));
    assert_false(glob_matches("nginx: master*", "sh -c nginx: master")); /* anchored */
    assert_false(glob_matches("nginx", "nginx: master"));
    assert_true(glob_matches("*", "/a/b"));
    assert_true(glob_matches("/proc/*/ns", "/proc/1/task/1/ns"));
    assert_true(glob_matches("veth[0-9]*", "veth0002"));
    assert_true(glob_matches("\\*", "*"));
    assert_false(glob_matches("\\*", "x"));
}

static void test_parse_unsigned(void **state)
{
    (void)state;
    unsigned long n = 7;
    assert_true(parse_unsigned("0", 10, &n));
    assert_int_equal(n, 0);
    assert_true(parse_unsigned("65535", 65535, &n));
    assert_int_equal(n, 65535);
    assert_true(parse_unsigned("00080", 65535, &n)); /* decimal, whatever it begins with */
    assert_int_equal(n, 80);
    static const char *const bad[] = {"",    " 1",  "1 ",    "+1",  "-1",  "0x10",
                                      "1.0", "1e3", "65536", "abc", "1\n", "99999999999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (parse_unsigned(bad[i], 65535, &n))
            fail_msg("was taken: '%s'", bad[i]);
        assert_int_equal(n, 80);
    }
    assert_false(parse_unsigned("99999999999999999999999999", ULONG_MAX, &n));
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"run",  "exec", "host", "inspect", "kill",
                                        "logs", "ps",   "rm",   "contrast"};
    size_t n = ARRAY_LEN(words);
    assert_string_equal(nearest_word("rnu", words, n), "run"); /* neighbours swapped */
    assert_string_equal(nearest_word("exce", words, n), "exec");
    assert_string_equal(nearest_word("inspct", words, n), "inspect"); /* one left out */
    assert_string_equal(nearest_word("killl", words, n), "kill");     /* one too many */
    assert_string_equal(nearest_word("lags", words, n), "logs");      /* one wrong */
    assert_string_equal(nearest_word("contr", words, n), "contrast"); /* cut short */
    assert_string_equal(nearest_word("run", words, n), "run");
    assert_null(nearest_word("network", words, n));
    assert_null(nearest_word("zz", words, n));
    assert_null(nearest_word("", words, 0));
    assert_null(nearest_word("x", words, 0));
}

static void test_nearest_takes_the_nearer(void **state)
{
    (void)state;
    static const char *const words[] = {"hostname", "host"};
    assert_string_equal(nearest_word("hots", words, 2), "host");
    assert_string_equal(nearest_word("hostnam", words, 2), "hostname");
}

static void test_nearest_long(void **state)
{
    (void)state;
    static const char *const words[] = {"run", "0123456789012345678901234567890123456789x"};
    assert_null(nearest_word("01234567890123456789012345678901234567890123456789", words, 2));
}

static void assert_harmless(const char *bytes, size_t n, const char *wanted)
{
    cleanup_buf struct buf out = {0};
    add_harmless(&out, bytes, n);
    assert_string_equal(buf_text(&out), wanted);
}
#define HARMLESS(literal, wanted) assert_harmless((literal), sizeof(literal) - 1, (wanted))

static void test_harmless_plain(void **state)
{
    (void)state;
    HARMLESS("", "");
    HARMLESS("plain text\n\tindented\n", "plain text\n\tindented\n");
    HARMLESS("Grüße, 日本, 🙂", "Grüße, 日本, 🙂");
    assert_harmless("cut here", 3, "cut");
}

static void test_harmless_in_one_line(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    static const char bytes[] = "web\r\npass\tall\0\033[2J";
    add_harmless_line(&out, bytes, sizeof bytes - 1);
    assert_string_equal(buf_text(&out), "web^M^Jpass^Iall^@^[[2J");
}

static void test_harmless_controls(void **state)
{
    (void)state;
    HARMLESS("\033[31mred\033[0m", "^[[31mred^[[0m");
    HARMLESS("\033]0;title\a", "^[]0;title^G");
    HARMLESS("a\0b", "a^@b");
    HARMLESS("a\bb\x7f", "a^Hb^?");
    HARMLESS("line\r\nnext", "line\nnext"); /* a terminal's line end */
    HARMLESS("good\rbad", "good^Mbad");     /* would overwrite the line */
    HARMLESS("end\r", "end^M");
    HARMLESS("\v\f", "^K^L");
}

static void test_harmless_c1(void **state)
{
    (void)state;
    HARMLESS("\xc2\x9b"
             "31m",
             "\\u{9b}31m"); /* CSI in one character */
    HARMLESS("\xc2\x80\xc2\x9f\xc2\xa0", "\\u{80}\\u{9f}\xc2\xa0");
}

static void test_harmless_bidi(void **state)
{
    (void)state;
    HARMLESS("a\xe2\x80\xae"
             "b",
             "a\\u{202e}b"); /* right-to-left override */
    HARMLESS("\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}");
    HARMLESS("\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}");
    HARMLESS("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
    HARMLESS("\xef\xbb\xbf"
             "x",
             "\\u{feff}x");
    HARMLESS("\xe2\x80\x94", "\xe2\x80\x94"); /* a dash is only a dash */
}

static void test_harmless_invalid(void **state)
{
    (void)state;
    HARMLESS("\xff\xfe", "\\xff\\xfe");
    HARMLESS("\x80", "\\x80"); /* continues nothing */
    HARMLESS("\xc3", "\\xc3"); /* cut off */
    HARMLESS("\xc3(", "\\xc3(");
    HARMLESS("\xe2\x82", "\\xe2\\x82");
    HARMLESS("\xc0\xaf", "\\xc0\\xaf"); /* '/' in two bytes */
    HARMLESS("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
    HARMLESS("\xc1\x9b", "\\xc1\\x9b");
    HARMLESS("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* half of a surrogate pair */
    HARMLESS("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
    HARMLESS("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
    HARMLESS("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
}

/* Whatever comes in, what goes out has no control character and no lone high byte. */
static void test_harmless_any_byte(void **state)
{
    (void)state;
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            const char bytes[2] = {(char)first, (char)second};
            cleanup_buf struct buf out = {0};
            add_harmless(&out, bytes, 2);
            for (size_t i = 0; i < out.len; i++) {
                unsigned char c = (unsigned char)out.data[i];
                if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
                    fail_msg("%02x %02x lets %02x through", first, second, c);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_with),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_parse_unsigned),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_nearest_takes_the_nearer),
        cmocka_unit_test(test_nearest_long),
        cmocka_unit_test(test_harmless_plain),
        cmocka_unit_test(test_harmless_controls),
        cmocka_unit_test(test_harmless_c1),
        cmocka_unit_test(test_harmless_in_one_line),
        cmocka_unit_test(test_harmless_bidi),
        cmocka_unit_test(test_harmless_invalid),
        cmocka_unit_test(test_harmless_any_byte),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
