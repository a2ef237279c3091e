/* SPDX-License-Identifier: MIT
 *
 * The manual pages: what troff would misread, and that nothing of the tables is left out. Whether troff and
 * mandoc are content with them tests/e2e/81-install.sh asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/roff.h"
#include "nslab/command.h"
#include "nslab/lab.h"
#include "nslab/mem.h"
#include "nslab/subcommand.h"

#include <string.h>

static void check_escaped(const char *text, bool marked, const char *wanted)
{
    cleanup_buf struct buf out = {0};
    roff_escape(&out, text, marked);
    assert_string_equal(buf_text(&out), wanted);
}

static void test_what_troff_would_misread_is_escaped(void **state)
{
    (void)state;
    check_escaped("run --pid=host", false, "run \\-\\-pid=host");
    check_escaped(".so /etc/passwd", false, "\\&.so /etc/passwd");
    check_escaped("'quoted' \\n", false, "\\&\\(aqquoted\\(aq \\en");
    check_escaped("see `nslab -c LINE`.", true, "see \\fBnslab \\-c LINE\\fR.");
    check_escaped("an odd ` stays", true, "an odd \\(ga stays");
}

static void test_sentences_begin_lines_and_dots_end_none(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    roff_text(&out, "One. Two [LAB]... three.\n\nFour.");
    assert_string_equal(buf_text(&out), ".PP\nOne.\nTwo [LAB]... three.\n.PP\nFour.\n");
}

/* As an item, or in a heading. */
static void check_named(const struct buf *page, const char *name)
{
    cleanup_buf struct buf escaped = {0};
    roff_escape(&escaped, name, false);
    if (!strstr(buf_text(page), buf_text(&escaped)))
        fail_msg("the page doesn't name `%s`", name);
}

static void test_the_program_page_has_every_row(void **state)
{
    (void)state;
    cleanup_buf struct buf page = {0};
    manual_program("2026-01-31", &page);
    assert_non_null(strstr(buf_text(&page), ".TH NSLAB 1 \"2026-01-31\" \"nslab " NSLAB_VERSION "\""));
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *sub = &subcommand_table[i];
        cleanup_free char *heading = xasprintf("\n.SS \"nslab %s", sub->name);
        assert_int_equal(strstr(buf_text(&page), heading) != NULL, !sub->hidden);
        for (size_t k = 0; !sub->hidden && k < SUB_OPTIONS_MAX && sub->options[k].name; k++) {
            cleanup_free char *option = xasprintf("--%s", sub->options[k].name);
            check_named(&page, option);
        }
    }
    for (size_t i = 0; i < container_verb_count; i++) {
        cleanup_free char *item = xasprintf("\n.B \"%s", container_verbs[i].name);
        assert_non_null(strstr(buf_text(&page), item));
    }
}

static void check_key(void *page, const struct lab_key *key)
{
    cleanup_free char *item = xasprintf("\n.B \"%s\"\n", key->name);
    assert_non_null(key->help);
    assert_int_equal(key->help[strlen(key->help) - 1], '.');
    assert_non_null(strstr(buf_text(page), item));
}

static void test_the_lab_page_has_every_key_probe_and_matcher(void **state)
{
    (void)state;
    cleanup_buf struct buf page = {0};
    manual_lab("2026-01-31", &page);
    lab_each_key(check_key, &page);
    for (size_t i = 0; i < probe_count; i++) {
        cleanup_free char *item = xasprintf("\n.B \"%s: VALUE\"\n", probe_table[i].name);
        assert_non_null(strstr(buf_text(&page), item));
    }
    for (size_t i = 0; i < MATCH_COUNT; i++) {
        cleanup_free char *item = xasprintf("\n.B \"%s: ", matcher_table[i].name);
        assert_non_null(strstr(buf_text(&page), item));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_troff_would_misread_is_escaped),
        cmocka_unit_test(test_sentences_begin_lines_and_dots_end_none),
        cmocka_unit_test(test_the_program_page_has_every_row),
        cmocka_unit_test(test_the_lab_page_has_every_key_probe_and_matcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
