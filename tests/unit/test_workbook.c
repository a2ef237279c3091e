/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/workbook.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- reading and writing --- */

static struct workbook *read_good(const char *text, size_t n)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct workbook *w = NULL;
    if (workbook_read_text(text, n, "good.yaml", &w, &d) < 0) {
        cleanup_buf struct buf shown = {0};
        diagnostics_show(&d, &shown);
        fail_msg("refused: %s\nin\n%s", buf_text(&shown), text);
    }
    return w;
}

static void test_a_workbook_read_and_written_is_the_same(void **state)
{
    (void)state;
    cleanup_buf struct buf golden = {0}, again = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "tests/golden/workbook.yaml", &golden, 0), 0);
    cleanup_with(workbook_free_p) struct workbook *w = read_good(golden.data, golden.len);
    workbook_write(w, &again);
    assert_string_equal(buf_text(&again), buf_text(&golden));
}

static void test_what_is_read(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_with(workbook_free_p) struct workbook *w = NULL;
    assert_int_equal(workbook_read_file("tests/golden/workbook.yaml", &w, &d, &e), 0);
    assert_string_equal(w->learner, "Ada \"the first\" Lovelace");
    assert_string_equal(w->at, "pid");
    assert_int_equal(w->n, 2);
    assert_null(workbook_lab(w, "no-such"));
    assert_null(workbook_lab(w, "what-runs")->at);
    const struct work_lab *pid = workbook_lab(w, "pid");
    assert_string_equal(pid->digest, DIGEST);
    assert_string_equal(pid->file, "/home/ada/my labs/pid.yaml");
    assert_string_equal(pid->at, "three-pids");
    assert_string_equal(pid->vars.items[1], "user-id=1003");
    assert_null(work_lab_step(pid, "no-such"));
    const struct work_step *step = work_lab_step(pid, "own-process-table");
    assert_int_equal(step->state, WORK_PASSED);
    assert_string_equal(step->prediction, "null");
    assert_true(step->fresh && step->elsewhere);
    assert_int_equal(step->lines.len, 4);
    assert_string_equal(step->lines.items[3], "exec web echo \"\\t\" ümläut");
    assert_string_equal(step->after.items[0], "rm -f web");
    assert_int_equal(step->hints, 2);
    assert_int_equal(step->n_evidence, 3);
    assert_int_equal(step->evidence[1].verdict, VERDICT_FAIL);
    assert_string_equal(step->evidence[1].observed, "two\nlines: \"x\"\ttab ~");
    assert_null(step->evidence[1].from);
    assert_string_equal(step->ended, "2026-11-23T16:44:10Z");
    assert_int_equal(step->seconds, 250);
    assert_false(step->unsaved);
    assert_int_equal(work_lab_step(pid, "three-pids")->state, WORK_BEGUN);
}

/* The example of the documentation is a workbook, in the form in which one is written. */
static void test_the_documented_example(void **state)
{
    (void)state;
    static const char head[] =
        "# What you did in the labs of nslab. nslab writes this file anew after every change.\n";
    cleanup_buf struct buf page = {0}, again = {0}, example = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "docs/workbook-format.md", &page, 0), 0);
    const char *begin = strstr(buf_text(&page), "```yaml\n"),
               *end = begin ? strstr(begin + 8, "```\n") : NULL;
    assert_non_null(end);
    buf_adds(&example, head);
    buf_add(&example, begin + 8, (size_t)(end - begin - 8));
    cleanup_with(workbook_free_p) struct workbook *w = read_good(example.data, example.len);
    workbook_write(w, &again);
    assert_string_equal(buf_text(&again), buf_text(&example));
}

