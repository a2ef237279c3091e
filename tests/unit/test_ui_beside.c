/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/beside.h"
#include "../../src/ui/show.h"
#include "nslab/mem.h"

#include <locale.h>
#include <string.h>

static struct said_line said(const char *line, const char *output)
{
    struct said_line s = {.line = xstrdup(line)};
    buf_adds(&s.output, output);
    return s;
}

static bool together(const char *before, const char *line)
{
    struct said_line s = said(before, "x\n");
    bool answer = lines_belong_together(&s, 1, line);
    said_line_free(&s);
    return answer;
}

static void what_belongs_together(void **state)
{
    (void)state;
    assert_true(together("exec web uname -sr", "host uname -sr"));
    assert_true(together("exec web ps -e", "exec shop ps -e"));
    assert_true(together("exec web ps -e -o pid,args", "host ps -o pid,args -p 3"));
    assert_true(together("exec web sh -c 'echo $$'", "host sh -c 'echo $$'"));
    assert_false(together("exec web sh -c 'echo a'", "host sh -c 'echo b'"));
    assert_false(together("exec web uname", "exec web uname"));
    assert_false(together("exec web uname", "host hostname"));
    assert_false(together("run -d nginx", "host uname"));
    assert_false(together("exec -it web top", "host top"));
    assert_false(together("exec web 'open quote", "host uname"));
}

static void three_at_most_and_each_once(void **state)
{
    (void)state;
    struct said_line lines[] = {said("exec web uname", "a\n"), said("exec shop uname", "b\n"),
                                said("host uname", "c\n")};
    assert_true(lines_belong_together(lines, 2, "host uname"));
    assert_false(lines_belong_together(lines, 2, "exec web uname"));
    assert_false(lines_belong_together(lines, 3, "exec box uname"));
    assert_false(lines_belong_together(lines, 0, "host uname"));
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        said_line_free(&lines[i]);
    struct said_line silent = said("exec web true", "");
    assert_false(lines_belong_together(&silent, 1, "host true"));
    said_line_free(&silent);
}

static void check_two(const char *line_a, const char *a, const char *line_b, const char *b,
                      const struct look *look, const char *wanted)
{
    struct said_line lines[] = {said(line_a, a), said(line_b, b)};
    cleanup_buf struct buf out = {0};
    show_said(lines, 2, look, &out);
    assert_string_equal(buf_text(&out), wanted);
    said_line_free(&lines[0]);
    said_line_free(&lines[1]);
}

static void side_by_side(void **state)
{
    (void)state;
    const struct look at80 = {.width = 80}, utf8 = {.width = 44, .utf8 = true},
                      plain = {.width = 80, .plain = true};
    check_two("exec web hostname", "web\nsame\n", "host hostname", "host\nsame\nmore\n", &at80,
              "> exec web hostname                       > host hostname\n"
              "web                                    != host\n"
              "same                                   =  same\n"
              "                                       != more\n");
    check_two("exec web id", "\xc3\xa4\n", "host id", "b\n", &utf8,
              "> exec web id           > host id\n"
              "\xc3\xa4                    \xe2\x89\xa0  b\n");
    /* other words: nothing to compare */
    check_two("exec web ps -e", "a\n", "host ps", "b\n", &at80,
              "> exec web ps -e                          > host ps\n"
              "a                                         b\n");
    /* to be read aloud */
    check_two("exec web id", "a\n", "host id", "a\n", &plain,
              "> exec web id\na\n> host id\na\n(Both say the same.)\n");
}

/* A line looks the same alone and beside another. */
static void one_look(void **state)
{
    (void)state;
    const struct look look = {.width = 80, .colour = true};
    struct said_line lines[] = {said("exec web id", "a\n"), said("host id", "b\n")};
    cleanup_buf struct buf alone = {0}, beside = {0};
    show_line("exec web id", &look, &alone);
    show_said(lines, 2, &look, &beside);
    assert_int_equal(strncmp(buf_text(&alone), "> \033[", 4), 0);
    assert_int_equal(strncmp(buf_text(&beside), buf_text(&alone), alone.len - 1), 0);
    buf_truncate(&alone, 0);
    show_line("host id", &look, &alone);
    assert_non_null(strstr(buf_text(&beside), buf_text(&alone)));
    said_line_free(&lines[0]);
    said_line_free(&lines[1]);
}

static void one_below_the_other_where_it_does_not_fit(void **state)
{
    (void)state;
    const struct look at24 = {.width = 24};
    check_two("exec web hostname", "web\n", "host hostname", "host\n", &at24,
              "> exec web hostname\nweb\n> host hostname\nhost\n(They don't say the same.)\n");
    /* a tab takes the columns that it takes on a terminal */
    check_two("exec web id", "a\tbcdefgh\n", "host id", "b\n", &at24,
              "> exec web id\na\tbcdefgh\n> host id\nb\n(They don't say the same.)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_belongs_together),
        cmocka_unit_test(three_at_most_and_each_once),
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(one_look),
        cmocka_unit_test(one_below_the_other_where_it_does_not_fit),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("ui_beside", tests, NULL, NULL);
}
