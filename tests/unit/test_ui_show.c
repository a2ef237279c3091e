/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/lesson.h"
#include "../../src/ui/show.h"
#include "nslab/mem.h"

#include <locale.h>
#include <string.h>

/* The model's texts aren't const, since they are owned; these are never changed or freed. */
#define TEXT(name, value) static char name[] = value

TEXT(id, "x");
TEXT(title, "nginx gets a process table of its own");
TEXT(intro, "Watch **both** sides.");
TEXT(ask, "Which PID does the nginx master have, seen from inside?");
TEXT(right_text, "1");
TEXT(wrong_text, "the PID that the host shows, since a process has one PID and no more");
TEXT(right_feedback, "The first process of a PID namespace is PID 1 in it.");
TEXT(wrong_feedback, "It would have to be in the host's PID namespace for that.");
TEXT(goal, "Make it so.");

static struct choice choices[] = {
    {.id = id, .text = right_text, .feedback = right_feedback, .right = true},
    {.id = id, .text = wrong_text, .feedback = wrong_feedback},
};
static struct step steps[] = {
    {.id = id, .title = title, .text = intro, .has_predict = true, .predict = {ask, choices, 2}},
    {.id = id, .title = title, .task = goal},
};
static struct lab lab = {.id = id, .steps = steps, .n_steps = 2};

static char *as_it_is(void *context, const char *text)
{
    (void)context;
    return xstrdup(text);
}
static const struct expander unexpanded = {as_it_is, NULL};
static const struct look at80 = {.width = 80}, at40 = {.width = 40};

static void a_step(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    show_step(&lab, 0, &unexpanded, &at80, &out);
    assert_string_equal(buf_text(&out),
                        "\n"
                        "-- Step 1 of 2: nginx gets a process table of its own --------------------------\n"
                        "\n"
                        "Watch both sides.\n");
    buf_truncate(&out, 0);
    show_step(&lab, 1, &unexpanded, &at40, &out);
    assert_string_equal(buf_text(&out), "\n"
                                        "-- Step 2 of 2: nginx gets a process\n"
                                        "   table of its own\n"
                                        "\n"
                                        "Task\n"
                                        "  Make it so.\n");
}

static void a_question(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    show_question(&steps[0], &unexpanded, &at80, &out);
    assert_string_equal(buf_text(&out),
                        "Predict: Which PID does the nginx master have, seen from inside?\n"
                        "  a) 1\n"
                        "  b) the PID that the host shows, since a process has one PID and no more\n");
    buf_truncate(&out, 0);
    show_question(&steps[0], &unexpanded, &at40, &out);
    assert_string_equal(buf_text(&out), "Predict: Which PID does the nginx master\n"
                                        "have, seen from inside?\n"
                                        "  a) 1\n"
                                        "  b) the PID that the host shows, since\n"
                                        "     a process has one PID and no more\n");
}

static void feedback(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    show_feedback(&steps[0], 0, &unexpanded, &at80, &out);
    assert_string_equal(buf_text(&out), "Your prediction: 1 (that is what happened)\n"
                                        "  The first process of a PID namespace is PID 1 in it.\n");
    buf_truncate(&out, 0);
    show_feedback(&steps[0], 1, &unexpanded, &at80, &out);
    assert_non_null(strstr(buf_text(&out), "(that is not what happened)\n"
                                           "  It would have to be in the host's PID namespace for that.\n"));
    buf_truncate(&out, 0);
    show_feedback(&steps[0], NO_CHOICE, &unexpanded, &at80, &out);
    assert_string_equal(buf_text(&out), "The answer: 1\n"
                                        "  The first process of a PID namespace is PID 1 in it.\n");
}

TEXT(say_pid, "inside, nginx is PID 1");
TEXT(say_wall, "web is in a PID namespace of its own");
TEXT(say_ids, "the ids are shifted");
TEXT(is_one, "is 1");
TEXT(value_one, "1");
TEXT(differs, "differs from pid:[4026531836] (host)");
TEXT(link_same, "pid:[4026531836]");
TEXT(web, "web");
TEXT(host, "host");
TEXT(look_line, "ns web");
TEXT(how_status, "/proc/812/status, NSpid");
TEXT(how_link, "/proc/812/ns/pid");
TEXT(lab_hint, "Was it run with --pid=host?");
TEXT(not_read, "not read");
TEXT(cause, "subids");
TEXT(remedy, "Ask for a line in /etc/subuid.");

static struct expectation_result results[] = {
    {.say = say_pid,
     .verdict = VERDICT_PASS,
     .expected = is_one,
     .observed = value_one,
     .from = web,
     .how = how_status},
    {.say = say_wall,
     .verdict = VERDICT_FAIL,
     .expected = differs,
     .observed = link_same,
     .from = web,
     .how = how_link,
     .other_from = host,
     .other_observed = link_same,
     .look = look_line,
     .hint = lab_hint},
    {.say = say_ids, .verdict = VERDICT_UNSUPPORTED, .observed = not_read, .cause = cause, .hint = remedy},
};

static void a_check(void **state)
{
    (void)state;
    struct step_result r = {.verdict = VERDICT_FAIL, .expectations = results, .n = 3, .points_max = 2};
    cleanup_buf struct buf out = {0};
    show_check(&r, &at80, &out);
    assert_string_equal(buf_text(&out),
                        "pass         inside, nginx is PID 1\n"
                        "             observed  1\n"
                        "             from      web\n"
                        "             read      /proc/812/status, NSpid\n"
                        "FAIL         web is in a PID namespace of its own\n"
                        "             expected  differs from pid:[4026531836] (host)\n"
                        "             web                                 host\n"
                        "             pid:[4026531836]                =   pid:[4026531836]\n"
                        "             read      /proc/812/ns/pid\n"
                        "             look      ns web\n"
                        "             hint      Was it run with --pid=host?\n"
                        "unsupported  the ids are shifted\n"
                        "             cause     subids\n"
                        "             remedy    Ask for a line in /etc/subuid.\n"
                        "1 of 3 is as expected. 1 can't be shown on this machine. Points: 0 of 2.\n");
}

