/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"
#include "nslab/selftest.h"

#define SEE(path) "see: {file: " path ", field: content, from: host}, is: own"
static const char two_steps[] =
    "  - id: one\n    title: One\n    do: [run -d --name web nginx]\n    expect:\n"
    "      - {id: a, say: a, " SEE("/a") "}\n"
                                         "      - {id: b, say: b, " SEE(
                                             "/b") "}\n"
                                                   "    contrast: {with: {run: --pid=host}, flips: [a]}\n"
                                                   "  - id: two\n    title: Two\n    do: [ps]\n    task: t\n "
                                                   "   hints: [a, b, c]\n    solution: [ns]\n    expect:\n"
                                                   "      - {id: c, say: c, " SEE("/c") "}\n";

/* a goes with the wall, b stays, c comes with the solution. */
static int setup(void **state)
{
    fake_reset(state);
    fake.values[0].subject = "/a";
    fake.values[0].needs = "run";
    fake.values[0].bare = "the host's";
    fake.values[1].subject = "/b";
    fake.values[1].needs = "run";
    fake.values[2].subject = "/c";
    fake.values[2].needs = "ns";
    for (size_t i = 0; i < 3; i++)
        fake.values[i].text = "own";
    return 0;
}

static struct selftest_result selftest_of(const char *steps)
{
    struct selftest_result r = {0};
    struct nslab_error e = {0};
    cleanup_with(lab_free_p) struct lab *lab = fake_lab("", "pid", steps);
    assert_non_null(lab);
    assert_int_equal(lab_selftest_with(lab, &(struct engine_options){.learner = "ada"}, &fake_calls, &r, &e),
                     0);
    assert_int_equal(r.proven + r.unproven + r.n_unsupported, r.n);
    assert_int_equal(fake.starts, fake.stops);
    return r;
}

static void check_violation(const struct selftest_result *r, size_t i, enum violation_kind kind,
                            const char *step, const char *id, const char *saw, unsigned rounds)
{
    assert_true(i < r->n_violations);
    const struct selftest_violation *v = &r->violations[i];
    assert_int_equal(v->kind, kind);
    assert_string_equal(v->step, step);
    if (id)
        assert_string_equal(v->id, id);
    else
        assert_null(v->id);
    assert_string_equal(v->saw, saw);
    assert_int_equal(v->rounds, rounds);
}

static void test_a_sound_lab_is_proven(void **state)
{
    (void)state;
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_string_equal(r.lab, "demo");
    assert_int_equal(r.n, 3);
    assert_int_equal(r.proven, 3);
    assert_int_equal(r.n_violations, 0);
    assert_int_equal(selftest_proof(&r.items[0]), PROOF_BASELINE | PROOF_CONTRAST);
    assert_int_equal(selftest_proof(&r.items[1]), PROOF_BASELINE);
    assert_int_equal(selftest_proof(&r.items[2]), PROOF_BASELINE);
    assert_int_equal(selftest_verdict(&r), VERDICT_PASS);
}

static void test_twice_through_the_lab_with_each_contrast_in_a_lab_host_of_its_own(void **state)
{
    (void)state;
    struct selftest_result r = selftest_of(two_steps);
    selftest_result_free(&r);
    static const char *const round[] = {
        "start", "run -d --name web nginx", /* one */
        "start", "run -d --name web --pid=host nginx",
        "stop", /* its contrast */
        "ps",    "ns",
        "stop", /* two */
    };
    assert_int_equal(fake.events.len, 2 * ARRAY_LEN(round));
    for (size_t i = 0; i < fake.events.len; i++)
        assert_string_equal(fake.events.items[i], round[i % ARRAY_LEN(round)]);
}

static const char contrast_later[] =
    "  - id: one\n    title: One\n    do: [ps]\n    expect:\n      - {id: a, say: a, " SEE(
        "/a") "}\n"
              "  - id: two\n    title: Two\n    do: [run -d --name web nginx]\n    expect:\n"
              "      - {id: b, say: b, " SEE("/b") "}\n    contrast: {with: {run: --pid=host}, flips: [b]}\n"
                                                   "  - id: three\n    title: Three\n    do: [ns]\n    "
                                                   "expect:\n      - {id: c, say: c, " SEE("/c") "}\n";

