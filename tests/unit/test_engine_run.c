/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_lab.h"

#include <errno.h>

static const char two_steps[] =
    "  - id: one\n    title: One\n    do:\n"
    "      - run -d --name web -p ${port}:80 nginx\n      - exec web ps\n"
    "    expect:\n"
    "      - {id: a, say: a, see: {file: /a, field: content, from: host}, is: here}\n"
    "  - id: two\n    title: Two\n    task: do it\n    hints: [a, b, c]\n    solution: ['host echo "
    "${a.observed} ${web.ip}']\n"
    "    expect:\n"
    "      - {id: b, say: 'b of ${web.pid}', see: {file: /b, field: content, from: host}, is: there}\n";
#define PORT "vars: {port: {pick: 10000..32000}}\n"

static struct lab_run *open_run(const struct lab *lab)
{
    return lab_run_new(lab, &(struct engine_options){.learner = "ada"}, &fake_calls);
}

/* --- ${...} --- */

static void test_lookup_knows_variables_containers_and_observations(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    assert_non_null(lab);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    assert_int_equal(lab_run_start(run, &e), 0);
    lab_run_remember(run, "a", "first", false);
    lab_run_remember(run, "a", "second", true);

    cleanup_free char *port = lab_run_lookup(run, "port");
    cleanup_free char *expected = xasprintf("%ld", pick_value("ada", "demo", "port", 10000, 32000));
    cleanup_free char *text = lab_run_text(
        run, "${web.pid} ${web.machine_pid} ${web.ip} ${web.rootfs} ${a.observed} $${x} ${db.pid} "
             "${b.observed} ${web.x}");
    assert_string_equal(port, expected);
    assert_string_equal(text, "12 4711 172.17.0.2 /images/nginx second ${x} ? ? ?");
    assert_true(lab_run_recall(run, "a")->held);
    assert_int_equal(run->n_memories, 1);
}

static void test_containers_are_unknown_before_the_lab_host_is_there(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    assert_null(lab_run_lookup(run, "web.pid"));
}

static void test_a_line_with_an_unknown_name_is_refused(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    int status = 0;
    assert_int_equal(lab_run_line(run, "host echo ${nobody.pid}", &status, &e), -1);
    assert_int_equal(status, 2);
    assert_non_null(strstr(e.detail, "nobody.pid"));
    assert_int_equal(fake.ran.len, 0);
}

/* --- how a line ends --- */

static int judge(const char *line, const char *fails, struct nslab_error *e)
{
    struct lab lab = {.id = (char[]){"demo"}};
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(&lab);
    return lab_run_judged(run, line, fails, e);
}

static void test_a_line_that_should_work(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    fake.lines[0].contains = "ps";
    assert_int_equal(judge("ps", NULL, &e), 0);
    fake.lines[0].status = 3;
    fake.lines[0].output = "first\nps: not found\n\n";
    assert_int_equal(judge("ps -x", NULL, &e), -1);
    assert_string_equal(e.detail, "the line `ps -x` ended with status 3, and said last: ps: not found");
    fake.lines[0].error = "no container is named web";
    assert_int_equal(judge("ps", NULL, &e), -1);
    assert_string_equal(e.detail, "the line `ps` could not be carried out: no container is named web");
    assert_string_equal(e.cause, "");
    fake.lines[0].cause = "port";
    assert_int_equal(judge("ps", NULL, &e), -1);
    assert_string_equal(e.cause, "port");
}

static void test_a_line_that_should_fail(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    fake.lines[0].contains = "kill";
    assert_int_equal(judge("kill web", "not mapped", &e), -1);
    assert_string_equal(e.detail, "the line `kill web` worked, but should have failed with \"not mapped\"");
    fake.lines[0].status = 1;
    fake.lines[0].output = "chmod: not mapped here\n";
    assert_int_equal(judge("kill web", "not mapped", &e), 0);
    fake.lines[0].output = "chmod: Permission denied\n";
    assert_int_equal(judge("kill web", "not mapped", &e), -1);
    assert_string_equal(e.detail,
                        "the line `kill web` failed as it should, but without \"not mapped\"; it said: "
                        "chmod: Permission denied");
    fake.lines[0].error = "cannot: not mapped";
    assert_int_equal(judge("kill web", "not mapped", &e), 0);
}

