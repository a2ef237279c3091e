/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/shell_private.h"

static char one[] = "one", same[] = "same", text[] = "text";
static struct choice choices[] = {{.id = one, .text = one, .right = true}, {.id = same, .text = same}};
static struct lab_line lines[1];
static struct expectation expectations[1];
static char *hints[] = {text, text};

static struct step observation(void)
{
    return (struct step){.has_predict = true,
                         .predict = {.ask = text, .choices = choices, .n = 2},
                         .run = {lines, 1},
                         .expect = expectations,
                         .n_expect = 1,
                         .explain = text};
}

/* What Enter would do at a step that is recorded like this. */
static enum lesson_action goes_on(const struct step *step, struct work_step *s)
{
    struct lesson_progress p = resume_progress(step, s);
    strv_free(&s->lines);
    return lesson_obvious(step, &p, false);
}

static void an_observation_goes_on_where_it_was(void **state)
{
    (void)state;
    struct step step = observation();
    struct lesson_progress p = resume_progress(&step, NULL);
    assert_int_equal(lesson_obvious(&step, &p, false), LESSON_PREDICT);
    struct work_step s = {.prediction = same};
    assert_int_equal(resume_progress(&step, &s).choice, 1);
    assert_int_equal(goes_on(&step, &s), LESSON_DO);
    strv_add(&s.lines, "do");
    assert_true(resume_progress(&step, &s).answered);
    assert_int_equal(goes_on(&step, &s), LESSON_CHECK);
    strv_add(&s.lines, "do");
    s.state = WORK_PASSED;
    assert_int_equal(goes_on(&step, &s), LESSON_EXPLAIN);
    strv_add(&s.lines, "do");
    s.state = WORK_UNSUPPORTED;
    assert_int_equal(goes_on(&step, &s), LESSON_EXPLAIN);
    strv_add(&s.lines, "do");
    s.state = WORK_FAILED;
    assert_int_equal(goes_on(&step, &s), LESSON_AGAIN);
}

static void a_task_goes_on_where_it_was(void **state)
{
    (void)state;
    struct step step = {.task = text, .solution = {lines, 1}, .expect = expectations, .n_expect = 1};
    struct work_step s = {.hints = 1, .elsewhere = true};
    step.hints = (struct strv){hints, 2};
    assert_int_equal(resume_progress(&step, &s).hints, 1);
    assert_true(resume_progress(&step, &s).elsewhere);
    assert_int_equal(goes_on(&step, &s), LESSON_TRY);
    strv_add(&s.lines, "ps");
    assert_int_equal(goes_on(&step, &s), LESSON_CHECK);
    strv_add(&s.lines, "ps");
    s.state = WORK_FAILED;
    assert_int_equal(goes_on(&step, &s), LESSON_TRY);
    s.state = WORK_PASSED;
    assert_int_equal(goes_on(&step, &s), LESSON_NEXT);
}

/* The lab may have changed since. */
static void what_the_step_has_no_more_is_left_out(void **state)
{
    (void)state;
    struct step step = observation();
    struct work_step s = {.prediction = text, .hints = 100};
    struct lesson_progress p = resume_progress(&step, &s);
    assert_int_equal(p.choice, NO_CHOICE);
    assert_int_equal(p.hints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observation_goes_on_where_it_was),
        cmocka_unit_test(a_task_goes_on_where_it_was),
        cmocka_unit_test(what_the_step_has_no_more_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