/* The contrast's lab host has what the steps before it did, and nothing of it is left for those after it. */
static void test_a_contrast_begins_in_the_state_before_its_step(void **state)
{
    (void)state;
    fake.values[0].needs = "ps";
    fake.values[0].bare = NULL;
    fake.values[1].bare = "the host's";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(contrast_later);
    static const char *const round[] = {
        "start", "ps", "run -d --name web nginx",
        "start", "ps", "run -d --name web --pid=host nginx",
        "stop",  "ns", "stop",
    };
    assert_int_equal(fake.events.len, 2 * ARRAY_LEN(round));
    for (size_t i = 0; i < fake.events.len; i++)
        assert_string_equal(fake.events.items[i], round[i % ARRAY_LEN(round)]);
    assert_int_equal(r.proven, 3);
    assert_int_equal(r.n_violations, 0);
}

static void test_what_holds_before_the_step_is_a_violation(void **state)
{
    (void)state;
    fake.values[1].needs = NULL;
    fake.values[2].needs = "ps"; /* a task's `do` doesn't count as its solution */
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 2);
    check_violation(&r, 0, VIOLATION_BASELINE, "one", "b", "own", 3);
    check_violation(&r, 1, VIOLATION_BASELINE, "two", "c", "own", 3);
    assert_int_equal(r.proven, 1);
    assert_int_equal(r.unproven, 2);
    assert_int_equal(selftest_verdict(&r), VERDICT_FAIL);
}

static const char always[] = "  - id: one\n    title: One\n    do: [ps]\n    expect:\n"
                             "      - {id: a, say: a, " SEE("/a") ", always: true}\n";
static const char always_with_contrast[] =
    "  - id: one\n    title: One\n    do: [ps]\n    expect:\n"
    "      - {id: a, say: a, " SEE("/a") ", always: true}\n"
                                         "    contrast: {with: {do: [host bare]}, flips: [a]}\n";

static void test_always_allows_it_but_proves_nothing(void **state)
{
    (void)state;
    fake.values[0].needs = NULL;
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(always);
    assert_int_equal(r.n_violations, 0);
    assert_int_equal(r.unproven, 1);
    assert_int_equal(selftest_verdict(&r), VERDICT_FAIL);
    cleanup_with(selftest_result_free) struct selftest_result better = selftest_of(always_with_contrast);
    assert_int_equal(better.proven, 1);
    assert_int_equal(selftest_proof(&better.items[0]), PROOF_CONTRAST);
    assert_int_equal(selftest_verdict(&better), VERDICT_PASS);
}

static void test_what_does_not_hold_after_the_step_is_not_proven(void **state)
{
    (void)state;
    fake.values[2].text = "other";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 1);
    check_violation(&r, 0, VIOLATION_POSITIVE, "two", "c", "expected: is own; observed: other", 3);
    assert_int_equal(selftest_proof(&r.items[2]), 0);
    assert_int_equal(r.unproven, 1);
}

static void test_a_contrast_must_flip_those_that_it_names(void **state)
{
    (void)state;
    fake.values[0].bare = NULL;
    fake.values[1].bare = "other";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 2);
    check_violation(&r, 0, VIOLATION_FLIP, "one", "a", "own", 3);
    check_violation(&r, 1, VIOLATION_KEEP, "one", "b", "other", 3);
    /* What flips unasked proves nothing; but the state before the steps has shown that they can fail. */
    assert_int_equal(selftest_proof(&r.items[1]), PROOF_BASELINE);
    assert_int_equal(r.proven, 3);
    assert_int_equal(selftest_verdict(&r), VERDICT_FAIL);
}

static void test_once_is_not_enough(void **state)
{
    (void)state;
    fake.values[1].last_start = 2; /* the first round of step one, with its contrast */
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 2);
    check_violation(&r, 0, VIOLATION_POSITIVE, "one", "b", "expected: is own; observed: no /b", 2);
    check_violation(&r, 1, VIOLATION_KEEP, "one", "b", "no /b", 2);
    assert_int_equal(r.items[1].rounds[0].after, SIGHT_HELD);
    assert_int_equal(r.items[1].rounds[1].after, SIGHT_FAILED);
    assert_int_equal(r.unproven, 1);
}