static char *random_text(unsigned *seed)
{
    static const char *const parts[] = {"a",
                                        "1",
                                        " ",
                                        ": ",
                                        " #",
                                        "\"",
                                        "'",
                                        "\\",
                                        "\n",
                                        "\t",
                                        "{",
                                        "[",
                                        "- ",
                                        "?",
                                        "&x",
                                        "*x",
                                        "!t",
                                        "%",
                                        "~",
                                        "null",
                                        "ü",
                                        "\xe2\x80\xa8",
                                        "\x1b[m",
                                        "\r",
                                        "\b",
                                        "\xc2\x85",
                                        "\xff",
                                        "\xc3",
                                        "日本",
                                        "\x7f",
                                        "\xef\xbb\xbf",
                                        "\xf0\x9f\x90\xb3",
                                        "|",
                                        ">",
                                        "@",
                                        "`",
                                        "---\n",
                                        "...\n",
                                        ",",
                                        "${web.pid}",
                                        "\xef\xbf\xbf"};
    struct buf text = {0};
    buf_adds(&text, "x");
    for (int n = rand_r(seed) % 12; n > 0; n--)
        buf_adds(&text, parts[(size_t)rand_r(seed) % ARRAY_LEN(parts)]);
    return buf_take(&text);
}

/* Whatever a container shows and a learner types: what is written can be read, and is the same then. */
static void test_any_text_survives(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        cleanup_free char *name = random_text(&seed), *line = random_text(&seed), *seen = random_text(&seed);
        cleanup_with(workbook_free_p) struct workbook *w = workbook_new(work_learner_fits(name) ? name
                                                                                                : "ada"),
                                                      *back = NULL;
        struct work_lab *work = workbook_lab_begin(w, "pid", DIGEST);
        static char id[] = "one";
        struct step steps[1] = {{.id = id}};
        struct lab lab = {.steps = steps, .n_steps = 1};
        struct work_step *step = work_lab_step_begin(work, &lab, 0);
        struct expectation_result x = {.id = id, .observed = seen, .how = seen, .verdict = VERDICT_PASS};
        struct step_result checked = {.expectations = &x, .n = 1, .verdict = VERDICT_PASS};
        if (work_line_fits(line))
            strv_add(&step->lines, line);
        work_step_note_check(step, &checked);
        cleanup_buf struct buf text = {0}, again = {0};
        workbook_write(w, &text);
        back = read_good(text.data, text.len);
        workbook_write(back, &again);
        assert_string_equal(buf_text(&again), buf_text(&text));
        const struct work_step *same = work_lab_step(workbook_lab(back, "pid"), "one");
        assert_int_equal(same->lines.len, step->lines.len);
        if (same->lines.len)
            assert_string_equal(same->lines.items[0], line);
        assert_string_equal(same->evidence[0].observed, step->evidence[0].observed);
    }
}

/* As an editor of another system may leave it. */
static void test_a_byte_order_mark_and_crlf_are_no_damage(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "format: nslab-workbook/1\r\nlearner: ada\r\n";
    cleanup_with(workbook_free_p) struct workbook *w = read_good(text, strlen(text));
    assert_string_equal(w->learner, "ada");
}

/* --- what is refused --- */

static char *what_is_said(const char *path)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct workbook *w = NULL;
    struct nslab_error e = {0};
    struct buf text = {0};
    assert_int_equal(workbook_read_file(path, &w, &d, &e), -1);
    assert_null(w);
    assert_true(d.n > 0);
    diagnostics_show(&d, &text);
    return buf_take(&text);
}

static void test_every_bad_workbook_is_refused_as_written(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob("tests/bad-workbooks/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 15);
    size_t different = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        cleanup_free char *said = what_is_said(path);
        cleanup_free char *golden_path = xasprintf("%.*s.txt", (int)(strlen(path) - strlen(".yaml")), path);
        cleanup_buf struct buf golden = {0};
        if (getenv("NSLAB_GOLDEN_WRITE")) {
            struct nslab_error e;
            assert_int_equal(write_file_atomically(golden_path, said, strlen(said), 0644, &e), 0);
            continue;
        }
        if (read_file_at(AT_FDCWD, golden_path, &golden, 0) < 0)
            fail_msg("%s isn't there", golden_path);
        if (!strcmp(buf_text(&golden), said))
            continue;
        fprintf(stderr, "%s: expected\n%s\nbut it says\n%s\n", path, buf_text(&golden), said);
        different++;
    }
    globfree(&found);
    assert_int_equal(different, 0);
}