static void test_a_machine_that_is_the_reason_is_named_before_the_wrong_failure(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    fake.lines[0].contains = "run";
    fake.lines[0].error = "no subordinate ids";
    fake.lines[0].cause = "subids";
    assert_int_equal(judge("run", "cannot share", &e), -1);
    assert_string_equal(e.cause, "subids");
    assert_int_equal(judge("run", "subordinate", &e), 0);
}

struct seen {
    struct strv lines;
    struct buf output;
};

static void see_line(void *context, const char *line)
{
    strv_add(&((struct seen *)context)->lines, line);
}

static void see_output(void *context, int stream, const char *bytes, size_t n)
{
    (void)stream;
    buf_add(&((struct seen *)context)->output, bytes, n);
}

static void test_lines_are_announced_and_their_output_goes_to_the_sink(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    struct seen seen = {0};
    const struct sink sink = {.write = see_output, .context = &seen};
    struct engine_options o = {.learner = "ada", .sink = &sink, .on_line = see_line, .context = &seen};
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, &o, &fake_calls);
    struct nslab_error e = {0};
    fake.lines[0].contains = "exec";
    fake.lines[0].output = "PID 1\n";
    assert_int_equal(lab_run_do(run, 0, &e), 0);
    assert_int_equal(seen.lines.len, 2);
    assert_string_equal(seen.lines.items[1], "exec web ps");
    assert_null(strchr(seen.lines.items[0], '$'));
    assert_string_equal(buf_text(&seen.output), "PID 1\n");
    assert_ptr_equal(lab_run_context(run)->sink, &sink);
    strv_free(&seen.lines);
    buf_free(&seen.output);
}

static void test_do_stops_at_the_first_line_that_fails(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    fake.lines[0].contains = "run";
    fake.lines[0].status = 125;
    assert_int_equal(lab_run_do(run, 0, &e), -1);
    assert_int_equal(fake.ran.len, 1);
}

/* --- replay --- */

static void test_replay_plays_solutions_quietly_in_a_fresh_lab_host(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    struct seen seen = {0};
    struct engine_options o = {.learner = "ada", .on_line = see_line, .context = &seen};
    struct lab_run *run = lab_run_new(lab, &o, &fake_calls);
    struct nslab_error e = {0};
    fake.values[0].subject = "/a";
    fake.values[0].text = "here";
    fake.values[1].subject = "/b";
    fake.values[1].text = "there";
    assert_int_equal(lab_run_start(run, &e), 0);
    assert_int_equal(lab_run_replay(run, 2, &e), 0);
    lab_run_close(run);
    assert_int_equal(fake.starts, 2);
    assert_int_equal(fake.stops, 2);
    assert_int_equal(fake.ran.len, 3);
    /* What the first step showed is known to the second one. */
    assert_string_equal(fake.ran.items[2], "host echo here 172.17.0.2");
    assert_int_equal(seen.lines.len, 0);
    assert_string_equal(fake.events.items[0], "start");
    assert_string_equal(fake.events.items[1], "stop");
    assert_string_equal(fake.events.items[2], "start");
}

/* --- what this machine can't show --- */

/* The first step's lines are refused for want of ids; the second's then fail for that reason. */
static void refuse_the_first_step(void)
{
    fake.lines[0].contains = "run -d";
    fake.lines[0].error = "needs more ids";
    fake.lines[0].cause = "subids";
    fake.lines[1].contains = "echo";
    fake.lines[1].status = 1;
    fake.values[0].subject = "/a";
    fake.values[0].text = "not what is expected";
}

