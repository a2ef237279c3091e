/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/workbook.h"

#include <string.h>

static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
static struct step steps[] = {{.id = a, .run.n = 1}, {.id = b, .task = b}, {.id = c, .run.n = 1}, {.id = d}};
static const struct lab lab = {.steps = steps, .n_steps = 4};

static char *order(const struct work_lab *work)
{
    struct buf text = {0};
    for (size_t i = 0; i < work->n; i++)
        buf_addf(&text, "%s%s", i ? " " : "", work->steps[i].id);
    return buf_take(&text);
}

static void assert_order(const struct work_lab *work, const char *wanted)
{
    cleanup_free char *found = order(work);
    assert_string_equal(found, wanted);
}

static void steps_stand_in_the_labs_order(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new("ada");
    struct work_lab *work = workbook_lab_begin(w, "pid", "sha256:1");
    assert_ptr_equal(workbook_lab_begin(w, "pid", "sha256:2"), work);
    assert_string_equal(work->digest, "sha256:1");
    work_lab_step_begin(work, &lab, 2);
    work_lab_step_begin(work, &lab, 0);
    work_lab_step_begin(work, &lab, 1);
    assert_order(work, "a b c");
    free(work->steps[1].id); /* the lab had another step here once */
    work->steps[1].id = xstrdup("old");
    work_lab_step_begin(work, &lab, 3);
    work_lab_step_begin(work, &lab, 1);
    assert_order(work, "a b old c d");
    assert_ptr_equal(work_lab_step_begin(work, &lab, 3), work_lab_step(work, "d"));
    work_lab_reset(work);
    assert_int_equal(work->n, 0);
    assert_true(work->replaced);
}

static void a_reset_step_keeps_what_was_thought(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new("ada");
    struct work_step *s = work_lab_step_begin(workbook_lab_begin(w, "pid", "sha256:1"), &lab, 0);
    struct expectation_result x = {.id = a, .observed = b, .verdict = VERDICT_PASS};
    struct step_result r = {.expectations = &x, .n = 1, .verdict = VERDICT_PASS};
    s->prediction = xstrdup("one");
    s->begun = xstrdup("2026-11-23T16:40:00Z");
    s->ended = xstrdup("2026-11-23T16:40:00Z");
    s->hints = 2;
    s->seconds = 7;
    s->fresh = s->elsewhere = true;
    strv_add(&s->lines, "do");
    strv_add(&s->after, "ps");
    work_step_note_check(s, &r);
    assert_int_equal(s->state, WORK_PASSED);
    work_step_reset(s);
    assert_int_equal(s->state, WORK_BEGUN);
    assert_int_equal(s->lines.len + s->after.len + s->n_evidence, 0);
    assert_false(s->fresh || s->elsewhere);
    assert_null(s->ended);
    assert_string_equal(s->prediction, "one");
    assert_non_null(s->begun);
    assert_int_equal(s->hints, 2);
    assert_int_equal(s->seconds, 7);
}

static void what_has_passed_stays_so(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new("ada");
    struct work_step *s = work_lab_step_begin(workbook_lab_begin(w, "pid", "sha256:1"), &lab, 0);
    struct expectation_result x = {.id = a, .observed = b, .verdict = VERDICT_FAIL};
    struct step_result r = {.expectations = &x, .n = 1, .verdict = VERDICT_FAIL};
    work_step_note_check(s, &r);
    assert_int_equal(s->state, WORK_FAILED);
    r.verdict = VERDICT_UNSUPPORTED;
    work_step_note_check(s, &r);
    assert_int_equal(s->state, WORK_UNSUPPORTED);
    r.verdict = VERDICT_PASS;
    work_step_note_check(s, &r);
    r.verdict = VERDICT_FAIL;
    x.observed = c;
    work_step_note_check(s, &r);
    assert_int_equal(s->state, WORK_PASSED);
    assert_string_equal(s->evidence[0].observed, "b");
}

static void values_are_cut(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new("ada");
    struct work_step *s = work_lab_step_begin(workbook_lab_begin(w, "pid", "sha256:1"), &lab, 0);
    char many[3000];
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    struct expectation_result x = {.id = a, .observed = many};
    struct step_result r = {.expectations = &x, .n = 1};
    work_step_note_check(s, &r);
    assert_int_equal(strlen(s->evidence[0].observed), 1000 + strlen(" ... (1999 bytes more)"));
    assert_string_equal(s->evidence[0].observed + 1000, " ... (1999 bytes more)");
}

