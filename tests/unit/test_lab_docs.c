/* SPDX-License-Identifier: MIT
 *
 * docs/lab-format.md is true: every example in it can be linted, and its tables name what the tables of the
 * program have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/lab.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DOCS "docs/lab-format.md"
#define FENCE "```yaml\n"

static char *read_docs(void)
{
    struct buf text = {0};
    if (read_file_at(AT_FDCWD, DOCS, &text, 0) < 0)
        fail_msg("%s can't be read: run the tests from the tree's root", DOCS);
    return buf_take(&text);
}

/* An example is a whole lab, or a list of steps. */
static void lint_example(const char *example, const char *where)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_buf struct buf text = {0}, shown = {0};
    if (!starts_with(example, "format:"))
        buf_adds(&text,
                 "format: nslab/1\nid: docs\ntitle: t\nsummary: s\nminutes: 1\nrequires: [user]\nsteps:\n");
    buf_adds(&text, example);
    if (lab_read_text(buf_text(&text), text.len, where, &lab, &d) == 0)
        return;
    diagnostics_show(&d, &shown);
    fail_msg("%s", buf_text(&shown));
}

static void test_examples_can_be_linted(void **state)
{
    (void)state;
    cleanup_free char *docs = read_docs();
    size_t count = 0;
    for (const char *p = docs; (p = strstr(p, FENCE)); count++) {
        p += strlen(FENCE);
        const char *end = strstr(p, "```");
        assert_non_null(end);
        cleanup_free char *example = xstrndup(p, (size_t)(end - p));
        cleanup_free char *where = xasprintf("%s, example %zu", DOCS, count + 1);
        lint_example(example, where);
        p = end;
    }
    assert_in_range(count, 4, 100);
}

static void assert_named(const char *docs, const char *name)
{
    cleanup_free char *quoted = xasprintf("`%s`", name);
    if (!strstr(docs, quoted))
        fail_msg("%s doesn't name %s", DOCS, quoted);
}

static void test_tables_name_everything(void **state)
{
    (void)state;
    cleanup_free char *docs = read_docs();
    for (size_t i = 0; i < probe_count; i++) {
        const struct probe *probe = &probe_table[i];
        cleanup_free char *row = xasprintf("| `%s` |", probe->name);
        if (!strstr(docs, row))
            fail_msg("%s has no row for the probe %s", DOCS, probe->name);
        for (size_t j = 0; probe->subjects && probe->subjects[j]; j++)
            assert_named(docs, probe->subjects[j]);
        for (size_t j = 0; j < PROBE_FIELDS_MAX && probe->fields[j].name; j++)
            assert_named(docs, probe->fields[j].name);
    }
    for (size_t i = 0; i < MATCH_COUNT; i++)
        assert_named(docs, matcher_table[i].name);
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        assert_named(docs, see_key_names[i]);
    for (size_t i = 0; container_facts[i]; i++) {
        cleanup_free char *name = xasprintf("${web.%s}", container_facts[i]);
        assert_named(docs, name);
    }
    for (size_t i = 0; i < need_count; i++)
        assert_named(docs, need_table[i].name);
}

static void test_shipped_labs_can_be_read(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_strv struct strv paths = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    if (labs_list(&paths, &e) < 0)
        fail_msg("%s", error_text(&e, text, sizeof text));
    assert_true(paths.len >= 1);
    for (size_t i = 0; i < paths.len; i++) {
        cleanup_with(diagnostics_free) struct diagnostics d = {0};
        cleanup_with(lab_free_p) struct lab *lab = NULL;
        cleanup_buf struct buf shown = {0};
        if (lab_read_file(paths.items[i], &lab, &d, &e) < 0) {
            diagnostics_show(&d, &shown);
            fail_msg("%s%s", buf_text(&shown), error_text(&e, text, sizeof text));
        }
        cleanup_free char *end = xasprintf("/labs/%s.yaml", lab->id);
        assert_non_null(strstr(paths.items[i], end));
    }
}

static void test_finding_a_lab(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    cleanup_free char *path = NULL, *file = NULL, *none = NULL;
    assert_int_equal(lab_find("pid", &path, &e), 0);
    assert_non_null(strstr(path, "/labs/pid.yaml"));
    assert_int_equal(lab_find("./my-own.yaml", &file, &e), 0);
    assert_string_equal(file, "./my-own.yaml");
    assert_int_equal(lab_find("pdi", &none, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text), "there is no lab `pdi`. Did you mean `pid`?");
}

int main(void)
{
    /* This program isn't where nslab is: the tree is the working directory. */
    setenv("NSLAB_SHARE_DIR", ".", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_can_be_linted),
        cmocka_unit_test(test_tables_name_everything),
        cmocka_unit_test(test_shipped_labs_can_be_read),
        cmocka_unit_test(test_finding_a_lab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
