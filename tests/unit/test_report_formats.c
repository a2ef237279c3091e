/* SPDX-License-Identifier: MIT
 *
 * The formats of other programs: as written in tests/golden (see test_report.c), and what holds of any tree.
 * What reads them for real is in tests/e2e/16-reports.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_trees.h"

#define NOW 1795453200 /* 2026-11-23T17:00:00Z */

typedef void make_tree(struct result *r);
static const struct {
    const char *name;
    make_tree *make;
} trees[] = {
    {"plain", make_plain}, {"graded", make_graded}, {"broken", make_broken}, {"hostile", make_hostile}};

static const struct report_options options = {.width = 80, .token = "0123456789abcdef", .now = NOW};

static void check_all_trees(report_write *write, const char *ending)
{
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        cleanup_free char *name = xasprintf("%s%s", trees[i].name, ending);
        trees[i].make(&r);
        write(&r, &options, &text);
        check_golden(name, &text);
    }
}

static void test_as_written(void **state)
{
    (void)state;
    check_all_trees(report_junit, ".junit.xml");
    check_all_trees(report_github, ".github.txt");
    check_all_trees(report_github_summary, ".github.md");
    check_all_trees(report_classroom50, ".classroom50.json");
    check_all_trees(report_gradescope, ".gradescope.json");
    check_all_trees(report_html, ".html");
}

static size_t count_of(const struct buf *text, const char *what)
{
    size_t n = 0;
    for (const char *p = buf_text(text); (p = strstr(p, what)); p++)
        n++;
    return n;
}

/* --- JUnit --- */

static void test_junit_skips_what_is_unsupported_unless_all_is_required(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0}, strict = {0};
    struct report_options all = options;
    all.require_all = true;
    make_plain(&r);
    report_junit(&r, &options, &text);
    report_junit(&r, &all, &strict);
    assert_int_equal(count_of(&text, "<skipped message="), 2);
    assert_int_equal(count_of(&text, "<failure message="), 3);
    assert_int_equal(count_of(&strict, "<skipped message="), 0);
    assert_int_equal(count_of(&strict, "<failure message="), 5);
    assert_non_null(strstr(buf_text(&text),
                           "<testsuites name=\"nslab\" tests=\"7\" failures=\"3\" errors=\"0\" "
                           "skipped=\"2\""));
}

static void test_junit_tells_two_labs_of_one_id_apart(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0};
    make_plain(&r);
    make_plain(&r);
    report_junit(&r, &options, &text);
    assert_int_equal(count_of(&text, "classname=\"pid.run\" name=\"step\""), 1);
    assert_int_equal(count_of(&text, "classname=\"pid-2.run\" name=\"step\""), 1);
}

/* --- GitHub --- */

/* Every line that a runner would take for a command is one that nslab meant. */
static void check_commands(const struct buf *text)
{
    cleanup_strv struct strv lines = {0};
    bool fenced = false;
    strv_split_lines(&lines, buf_text(text));
    for (size_t i = 0; i < lines.len; i++) {
        const char *line = lines.items[i] + strspn(lines.items[i], " \t");
        if (!strcmp(line, "::stop-commands::0123456789abcdef"))
            fenced = true;
        else if (!strcmp(line, "::0123456789abcdef::"))
            fenced = false;
        else if (!strncmp(line, "::", 2) &&
                 (fenced || (strncmp(line, "::error ", 8) != 0 && strncmp(line, "::warning ", 10) != 0)))
            fail_msg("a forged command: %s", line);
    }
    assert_false(fenced);
}

static void test_github_has_no_command_that_is_not_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        trees[i].make(&r);
        report_github(&r, &options, &text);
        check_commands(&text);
    }
}