/* The reason is one: two expectations, two causes, one remedy. */
static void a_remedy_is_told_once(void **state)
{
    (void)state;
    struct expectation_result both[] = {results[2], results[2]};
    struct step_result r = {.verdict = VERDICT_UNSUPPORTED, .expectations = both, .n = 2};
    cleanup_buf struct buf out = {0};
    show_check(&r, &at80, &out);
    assert_string_equal(buf_text(&out), "unsupported  the ids are shifted\n"
                                        "             cause     subids\n"
                                        "             remedy    Ask for a line in /etc/subuid.\n"
                                        "unsupported  the ids are shifted\n"
                                        "             cause     subids\n"
                                        "0 of 2 are as expected. 2 can't be shown on this machine.\n");
}

static void a_check_in_a_narrow_window(void **state)
{
    (void)state;
    struct step_result r = {.verdict = VERDICT_FAIL, .expectations = results, .n = 3};
    cleanup_buf struct buf out = {0};
    show_check(&r, &at40, &out);
    assert_string_equal(buf_text(&out), "pass: inside, nginx is PID 1\n"
                                        "  observed: 1\n"
                                        "  from: web\n"
                                        "  read: /proc/812/status, NSpid\n"
                                        "FAIL: web is in a PID namespace of its\n"
                                        "  own\n"
                                        "  expected: differs from\n"
                                        "    pid:[4026531836] (host)\n"
                                        "  web: pid:[4026531836]\n"
                                        "  host: pid:[4026531836]\n"
                                        "  together: the same\n"
                                        "  read: /proc/812/ns/pid\n"
                                        "  look: ns web\n"
                                        "  hint: Was it run with --pid=host?\n"
                                        "unsupported: the ids are shifted\n"
                                        "  cause: subids\n"
                                        "  remedy: Ask for a line in /etc/subuid.\n"
                                        "1 of 3 is as expected. 1 can't be shown\n"
                                        "on this machine.\n");
}

static void observed_bytes_are_harmless_and_bounded(void **state)
{
    (void)state;
    char bytes[3000];
    memset(bytes, 'x', sizeof bytes - 1);
    bytes[sizeof bytes - 1] = '\0';
    bytes[0] = '\033';
    struct expectation_result x = {.say = say_pid, .verdict = VERDICT_PASS, .observed = bytes};
    struct step_result r = {.expectations = &x, .n = 1};
    cleanup_buf struct buf out = {0};
    show_check(&r, &at80, &out);
    assert_null(strchr(buf_text(&out), '\033'));
    assert_non_null(strstr(buf_text(&out), "observed  ^[xxx"));
    assert_non_null(strstr(buf_text(&out), "(2400 bytes more)\n"));
    assert_true(out.len < 1200);
}

static void a_contrast(void **state)
{
    (void)state;
    TEXT(wall, "The same, without a PID namespace of its own:");
    TEXT(after, "4711");
    TEXT(say_name, "nginx answers");
    TEXT(status, "200");
    struct contrast contrast = {.say = wall};
    struct contrast_line items[] = {
        {.say = say_pid,
         .before = value_one,
         .after = after,
         .held_before = true,
         .holds_now = false,
         .flips = true},
        {.say = say_name, .before = status, .after = status, .held_before = true, .holds_now = true},
    };
    struct contrast_result r = {.items = items, .n = 2, .as_declared = true};
    cleanup_buf struct buf out = {0};
    strv_add(&r.lines, "run -d --name web --pid=host nginx");
    show_contrast(&contrast, &r, &at80, &out);
    assert_string_equal(buf_text(&out),
                        "\n-- The same step with one wall taken away --------------------------------------\n"
                        "The same, without a PID namespace of its own:\n"
                        "> run -d --name web --pid=host nginx\n"
                        "\n"
                        "             with the wall                       without it\n"
                        "CHANGED      inside, nginx is PID 1\n"
                        "             1                               !=  4711\n"
                        "as before    nginx answers\n"
                        "             200                             =   200\n");
    buf_truncate(&out, 0);
    r.as_declared = false;
    show_contrast(&contrast, &r, &at40, &out);
    assert_string_equal(buf_text(&out), "\n-- The same step with one wall taken\n"
                                        "   away\n"
                                        "The same, without a PID namespace of its\n"
                                        "own:\n"
                                        "> run -d --name web --pid=host nginx\n"
                                        "\n"
                                        "CHANGED: inside, nginx is PID 1\n"
                                        "  with the wall: 1\n"
                                        "  without it: 4711\n"
                                        "as before: nginx answers\n"
                                        "  with the wall: 200\n"
                                        "  without it: 200\n"
                                        "\n"
                                        "This is not what the lab says should\n"
                                        "change.\n");
    strv_free(&r.lines);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step),
        cmocka_unit_test(a_question),
        cmocka_unit_test(feedback),
        cmocka_unit_test(a_check),
        cmocka_unit_test(a_remedy_is_told_once),
        cmocka_unit_test(a_check_in_a_narrow_window),
        cmocka_unit_test(observed_bytes_are_harmless_and_bounded),
        cmocka_unit_test(a_contrast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