static void from_where_is_replayed(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new("ada");
    struct work_lab *work = workbook_lab_begin(w, "pid", "sha256:1");
    assert_int_equal(work_replay_from(work, &lab, 0), 0);
    assert_int_equal(work_replay_from(work, &lab, 3), 3); /* nothing before it was done */
    for (size_t i = 0; i < 3; i++)
        strv_add(&work_lab_step_begin(work, &lab, i)->lines, "do");
    assert_int_equal(work_replay_from(work, &lab, 3), 0);
    work_lab_step(work, "c")->fresh = true;
    assert_int_equal(work_replay_from(work, &lab, 3), 2);
    work_lab_step(work, "c")->fresh = false;
    strv_free(&work_lab_step(work, "b")->lines);
    assert_int_equal(work_replay_from(work, &lab, 3), 2);
    steps[1].task = NULL; /* a step that is there to be read */
    assert_int_equal(work_replay_from(work, &lab, 3), 0);
    steps[1].task = b;
    strv_add(&work_lab_step(work, "b")->lines, "ps");
    assert_int_equal(work_replay_from(work, &lab, 3), 0);
    work_lab_step(work, "b")->state = WORK_SKIPPED;
    assert_int_equal(work_replay_from(work, &lab, 3), 2);
}

/* --- merging --- */

static struct workbook *with_steps(const char *letters, enum work_state state)
{
    struct workbook *w = workbook_new("ada");
    struct work_lab *work = workbook_lab_begin(w, "pid", "sha256:1");
    work->unsaved = false;
    for (; *letters; letters++) {
        struct work_step *s = work_lab_step_begin(work, &lab, (size_t)(*letters - 'a'));
        s->state = state;
        s->unsaved = false;
        strv_add(&s->lines, letters);
    }
    return w;
}

static void both_keep_what_they_did(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *theirs = with_steps("acd", WORK_PASSED);
    cleanup_with(workbook_free_p) struct workbook *ours = with_steps("abd", WORK_BEGUN);
    struct work_lab *mine = workbook_lab(ours, "pid");
    work_lab_step(mine, "b")->unsaved = true;
    work_lab_step(mine, "d")->unsaved = true;
    ours->at = xstrdup("pid");
    workbook_lab_begin(ours, "user", "sha256:3")->at = xstrdup("first");
    workbook_merge(theirs, ours);
    const struct work_lab *merged = workbook_lab(theirs, "pid");
    assert_order(merged, "a b c d");
    assert_int_equal(work_lab_step(merged, "b")->state, WORK_BEGUN);
    assert_string_equal(work_lab_step(merged, "b")->lines.items[0], "bd");
    assert_int_equal(work_lab_step(merged, "a")->state, WORK_PASSED); /* ours wasn't changed */
    assert_int_equal(work_lab_step(merged, "d")->state, WORK_PASSED); /* theirs has passed */
    assert_string_equal(theirs->at, "pid");
    assert_string_equal(workbook_lab(theirs, "user")->at, "first");
}

static void what_passed_here_wins(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *theirs = with_steps("ab", WORK_PASSED);
    cleanup_with(workbook_free_p) struct workbook *ours = with_steps("a", WORK_PASSED);
    struct work_step *s = work_lab_step(workbook_lab(ours, "pid"), "a");
    s->unsaved = true;
    strv_add(&s->after, "ps");
    workbook_merge(theirs, ours);
    assert_string_equal(work_lab_step(workbook_lab(theirs, "pid"), "a")->after.items[0], "ps");
}

static void a_reset_lab_is_empty_for_all(void **state)
{
    (void)state;
    cleanup_with(workbook_free_p) struct workbook *theirs = with_steps("abc", WORK_PASSED);
    cleanup_with(workbook_free_p) struct workbook *ours = with_steps("abc", WORK_PASSED);
    struct work_lab *mine = workbook_lab(ours, "pid");
    work_lab_reset(mine);
    work_lab_step_begin(mine, &lab, 0);
    workbook_merge(theirs, ours);
    assert_order(workbook_lab(theirs, "pid"), "a");
    assert_int_equal(workbook_lab(theirs, "pid")->steps[0].state, WORK_BEGUN);
}

/* --- lines --- */

