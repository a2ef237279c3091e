/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/demo.h"

#include <string.h>

/* --- pace --- */

static void speeds(void **state)
{
    (void)state;
    double speed = -1;
    assert_true(pace_parse("2", &speed) && speed == 2);
    assert_true(pace_parse("0.5", &speed) && speed == 0.5);
    assert_true(pace_parse("max", &speed) && speed == PACE_AT_ONCE);
    assert_true(pace_parse("0", &speed) && speed == PACE_AT_ONCE);
    assert_false(pace_parse("", &speed));
    assert_false(pace_parse("fast", &speed));
    assert_false(pace_parse("-1", &speed));
    assert_false(pace_parse("1e3", &speed));
    assert_false(pace_parse("1.2.3", &speed));
    assert_false(pace_parse("nan", &speed));
    assert_false(pace_parse("10000", &speed));
}

static unsigned typing_ms(const char *line, double speed)
{
    struct pace p = {.speed = speed};
    unsigned sum = 0;
    pace_begin(&p, line);
    for (size_t i = 0; line[i]; i++)
        sum += pace_key_ms(&p, i ? line[i - 1] : '\0');
    return sum + pace_enter_ms(&p);
}

static void a_line_takes_as_long_as_a_person_and_always_the_same(void **state)
{
    (void)state;
    const char *line = "run -d --name web nginx";
    unsigned ms = typing_ms(line, 1);
    assert_in_range(ms, 1500, 3500);
    assert_int_equal(typing_ms(line, 1), ms);
    assert_int_not_equal(typing_ms("run -d --name box nginx", 1), ms);
    assert_in_range(typing_ms(line, 10), ms / 11, ms / 9);
    assert_int_equal(typing_ms(line, PACE_AT_ONCE), 0);
}

static void reading_takes_longer_the_more_there_is_but_has_an_end(void **state)
{
    (void)state;
    const struct pace normal = {.speed = 1}, at_once = {.speed = PACE_AT_ONCE};
    assert_int_equal(pace_read_ms(&normal, 0), 900);
    assert_int_equal(pace_read_ms(&normal, 100), 3800);
    assert_int_equal(pace_read_ms(&normal, 1000000), 15000);
    assert_int_equal(pace_read_ms(&at_once, 1000), 0);
}

/* --- keys --- */

static enum demo_key key(const char *bytes)
{
    return demo_key_of(bytes, strlen(bytes));
}

static void keys(void **state)
{
    (void)state;
    assert_int_equal(key(" "), DEMO_NEXT);
    assert_int_equal(key("\r"), DEMO_NEXT);
    assert_int_equal(key("\n"), DEMO_NEXT);
    assert_int_equal(key("\033[C"), DEMO_NEXT);
    assert_int_equal(key("\033[6~"), DEMO_NEXT);
    assert_int_equal(key("\033[D"), DEMO_BACK);
    assert_int_equal(key("\033[5~"), DEMO_BACK);
    assert_int_equal(key("p"), DEMO_PROMPT);
    assert_int_equal(key("?"), DEMO_HELP);
    assert_int_equal(key("q"), DEMO_QUIT);
    assert_int_equal(key("\004"), DEMO_QUIT);
    /* the letters of choices, a lone Escape, something pasted */
    assert_int_equal(key("a"), DEMO_NONE);
    assert_int_equal(key("b"), DEMO_NONE);
    assert_int_equal(key("\033"), DEMO_NONE);
    assert_int_equal(key("\033[11~"), DEMO_NONE);
    assert_int_equal(key(""), DEMO_NONE);
    /* several at once: the first that means something */
    assert_int_equal(key("b\r"), DEMO_NEXT);
    assert_int_equal(key("\033[11~q "), DEMO_QUIT);
    assert_int_equal(key("\033[D\033[D "), DEMO_BACK);
    assert_int_equal(key("x\033["), DEMO_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speeds),
        cmocka_unit_test(a_line_takes_as_long_as_a_person_and_always_the_same),
        cmocka_unit_test(reading_takes_longer_the_more_there_is_but_has_an_end),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
