/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"

/* --- where the extra options go --- */

static void check_rewrite(const char *line, const char *extra, const char *expected, bool expected_is_run)
{
    struct nslab_error e = {0};
    bool is_run = !expected_is_run;
    char *text = NULL;
    if (contrast_rewrite(line, extra, &is_run, &text, &e) < 0)
        fail_msg("%s: %s", line, e.detail);
    assert_string_equal(text, expected);
    assert_int_equal(is_run, expected_is_run);
    free(text);
}

static void test_options_go_before_the_image_and_after_the_lines_own(void **state)
{
    (void)state;
    check_rewrite("run nginx", "--pid=host", "run --pid=host nginx", true);
    check_rewrite("run -d --name web -p 8080:80 --pid container:db nginx", "--pid=host",
                  "run -d --name web -p 8080:80 --pid container:db --pid=host nginx", true);
    check_rewrite("sudo docker run --rm -it nginx:latest sh -c 'run nginx'", "--pid=host",
                  "sudo docker run --rm -it --pid=host nginx:latest sh -c 'run nginx'", true);
    check_rewrite("run -d 'nginx' nginx -g 'daemon off;'", "--network host",
                  "run -d --network host 'nginx' nginx -g 'daemon off;'", true);
    check_rewrite("run  -d   nginx   sleep  5", "--pid=host", "run  -d   --pid=host nginx   sleep  5", true);
}

static void test_other_lines_stay_as_they_are(void **state)
{
    (void)state;
    check_rewrite("exec web ps -e", "--pid=host", "exec web ps -e", false);
    check_rewrite("host docker run nginx", "--pid=host", "host docker run nginx", false);
    check_rewrite("run -d nginx", NULL, "run -d nginx", true);
}

static void test_a_line_that_cannot_be_parsed_is_an_error(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    bool is_run;
    char *text = NULL;
    assert_int_equal(contrast_rewrite("run --pdi host nginx", "--pid=host", &is_run, &text, &e), -1);
    assert_null(text);
    assert_true(error_is_set(&e));
}

/* --- the whole --- */

#define STEP_TWO                                                                                             \
    "  - id: two\n    title: Two\n    do: [run -d --name db nginx, exec db ps]\n    expect:\n"               \
    "      - {id: flips, say: flips, see: {file: /a, field: content, from: host}, is: own}\n"                \
    "      - {id: stays, say: stays, see: {file: /b, field: content, from: host}, is: same}\n"
#define STEP_ONE "  - id: one\n    title: One\n    do: [run -d --name web nginx]\n"
static const char by_option[] = STEP_ONE STEP_TWO "    contrast: {with: {run: --pid=host}, flips: [flips]}\n";
static const char by_lines[] =
    STEP_ONE STEP_TWO "    contrast: {with: {do: [run -d --name bare nginx]}, flips: [flips]}\n";

static int setup(void **state)
{
    fake_reset(state);
    fake.values[0].subject = "/a";
    fake.values[0].text = "own";
    fake.values[0].bare = "the host's";
    fake.values[1].subject = "/b";
    fake.values[1].text = "same";
    return 0;
}

static int contrast(const char *steps, bool check_first, struct contrast_result *r, struct nslab_error *e)
{
    cleanup_with(lab_free_p) struct lab *lab = fake_lab("", "pid", steps);
    assert_non_null(lab);
    cleanup_with(lab_run_close_p) struct lab_run *run =
        lab_run_new(lab, &(struct engine_options){.learner = "ada"}, &fake_calls);
    if (check_first) {
        struct step_result checked = {0};
        lab_run_check(run, 1, &checked);
        step_result_free(&checked);
    }
    return lab_run_contrast(run, 1, r, e);
}

static void test_a_contrast_replays_and_shows_both_sides(void **state)
{
    (void)state;
    struct contrast_result r;
    struct nslab_error e = {0};
    assert_int_equal(contrast(by_option, true, &r, &e), 0);
    assert_true(r.as_declared);
    assert_int_equal(r.lines.len, 2);
    assert_string_equal(r.lines.items[0], "run -d --name db --pid=host nginx");
    assert_string_equal(r.lines.items[1], "exec db ps");
    assert_string_equal(fake.ran.items[0], "run -d --name web nginx"); /* the step before, with its wall */
    assert_int_equal(r.n, 2);
    assert_string_equal(r.items[0].before, "own");
    assert_string_equal(r.items[0].after, "the host's");
    assert_true(r.items[0].held_before && !r.items[0].holds_now && r.items[0].flips);
    assert_true(r.items[1].held_before && r.items[1].holds_now && !r.items[1].flips);
    assert_int_equal(fake.starts, 2);
    assert_int_equal(fake.stops, 2);
    contrast_result_free(&r);
}

