/* SPDX-License-Identifier: MIT
 *
 * The table of namespace types, and the journal.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/journal.h"
#include "nslab/ns.h"
#include "nslab/proc.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_table(void **state)
{
    (void)state;
    uint64_t seen = 0;
    for (int i = 0; i < NS_COUNT; i++) {
        assert_non_null(ns_table[i].name);
        assert_true(strlen(ns_table[i].isolates) > 5);
        assert_int_equal(ns_by_name(ns_table[i].name), i);
        assert_int_equal(__builtin_popcountll(ns_table[i].clone_flag), 1);
        assert_int_equal(seen & ns_table[i].clone_flag, 0);
        seen |= ns_table[i].clone_flag;
    }
    assert_int_equal(ns_table[NS_MNT].clone_flag, CLONE_NEWNS);
    assert_int_equal(ns_table[NS_TIME].clone_flag, 0x80);
    assert_string_equal(ns_table[NS_MNT].name, "mnt");
}

static void test_by_name(void **state)
{
    (void)state;
    assert_int_equal(ns_by_name("net"), NS_NET);
    assert_int_equal(ns_by_name("network"), NS_INVALID);
    assert_int_equal(ns_by_name("NET"), NS_INVALID);
    assert_int_equal(ns_by_name(""), NS_INVALID);
}

static void test_link(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[64], expected[64];
    assert_int_equal(ns_link(getpid(), NS_PID, text, sizeof text, &e), 0);
    ssize_t n = readlink("/proc/self/ns/pid", expected, sizeof expected - 1);
    assert_true(n > 0);
    expected[n] = '\0';
    assert_string_equal(text, expected);
    assert_int_equal(strncmp(text, "pid:[40", 7), 0);
}

static void test_link_of_nobody(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[64], whole[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(ns_link(1 << 23, NS_UTS, text, sizeof text, &e), -1);
    assert_string_equal(
        error_text(&e, whole, sizeof whole),
        "cannot read the link /proc/8388608/ns/uts: No such file or directory. Look with `ps` whether "
        "the process still runs.");
}

/* --- the journal --- */

static void test_journal_entry(void **state)
{
    (void)state;
    struct journal *j = journal_new();
    assert_non_null(j);
    uint64_t start = now_ns();
    errno = EAGAIN;
    journal_add(j, ACTOR_LAUNCHER, start, -1, EPERM, "mount", "a fresh /proc", "proc, %s, %d", "/proc", 7);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(j->n, 1);
    assert_int_equal(j->entries[0].actor, ACTOR_LAUNCHER);
    assert_int_equal(j->entries[0].errnum, EPERM);
    assert_int_equal(j->entries[0].result, -1);
    assert_string_equal(j->entries[0].call, "mount");
    assert_string_equal(j->entries[0].args, "proc, /proc, 7");
    assert_string_equal(j->entries[0].why, "a fresh /proc");
    assert_in_range(j->entries[0].took_us, 0, 1000000);
    journal_free(j);
}

static void test_journal_cuts(void **state)
{
    (void)state;
    struct journal *j = journal_new();
    char text[500];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    journal_add(j, ACTOR_NSLAB, 0, 0, 0, text, text, "%s", text);
    assert_int_equal(strlen(j->entries[0].call), sizeof j->entries[0].call - 1);
    assert_int_equal(strlen(j->entries[0].args), sizeof j->entries[0].args - 1);
    assert_int_equal(strlen(j->entries[0].why), sizeof j->entries[0].why - 1);
    assert_int_equal(j->entries[0].start_us, 0); /* began before the journal was made */
    journal_free(j);
}

static void test_journal_full(void **state)
{
    (void)state;
    struct journal *j = journal_new();
    for (int i = 0; i < JOURNAL_MAX + 10; i++)
        journal_add(j, ACTOR_NSLAB, now_ns(), i, 0, "step", "", "%d", i);
    assert_int_equal(j->n, JOURNAL_MAX);
    assert_int_equal(j->entries[JOURNAL_MAX - 1].result, JOURNAL_MAX - 1);
    journal_free(j);
}

static void test_journal_none(void **state)
{
    (void)state;
    errno = ENOENT;
    journal_add(NULL, ACTOR_NSLAB, now_ns(), 0, 0, "step", "", "%s", "");
    assert_int_equal(errno, ENOENT);
    journal_free(NULL);
}

/* Two children note at the same time: nothing is lost, and every entry is whole. */
static void test_journal_shared(void **state)
{
    (void)state;
    struct journal *j = journal_new();
    pid_t pids[2];
    for (int child = 0; child < 2; child++) {
        pids[child] = fork();
        if (pids[child] == 0) {
            for (int i = 0; i < JOURNAL_MAX / 2; i++)
                journal_add(j, child ? ACTOR_STUB : ACTOR_CONTAINER, now_ns(), i, 0, "step", "why", "%d", i);
            _exit(0);
        }
    }
    for (int child = 0; child < 2; child++)
        waitpid(pids[child], NULL, 0);
    assert_int_equal(j->n, JOURNAL_MAX);
    int next[ACTOR_COUNT] = {0};
    for (uint32_t i = 0; i < j->n; i++) {
        char expected[16];
        int *number = &next[j->entries[i].actor];
        snprintf(expected, sizeof expected, "%d", *number);
        assert_string_equal(j->entries[i].args, expected);
        ++*number;
    }
    assert_int_equal(next[ACTOR_STUB], JOURNAL_MAX / 2);
    assert_int_equal(next[ACTOR_CONTAINER], JOURNAL_MAX / 2);
    journal_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),          cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_link),           cmocka_unit_test(test_link_of_nobody),
        cmocka_unit_test(test_journal_entry),  cmocka_unit_test(test_journal_cuts),
        cmocka_unit_test(test_journal_full),   cmocka_unit_test(test_journal_none),
        cmocka_unit_test(test_journal_shared),
    };
    return cmocka_run_group_tests_name("ns", tests, NULL, NULL);
}