static void test_a_refused_step_is_unsupported_and_not_read(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    struct step_result result = {0};
    refuse_the_first_step();
    assert_int_equal(lab_run_do(run, 0, &e), -1);
    assert_string_equal(e.cause, "subids");
    lab_run_check(run, 0, &result);
    assert_int_equal(result.verdict, VERDICT_UNSUPPORTED);
    assert_string_equal(result.expectations[0].cause, "subids");
    assert_int_equal(fake.reads, 0);
    step_result_free(&result);

    error_clear(&e);
    fake.lines[0].error = NULL;
    assert_int_equal(lab_run_do(run, 0, &e), 0);
    lab_run_check(run, 0, &result);
    assert_int_equal(result.verdict, VERDICT_FAIL);
    step_result_free(&result);
}

static void test_lines_after_a_refused_step_inherit_its_cause(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    refuse_the_first_step();
    lab_run_do(run, 0, &e);
    error_clear(&e);
    assert_int_equal(lab_run_solution(run, 1, &e), -1);
    assert_string_equal(e.cause, "subids");
    assert_non_null(strstr(e.detail, "this machine could not show step `one` before it"));
}

static void test_replay_goes_on_after_a_refused_step(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    refuse_the_first_step();
    assert_int_equal(lab_run_replay(run, 2, &e), 0);
    assert_false(error_is_set(&e));
    fake.lines[0].cause = NULL;
    assert_int_equal(lab_run_replay(run, 1, &e), -1);
}

static void test_a_refusal_that_a_line_is_to_show_is_shown(void **state)
{
    (void)state;
    struct lab lab = {.id = (char[]){"demo"}};
    struct seen seen = {0};
    const struct sink sink = {.write = see_output, .context = &seen};
    struct engine_options o = {.learner = "ada", .sink = &sink};
    struct lab_run *run = lab_run_new(&lab, &o, &fake_calls);
    struct nslab_error e = {0};
    fake.lines[0].contains = "run";
    fake.lines[0].error = "cannot share the host's network namespace";
    assert_int_equal(lab_run_judged(run, "run --network host nginx", "cannot share", &e), 0);
    assert_string_equal(buf_text(&seen.output), "cannot share the host's network namespace\n");
    lab_run_close(run);
    buf_free(&seen.output);
}

/* --- ports that another nslab has --- */

static void take_port(uint64_t until_ms)
{
    fake.lines[0].contains = ":80 nginx";
    fake.lines[0].error = "port 12345 of 127.0.0.1 is in use on this machine";
    fake.lines[0].cause = "port";
    fake.lines[0].errnum = EADDRINUSE;
    fake.lines[0].until_ms = until_ms;
}

static void test_a_drawn_port_that_is_soon_free_is_waited_for(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    take_port(500);
    assert_int_equal(lab_run_do(run, 0, &e), 0);
    assert_false(error_is_set(&e));
    assert_true(fake.clock_ms >= 500 && fake.clock_ms < 700);
}

static void test_a_drawn_port_that_stays_taken_says_what_to_do(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    take_port(0);
    assert_int_equal(lab_run_do(run, 0, &e), -1);
    assert_string_equal(e.cause, "port");
    assert_non_null(strstr(e.detail, "is in use on this machine"));
    assert_non_null(strstr(e.hint, "`--as NAME`"));
    assert_true(fake.clock_ms >= 3000 && fake.clock_ms < 3300);
}

static void test_a_port_that_is_written_in_the_lab_is_not_waited_for(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab =
        fake_lab("", "pid", "  - id: one\n    title: One\n    do: ['run -d -p 8080:80 nginx']\n");
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    struct nslab_error e = {0};
    take_port(0);
    assert_int_equal(lab_run_do(run, 0, &e), -1);
    assert_null(strstr(e.hint, "--as"));
    assert_true(fake.clock_ms < 100);
}

/* --- what has no value --- */

static void test_it_is_said_why_a_name_has_no_value(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "pid", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = open_run(lab);
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"${db.ip}", "${db.ip} has no value: no container is called db"},
        {"${a.observed}", "${a.observed} has no value: `a` could not be read"},
        {"${what}", "${what} has no value here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nslab_error e = {0};
        char *text = NULL;
        assert_int_equal(lab_run_expand(run, cases[i].text, &text, &e), -1);
        assert_string_equal(e.detail, cases[i].why);
    }
}

