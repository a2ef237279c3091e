/* SPDX-License-Identifier: MIT
 *
 * Each tests/bad-labs/NAME.yaml is refused with exactly the text in NAME.txt. To write the texts anew after a
 * change, and then to read what changed: NSLAB_GOLDEN_WRITE=1 build/unit/test_lab_bad
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/lab.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define BAD_LABS "tests/bad-labs"
#define BAD_LABS_LEAST 70

static char *what_is_said(const char *path)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct lab *lab = NULL;
    struct nslab_error e = {0};
    struct buf text = {0};
    if (lab_read_file(path, &lab, &d, &e) == 0) {
        lab_free(lab);
        fail_msg("%s was taken for a good lab", path);
    }
    if (!d.n)
        fail_msg("%s: refused without a diagnostic", path);
    assert_null(lab);
    diagnostics_show(&d, &text);
    return buf_take(&text);
}

static bool is_as_written(const char *path)
{
    cleanup_free char *said = what_is_said(path);
    cleanup_free char *golden_path = xasprintf("%.*s.txt", (int)(strlen(path) - strlen(".yaml")), path);
    cleanup_buf struct buf golden = {0};
    if (getenv("NSLAB_GOLDEN_WRITE")) {
        struct nslab_error e;
        assert_int_equal(write_file_atomically(golden_path, said, strlen(said), 0644, &e), 0);
        return true;
    }
    if (read_file_at(AT_FDCWD, golden_path, &golden, 0) < 0)
        fail_msg("%s isn't there", golden_path);
    if (!strcmp(buf_text(&golden), said))
        return true;
    /* Not print_error(): it cuts long texts. */
    fprintf(stderr, "%s: expected\n%s\nbut it says\n%s\n", path, buf_text(&golden), said);
    return false;
}

static void test_every_bad_lab_is_refused_as_written(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(BAD_LABS "/*.yaml", 0, NULL, &found), 0);
    size_t different = 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        different += !is_as_written(found.gl_pathv[i]);
    assert_true(found.gl_pathc >= BAD_LABS_LEAST);
    globfree(&found);
    assert_int_equal(different, 0);
}

static void test_too_large_a_file_is_refused(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_buf struct buf text = {0};
    struct lab *lab = NULL;
    while (text.len <= 1 << 20)
        buf_adds(&text, "# a comment that is nothing but long, so that the file gets too large for a lab\n");
    assert_int_equal(lab_read_text(buf_text(&text), text.len, "large.yaml", &lab, &d), -1);
    assert_int_equal(d.n, 1);
    assert_string_equal(d.items[0].message, "the file is larger than 1048576 bytes");
}

static void test_no_file_is_an_error_with_its_errno(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct lab *lab = NULL;
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(lab_read_file("no/such.yaml", &lab, &d, &e), -1);
    assert_int_equal(d.n, 0);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot read lab no/such.yaml: No such file or directory");
    assert_int_equal(lab_read_file("tests", &lab, &d, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot read lab tests: Is a directory. A lab is a plain file.");
}

/* Whatever is cut off from a good lab, or replaced in it, the reader must come back. */
static void test_damaged_labs_come_back(void **state)
{
    (void)state;
    cleanup_buf struct buf good = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "tests/bad-labs/several.yaml", &good, 0), 0);
    for (size_t i = 0; i < good.len; i++) {
        static const char replacements[] = {'\0', '\n', '\t', '&', '*', '!', '[', '{', '|', '"', '\xff', '$'};
        for (size_t j = 0; j <= sizeof replacements; j++) {
            cleanup_with(diagnostics_free) struct diagnostics d = {0};
            cleanup_buf struct buf copy = {0}, shown = {0};
            struct lab *lab = NULL;
            buf_add(&copy, good.data, j < sizeof replacements ? good.len : i);
            if (j < sizeof replacements)
                copy.data[i] = replacements[j];
            assert_int_equal(lab_read_text(buf_text(&copy), copy.len, "damaged.yaml", &lab, &d), -1);
            assert_true(d.n > 0);
            diagnostics_show(&d, &shown);
            assert_true(shown.len > 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bad_lab_is_refused_as_written),
        cmocka_unit_test(test_too_large_a_file_is_refused),
        cmocka_unit_test(test_no_file_is_an_error_with_its_errno),
        cmocka_unit_test(test_damaged_labs_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
