/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/pager.h"
#include "nslab/mem.h"

#include <string.h>

/* A screen: what was written, with "?" where it stopped; it leaves at the stop `leave_at`. */
struct screen {
    struct buf text;
    unsigned rows;
    size_t stops, leave_at;
};

static void write_text(void *context, const char *text, size_t n)
{
    struct screen *screen = context;
    buf_add(&screen->text, text, n);
}

static enum page_key ask(void *context, const struct look *look)
{
    struct screen *screen = context;
    (void)look;
    buf_addc(&screen->text, '?');
    return ++screen->stops == screen->leave_at ? PAGE_LEAVE : PAGE_NEXT;
}

static unsigned rows(void *context)
{
    struct screen *screen = context;
    return screen->rows;
}

static const struct look at10 = {.width = 10};

static void show(struct pager *p, struct screen *screen, const char *text)
{
    const struct pager_calls calls = {write_text, ask, rows, screen};
    pager_show(p, &at10, &calls, text, strlen(text));
}

static void lines_that_fit(void **state)
{
    (void)state;
    size_t taken = 0;
    assert_int_equal(page_length("a\nb\nc\n", 6, 10, 2, &taken), 4);
    assert_int_equal(taken, 2);
    assert_int_equal(page_length("0123456789\nb\n", 13, 10, 1, &taken), 11); /* just as wide as the screen */
    assert_int_equal(page_length("0123456789a\nb\n", 14, 10, 1, &taken), 0); /* takes two rows */
    assert_int_equal(page_length("\033[1m0123456789\033[0m\n", 19, 10, 1, &taken), 19);
    assert_int_equal(page_length("a\tbcd\n", 6, 10, 1, &taken), 0); /* a tab reaches column 8 */
    assert_int_equal(page_length("", 0, 10, 1, &taken), 0);
}

static void a_full_screen_stops(void **state)
{
    (void)state;
    struct pager p = {.on = true};
    struct screen screen = {.rows = 4};
    show(&p, &screen, "1\n2\n3\n");
    assert_string_equal(buf_text(&screen.text), "1\n2\n3\n");
    show(&p, &screen, "4\n");
    assert_string_equal(buf_text(&screen.text), "1\n2\n3\n?4\n");
    pager_reset(&p);
    show(&p, &screen, "5\n6\n7\n");
    assert_int_equal(screen.stops, 1);
    buf_free(&screen.text);
}

static void leaving_lasts_until_the_next_prompt(void **state)
{
    (void)state;
    struct pager p = {.on = true};
    struct screen screen = {.rows = 3, .leave_at = 1};
    show(&p, &screen, "1\n2\n3\n4\n5\n");
    show(&p, &screen, "6\n");
    assert_string_equal(buf_text(&screen.text), "1\n2\n?");
    pager_reset(&p);
    show(&p, &screen, "7\n");
    assert_string_equal(buf_text(&screen.text), "1\n2\n?7\n");
    buf_free(&screen.text);
}

/* What a process has written is counted; what is gone from the screen stops nobody. */
static void others_write_too(void **state)
{
    (void)state;
    struct pager p = {.on = true};
    struct screen screen = {.rows = 4};
    pager_count(&p, &at10, "a\nb\n", 4);
    show(&p, &screen, "1\n2\n");
    assert_string_equal(buf_text(&screen.text), "1\n?2\n");
    buf_truncate(&screen.text, 0);
    pager_count(&p, &at10, "a\nb\nc\nd\ne\n", 10);
    show(&p, &screen, "3\n");
    assert_string_equal(buf_text(&screen.text), "3\n");
    buf_free(&screen.text);
}

static void where_nothing_stops(void **state)
{
    (void)state;
    struct pager off = {.on = false}, on = {.on = true};
    struct screen small = {.rows = 3}, unknown = {.rows = 0};
    show(&off, &small, "1\n2\n3\n4\n");
    assert_string_equal(buf_text(&small.text), "1\n2\n3\n4\n");
    show(&on, &unknown, "1\n2\n3\n4\n");
    assert_string_equal(buf_text(&unknown.text), "1\n2\n3\n4\n");
    buf_free(&small.text);
    buf_free(&unknown.text);
}

/* One line that is longer than the whole screen is shown all the same. */
static void a_line_like_a_screen(void **state)
{
    (void)state;
    struct pager p = {.on = true};
    struct screen screen = {.rows = 3};
    show(&p, &screen, "0123456789012345678901234567890\nx\n");
    assert_string_equal(buf_text(&screen.text), "0123456789012345678901234567890\n?x\n");
    buf_free(&screen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_fit),
        cmocka_unit_test(a_full_screen_stops),
        cmocka_unit_test(leaving_lasts_until_the_next_prompt),
        cmocka_unit_test(others_write_too),
        cmocka_unit_test(where_nothing_stops),
        cmocka_unit_test(a_line_like_a_screen),
    };
    return cmocka_run_group_tests_name("ui_pager", tests, NULL, NULL);
}