/* --- requires --- */

static size_t starts_seen;

static int count_and_start(struct command_context *c, struct nslab_error *e)
{
    starts_seen++;
    return fake_start(c, e);
}

static void test_what_a_lab_requires_is_checked_once_a_lab_host(void **state)
{
    (void)state;
    struct engine_calls calls = fake_calls;
    calls.start = count_and_start;
    cleanup_with(lab_free_p) struct lab *lab = fake_lab(PORT, "subids", two_steps);
    cleanup_with(lab_run_close_p) struct lab_run *run = lab_run_new(lab, &(struct engine_options){0}, &calls);
    struct nslab_error e = {0};
    assert_int_equal(lab_run_start(run, &e), 0);
    fake.host.ids.situation = IDS_SINGLE; /* it can't change while it runs: nobody looks again */
    assert_int_equal(lab_run_start(run, &e), 0);
    assert_int_equal(starts_seen, 2);
    run->context.host = NULL;
    assert_int_equal(lab_run_start(run, &e), -1);
    assert_string_equal(e.cause, "subids");
}

static void test_requires_names_what_the_lab_host_lacks(void **state)
{
    (void)state;
    struct lab lab = {0};
    struct host host = {.ids = {.situation = IDS_SINGLE, .why_not_range = "ada has no line in /etc/subuid"}};
    struct nslab_error e = {0};
    strv_add(&lab.requires, "pid");
    assert_int_equal(requires_check(&lab, &host, &e), 0);
    strv_add(&lab.requires, "subids");
    assert_int_equal(requires_check(&lab, &host, &e), -1);
    assert_string_equal(e.cause, "subids");
    assert_non_null(strstr(e.detail, "ada has no line in /etc/subuid"));
    assert_non_null(strstr(e.hint, "uidmap"));
    host.ids.situation = IDS_RANGE;
    error_clear(&e);
    assert_int_equal(requires_check(&lab, &host, &e), 0);
    strv_free(&lab.requires);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lookup_knows_variables_containers_and_observations, fake_reset),
        cmocka_unit_test_setup(test_containers_are_unknown_before_the_lab_host_is_there, fake_reset),
        cmocka_unit_test_setup(test_a_line_with_an_unknown_name_is_refused, fake_reset),
        cmocka_unit_test_setup(test_a_line_that_should_work, fake_reset),
        cmocka_unit_test_setup(test_a_line_that_should_fail, fake_reset),
        cmocka_unit_test_setup(test_a_machine_that_is_the_reason_is_named_before_the_wrong_failure,
                               fake_reset),
        cmocka_unit_test_setup(test_lines_are_announced_and_their_output_goes_to_the_sink, fake_reset),
        cmocka_unit_test_setup(test_do_stops_at_the_first_line_that_fails, fake_reset),
        cmocka_unit_test_setup(test_replay_plays_solutions_quietly_in_a_fresh_lab_host, fake_reset),
        cmocka_unit_test_setup(test_a_refused_step_is_unsupported_and_not_read, fake_reset),
        cmocka_unit_test_setup(test_lines_after_a_refused_step_inherit_its_cause, fake_reset),
        cmocka_unit_test_setup(test_replay_goes_on_after_a_refused_step, fake_reset),
        cmocka_unit_test_setup(test_a_refusal_that_a_line_is_to_show_is_shown, fake_reset),
        cmocka_unit_test_setup(test_a_drawn_port_that_is_soon_free_is_waited_for, fake_reset),
        cmocka_unit_test_setup(test_a_drawn_port_that_stays_taken_says_what_to_do, fake_reset),
        cmocka_unit_test_setup(test_a_port_that_is_written_in_the_lab_is_not_waited_for, fake_reset),
        cmocka_unit_test_setup(test_it_is_said_why_a_name_has_no_value, fake_reset),
        cmocka_unit_test_setup(test_what_a_lab_requires_is_checked_once_a_lab_host, fake_reset),
        cmocka_unit_test_setup(test_requires_names_what_the_lab_host_lacks, fake_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