static void said_of(const struct buf *text, const char *message)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct workbook *w = NULL;
    assert_int_equal(workbook_read_text(buf_text(text), text->len, "hostile.yaml", &w, &d), -1);
    assert_true(d.n > 0 && d.n <= 101);
    assert_string_equal(d.items[0].message, message);
}

static void test_hostile_sizes(void **state)
{
    (void)state;
    cleanup_buf struct buf large = {0}, lines = {0}, line = {0}, deep = {0}, labs = {0};
    while (large.len <= WORKBOOK_MAX)
        buf_adds(&large, "# a comment that is nothing but long, so that the file gets too large for it\n");
    said_of(&large, "the file is larger than 4194304 bytes");

    buf_adds(&lines, "format: nslab-workbook/1\nlearner: x\nlabs:\n- id: a\n  digest: " DIGEST
                     "\n  steps:\n  - id: s\n    state: begun\n    lines:\n");
    buf_add(&line, lines.data, lines.len);
    for (int i = 0; i <= WORK_LINES_MAX; i++)
        buf_adds(&lines, "    - do\n");
    said_of(&lines, "`lines` has 1001 items: at most 1000 may be there");

    buf_adds(&line, "    - do\n    - ");
    for (int i = 0; i <= WORK_LINE_MAX; i++)
        buf_addc(&line, 'x');
    said_of(&line,
            "an item of `lines` can't be a line: it holds a control character, or more than 4096 bytes");

    for (int i = 0; i < 100000; i++)
        buf_addc(&deep, '[');
    said_of(&deep, "lists and mappings nest deeper than 16");

    buf_adds(&labs, "format: nslab-workbook/1\nlearner: x\nlabs:\n");
    for (int i = 0; i < WORK_LINES_MAX; i++)
        buf_adds(&labs, "- id: a\n  digest: " DIGEST "\n");
    said_of(&labs, "the lab `a` is there twice: first on line 4");
}

/* Whatever is cut off from a good workbook, or replaced in it, the reader comes back; and what it takes can
 * be written. */
static void test_damaged_workbooks_come_back(void **state)
{
    (void)state;
    cleanup_buf struct buf good = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "tests/golden/workbook.yaml", &good, 0), 0);
    for (size_t i = 0; i < good.len; i++) {
        static const char replacements[] = {'\0', '\n', '\t', '&', '*', '!', '[', '{', '|', '"', '\xff', '-'};
        for (size_t j = 0; j <= sizeof replacements; j++) {
            cleanup_with(diagnostics_free) struct diagnostics d = {0};
            cleanup_with(workbook_free_p) struct workbook *w = NULL;
            cleanup_buf struct buf copy = {0}, out = {0};
            buf_add(&copy, good.data, j < sizeof replacements ? good.len : i);
            if (j < sizeof replacements)
                copy.data[i] = replacements[j];
            if (workbook_read_text(buf_text(&copy), copy.len, "damaged.yaml", &w, &d) == 0)
                workbook_write(w, &out);
            else
                diagnostics_show(&d, &out);
            assert_true(out.len > 0);
        }
    }
}

static void test_what_is_no_workbook(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct workbook *w = NULL;
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(workbook_read_file("no/such.yaml", &w, &d, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot read workbook no/such.yaml: No such file or directory");
    assert_int_equal(workbook_read_file("/dev/zero", &w, &d, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot read workbook /dev/zero: Invalid argument. A workbook is a plain file.");
    assert_int_equal(d.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_workbook_read_and_written_is_the_same),
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_the_documented_example),
        cmocka_unit_test(test_any_text_survives),
        cmocka_unit_test(test_a_byte_order_mark_and_crlf_are_no_damage),
        cmocka_unit_test(test_every_bad_workbook_is_refused_as_written),
        cmocka_unit_test(test_hostile_sizes),
        cmocka_unit_test(test_damaged_workbooks_come_back),
        cmocka_unit_test(test_what_is_no_workbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
