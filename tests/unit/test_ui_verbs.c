/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/shell_private.h"
#include "nslab/shell.h"

#include <string.h>

static struct shell_verbs verbs;

static int setup(void **state)
{
    (void)state;
    shell_verbs_init(&verbs);
    return 0;
}

static void the_joined_tables_are_sound(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    if (verbs_self_check(&verbs.all, &e) < 0)
        fail_msg("%s", error_text(&e, text, sizeof text));
    assert_int_equal(verbs.all.n, 2);
    assert_non_null(verb_find(&verbs.all, "run"));
    assert_non_null(verb_find(&verbs.all, "next"));
    assert_null(verb_find(&verbs.lesson, "run"));
}

static void no_lesson_verb_may_stand_in_a_lab(void **state)
{
    (void)state;
    for (size_t i = 0; i < lesson_verb_count; i++) {
        assert_false(lesson_verbs[i].in_labs);
        assert_null(verb_find(&lab_verbs, lesson_verbs[i].name));
    }
}

static void what_enter_runs_is_a_verb(void **state)
{
    (void)state;
    for (size_t i = 0; i < LESSON_ACTION_COUNT; i++)
        assert_non_null(verb_find(&verbs.lesson, lesson_action_table[i].line));
}

static void examples_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < lesson_verb_count; i++) {
        struct line line = {0};
        struct nslab_error e = {0};
        size_t offset = 0;
        assert_int_equal(line_parse(&verbs.all, lesson_verbs[i].example, &line, &offset, &e), 0);
        assert_ptr_equal(line.verb, &lesson_verbs[i]);
        line_free(&line);
    }
}

static void arguments(void **state)
{
    (void)state;
    struct line line = {0};
    struct nslab_error e = {0};
    size_t offset = 0;
    assert_int_equal(line_parse(&verbs.all, "start 'labs/my lab.yaml'", &line, &offset, &e), 0);
    assert_int_equal(line.args.len, 1);
    assert_string_equal(line.args.items[0], "labs/my lab.yaml");
    line_free(&line);
    assert_int_equal(line_parse(&verbs.all, "start", &line, &offset, &e), 0);
    assert_int_equal(line.args.len, 0);
    line_free(&line);
    assert_int_equal(line_parse(&verbs.all, "next now", &line, &offset, &e), -1);
    assert_int_equal(offset, 5);
    assert_true(error_is_set(&e));
    line_free(&line);
    assert_int_equal(line_parse(&verbs.all, "predict a b", &line, &offset, &e), -1);
    assert_int_equal(offset, 10);
    line_free(&line);
    assert_int_equal(line_parse(&verbs.all, "check --now", &line, &offset, &e), -1);
    line_free(&line);
}

static void the_nearest_verb_is_named(void **state)
{
    (void)state;
    struct line line = {0};
    struct nslab_error e = {0};
    size_t offset = 0;
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(line_parse(&verbs.all, "chekc", &line, &offset, &e), -1);
    assert_non_null(strstr(error_text(&e, text, sizeof text), "`check`"));
    line_free(&line);
}

static void help_lists_both_tables(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    verbs_help(&verbs.all, 80, &out);
    assert_non_null(strstr(buf_text(&out), "contrast"));
    assert_non_null(strstr(buf_text(&out), "inspect"));
    buf_truncate(&out, 0);
    verb_help(verb_find(&verbs.all, "predict"), 80, &out);
    assert_non_null(strstr(buf_text(&out), "Usage: predict [CHOICE]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_joined_tables_are_sound),
        cmocka_unit_test(no_lesson_verb_may_stand_in_a_lab),
        cmocka_unit_test(what_enter_runs_is_a_verb),
        cmocka_unit_test(examples_parse),
        cmocka_unit_test(arguments),
        cmocka_unit_test(the_nearest_verb_is_named),
        cmocka_unit_test(help_lists_both_tables),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
