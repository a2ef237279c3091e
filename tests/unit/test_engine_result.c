/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/result.h"

#include <fcntl.h>
#include <string.h>

static struct lab_result lab_of(enum verdict verdict)
{
    struct lab_result lab = {.id = xstrdup("demo"),
                             .title = xstrdup("Demo"),
                             .file = xstrdup("f.yaml"),
                             .digest = xstrdup("sha256:0"),
                             .verdict = verdict,
                             .ms = 1.5,
                             .n = 2};
    lab.steps = xcalloc(2, sizeof *lab.steps);
    lab.steps[0] = (struct step_result){.id = xstrdup("one"),
                                        .title = xstrdup("One"),
                                        .verdict = verdict,
                                        .points_earned = 1,
                                        .points_max = 2,
                                        .n = 1,
                                        .ms = 0.25};
    lab.steps[0].expectations = xcalloc(1, sizeof *lab.steps[0].expectations);
    lab.steps[0].expectations[0] = (struct expectation_result){.id = xstrdup("a"),
                                                               .say = xstrdup(""),
                                                               .verdict = verdict,
                                                               .expected = xstrdup("is 1"),
                                                               .observed = xstrdup("\xff\x1b[31m\n"),
                                                               .from = xstrdup("web"),
                                                               .how = xstrdup("/proc/1/ns/pid"),
                                                               .fact = xstrdup("namespace pid"),
                                                               .line = 17,
                                                               .ms = 3,
                                                               .hint = xstrdup("look there")};
    lab.steps[0].views = xcalloc(2, sizeof *lab.steps[0].views);
    lab.steps[0].n_views = 2;
    lab.steps[0].views[0] = (struct ns_view){.viewpoint = xstrdup("machine"), .inodes = {4026531837, 2}};
    lab.steps[0].views[1] = (struct ns_view){.viewpoint = xstrdup("host"), .inodes = {[NS_TIME] = 8}};
    lab.steps[1] =
        (struct step_result){.id = xstrdup("two"), .title = xstrdup("Two"), .error = xstrdup("why")};
    return lab;
}

static void test_the_worst_verdict(void **state)
{
    (void)state;
    const enum verdict p = VERDICT_PASS, f = VERDICT_FAIL, u = VERDICT_UNSUPPORTED;
    assert_int_equal(verdict_worst(p, p), p);
    assert_int_equal(verdict_worst(p, u), u);
    assert_int_equal(verdict_worst(u, p), u);
    assert_int_equal(verdict_worst(u, f), f);
    assert_int_equal(verdict_worst(f, p), f);
    assert_string_equal(verdict_names[VERDICT_UNSUPPORTED], "unsupported");
}

static int status_of(const enum verdict *verdicts, size_t n, bool require_all)
{
    cleanup_with(result_free) struct result r = {0};
    for (size_t i = 0; i < n; i++) {
        struct lab_result lab = lab_of(verdicts[i]);
        result_add(&r, &lab);
        assert_null(lab.id); /* taken */
    }
    return result_exit_status(&r, require_all);
}

static void test_exit_statuses(void **state)
{
    (void)state;
    const enum verdict p = VERDICT_PASS, f = VERDICT_FAIL, u = VERDICT_UNSUPPORTED;
    assert_int_equal(status_of((enum verdict[]){p, p}, 2, true), 0);
    assert_int_equal(status_of((enum verdict[]){p, f, u}, 3, false), 1);
    assert_int_equal(status_of((enum verdict[]){p, u}, 2, false), 4);
    assert_int_equal(status_of((enum verdict[]){p, u}, 2, true), 1);
    assert_int_equal(status_of(NULL, 0, false), 0);
}

static void test_bytes_give_the_same_result_back(void **state)
{
    (void)state;
    cleanup_with(lab_result_free) struct lab_result before = lab_of(VERDICT_FAIL), after;
    cleanup_buf struct buf bytes = {0}, again = {0};
    lab_result_pack(&before, &bytes);
    assert_int_equal(lab_result_unpack(buf_text(&bytes), bytes.len, &after), 0);
    lab_result_pack(&after, &again);
    assert_int_equal(bytes.len, again.len);
    assert_memory_equal(bytes.data, again.data, bytes.len);
    assert_string_equal(after.steps[0].expectations[0].observed, "\xff\x1b[31m\n");
    assert_string_equal(after.steps[0].expectations[0].say, "");
    assert_null(after.steps[0].expectations[0].cause);
    assert_string_equal(after.steps[0].expectations[0].fact, "namespace pid");
    assert_int_equal(after.steps[0].expectations[0].line, 17);
    assert_int_equal(after.steps[0].n_views, 2);
    assert_string_equal(after.steps[0].views[1].viewpoint, "host");
    assert_int_equal(after.steps[0].views[0].inodes[NS_USER], 4026531837);
    assert_int_equal(after.steps[0].views[1].inodes[NS_TIME], 8);
    assert_string_equal(after.steps[1].error, "why");
    assert_int_equal(after.steps[0].points_max, 2);
}

static void test_bytes_that_are_cut_off_are_refused(void **state)
{
    (void)state;
    cleanup_with(lab_result_free) struct lab_result before = lab_of(VERDICT_PASS);
    cleanup_buf struct buf bytes = {0};
    lab_result_pack(&before, &bytes);
    for (size_t n = 0; n < bytes.len; n++) {
        struct lab_result after;
        assert_int_equal(lab_result_unpack(buf_text(&bytes), n, &after), -1);
        assert_null(after.steps);
    }
    buf_addc(&bytes, 'x');
    struct lab_result after;
    assert_int_equal(lab_result_unpack(buf_text(&bytes), bytes.len, &after), -1);
}

static void test_damaged_bytes_are_refused_or_read_but_never_overrun(void **state)
{
    (void)state;
    cleanup_with(lab_result_free) struct lab_result before = lab_of(VERDICT_PASS);
    cleanup_buf struct buf bytes = {0};
    lab_result_pack(&before, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        char kept = bytes.data[i];
        struct lab_result after;
        bytes.data[i] = (char)~kept;
        if (lab_result_unpack(buf_text(&bytes), bytes.len, &after) == 0)
            lab_result_free(&after);
        bytes.data[i] = kept;
    }
}

/* Its rows are the table's, in this order, and there are no others. */
static void test_the_document_has_these_findings_and_no_others(void **state)
{
    (void)state;
    cleanup_buf struct buf docs = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "docs/grading.md", &docs, 0), 0);
    const char *row = strstr(buf_text(&docs), "| finding | what it says | points |\n|---|---|---|\n");
    assert_non_null(row);
    row = strstr(row, "|---|---|---|\n") + strlen("|---|---|---|\n");
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        cleanup_buf struct buf begin = {0};
        buf_addf(&begin, "| `%s` |", finding_names[i]);
        if (strncmp(row, buf_text(&begin), begin.len) != 0)
            fail_msg("docs/grading.md has no row `%s` there, but: %.40s", buf_text(&begin), row);
        row = strchr(row, '\n') + 1;
    }
    assert_int_equal(*row, '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_worst_verdict),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_bytes_give_the_same_result_back),
        cmocka_unit_test(test_bytes_that_are_cut_off_are_refused),
        cmocka_unit_test(test_damaged_bytes_are_refused_or_read_but_never_overrun),
        cmocka_unit_test(test_the_document_has_these_findings_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
