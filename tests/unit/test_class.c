/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/class.h"
#include "nslab/mem.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct lab *lab;
static struct class class;

/* One learner's result of the lab: for each of its three steps a word. */
struct did {
    const char *learner;
    struct {
        bool attempted;
        enum verdict verdict;
        int earned;
        const char *prediction;
        int hints, seconds;
    } steps[3];
};

static void add(const struct did *did)
{
    struct result r = {
        .learner = xstrdup(did->learner), .workbook = xstrdup("work.yaml"), .says_whose = true};
    struct lab_result one = {.id = xstrdup("tiny"), .n = 3, .steps = xcalloc(3, sizeof *one.steps)};
    for (size_t i = 0; i < 3; i++) {
        struct step_result *s = &one.steps[i];
        *s = (struct step_result){.id = xstrdup(lab->steps[i].id),
                                  .verdict = did->steps[i].verdict,
                                  .not_attempted = !did->steps[i].attempted,
                                  .points_earned = did->steps[i].earned,
                                  .points_max = lab->steps[i].points + lab->steps[i].has_predict,
                                  .prediction =
                                      did->steps[i].prediction ? xstrdup(did->steps[i].prediction) : NULL,
                                  .hints = did->steps[i].hints,
                                  .seconds = did->steps[i].seconds,
                                  .n = 1,
                                  .expectations = xcalloc(1, sizeof *s->expectations)};
        s->expectations[0].id = xstrdup("x");
    }
    findings_add(&one.findings, &one.n_findings, "line", "shared", "`%s` could not be carried out",
                 "exec <b>");
    result_add(&r, &one);
    class_add(&class, &r);
}