static void test_github_annotations_stand_at_the_labs_line_and_are_escaped(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0};
    make_plain(&r);
    replace(&r.labs[0].steps[0].expectations[1].observed, "50%\n::error::x");
    replace(&r.labs[0].file, "a,b:c.yaml");
    report_github(&r, &options, &text);
    assert_non_null(strstr(
        buf_text(&text), "\n::error file=a%2Cb%3Ac.yaml,line=37,title=pid/own-process-table/own-pid-namespace"
                         "::web is in a PID namespace of its own%0Aexpected: differs from "
                         "pid:[4026531836] (host)%0Aobserved: 50%25%0A::error::x%0Afrom: web"));
    assert_non_null(strstr(buf_text(&text),
                           "\n::warning file=a%2Cb%3Ac.yaml,line=12,title=pid/own-process-table/"
                           "remapped::"));
}

static void test_github_keeps_to_ten_annotations_of_a_type(void **state)
{
    (void)state;
    for (size_t n = 9; n <= 31; n++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        struct lab_result many = lab("many", "many", VERDICT_FAIL, 1);
        many.steps[0] = step("step", "step", VERDICT_FAIL, n);
        for (size_t i = 0; i < n; i++)
            many.steps[0].expectations[i] = expectation("x", "x", VERDICT_FAIL, "is 1", "2");
        result_add(&r, &many);
        report_github(&r, &options, &text);
        assert_int_equal(count_of(&text, "\n::error "), n < 10 ? n : 10);
        cleanup_free char *more = xasprintf("::error title=nslab::%zu more:", n - 9);
        assert_int_equal(count_of(&text, more), n > 10);
    }
}

static void test_the_summary_has_no_empty_line_before_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        trees[i].make(&r);
        report_github_summary(&r, &options, &text);
        const char *empty = strstr(buf_text(&text), "\n\n");
        assert_non_null(empty);
        assert_int_equal(empty - buf_text(&text), text.len - 2);
    }
}

/* --- Classroom 50, Gradescope --- */

static const char *runner(const char *name)
{
    static const char *const values[][2] = {{"CLASSROOM", "cs50-\"fall\""},
                                            {"ASSIGNMENT", "namespaces"},
                                            {"SUBMISSION_TAG", "submit/20261123T170000Z-abc"},
                                            {"COMMIT_URL", "https://git.test/c"},
                                            {"RELEASE_URL", "https://git.test/r"},
                                            {"REVIEW_URL", ""}};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (!strcmp(values[i][0], name))
            return values[i][1];
    return NULL;
}

static json_t *document_of(report_write *write, make_tree *make, const struct report_options *o)
{
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0};
    json_error_t error;
    make(&r);
    write(&r, o, &text);
    json_t *document = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(document);
    return document;
}

static void check_text(json_t *document, const char *key, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(document, key)), expected);
}

static void test_classroom50_takes_what_its_runner_says(void **state)
{
    (void)state;
    struct report_options o = options;
    o.environment = runner;
    json_t *document = document_of(report_classroom50, make_graded, &o);
    check_text(document, "classroom", "cs50-\"fall\"");
    check_text(document, "submission", "submit/20261123T170000Z-abc");
    check_text(document, "commit", "https://git.test/c");
    check_text(document, "review", "about:blank"); /* empty is as good as not there */
    check_text(document, "owner", "Ada Lovelace");
    check_text(document, "datetime", "2026-11-23T17:00:00Z");
    assert_int_equal(json_integer_value(json_object_get(document, "score")), 2);
    assert_int_equal(json_integer_value(json_object_get(document, "max-score")), 6);
    json_decref(document);
}

static void test_the_scores_of_the_tests_add_up(void **state)
{
    (void)state;
    json_t *document = document_of(report_gradescope, make_plain, &options);
    json_t *test;
    size_t i;
    json_int_t sum = 0;
    json_array_foreach(json_object_get(document, "tests"), i, test)
    {
        sum += json_integer_value(json_object_get(test, "score"));
        assert_true(json_integer_value(json_object_get(test, "score")) <=
                    json_integer_value(json_object_get(test, "max_score")));
    }
    assert_int_equal(sum, json_integer_value(json_object_get(document, "score")));
    json_decref(document);
}

