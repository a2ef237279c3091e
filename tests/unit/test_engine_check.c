/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"

static const char one_step[] =
    "  - id: one\n    title: One\n    points: 2\n    do: [run -d --name web nginx]\n    expect:\n"
    "      - id: a\n        say: 'a of ${web.pid}'\n        hint: look at ${web.ip}\n"
    "        see: {file: /a, field: content, from: host}\n        is: here\n        within: 200ms\n"
    "      - id: b\n        say: b\n        see: {file: /b, field: content, from: web}\n"
    "        same: {file: /c, field: content, from: host}\n";

static struct lab *lab;
static struct lab_run *run;

static int setup(void **state)
{
    fake_reset(state);
    fake.values[0].subject = "/a";
    fake.values[0].text = "here";
    fake.values[1].subject = "/b";
    fake.values[1].text = "x";
    fake.values[2].subject = "/c";
    fake.values[2].text = "x";
    lab = fake_lab("", "pid", one_step);
    if (!lab)
        return -1;
    run = lab_run_new(lab, &(struct engine_options){.learner = "ada"}, &fake_calls);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lab_run_close(run);
    lab_free(lab);
    return 0;
}

static void test_pauses_grow_to_their_limit(void **state)
{
    (void)state;
    const int expected[] = {5, 10, 20, 40, 50, 50};
    int pause = 0;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        pause = pause_after(pause);
        assert_int_equal(pause, expected[i]);
    }
}

static void test_what_holds_is_read_once(void **state)
{
    (void)state;
    struct step_result r = {0};
    lab_run_check(run, 0, &r);
    assert_int_equal(r.verdict, VERDICT_PASS);
    assert_int_equal(r.points_earned, 2);
    assert_int_equal(r.points_max, 2);
    assert_int_equal(r.n, 2);
    assert_int_equal(fake.reads, 3);
    assert_int_equal(fake.clock_ms, 0);
    const struct expectation_result *a = &r.expectations[0];
    assert_string_equal(a->say, "a of 12");
    assert_string_equal(a->expected, "is here");
    assert_string_equal(a->observed, "here");
    assert_string_equal(a->from, "host");
    assert_string_equal(a->how, "/fake//a");
    assert_null(a->cause);
    assert_null(a->hint);
    assert_string_equal(r.expectations[1].expected, "is the same as x (host)");
    assert_string_equal(lab_run_recall(run, "b")->observed, "x");
    step_result_free(&r);
}

static void test_it_is_read_again_until_it_holds(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].from_ms = 60; /* read at 0, 5, 15, 35, 75 */
    lab_run_check(run, 0, &r);
    assert_int_equal(r.expectations[0].verdict, VERDICT_PASS);
    assert_true(r.expectations[0].ms > 74.9 && r.expectations[0].ms < 75.1);
    assert_int_equal(fake.reads, 5 + 2);
    step_result_free(&r);
}

static void test_a_look_reads_once_what_does_not_hold_too(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].text = "elsewhere";
    lab_run_look(run, 0, &r);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_string_equal(r.expectations[0].observed, "elsewhere");
    assert_int_equal(fake.reads, 3);
    assert_int_equal(fake.clock_ms, 0);
    step_result_free(&r);
}

static void test_its_time_is_over_at_within(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].text = "elsewhere";
    lab_run_check(run, 0, &r);
    const struct expectation_result *a = &r.expectations[0];
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_int_equal(r.points_earned, 0);
    assert_int_equal(a->verdict, VERDICT_FAIL);
    assert_string_equal(a->observed, "elsewhere");
    assert_string_equal(a->hint, "look at 172.17.0.2");
    assert_true(a->ms > 199.9 && a->ms < 200.1); /* the last pause is cut short */
    assert_int_equal(r.expectations[1].verdict, VERDICT_PASS);
    assert_false(lab_run_recall(run, "a")->held);
    step_result_free(&r);
}

