/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"

static const char three_steps[] =
    "  - id: one\n    title: One\n    do: [run -d --name web nginx]\n    points: 1\n    expect:\n"
    "      - {id: a, say: a, see: {file: /a, field: content, from: host}, is: here}\n"
    "  - id: two\n    title: Two\n    do: [ps]\n    task: t\n    hints: [a, b, c]\n    solution: [rm -f "
    "web]\n    points: 2\n"
    "    expect:\n"
    "      - {id: b, say: b, see: {file: /b, field: content, from: host}, is: there}\n"
    "  - id: three\n    title: Three\n    do: [ns]\n";

static int setup(void **state)
{
    fake_reset(state);
    fake.values[0].subject = "/a";
    fake.values[0].text = "here";
    fake.values[1].subject = "/b";
    fake.values[1].text = "there";
    return 0;
}

static struct lab_result verify(void)
{
    struct lab_result r = {0};
    cleanup_with(lab_free_p) struct lab *lab = fake_lab("", "pid", three_steps);
    assert_non_null(lab);
    lab_verify_with(lab, &(struct engine_options){.learner = "ada"}, &fake_calls, &r);
    return r;
}

static void test_all_steps_in_order_tasks_by_their_solutions(void **state)
{
    (void)state;
    cleanup_with(lab_result_free) struct lab_result r = verify();
    const char *const expected[] = {"start", "run -d --name web nginx", "ps", "rm -f web", "ns", "stop"};
    assert_int_equal(r.verdict, VERDICT_PASS);
    assert_string_equal(r.id, "demo");
    assert_string_equal(r.file, "demo.yaml");
    assert_int_equal(r.n, 3);
    assert_int_equal(fake.events.len, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_string_equal(fake.events.items[i], expected[i]);
    assert_int_equal(r.steps[1].points_earned, 2);
    assert_int_equal(r.steps[2].n, 0);
    assert_null(r.steps[2].error);
    assert_true(r.ms > 39.9 && r.ms < 40.1); /* four lines of 10 ms */
    assert_true(r.steps[1].ms > 19.9 && r.steps[1].ms < 20.1);
}

static void test_a_step_whose_line_fails_is_not_passed_and_the_rest_is_tried(void **state)
{
    (void)state;
    fake.lines[0].contains = "ps";
    fake.lines[0].status = 1;
    cleanup_with(lab_result_free) struct lab_result r = verify();
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_int_equal(r.steps[0].verdict, VERDICT_PASS);
    assert_int_equal(r.steps[1].verdict, VERDICT_FAIL);
    assert_int_equal(r.steps[1].points_earned, 0);
    assert_string_equal(r.steps[1].error, "the line `ps` ended with status 1");
    assert_string_equal(r.steps[1].expectations[0].observed, "not read: the line `ps` ended with status 1");
    assert_string_equal(r.steps[1].expectations[0].expected, "is there");
    assert_int_equal(r.steps[2].verdict, VERDICT_PASS);
    assert_false(strv_contains(&fake.ran, "rm -f web")); /* the solution isn't played after that */
}

/* As the real one does when a lab takes all memory in files. */
static unsigned strike_in_the_second_step(struct command_context *c)
{
    if (strv_contains(&fake.ran, "rm -f web"))
        c->struck |= limit_bit(LIMIT_HELD);
    return c->struck;
}

static void test_what_follows_the_end_of_the_lab_host_is_not_run(void **state)
{
    (void)state;
    struct engine_calls calls = fake_calls;
    struct engine_options options = {.learner = "ada", .limits = &limits_grading};
    cleanup_with(lab_result_free) struct lab_result r = {0};
    cleanup_with(lab_free_p) struct lab *lab = fake_lab("", "pid", three_steps);
    calls.struck = strike_in_the_second_step;
    lab_verify_with(lab, &options, &calls, &r);
    assert_string_equal(r.findings[0].name, "limit");
    assert_string_equal(r.findings[0].step, "two");
    assert_int_equal(r.n_findings, 1);
    assert_int_equal(r.steps[0].verdict, VERDICT_PASS);
    assert_int_equal(r.steps[2].verdict, VERDICT_FAIL);
    assert_string_equal(r.steps[2].error, "not run, because the lab host was ended in step `two`");
    assert_false(strv_contains(&fake.ran, "ns"));
}

static void test_a_step_without_expectations_that_fails_is_counted(void **state)
{
    (void)state;
    fake.lines[0].contains = "ns";
    fake.lines[0].error = "no container is there";
    struct lab_result r = verify();
    cleanup_with(result_free) struct result all = {0};
    assert_int_equal(r.steps[2].verdict, VERDICT_FAIL);
    assert_int_equal(r.steps[2].n, 1);
    assert_string_equal(r.steps[2].expectations[0].id, "do");
    result_add(&all, &r);
    assert_int_equal(all.pass, 2);
    assert_int_equal(all.fail, 1);
    assert_int_equal(result_exit_status(&all, false), 1);
}

static void test_what_this_machine_cannot_show_is_unsupported_and_what_follows_from_it(void **state)
{
    (void)state;
    fake.lines[0].contains = "run -d";
    fake.lines[0].error = "no subordinate ids";
    fake.lines[0].cause = "subids";
    fake.lines[1].contains = "rm -f";
    fake.lines[1].error = "no container is named web";
    cleanup_with(lab_result_free) struct lab_result r = verify();
    assert_int_equal(r.verdict, VERDICT_UNSUPPORTED);
    assert_string_equal(r.steps[0].expectations[0].cause, "subids");
    assert_non_null(strstr(r.steps[0].expectations[0].hint, "apt-get install uidmap"));
    assert_int_equal(r.steps[1].verdict, VERDICT_UNSUPPORTED);
    assert_string_equal(r.steps[1].expectations[0].cause, "subids");
    assert_non_null(strstr(r.steps[1].error, "this machine could not show step `one` before it"));
    assert_int_equal(r.steps[2].verdict, VERDICT_PASS);
}

static void test_a_value_that_differs_fails_also_after_something_unsupported(void **state)
{
    (void)state;
    fake.lines[0].contains = "run -d";
    fake.lines[0].error = "no subordinate ids";
    fake.lines[0].cause = "subids";
    fake.values[1].text = "elsewhere";
    cleanup_with(lab_result_free) struct lab_result r = verify();
    assert_int_equal(r.steps[1].verdict, VERDICT_FAIL);
    assert_int_equal(r.verdict, VERDICT_FAIL);
}

static void test_without_a_lab_host_every_expectation_has_the_cause(void **state)
{
    (void)state;
    fake.start_cause = "image";
    struct lab_result r = verify();
    cleanup_with(result_free) struct result all = {0};
    assert_int_equal(r.verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(fake.ran.len, 0);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(r.steps[i].expectations[0].cause, "image");
    result_add(&all, &r);
    assert_int_equal(all.unsupported, 3);
    assert_int_equal(result_exit_status(&all, false), 4);
    assert_int_equal(result_exit_status(&all, true), 1);
}

static void test_a_lab_that_was_not_run_at_all(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_with(lab_result_free) struct lab_result r = {0};
    cleanup_with(lab_free_p) struct lab *lab = fake_lab("", "pid", three_steps);
    error_say(&e, "the process that ran this lab was ended by signal 9 (Killed)");
    lab_verify_failed(lab, &(struct engine_options){.learner = "ada"}, &e, &r);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_int_equal(r.n, 3);
    assert_string_equal(r.steps[0].expectations[0].observed,
                        "not read: the process that ran this lab was ended by signal 9 (Killed)");
    assert_int_equal(fake.starts, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_steps_in_order_tasks_by_their_solutions),
        TEST(test_a_step_whose_line_fails_is_not_passed_and_the_rest_is_tried),
        TEST(test_what_follows_the_end_of_the_lab_host_is_not_run),
        TEST(test_a_step_without_expectations_that_fails_is_counted),
        TEST(test_what_this_machine_cannot_show_is_unsupported_and_what_follows_from_it),
        TEST(test_a_value_that_differs_fails_also_after_something_unsupported),
        TEST(test_without_a_lab_host_every_expectation_has_the_cause),
        TEST(test_a_lab_that_was_not_run_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