static void test_gradescope_says_whose_failing_it_is(void **state)
{
    (void)state;
    json_t *document = document_of(report_gradescope, make_broken, &options);
    const char *output = json_string_value(json_object_get(document, "output"));
    assert_non_null(strstr(output, "nslab could not do its work: cannot start the worker"));
    assert_int_equal(json_array_size(json_object_get(document, "tests")), 0);
    json_decref(document);
}

/* --- whatever the texts --- */

static void make_huge(struct result *r)
{
    cleanup_buf struct buf megabyte = {0};
    make_hostile(r);
    while (megabyte.len < 1 << 20)
        buf_adds(&megabyte, HOSTILE);
    struct lab_result *all = &r->labs[0];
    struct expectation_result *x = &all->steps[0].expectations[1];
    char **texts[] = {&all->title,
                      &all->steps[0].title,
                      &all->steps[1].error,
                      &x->say,
                      &x->expected,
                      &x->observed,
                      &x->how,
                      &x->hint,
                      &all->findings[0].text,
                      &r->error};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        replace(texts[i], buf_text(&megabyte));
}

static void test_huge_texts_are_cut_and_that_is_said(void **state)
{
    (void)state;
    report_write *const writers[] = {report_pretty,         report_tap,         report_junit, report_github,
                                     report_github_summary, report_classroom50, report_html};
    for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        make_huge(&r);
        writers[i](&r, &options, &text);
        if (text.len > 200000)
            fail_msg("writer %zu: %zu bytes", i, text.len);
        assert_non_null(strstr(buf_text(&text), " bytes more)"));
    }
}

static void test_markup_has_no_tag_that_is_not_ours(void **state)
{
    (void)state;
    report_write *const writers[] = {report_junit, report_html, report_github_summary};
    for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
        cleanup_with(result_free) struct result r = {0};
        cleanup_buf struct buf text = {0};
        make_hostile(&r);
        writers[i](&r, &options, &text);
        assert_null(strstr(buf_text(&text), "<script"));
        assert_null(strstr(buf_text(&text), "</script"));
        assert_null(strstr(buf_text(&text), "]]>"));
        assert_null(strstr(buf_text(&text), "\xef\xbf\xbf"));
    }
}

static void test_the_picture_says_who_shares_what(void **state)
{
    (void)state;
    cleanup_with(result_free) struct result r = {0};
    cleanup_buf struct buf text = {0};
    make_plain(&r);
    add_namespaces_picture(&text, &r.labs[0].steps[0]);
    assert_non_null(strstr(buf_text(&text),
                           "web: its own pid, mnt, net, uts, ipc; with machine cgroup, time; with "
                           "host user."));
    assert_non_null(strstr(buf_text(&text),
                           "twin: its own user; with machine cgroup; with host pid, mnt, net, uts, "
                           "ipc."));
    assert_int_equal(count_of(&text, "stroke-dasharray"), 5); /* twin's, with web between */
    assert_int_equal(count_of(&text, ">?</text>"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_written),
        cmocka_unit_test(test_junit_skips_what_is_unsupported_unless_all_is_required),
        cmocka_unit_test(test_junit_tells_two_labs_of_one_id_apart),
        cmocka_unit_test(test_github_has_no_command_that_is_not_ours),
        cmocka_unit_test(test_github_annotations_stand_at_the_labs_line_and_are_escaped),
        cmocka_unit_test(test_github_keeps_to_ten_annotations_of_a_type),
        cmocka_unit_test(test_the_summary_has_no_empty_line_before_its_end),
        cmocka_unit_test(test_classroom50_takes_what_its_runner_says),
        cmocka_unit_test(test_the_scores_of_the_tests_add_up),
        cmocka_unit_test(test_gradescope_says_whose_failing_it_is),
        cmocka_unit_test(test_huge_texts_are_cut_and_that_is_said),
        cmocka_unit_test(test_markup_has_no_tag_that_is_not_ours),
        cmocka_unit_test(test_the_picture_says_who_shares_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