static void test_a_line_that_fails_is_told_once(void **state)
{
    (void)state;
    fake.lines[0].contains = "run";
    fake.lines[0].status = 1;
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 1);
    check_violation(&r, 0, VIOLATION_LINES, "one", NULL,
                    "the line `run -d --name web nginx` ended with status 1", 3);
    assert_int_equal(r.unproven, 3);
    assert_int_equal(r.items[2].rounds[0].after, SIGHT_NONE);
}

static void test_a_contrast_that_cannot_be_carried_out(void **state)
{
    (void)state;
    fake.lines[0].contains = "--pid=host";
    fake.lines[0].status = 1;
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 1);
    check_violation(&r, 0, VIOLATION_CONTRAST, "one", NULL,
                    "the line `run -d --name web --pid=host nginx` ended with status 1", 3);
    assert_int_equal(selftest_proof(&r.items[0]), PROOF_BASELINE);
}

/* --- unsupported --- */

static void test_a_lab_that_this_machine_cannot_show(void **state)
{
    (void)state;
    fake.start_cause = "image";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 0);
    assert_int_equal(r.n_unsupported, 3);
    assert_string_equal(r.items[2].cause, "image");
    assert_non_null(strstr(r.unsupported, "the image nginx isn't there"));
    assert_int_equal(selftest_verdict(&r), VERDICT_UNSUPPORTED);
}

static void test_what_cannot_be_read_here_is_neither_proven_nor_failed(void **state)
{
    (void)state;
    fake.values[1].cause = "subids";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 0);
    assert_int_equal(r.proven, 2);
    assert_int_equal(r.n_unsupported, 1);
    assert_string_equal(r.items[1].cause, "subids");
    assert_int_equal(r.items[1].rounds[1].before, SIGHT_UNSUPPORTED);
    assert_int_equal(r.items[1].rounds[1].bare, SIGHT_UNSUPPORTED);
    assert_int_equal(selftest_verdict(&r), VERDICT_UNSUPPORTED);
}

static void test_an_unsupported_step_does_not_hide_the_later_ones(void **state)
{
    (void)state;
    fake.lines[0].contains = "run";
    fake.lines[0].error = "no ids";
    fake.lines[0].cause = "subids";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(two_steps);
    assert_int_equal(r.n_violations, 0);
    assert_int_equal(r.n_unsupported, 2);
    assert_int_equal(r.proven, 1);
    assert_int_equal(selftest_proof(&r.items[2]), PROOF_BASELINE);
}

static void test_an_unreadable_baseline_does_not_hold(void **state)
{
    (void)state;
    fake.values[0].cause = "";
    cleanup_with(selftest_result_free) struct selftest_result r = selftest_of(always);
    assert_int_equal(r.items[0].rounds[0].before, SIGHT_FAILED);
    assert_int_equal(r.n_violations, 1); /* it can't be read afterwards either */
    assert_int_equal(r.unproven, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_sound_lab_is_proven),
        TEST(test_twice_through_the_lab_with_each_contrast_in_a_lab_host_of_its_own),
        TEST(test_a_contrast_begins_in_the_state_before_its_step),
        TEST(test_what_holds_before_the_step_is_a_violation),
        TEST(test_always_allows_it_but_proves_nothing),
        TEST(test_what_does_not_hold_after_the_step_is_not_proven),
        TEST(test_a_contrast_must_flip_those_that_it_names),
        TEST(test_once_is_not_enough),
        TEST(test_a_line_that_fails_is_told_once),
        TEST(test_a_contrast_that_cannot_be_carried_out),
        TEST(test_a_lab_that_this_machine_cannot_show),
        TEST(test_what_cannot_be_read_here_is_neither_proven_nor_failed),
        TEST(test_an_unsupported_step_does_not_hide_the_later_ones),
        TEST(test_an_unreadable_baseline_does_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