static char web_pid[] = "12", web_machine[] = "48213", web_ip[] = "172.17.0.2", box_pid[] = "4711";
static char web_pid_name[] = "web.pid", web_machine_name[] = "web.machine_pid", web_ip_name[] = "web.ip",
            box_pid_name[] = "box.pid";
static const struct live_fact facts[] = {
    {web_pid_name, web_pid}, {web_machine_name, web_machine}, {web_ip_name, web_ip}, {box_pid_name, box_pid}};

static void assert_line(const char *line, const char *wanted)
{
    cleanup_free char *found = line_with_names(line, facts, ARRAY_LEN(facts));
    assert_string_equal(found, wanted);
}

static void live_numbers_get_their_names(void **state)
{
    (void)state;
    assert_line("host ls -l /proc/12/ns", "host ls -l /proc/${web.pid}/ns");
    assert_line("host grep NSpid /proc/12/status /proc/4711/status",
                "host grep NSpid /proc/${web.pid}/status /proc/${box.pid}/status");
    assert_line("host ps -p 12", "host ps -p ${web.pid}");
    assert_line("host ps -p 12,4711 -o pid", "host ps -p ${web.pid},${box.pid} -o pid");
    assert_line("host ps 12", "host ps ${web.pid}");
    assert_line("host ps -p12", "host ps -p${web.pid}");
    assert_line("host ps --pid=12", "host ps --pid=${web.pid}");
    assert_line("host nsenter -t 12 -n ip addr", "host nsenter -t ${web.pid} -n ip addr");
    assert_line("host nsenter --target=12 -n", "host nsenter --target=${web.pid} -n");
    assert_line("host kill -9 12", "host kill -9 ${web.pid}");
    assert_line("host kill -s 12 12", "host kill -s 12 ${web.pid}");
    assert_line("host sh -c 'kill 12; sleep 12'", "host sh -c 'kill ${web.pid}; sleep 12'");
    assert_line("host sh -c \"cat /proc/12/status|head\"", "host sh -c \"cat /proc/${web.pid}/status|head\"");
    assert_line("host kill -- -4711", "host kill -- -${box.pid}");
    assert_line("host readlink 48213", "host readlink ${web.machine_pid}");
    assert_line("host curl http://172.17.0.2/", "host curl http://${web.ip}/");
    assert_line("host curl 172.17.0.2:80", "host curl ${web.ip}:80");
    assert_line("host ping -c 1 172.17.0.2", "host ping -c 1 ${web.ip}");
}

static void other_numbers_stay(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "host sleep 12",
        "host head -12 /etc/passwd",
        "host head -n 12 /etc/passwd",
        "host kill -12 1",
        "host cat /proc/121/status",
        "host cat /proc/1/task/12/status", /* not a first process */
        "host curl localhost:4711",
        "run -d --name box -p 4711:80 nginx",
        "run -d --name box -p 8080:4711 nginx",
        "host chown 4711:4711 /tmp/x",
        "host ls web-4711 web4711 4711x v4711",
        "host echo 0.4711 4711.5",
        "host ping 172.17.0.20",
        "host ping 1.172.17.0.2",
        "host cat /proc/${web.pid}/status ${box.pid}",
        "host echo $${12} 12",
        "host date -d 2026-4711-1",
        "",
        "${",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_line(lines[i], lines[i]);
}

static void which_lines_fit(void **state)
{
    (void)state;
    char many[WORK_LINE_MAX + 2];
    memset(many, 'x', sizeof many);
    many[WORK_LINE_MAX + 1] = '\0';
    assert_false(work_line_fits(many));
    many[WORK_LINE_MAX] = '\0';
    assert_true(work_line_fits(many));
    assert_true(work_line_fits("host echo 'ümläut'\t日本"));
    assert_false(work_line_fits("host echo \xff"));
    assert_false(work_line_fits("host echo \x1b[m"));
    assert_false(work_line_fits("one\ntwo"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_stand_in_the_labs_order),
        cmocka_unit_test(a_reset_step_keeps_what_was_thought),
        cmocka_unit_test(what_has_passed_stays_so),
        cmocka_unit_test(values_are_cut),
        cmocka_unit_test(from_where_is_replayed),
        cmocka_unit_test(both_keep_what_they_did),
        cmocka_unit_test(what_passed_here_wins),
        cmocka_unit_test(a_reset_lab_is_empty_for_all),
        cmocka_unit_test(live_numbers_get_their_names),
        cmocka_unit_test(other_numbers_stay),
        cmocka_unit_test(which_lines_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
