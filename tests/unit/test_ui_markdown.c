/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/layout.h"
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/term.h"

#include <locale.h>
#include <string.h>

static const char lesson[] =
    "# Three numbers\n"
    "A container is a **process**. The kernel gives it one PID in *each* PID namespace\n"
    "that it can be seen from; `NSpid` in `/proc/PID/status` has them all.\n"
    "\n"
    "Look from:\n"
    "- the container, with `exec web ps`\n"
    "- the lab host, which is itself made of namespaces and so has numbers\n"
    "  of its own\n"
    "\n"
    "1. first\n"
    "2. second\n"
    "\n"
    "```\n"
    "host ps -o pid,args\n"
    "\n"
    "  indented\n"
    "```\n"
    "| where | PID |\n"
    "|---|---|\n"
    "| web | 1 |\n"
    "The end.\n";

static void check(const char *text, unsigned width, bool colour, const char *expected)
{
    struct look look = {.width = width, .colour = colour, .utf8 = true};
    cleanup_buf struct buf out = {0};
    markdown_render(text, &look, &out);
    assert_string_equal(buf_text(&out), expected);
}

static void at_80_columns(void **state)
{
    (void)state;
    check(lesson, 80, false,
          "Three numbers\n"
          "\n"
          "A container is a process. The kernel gives it one PID in each PID namespace that\n"
          "it can be seen from; `NSpid` in `/proc/PID/status` has them all.\n"
          "\n"
          "Look from:\n"
          "- the container, with `exec web ps`\n"
          "- the lab host, which is itself made of namespaces and so has numbers of its own\n"
          "\n"
          "1. first\n"
          "2. second\n"
          "\n"
          "    host ps -o pid,args\n"
          "\n"
          "      indented\n"
          "\n"
          "| where | PID |\n"
          "|---|---|\n"
          "| web | 1 |\n"
          "\n"
          "The end.\n");
}

static void at_40_columns(void **state)
{
    (void)state;
    check(lesson, 40, false,
          "Three numbers\n"
          "\n"
          "A container is a process. The kernel\n"
          "gives it one PID in each PID namespace\n"
          "that it can be seen from; `NSpid` in\n"
          "`/proc/PID/status` has them all.\n"
          "\n"
          "Look from:\n"
          "- the container, with `exec web ps`\n"
          "- the lab host, which is itself made of\n"
          "  namespaces and so has numbers of its\n"
          "  own\n"
          "\n"
          "1. first\n"
          "2. second\n"
          "\n"
          "    host ps -o pid,args\n"
          "\n"
          "      indented\n"
          "\n"
          "| where | PID |\n"
          "|---|---|\n"
          "| web | 1 |\n"
          "\n"
          "The end.\n");
}

static void styles_end_with_the_line(void **state)
{
    (void)state;
    check("a **bold text** and `code`", 10, true,
          "a \033[1mbold\033[0m\n"
          "\033[1mtext\033[0m and\n"
          "\033[36mcode\033[0m\n");
}

static void marks_that_are_text(void **state)
{
    (void)state;
    check("2 * 3 * 4, nginx: worker*, **open, file*name*x, \\*stars\\*, ``a`b``, ** a`b", 80, false,
          "2 * 3 * 4, nginx: worker*, **open, file*name*x, *stars*, ``a`b``, ** a`b\n");
    check("`a *b* c` and *x*", 80, false, "`a *b* c` and x\n");
    check("**bold with `code` in it**", 80, true,
          "\033[1mbold with \033[0m\033[36mcode\033[0m\033[1m in it\033[0m\n");
}

static void wide_and_combining_characters(void **state)
{
    (void)state;
    /* each of these ideographs takes two columns, and the accent none */
    check("\u6f22\u5b57\u6f22\u5b57 ab", 8, false, "\u6f22\u5b57\u6f22\u5b57\nab\n");
    check("ae\u0301iou xy", 5, false, "ae\u0301iou\nxy\n");
    assert_int_equal(display_columns("\u6f22e\u0301", strlen("\u6f22e\u0301")), 3);
}

