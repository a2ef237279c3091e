/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"
#include "nslab/workbook.h"

#include <errno.h>

static const char steps[] =
    "  - id: one\n    title: One\n    predict:\n      ask: Which\n      choices:\n"
    "        - {id: a, text: a, right: true, feedback: f}\n        - {id: b, text: b, feedback: f}\n"
    "    do: [run -d --name web nginx]\n"
    "    expect:\n      - {id: a, say: a, see: {file: /a, field: content, from: host}, is: here}\n"
    "  - id: two\n    title: Two\n    do: [ps]\n    task: t\n    hints: [a, b, c]\n    solution: [rm -f "
    "web]\n"
    "    points: 2\n"
    "    expect:\n      - {id: b, say: b, see: {file: /b, field: content, from: host}, is: there}\n"
    "  - id: three\n    title: Three\n    text: Read this.\n";

static struct workbook *book;
static struct lab *lab;

static int setup(void **state)
{
    fake_reset(state);
    fake.values[0].subject = "/a";
    fake.values[0].text = "here";
    fake.values[1].subject = "/b";
    fake.values[1].text = "there";
    fake.values[1].needs = "rm -f web";
    lab = fake_lab("vars:\n  port: {pick: 10000..32000}\n", "pid", steps);
    book = workbook_new("ada");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lab_free(lab);
    workbook_free(book);
    return 0;
}

static struct work_step *begin(size_t step)
{
    return work_lab_step_begin(workbook_lab_begin(book, "demo", lab->digest), lab, step);
}

static struct lab_result grade(void)
{
    struct lab_result r = {0};
    lab_grade_with(lab, book, &(struct engine_options){.learner = "somebody"}, &fake_calls, &r);
    return r;
}

static void assert_ran(const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n && i < fake.ran.len; i++)
        assert_string_equal(fake.ran.items[i], lines[i]);
    assert_int_equal(fake.ran.len, n);
}

static void test_an_empty_workbook_earns_nothing_and_runs_nothing(void **state)
{
    (void)state;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(fake.starts, 0);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    for (size_t i = 0; i < 3; i++) {
        assert_true(r.steps[i].not_attempted);
        assert_int_equal(r.steps[i].points_earned, 0);
    }
    assert_int_equal(r.steps[0].points_max, 1);
    assert_int_equal(r.steps[1].points_max, 2);
    assert_int_equal(r.steps[2].verdict, VERDICT_PASS); /* there is nothing in it to be attempted */
    assert_int_equal(r.n_findings, 0);
}

static void test_the_recorded_lines_are_run_in_one_lab_host_and_scored(void **state)
{
    (void)state;
    struct work_step *one = begin(0), *two;
    strv_add(&one->lines, "do");
    strv_add(&one->lines, "exec web true");
    strv_add(&one->after, "host ls");
    one->prediction = xstrdup("b");
    two = begin(1);
    strv_add(&two->lines, "do");
    strv_add(&two->lines, "rm -f web");
    two->hints = 2;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    static const char *const lines[] = {"run -d --name web nginx", "exec web true", "host ls", "ps",
                                        "rm -f web"};
    assert_ran(lines, ARRAY_LEN(lines));
    assert_int_equal(fake.starts, 1);
    assert_int_equal(r.steps[0].points_earned, 1); /* a prediction earns by being made, right or wrong */
    assert_string_equal(r.steps[0].prediction, "b");
    assert_int_equal(r.steps[1].points_earned, 2);
    assert_int_equal(r.steps[1].hints, 2);
    assert_int_equal(r.steps[1].verdict, VERDICT_PASS);
    assert_int_equal(r.verdict, VERDICT_PASS);
}

static void test_what_the_workbook_says_was_seen_earns_nothing(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    two->state = WORK_PASSED;
    strv_add(&two->lines, "do");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[1].verdict, VERDICT_FAIL);
    assert_int_equal(r.steps[1].points_earned, 0);
    assert_string_equal(r.steps[1].expectations[0].observed, "no /b");
}

static void test_a_step_after_one_without_lines_begins_where_the_lab_leads(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    strv_add(&two->lines, "do");
    strv_add(&two->lines, "rm -f web");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    static const char *const lines[] = {"run -d --name web nginx", "ps", "rm -f web"};
    assert_ran(lines, ARRAY_LEN(lines));
    assert_true(r.steps[0].not_attempted);
    assert_int_equal(r.steps[1].points_earned, 2);
}

