/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

static void expect_words(const char *line, const char *const *words, const size_t *offsets, size_t n)
{
    cleanup_with(words_free) struct words w = {0};
    struct nslab_error e = {0};
    size_t offset = 0;
    assert_int_equal(words_split(line, &w, &offset, &e), 0);
    assert_int_equal(w.words.len, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(w.words.items[i], words[i]);
        assert_int_equal(w.offsets[i], offsets[i]);
    }
}
#define EXPECT_WORDS(line, words, ...)                                                                       \
    expect_words(line, words, (const size_t[]){__VA_ARGS__}, ARRAY_LEN(words))

static void splits_at_blanks(void **state)
{
    (void)state;
    const char *words[] = {"run", "-d", "nginx"};
    EXPECT_WORDS("run -d nginx", words, 0, 4, 7);
    EXPECT_WORDS(" \trun\t -d  nginx \n", words, 2, 7, 11);
    expect_words("", NULL, NULL, 0);
    expect_words("   ", NULL, NULL, 0);
}

static void quotes_keep_blanks(void **state)
{
    (void)state;
    const char *words[] = {"exec", "web", "sh", "-c", "echo \"a b\" > /x"};
    EXPECT_WORDS("exec web sh -c 'echo \"a b\" > /x'", words, 0, 5, 9, 12, 15);
    const char *joined[] = {"a bc d", "", "e"};
    EXPECT_WORDS("a' b'\"c d\" '' e", joined, 0, 11, 14);
    const char *template[] = {"{{.State.Pid}} {{.Name}}", "${web.pid}"};
    EXPECT_WORDS("'{{.State.Pid}} {{.Name}}' ${web.pid}", template, 0, 27);
}

static void backslashes_are_those_of_sh(void **state)
{
    (void)state;
    const char *words[] = {"a b", "\\", "|", "c\\d", "\"$`\\"};
    EXPECT_WORDS("a\\ b \\\\ \\| \"c\\d\" \"\\\"\\$\\`\\\\\"", words, 0, 5, 8, 11, 17);
    const char *single[] = {"a\\b"};
    EXPECT_WORDS("'a\\b'", single, 0);
    const char *continued[] = {"ab", "cd"};
    EXPECT_WORDS("a\\\nb \"c\\\nd\"", continued, 0, 5);
}

static void comments_begin_at_a_word(void **state)
{
    (void)state;
    const char *words[] = {"ps", "a#b", "#"};
    EXPECT_WORDS("ps a#b '#' # all of them | x", words, 0, 3, 7);
}

static void double_quotes_pass_to_the_inner_shell(void **state)
{
    (void)state;
    const char *words[] = {"sh", "-c", "echo $HOME $(id) | wc; ls &"};
    EXPECT_WORDS("sh -c \"echo $HOME $(id) | wc; ls &\"", words, 0, 3, 6);
}

static void expect_error(const char *line, size_t offset, const char *text)
{
    struct words w = {0};
    struct nslab_error e = {0};
    char shown[NSLAB_ERROR_TEXT_MAX];
    size_t at = 99;
    assert_int_equal(words_split(line, &w, &at, &e), -1);
    assert_string_equal(error_text(&e, shown, sizeof shown), text);
    assert_int_equal(at, offset);
    assert_int_equal(w.words.len, 0);
    assert_null(w.offsets);
}

static void operators_need_a_shell(void **state)
{
    (void)state;
    expect_error(
        "host ls | wc", 8,
        "unquoted |: a line is one command, and no shell reads it. To have a shell do it: host sh -c "
        "'...' or exec NAME sh -c '...', or quote it.");
    static const char *const lines[] = {"host a>b", "host a<b", "host a;b", "host a&b",
                                        "host a`b", "host a(b", "host a)b"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct words w = {0};
        struct nslab_error e = {0};
        size_t at = 0;
        assert_int_equal(words_split(lines[i], &w, &at, &e), -1);
        assert_int_equal(at, 6);
        assert_int_equal(e.detail[strlen("unquoted ")], lines[i][6]);
        assert_non_null(strstr(e.hint, "sh -c '...'"));
    }
    expect_error(
        "host echo $(id)", 10,
        "unquoted $(: a line is one command, and no shell reads it. To have a shell do it: host sh -c "
        "'...' or exec NAME sh -c '...', or quote it.");
}

static void variables_are_not_set(void **state)
{
    (void)state;
    expect_error(
        "host ls /proc/$PID/ns", 14,
        "no shell reads this line, so that nothing sets or expands $PID. Write the value itself, or "
        "'$PID' in single quotes for the text. The PID of a container: inspect -f '{{.State.Pid}}' NAME.");
    const char *words[] = {"$", "a$", "$1"};
    EXPECT_WORDS("$ a$ $1", words, 0, 2, 5);
}

static void unclosed_quotes_point_at_their_begin(void **state)
{
    (void)state;
    expect_error("host echo 'a b", 10,
                 "the quote ' is not closed. Close it, or write \\' for the character itself.");
    expect_error("host a\"b", 6,
                 "the quote \" is not closed. Close it, or write \\\" for the character itself.");
    expect_error("host \"a\\\"", 5,
                 "the quote \" is not closed. Close it, or write \\\" for the character itself.");
    expect_error("host a\\", 6,
                 "a backslash at the end of the line quotes nothing. Take it away, or write \\\\ for "
                 "the character itself.");
}

static void quoting_gives_the_word_back(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",  "web",  "a b",      "it's", "#x", "$PID", "a|b", "-p8080:80", "\\", "\"", "\n", "{{.State.Pid}}",
        "'", "${x}", "\xff\xfe", "a\tb", "*",  "`id`", "(",   "~"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        cleanup_buf struct buf quoted = {0};
        cleanup_with(words_free) struct words w = {0};
        struct nslab_error e = {0};
        size_t at = 0;
        word_quote(words[i], &quoted);
        assert_int_equal(words_split(buf_text(&quoted), &w, &at, &e), 0);
        assert_int_equal(w.words.len, 1);
        assert_string_equal(w.words.items[0], words[i]);
    }
    cleanup_buf struct buf plain = {0};
    word_quote("-p8080:80", &plain);
    assert_string_equal(buf_text(&plain), "-p8080:80");
    buf_truncate(&plain, 0);
    word_quote("it's", &plain);
    assert_string_equal(buf_text(&plain), "'it'\\''s'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_at_blanks),
        cmocka_unit_test(quotes_keep_blanks),
        cmocka_unit_test(backslashes_are_those_of_sh),
        cmocka_unit_test(comments_begin_at_a_word),
        cmocka_unit_test(double_quotes_pass_to_the_inner_shell),
        cmocka_unit_test(operators_need_a_shell),
        cmocka_unit_test(variables_are_not_set),
        cmocka_unit_test(unclosed_quotes_point_at_their_begin),
        cmocka_unit_test(quoting_gives_the_word_back),
    };
    return cmocka_run_group_tests_name("command: words", tests, NULL, NULL);
}