static int setup(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    assert_int_equal(lab_read_file("tests/grading/tiny.yaml", &lab, &d, &e), 0);
    class = (struct class){.labs = (struct lab *const *)&lab, .n_labs = 1};
    static const struct did all[] = {
        {"ada",
         {{true, VERDICT_PASS, 2, "one", 0, 60},
          {true, VERDICT_PASS, 3, NULL, 1, 100},
          {true, VERDICT_PASS, 2, NULL, 0, 30}}},
        {"bob \"b\"",
         {{true, VERDICT_PASS, 2, "same", 0, 80},
          {true, VERDICT_FAIL, 0, NULL, 3, 500},
          {false, VERDICT_FAIL, 0, NULL, 0, 0}}},
        {"=1+1",
         {{true, VERDICT_UNSUPPORTED, 1, "same", 0, 10},
          {false, VERDICT_FAIL, 0, NULL, 0, 0},
          {false, VERDICT_FAIL, 0, NULL, 0, 0}}},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        add(&all[i]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    class_free(&class);
    lab_free(lab);
    lab = NULL;
    return 0;
}

static void test_items(void **state)
{
    (void)state;
    size_t n;
    struct class_item *items = class_items(&class, &n);
    assert_int_equal(n, 3);
    assert_int_equal(items[0].reached, 3);
    assert_int_equal(items[0].passed, 2);
    assert_int_equal(items[0].unsupported, 1);
    assert_int_equal(items[0].predicted, 3);
    assert_int_equal(items[0].predicted_right, 1);
    assert_string_equal(items[0].misled->id, "same");
    assert_int_equal(items[0].n_misled, 2);
    assert_int_equal(items[0].seconds, 60); /* of 10, 60, 80 */
    assert_int_equal(items[1].reached, 2);
    assert_int_equal(items[1].hints, 4);
    assert_int_equal(items[1].seconds, 300); /* of 100, 500 */
    assert_null(items[1].misled);
    assert_int_equal(items[2].reached, 1);
    free(items);
}

static void test_nobody(void **state)
{
    (void)state;
    size_t n;
    class_free(&class);
    struct class_item *items = class_items(&class, &n);
    assert_int_equal(n, 3);
    assert_int_equal(items[0].reached, 0);
    assert_int_equal(items[0].seconds, 0);
    free(items);
}

static void write_as(const char *name, struct buf *out)
{
    const struct report_options o = {.width = 80};
    const struct class_report *report = class_report_by_name(name);
    assert_non_null(report);
    report->write(&class, &o, out);
}

static void test_csv(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    cleanup_strv struct strv lines = {0};
    write_as("csv", &out);
    strv_split_lines(&lines, buf_text(&out));
    assert_int_equal(lines.len, 10);
    assert_string_equal(
        lines.items[0],
        "learner,workbook,lab,step,verdict,points,max,prediction,predicted,hints,seconds,findings\r");
    assert_string_equal(
        lines.items[1],
        "\"ada\",\"work.yaml\",\"tiny\",\"own-pids\",\"pass\",2,2,\"one\",\"right\",0,60,\"\"\r");
    assert_string_equal(
        lines.items[4],
        "\"bob \"\"b\"\"\",\"work.yaml\",\"tiny\",\"own-pids\",\"pass\",2,2,\"same\",\"wrong\",0,80,\"\"\r");
    assert_string_equal(
        lines.items[6],
        "\"bob \"\"b\"\"\",\"work.yaml\",\"tiny\",\"shared\",\"not attempted\",0,2,\"\",\"\",0,0,\"line\"\r");
    /* what a spreadsheet would compute is a text */
    assert_int_equal(strncmp(lines.items[7], "\"'=1+1\",", 8), 0);
}

static void test_json(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    json_error_t error;
    write_as("json", &out);
    json_t *document = json_loads(buf_text(&out), 0, &error);
    assert_non_null(document);
    const char *format, *learner, *misled;
    int earned, max, reached;
    assert_int_equal(json_unpack(document, "{s:s, s:[{s:s, s:{s:i, s:i}}], s:[{s:i, s:s}]}", "format",
                                 &format, "learners", "learner", &learner, "points", "earned", &earned, "max",
                                 &max, "steps", "reached", &reached, "misled", &misled),
                     0);
    assert_string_equal(format, "nslab-class/1");
    assert_string_equal(learner, "ada");
    assert_int_equal(earned, 7);
    assert_int_equal(max, 7);
    assert_int_equal(reached, 3);
    assert_string_equal(misled, "same");
    json_decref(document);
}

static void test_html_shows_texts_and_obeys_none(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    write_as("html", &out);
    assert_non_null(strstr(buf_text(&out), "exec &lt;b&gt;"));
    assert_null(strstr(buf_text(&out), "<b>"));
    assert_non_null(strstr(buf_text(&out), "2 of 3 passed, 3 reached it"));
    assert_non_null(strstr(buf_text(&out), "most often wrong (2): the one that the host shows"));
    assert_null(strstr(buf_text(&out), "http-equiv=\"refresh"));
}

static void test_pretty(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    write_as("pretty", &out);
    assert_non_null(strstr(buf_text(&out), "ada                   7/7        tiny 7/7\n"));
    assert_non_null(strstr(buf_text(&out), "3 workbooks\n"));
    assert_non_null(strstr(buf_text(&out), "most often wrong: same (2)"));
}

/* Workbooks say of themselves how long it took. */
static void test_the_median_of_what_cannot_be(void **state)
{
    (void)state;
    size_t n;
    class_free(&class);
    for (size_t i = 0; i < 2; i++)
        add(&(struct did){"eve", {{true, VERDICT_PASS, 2, NULL, 0, INT_MAX}}});
    struct class_item *items = class_items(&class, &n);
    assert_int_equal(items[0].seconds, INT_MAX);
    free(items);
}

/* The workbooks that say that they are eve's, by their first finding. */
static void assert_found(size_t i, const char *name, const char *text)
{
    const struct result *r = &class.results[i];
    assert_int_equal(r->n_findings, name ? 1 : 0);
    if (!name)
        return;
    assert_string_equal(r->findings[0].name, name);
    assert_string_equal(r->findings[0].text, text);
}

static void test_of_twins_none_is_the_right_one(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    static const char *const files[] = {"a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml"};
    static const char *const learners[] = {"eve", "ada", "eve", "eve", "eve"};
    class_free(&class);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        add(&(struct did){learners[i], {{true, VERDICT_PASS, 2, NULL, 0, 1}}});
        free(class.results[i].workbook);
        class.results[i].workbook = xstrdup(files[i]);
    }
    class.results[3].says_whose = false; /* damaged: only called like that */
    class_find_twins(&class);
    assert_found(0, "swapped", "c.yaml says that it is of eve too, as does 1 more");
    assert_found(1, NULL, NULL);
    assert_found(2, "swapped", "a.yaml says that it is of eve too, as does 1 more");
    assert_found(3, NULL, NULL);
    assert_found(4, "swapped", "a.yaml says that it is of eve too, as does 1 more");
    findings_add(&class.results[0].findings, &class.results[0].n_findings, "swapped", NULL, "twice");
    write_as("csv", &out);
    assert_non_null(strstr(buf_text(&out),
                           "\"eve\",\"a.yaml\",\"tiny\",\"own-pids\",\"pass\",2,2,\"\",\"\",0,1,"
                           "\"swapped\"\r\n"));
}

/* nslab could not do its work: no report is one of a class that was graded. */
static void test_what_went_wrong_is_in_the_reports(void **state)
{
    (void)state;
    class_free(&class);
    class.error = xstrdup("no lab was run: <b>");
    static const char *const wanted[][2] = {
        {"pretty", "error: no lab was run: <b>\n"},
        {"json", "\"error\": \"no lab was run: <b>\""},
        {"html", "what is here isn't all: no lab was run: &lt;b&gt;</p>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        cleanup_buf struct buf out = {0};
        write_as(wanted[i][0], &out);
        assert_non_null(strstr(buf_text(&out), wanted[i][1]));
    }
}

static void test_one_workbook_is_one(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    class_free(&class);
    add(&(struct did){"zoë", {{true, VERDICT_PASS, 2, NULL, 0, 1}}});
    write_as("pretty", &out);
    assert_non_null(strstr(buf_text(&out), "\n1 workbook\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_items),
        TEST(test_nobody),
        TEST(test_csv),
        TEST(test_json),
        TEST(test_html_shows_texts_and_obeys_none),
        TEST(test_pretty),
        TEST(test_the_median_of_what_cannot_be),
        TEST(test_of_twins_none_is_the_right_one),
        TEST(test_what_went_wrong_is_in_the_reports),
        TEST(test_one_workbook_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