static void test_a_fresh_step_gets_a_fresh_lab_host(void **state)
{
    (void)state;
    struct work_step *one = begin(0), *two;
    strv_add(&one->lines, "do");
    strv_add(&one->lines, "host touch /x");
    two = begin(1);
    two->fresh = true;
    strv_add(&two->lines, "rm -f web");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(fake.starts, 2);
    assert_string_equal(fake.ran.items[2], "run -d --name web nginx");
    assert_int_equal(r.steps[1].points_earned, 2);
}

static void test_a_skipped_step_and_one_with_a_prediction_alone(void **state)
{
    (void)state;
    struct work_step *one = begin(0), *two;
    one->prediction = xstrdup("a");
    two = begin(1);
    two->state = WORK_SKIPPED;
    strv_add(&two->lines, "rm -f web");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(fake.ran.len, 0);
    assert_int_equal(r.steps[0].points_earned, 1);
    assert_int_equal(r.steps[0].verdict, VERDICT_FAIL);
    assert_string_equal(r.steps[0].error, "none of its lines was run");
    assert_int_equal(r.steps[1].points_earned, 0);
    assert_string_equal(r.steps[1].error, "it was skipped");
}

static void test_a_prediction_that_is_none_of_the_choices_earns_nothing(void **state)
{
    (void)state;
    begin(0)->prediction = xstrdup("zzz");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[0].points_earned, 0);
}

static void test_a_line_that_fails_is_named_where_the_step_fails(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    strv_add(&two->lines, "exec wbe ps");
    fake.lines[0].contains = "exec wbe";
    fake.lines[0].error = "no container is named wbe";
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.n_findings, 1);
    assert_string_equal(r.findings[0].name, "line");
    assert_string_equal(r.findings[0].step, "two");
    assert_string_equal(r.findings[0].text,
                        "`exec wbe ps` could not be carried out: no container is named wbe");
}

static void test_a_line_that_fails_is_no_matter_where_the_step_holds(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    strv_add(&two->lines, "exec wbe ps");
    strv_add(&two->lines, "rm -f web");
    fake.lines[0].contains = "exec wbe";
    fake.lines[0].error = "no container is named wbe";
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.n_findings, 0);
    assert_int_equal(r.steps[1].points_earned, 2);
}

static void test_what_this_machine_refuses_is_unsupported(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    strv_add(&two->lines, "run --userns remap nginx");
    fake.lines[0].contains = "remap";
    fake.lines[0].error = "one id only";
    fake.lines[0].cause = "subids";
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[1].verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(r.steps[1].points_earned, 0);
    assert_string_equal(r.steps[1].expectations[0].cause, "subids");
}

static void test_an_image_that_the_learner_made_up_is_the_learner_s(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    strv_add(&two->lines, "run -d ngnix");
    fake.lines[0].contains = "ngnix";
    fake.lines[0].error = "no image is called ngnix";
    fake.lines[0].cause = "image";
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[1].verdict, VERDICT_FAIL);
    assert_string_equal(r.findings[0].name, "line");
}

static void test_another_version_of_the_lab_is_said(void **state)
{
    (void)state;
    struct work_lab *work = workbook_lab_begin(book, "demo", "sha256:00");
    work->steps = xcalloc(1, sizeof *work->steps);
    work->steps[0].id = xstrdup("gone");
    work->n = 1;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.n_findings, 2);
    assert_string_equal(r.findings[0].name, "stale");
    assert_string_equal(r.findings[0].text, "the workbook was made with another version of this lab");
    assert_string_equal(r.findings[1].text, "this lab has no step `gone` any more");
}

static void test_somebody_else_s_variables_are_said(void **state)
{
    (void)state;
    long port = pick_value("ada", "demo", "port", 10000, 32000);
    struct work_lab *work = workbook_lab_begin(book, "demo", lab->digest);
    strv_addf(&work->vars, "port=%ld", port);
    cleanup_with(lab_result_free) struct lab_result own = grade();
    assert_int_equal(own.n_findings, 0);
    free(work->vars.items[0]);
    work->vars.items[0] = xasprintf("port=%ld", port + 1);
    cleanup_with(lab_result_free) struct lab_result other = grade();
    assert_int_equal(other.n_findings, 1);
    assert_string_equal(other.findings[0].name, "swapped");
}