static void test_a_contrast_with_lines_of_its_own(void **state)
{
    (void)state;
    struct contrast_result r;
    struct nslab_error e = {0};
    assert_int_equal(contrast(by_lines, false, &r, &e), 0);
    assert_int_equal(r.lines.len, 1);
    assert_string_equal(r.lines.items[0], "run -d --name bare nginx");
    assert_false(r.items[0].holds_now);
    assert_true(r.as_declared);
    contrast_result_free(&r);
}

static void test_what_does_not_flip_is_told(void **state)
{
    (void)state;
    struct contrast_result r;
    struct nslab_error e = {0};
    fake.values[0].bare = NULL;
    assert_int_equal(contrast(by_option, true, &r, &e), 0);
    assert_false(r.as_declared);
    contrast_result_free(&r);
    fake.values[0].bare = "the host's";
    fake.values[1].bare = "other";
    assert_int_equal(contrast(by_option, true, &r, &e), 0);
    assert_false(r.as_declared);
    contrast_result_free(&r);
}

static void test_a_line_may_fail_when_the_wall_is_gone_but_a_run_may_not(void **state)
{
    (void)state;
    struct contrast_result r;
    struct nslab_error e = {0};
    fake.lines[0].contains = "exec db";
    fake.lines[0].status = 1;
    assert_int_equal(contrast(by_option, true, &r, &e), 0);
    contrast_result_free(&r);
    fake.lines[0].contains = "--pid=host";
    assert_int_equal(contrast(by_option, true, &r, &e), -1);
    assert_int_equal(r.n, 0);
    assert_non_null(strstr(e.detail, "ended with status 1"));
    contrast_result_free(&r);
}

/* Of the same step, of an earlier one, and in a flip: all are of the lab host without the wall. */
static void test_what_was_observed_is_known_without_the_wall_too(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(
        "", "pid",
        "  - id: one\n    title: One\n    do: [run -d --name web nginx]\n    expect:\n"
        "      - {id: first, say: s, see: {file: /first, field: content, from: host}, is: here}\n"
        "  - id: two\n    title: Two\n    do: [run -d --name db nginx]\n    expect:\n"
        "      - {id: own, say: s, see: {file: /own, field: content, from: db}, not: bare}\n"
        "      - {id: equal, say: s, see: {file: /equal, field: content, from: db}, is: '${own.observed}'}\n"
        "      - {id: kept, say: s, see: {file: /kept, field: content, from: db}, is: '${first.observed}'}\n"
        "    contrast:\n      with: {run: --pid=host}\n      flips: [own]\n");
    assert_non_null(lab);
    static const char *const subjects[] = {"/first", "/own", "/equal", "/kept"};
    static const char *const texts[] = {"here", "mine", "mine", "here"};
    memset(fake.values, 0, sizeof fake.values);
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        fake.values[i].subject = subjects[i];
        fake.values[i].text = texts[i];
    }
    fake.values[1].bare = "bare";
    fake.values[2].bare = "bare";
    cleanup_with(lab_run_close_p) struct lab_run *run =
        lab_run_new(lab, &(struct engine_options){.learner = "ada"}, &fake_calls);
    cleanup_with(step_result_free) struct step_result first = {0}, second = {0};
    struct contrast_result r;
    struct nslab_error e = {0};
    lab_run_check(run, 0, &first);
    lab_run_check(run, 1, &second);
    assert_int_equal(second.verdict, VERDICT_PASS);
    assert_int_equal(lab_run_contrast(run, 1, &r, &e), 0);
    assert_true(r.as_declared);
    assert_string_equal(r.items[1].after, "bare");
    assert_true(r.items[1].holds_now);
    assert_string_equal(r.items[2].after, "here");
    contrast_result_free(&r);
}

static void test_a_step_without_a_contrast(void **state)
{
    (void)state;
    struct contrast_result r;
    struct nslab_error e = {0};
    assert_int_equal(contrast(STEP_ONE STEP_TWO, false, &r, &e), -1);
    assert_string_equal(e.detail, "step `two` has no contrast: it takes no wall away");
    assert_int_equal(fake.starts, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_options_go_before_the_image_and_after_the_lines_own),
        TEST(test_other_lines_stay_as_they_are),
        TEST(test_a_line_that_cannot_be_parsed_is_an_error),
        TEST(test_a_contrast_replays_and_shows_both_sides),
        TEST(test_a_contrast_with_lines_of_its_own),
        TEST(test_what_does_not_flip_is_told),
        TEST(test_a_line_may_fail_when_the_wall_is_gone_but_a_run_may_not),
        TEST(test_what_was_observed_is_known_without_the_wall_too),
        TEST(test_a_step_without_a_contrast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
