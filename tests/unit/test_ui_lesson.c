/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/lesson.h"
#include "nslab/mem.h"

#include <string.h>

static char one[] = "one", same[] = "same", text[] = "text";
static struct choice choices[] = {{.id = one, .text = one, .right = true}, {.id = same, .text = same}};
static struct lab_line lines[1];
static struct expectation expectations[2];

/* A step with everything that a step of observation has. */
static struct step observation(void)
{
    return (struct step){.has_predict = true,
                         .predict = {.ask = text, .choices = choices, .n = 2},
                         .run = {lines, 1},
                         .expect = expectations,
                         .n_expect = 2,
                         .explain = text};
}

static struct step task(void)
{
    return (struct step){
        .task = text, .solution = {lines, 1}, .expect = expectations, .n_expect = 2, .explain = text};
}

static void an_observation_goes_its_way(void **state)
{
    (void)state;
    struct step s = observation();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_PREDICT);
    assert_false(lesson_done(&s, &p));
    p.choice = 0;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_DO);
    assert_false(lesson_done(&s, &p));
    p.ran = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_CHECK);
    assert_false(lesson_done(&s, &p));
    p.checked = true;
    p.verdict = VERDICT_PASS;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_EXPLAIN);
    assert_true(lesson_done(&s, &p));
    p.explained = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_NEXT);
    assert_int_equal(lesson_obvious(&s, &p, true), LESSON_FINISH);
}

static void without_a_lab(void **state)
{
    (void)state;
    assert_int_equal(lesson_obvious(NULL, NULL, false), LESSON_START);
}

static void run_without_a_prediction(void **state)
{
    (void)state;
    struct step s = observation();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    p.ran = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_CHECK);
}

static void what_did_not_hold(void **state)
{
    (void)state;
    struct step s = observation();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    p.ran = p.checked = true;
    p.verdict = VERDICT_FAIL;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_AGAIN);
    assert_false(lesson_done(&s, &p));
    p.typed = true; /* the learner did something about it */
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_CHECK);
    p.broke = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_AGAIN);
}

static void unsupported_stops_nobody(void **state)
{
    (void)state;
    struct step s = observation();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    p.ran = p.checked = true;
    p.verdict = VERDICT_UNSUPPORTED;
    assert_true(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_EXPLAIN);
}

static void an_error_of_the_machine_ends_the_step(void **state)
{
    (void)state;
    struct step s = observation(), t = task();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    struct nslab_error e = {0};
    p.ran = true;
    error_say(&e, "box ended");
    lesson_note_error(&p, &e);
    assert_false(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_AGAIN);
    error_cause(&e, "subids");
    lesson_note_error(&p, &e);
    assert_true(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_NEXT);
    assert_true(lesson_done(&t, &p));
}

static void a_task_is_the_learners(void **state)
{
    (void)state;
    struct step s = task();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_TRY);
    p.typed = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_CHECK);
    p.checked = true;
    p.typed = false;
    p.verdict = VERDICT_FAIL;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_TRY);
    p.typed = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_CHECK);
    p.verdict = VERDICT_PASS;
    assert_true(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_EXPLAIN);
}

static void a_task_with_lines_of_its_own_runs_them_first(void **state)
{
    (void)state;
    struct step s = task();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    s.run = (struct lab_lines){lines, 1};
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_DO);
    p.ran = true;
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_TRY);
}

static void a_step_that_is_only_text(void **state)
{
    (void)state;
    struct step s = {.text = text};
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    assert_true(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_NEXT);
}

static void lines_without_expectations(void **state)
{
    (void)state;
    struct step s = {.run = {lines, 1}};
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    assert_false(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, false), LESSON_DO);
    p.ran = true;
    assert_true(lesson_done(&s, &p));
    assert_int_equal(lesson_obvious(&s, &p, true), LESSON_FINISH);
}

static void choices_by_letter_number_and_id(void **state)
{
    (void)state;
    struct step s = observation();
    assert_int_equal(lesson_choice(&s.predict, "a"), 0);
    assert_int_equal(lesson_choice(&s.predict, "B"), 1);
    assert_int_equal(lesson_choice(&s.predict, "1"), 0);
    assert_int_equal(lesson_choice(&s.predict, "2"), 1);
    assert_int_equal(lesson_choice(&s.predict, "same"), 1);
    assert_int_equal(lesson_choice(&s.predict, "c"), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, "0"), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, "3"), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, "-1"), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, "sam"), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, ""), NO_CHOICE);
    assert_int_equal(lesson_choice(&s.predict, "!"), NO_CHOICE); /* below the letters */
}

static void a_letter_is_an_answer_while_the_question_is_open(void **state)
{
    (void)state;
    struct step s = observation();
    struct lesson_progress p = LESSON_PROGRESS_NONE;
    assert_true(lesson_is_answer(&s, &p, "b"));
    assert_false(lesson_is_answer(&s, &p, "ps"));
    p.choice = 1;
    assert_false(lesson_is_answer(&s, &p, "b"));
    assert_false(lesson_is_answer(NULL, NULL, "b"));
}

static void the_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < LESSON_ACTION_COUNT; i++) {
        assert_non_null(lesson_action_table[i].line);
        assert_non_null(lesson_action_table[i].says);
        assert_true(strlen(lesson_action_table[i].line) > 0);
        assert_true(lesson_action_table[i].says[strlen(lesson_action_table[i].says) - 1] != '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observation_goes_its_way),
        cmocka_unit_test(without_a_lab),
        cmocka_unit_test(run_without_a_prediction),
        cmocka_unit_test(what_did_not_hold),
        cmocka_unit_test(unsupported_stops_nobody),
        cmocka_unit_test(an_error_of_the_machine_ends_the_step),
        cmocka_unit_test(a_task_is_the_learners),
        cmocka_unit_test(a_task_with_lines_of_its_own_runs_them_first),
        cmocka_unit_test(a_step_that_is_only_text),
        cmocka_unit_test(lines_without_expectations),
        cmocka_unit_test(choices_by_letter_number_and_id),
        cmocka_unit_test(a_letter_is_an_answer_while_the_question_is_open),
        cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
