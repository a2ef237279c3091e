/* SPDX-License-Identifier: MIT
 *
 * Two runs of the same labs, with other numbers of the kernel's, are the same when made stable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/report.h"

#include <string.h>

static struct expectation_result *add(struct step_result *step, const char *fact, const char *how,
                                      const char *expected, const char *observed)
{
    step->expectations = xrealloc(step->expectations, step->n + 1, sizeof *step->expectations);
    struct expectation_result *x = &step->expectations[step->n++];
    *x = (struct expectation_result){.id = xstrdup("x"),
                                     .say = xstrdup("x"),
                                     .expected = xstrdup(expected),
                                     .observed = xstrdup(observed),
                                     .from = xstrdup("web"),
                                     .how = xstrdup(how),
                                     .fact = xstrdup(fact),
                                     .ms = 3.5};
    return x;
}

static struct step_result *add_step(struct result *r)
{
    struct lab_result lab = {.id = xstrdup("pid"),
                             .title = xstrdup("PID"),
                             .file = xstrdup("labs/4711.yaml"),
                             .digest = xstrdup("sha256:4711"),
                             .ms = 12.5,
                             .n = 1,
                             .steps = xcalloc(1, sizeof *lab.steps)};
    lab.steps[0] = (struct step_result){.id = xstrdup("s"), .title = xstrdup("S"), .ms = 2.5};
    result_add(r, &lab);
    return &r->labs[r->n - 1].steps[0];
}

static void check(const char *fact, const char *before, const char *after)
{
    cleanup_with(result_free) struct result r = {0};
    struct expectation_result *x = add(add_step(&r), fact, "how", "something", before);
    result_stabilise(&r);
    assert_string_equal(x->observed, after);
}

static void test_numbers_are_known_by_their_fact_or_form(void **state)
{
    (void)state;
    check("process pid", "4711", "#1");
    check("process nspid", "4711, 3, 1", "#1, #2, 1");
    check("process args", "nginx 4711", "nginx 4711");
    check("namespace pid", "pid:[4026532201]", "pid:[#1]");
    check("links peer", "17 eth0, 18 eth0@if17", "#1 eth0, #2 eth0@if#1");
    check("link index", "1", "1");
    check("file inode", "815", "#1");
    check("file device", "0:57", "#1");
    check("file mode", "0600", "0600");
    check("sockets listen", "tcp 0.0.0.0:80", "tcp 0.0.0.0:80");
    check("file target", "/proc/4711/root", "/proc/#1/root");
    check("file target", "/proc/1/root, /proc/47x", "/proc/1/root, /proc/47x");
    check("http body", "[4711]", "[4711]");
    check("output", "1003", "1003");
    check("output", "1 root  20   0 4720 2224 S  0:00.07 nslab\nuid 1003",
          "# root # # # # S #:#.# nslab\nuid 1003");
    check("namespace pid", "not read: container web has ended (PID 4711)",
          "not read: container web has ended (PID #1)");
}

static void test_what_was_the_same_stays_the_same(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    struct step_result *step = add_step(&r);
    step->views = xcalloc(2, sizeof *step->views);
    step->n_views = 2;
    step->views[0] = (struct ns_view){.viewpoint = xstrdup("machine"), .inodes = {50, 60}};
    step->views[1] = (struct ns_view){.viewpoint = xstrdup("host"), .inodes = {50, 70}};
    add(step, "namespace pid", "/proc/900/ns/pid", "differs from pid:[70] (host)", "pid:[60]");
    add(step, "process pid", "/proc/800/status", "is the same as 900 (machine)", "800");
    result_stabilise(&r);
    assert_int_equal(step->views[0].inodes[0], 1);
    assert_int_equal(step->views[1].inodes[0], 1);
    assert_int_equal(step->views[1].inodes[1], 3);
    assert_int_equal(step->views[1].inodes[2], 0);
    assert_string_equal(step->expectations[0].expected, "differs from pid:[#3] (host)");
    assert_string_equal(step->expectations[0].observed, "pid:[#2]");
    assert_string_equal(step->expectations[0].how, "/proc/#1/ns/pid");
    assert_string_equal(step->expectations[1].expected, "is the same as #1 (machine)");
    assert_string_equal(step->expectations[1].observed, "#2");
    assert_string_equal(step->expectations[1].how, "/proc/#2/status");
}

static void test_there_are_no_times_and_the_rest_is_untouched(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    struct step_result *step = add_step(&r);
    add(step, "process pid", "how", "is 1", "1");
    result_stabilise(&r);
    assert_true(r.labs[0].ms == 0 && step->ms == 0 && step->expectations[0].ms == 0);
    assert_string_equal(r.labs[0].file, "labs/4711.yaml");
    assert_string_equal(r.labs[0].digest, "sha256:4711");
}

static void test_a_step_counts_for_itself(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    struct step_result *first = add_step(&r);
    add(first, "process pid", "how", "is 1", "4711");
    struct step_result *second = add_step(&r);
    add(second, "process pid", "how", "is 1", "4712");
    result_stabilise(&r);
    assert_string_equal(r.labs[1].steps[0].expectations[0].observed, "#1");
}

static void test_a_text_of_numbers_ends_in_time(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0};
    for (int i = 2; i < 200000; i++)
        buf_addf(&text, "%d ", i);
    struct expectation_result *x = add(add_step(&r), "processes pid", "how", "is 1", buf_text(&text));
    result_stabilise(&r);
    assert_non_null(strstr(x->observed, "#1000 #0 #0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_known_by_their_fact_or_form),
        cmocka_unit_test(test_what_was_the_same_stays_the_same),
        cmocka_unit_test(test_there_are_no_times_and_the_rest_is_untouched),
        cmocka_unit_test(test_a_step_counts_for_itself),
        cmocka_unit_test(test_a_text_of_numbers_ends_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