static void test_a_value_that_just_appears_at_the_end_counts(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].from_ms = 200;
    lab_run_check(run, 0, &r);
    assert_int_equal(r.expectations[0].verdict, VERDICT_PASS);
    step_result_free(&r);
}

static void test_both_sides_are_read_in_every_round(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[1].text = "y";
    fake.values[1].from_ms = 10;
    fake.values[2].text = "y"; /* the same as /b only from 10 ms on; before, "early" differs */
    lab_run_check(run, 0, &r);
    assert_int_equal(r.expectations[1].verdict, VERDICT_PASS);
    assert_string_equal(r.expectations[1].observed, "y");
    assert_int_equal(fake.reads, 1 + 3 * 2); /* at 0, 5, 15 */
    step_result_free(&r);
}

static void test_what_is_absent_is_said_and_fails(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].text = NULL;
    lab_run_check(run, 0, &r);
    assert_int_equal(r.expectations[0].verdict, VERDICT_FAIL);
    assert_string_equal(r.expectations[0].observed, "no /a");
    step_result_free(&r);
}

static void test_an_empty_text_is_said(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].text = "";
    lab_run_check(run, 0, &r);
    assert_string_equal(r.expectations[0].observed, "(an empty text)");
    step_result_free(&r);
}

static void test_an_error_with_a_cause_is_unsupported_and_not_retried(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].cause = "proc";
    lab_run_check(run, 0, &r);
    const struct expectation_result *a = &r.expectations[0];
    assert_int_equal(r.verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(r.points_earned, 0);
    assert_string_equal(a->cause, "proc");
    assert_non_null(strstr(a->hint, "systempaths=unconfined")); /* the need's remedy */
    assert_string_equal(a->observed, "not read: /a can't be read");
    assert_string_equal(a->expected, "is here");
    assert_int_equal(fake.clock_ms, 0);
    assert_null(lab_run_recall(run, "a"));
    step_result_free(&r);
}

static void test_an_error_without_a_cause_is_retried_and_fails(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[2].cause = "";
    lab_run_check(run, 0, &r);
    const struct expectation_result *b = &r.expectations[1];
    assert_int_equal(b->verdict, VERDICT_FAIL);
    assert_null(b->cause);
    assert_string_equal(b->observed, "not read: /c can't be read");
    assert_string_equal(b->expected, "is the same as what host shows");
    assert_string_equal(b->from, "web");
    assert_int_equal(fake.clock_ms, 1000); /* the default */
    step_result_free(&r);
}

static void test_a_fail_outweighs_what_is_unsupported(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.values[0].cause = "proc";
    fake.values[1].text = "z";
    lab_run_check(run, 0, &r);
    assert_int_equal(r.expectations[0].verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    step_result_free(&r);
}

static void test_without_a_lab_host_nothing_is_read(void **state)
{
    (void)state;
    struct step_result r = {0};
    fake.start_cause = "image";
    lab_run_check(run, 0, &r);
    assert_int_equal(r.verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(fake.reads, 0);
    assert_string_equal(r.expectations[1].cause, "image");
    assert_string_equal(r.error, "the image nginx isn't there. Build it with `nslab image build nginx`.");
    step_result_free(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses_grow_to_their_limit),
        TEST(test_what_holds_is_read_once),
        TEST(test_it_is_read_again_until_it_holds),
        TEST(test_a_look_reads_once_what_does_not_hold_too),
        TEST(test_its_time_is_over_at_within),
        TEST(test_a_value_that_just_appears_at_the_end_counts),
        TEST(test_both_sides_are_read_in_every_round),
        TEST(test_what_is_absent_is_said_and_fails),
        TEST(test_an_empty_text_is_said),
        TEST(test_an_error_with_a_cause_is_unsupported_and_not_retried),
        TEST(test_an_error_without_a_cause_is_retried_and_fails),
        TEST(test_a_fail_outweighs_what_is_unsupported),
        TEST(test_without_a_lab_host_nothing_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