static void numbers_that_end_a_sentence(void **state)
{
    (void)state;
    check("On the host it is PID\n3. It is one process.", 80, false,
          "On the host it is PID 3. It is one process.\n");
    check("- it is PID\n  3. So\n- b", 80, false, "- it is PID 3. So\n- b\n");
    check("Two things:\n1. a\n2. b\n\nEnd", 80, false, "Two things:\n1. a\n2. b\n\nEnd\n");
}

static void long_words_are_cut(void **state)
{
    (void)state;
    check("see /sys/fs/cgroup/system.slice now", 12, false, "see\n/sys/fs/cgro\nup/system.sl\nice now\n");
    check("```\n0123456789abcdef\n```", 14, false, "    0123456789\n    abcdef\n");
}

static void control_characters_are_shown(void **state)
{
    (void)state;
    check("red \033[31m\x80 end", 80, false, "red ^[[31m\\x80 end\n");
}

static void malformed_and_empty(void **state)
{
    (void)state;
    check("", 80, false, "");
    check("\n\n\n", 80, false, "");
    check("```", 80, false, "");
    check("```\nnever closed", 80, false, "    never closed\n");
    check("#\n####### x", 80, false, "# ####### x\n");
    check("-", 80, false, "-\n");
    check("*", 80, false, "*\n");
    check("`", 80, false, "`\n");
    check("\\", 80, false, "\\\n");
    check("            - deep\n1234. no item", 80, false, "            - deep 1234. no item\n");
}

static void never_wider(void **state)
{
    (void)state;
    for (unsigned width = TERM_WIDTH_MIN; width < 90; width++) {
        struct look look = {.width = width};
        cleanup_buf struct buf out = {0};
        cleanup_strv struct strv lines = {0};
        markdown_render(lesson, &look, &out);
        layout_rule("Step 1 of 7: a title that is longer than the narrowest line", &look, &out);
        strv_split_lines(&lines, buf_text(&out));
        for (size_t i = 0; i < lines.len; i++)
            assert_in_range(display_columns(lines.items[i], strlen(lines.items[i])), 0, width);
    }
}

static void indented(void **state)
{
    (void)state;
    struct look look = {.width = 20};
    cleanup_buf struct buf out = {0};
    markdown_render_indented("one two three four\n\nfive", &look, "a) ", "   ", &out);
    assert_string_equal(buf_text(&out), "a) one two three\n   four\n\n   five\n");
}

static void cells_side_by_side(void **state)
{
    (void)state;
    struct look look = {.width = 30};
    cleanup_styled struct styled a = {0}, b = {0}, c = {0};
    cleanup_buf struct buf out = {0};
    styled_adds(&a, STYLE_FAIL, "differs");
    styled_adds(&b, STYLE_PLAIN, "one two three");
    styled_adds(&c, STYLE_PLAIN, "x\ny\nz");
    layout_cells((const struct styled *[]){&a, &b, &c}, (unsigned[]){8, 9, 0}, 3, &look, &out);
    assert_string_equal(buf_text(&out), "differs   one two    x\n"
                                        "          three      y\n"
                                        "                     z\n");
}

static void rules(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    layout_rule("Step 1", &(struct look){.width = 20, .utf8 = true}, &out);
    layout_rule("Step 1", &(struct look){.width = 20}, &out);
    layout_rule("Step 1 is too long for it", &(struct look){.width = 20}, &out);
    assert_string_equal(buf_text(&out), "── Step 1 ──────────\n"
                                        "-- Step 1 ----------\n"
                                        "-- Step 1 is too\n"
                                        "   long for it\n");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_80_columns),
        cmocka_unit_test(at_40_columns),
        cmocka_unit_test(styles_end_with_the_line),
        cmocka_unit_test(marks_that_are_text),
        cmocka_unit_test(wide_and_combining_characters),
        cmocka_unit_test(numbers_that_end_a_sentence),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(malformed_and_empty),
        cmocka_unit_test(never_wider),
        cmocka_unit_test(indented),
        cmocka_unit_test(cells_side_by_side),
        cmocka_unit_test(rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
