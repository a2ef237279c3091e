/* SPDX-License-Identifier: MIT
 *
 * The steps of `trace` come in the order in which they began.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/journal.h"

#include "../../src/command/verbs.h"

static struct journal journal;

static void fill(const uint64_t *starts, size_t n)
{
    journal = (struct journal){.n = (uint32_t)n};
    for (size_t i = 0; i < n && i < JOURNAL_MAX; i++)
        journal.entries[i].start_us = starts[i];
}

static void test_by_the_time_at_which_they_began(void **state)
{
    (void)state;
    const struct journal_entry *order[JOURNAL_MAX];
    /* The launcher notes its clone3 when it returns; the child that it made is at work by then. */
    fill((uint64_t[]){1368, 1505, 599, 7022}, 4);
    assert_int_equal(trace_order(&journal, order), 4);
    const uint64_t sorted[] = {599, 1368, 1505, 7022};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(order[i]->start_us, sorted[i]);
}

static void test_steps_of_one_moment_stay_as_noted(void **state)
{
    (void)state;
    const struct journal_entry *order[JOURNAL_MAX];
    fill((uint64_t[]){7, 7, 3, 7}, 4);
    trace_order(&journal, order);
    assert_ptr_equal(order[0], &journal.entries[2]);
    assert_ptr_equal(order[1], &journal.entries[0]);
    assert_ptr_equal(order[2], &journal.entries[1]);
    assert_ptr_equal(order[3], &journal.entries[3]);
}

static void test_a_length_that_is_not_true_is_cut(void **state)
{
    (void)state;
    const struct journal_entry *order[JOURNAL_MAX];
    fill((uint64_t[]){1}, 1);
    journal.n = 4000000000;
    assert_int_equal(trace_order(&journal, order), JOURNAL_MAX);
    assert_int_equal(trace_order(NULL, order), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_the_time_at_which_they_began),
        cmocka_unit_test(test_steps_of_one_moment_stay_as_noted),
        cmocka_unit_test(test_a_length_that_is_not_true_is_cut),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