static void test_what_was_typed_elsewhere_is_said_where_it_matters(void **state)
{
    (void)state;
    struct work_step *two = begin(1);
    two->elsewhere = true;
    strv_add(&two->lines, "ps");
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.n_findings, 1);
    assert_string_equal(r.findings[0].name, "elsewhere");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void assert_mishap(const struct lab_result *r, const char *step, const char *text)
{
    assert_int_equal(r->n_findings, 1);
    assert_string_equal(r->findings[0].name, "mishap");
    assert_string_equal(r->findings[0].step, step);
    assert_string_equal(r->findings[0].text, text);
}

/* Points are lost for what isn't the learner's: somebody has to be told. */
static void test_what_could_not_be_looked_at_is_named(void **state)
{
    (void)state;
    strv_add(&begin(0)->lines, "do");
    fake.values[0].errnum = EMFILE;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[0].verdict, VERDICT_FAIL);
    assert_mishap(&r, "one", "a: cannot read /a: Too many open files");
}

static void test_that_a_container_has_ended_is_no_mishap(void **state)
{
    (void)state;
    strv_add(&begin(0)->lines, "do");
    fake.values[0].errnum = ESRCH;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[0].verdict, VERDICT_FAIL);
    assert_int_equal(r.n_findings, 0);
}

/* A limit on processes is `unsupported`, but of this run alone. */
static void test_a_lab_host_that_could_not_be_made_is_named(void **state)
{
    (void)state;
    strv_add(&begin(0)->lines, "do");
    fake.start_errnum = EAGAIN;
    fake.start_cause = "user";
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[0].verdict, VERDICT_UNSUPPORTED);
    assert_mishap(&r, "one",
                  "the step could not be run: cannot start the lab host: Resource temporarily unavailable");
}

/* What came after a step's end made the world for the next one. */
static void test_a_mishap_after_the_step_is_named_where_the_next_one_fails(void **state)
{
    (void)state;
    struct work_step *one = begin(0), *two;
    strv_add(&one->lines, "do");
    strv_add(&one->after, "exec web lost");
    two = begin(1);
    strv_add(&two->lines, "do");
    fake.lines[0].contains = "lost";
    fake.lines[0].step = "start a process in";
    fake.lines[0].errnum = ENOMEM;
    cleanup_with(lab_result_free) struct lab_result r = grade();
    assert_int_equal(r.steps[1].verdict, VERDICT_FAIL);
    assert_int_equal(r.n_findings, 1);
    assert_string_equal(r.findings[0].name, "line");
    assert_string_equal(r.findings[0].step, "two");
    assert_string_equal(r.findings[0].text,
                        "`exec web lost` could not be carried out: cannot start a process in web: "
                        "Cannot allocate memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_workbook_earns_nothing_and_runs_nothing),
        TEST(test_the_recorded_lines_are_run_in_one_lab_host_and_scored),
        TEST(test_what_the_workbook_says_was_seen_earns_nothing),
        TEST(test_a_step_after_one_without_lines_begins_where_the_lab_leads),
        TEST(test_a_fresh_step_gets_a_fresh_lab_host),
        TEST(test_a_skipped_step_and_one_with_a_prediction_alone),
        TEST(test_a_prediction_that_is_none_of_the_choices_earns_nothing),
        TEST(test_a_line_that_fails_is_named_where_the_step_fails),
        TEST(test_a_line_that_fails_is_no_matter_where_the_step_holds),
        TEST(test_what_this_machine_refuses_is_unsupported),
        TEST(test_an_image_that_the_learner_made_up_is_the_learner_s),
        TEST(test_another_version_of_the_lab_is_said),
        TEST(test_somebody_else_s_variables_are_said),
        TEST(test_what_was_typed_elsewhere_is_said_where_it_matters),
        TEST(test_what_could_not_be_looked_at_is_named),
        TEST(test_that_a_container_has_ended_is_no_mishap),
        TEST(test_a_lab_host_that_could_not_be_made_is_named),
        TEST(test_a_mishap_after_the_step_is_named_where_the_next_one_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
