/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/leaks.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_a_program_is_told_from_what_it_forks(void **state)
{
    (void)state;
    assert_int_equal(leak_process_kind("/usr/bin/nslab verify pid", false, false), LEAK_NSLAB);
    assert_int_equal(leak_process_kind("nslab", false, false), LEAK_NSLAB);
    assert_int_equal(leak_process_kind("whatever it is called", true, false), LEAK_NSLAB);
    assert_int_equal(leak_process_kind("/usr/bin/nslab verify pid", true, true), LEAK_HELPER);
    assert_int_equal(leak_process_kind("nslab: lab host init", false, true), LEAK_HELPER);
    /* whatever else it claims: no nslab that somebody started has such a title */
    assert_int_equal(leak_process_kind("nslab: session", true, false), LEAK_HELPER);
    assert_int_equal(leak_process_kind("vi nslab", false, false), LEAK_NONE);
    assert_int_equal(leak_process_kind("/opt/nslab/bin/other", false, true), LEAK_NONE);
    assert_int_equal(leak_process_kind("/usr/bin/nslab-old x", false, false), LEAK_NONE);
    assert_int_equal(leak_process_kind("", false, false), LEAK_NONE);
}

static void test_flags_of_a_process(void **state)
{
    (void)state;
    assert_true(leak_stat_is_forked("7 (nslab) S 1 7 7 0 -1 4194368 0 0"));
    assert_false(leak_stat_is_forked("7 (nslab) S 1 7 7 0 -1 4194304 0 0"));
    assert_true(leak_stat_is_forked("7 (a) b (c 1 2) S 1 7 7 0 -1 64 0 0"));
    assert_false(leak_stat_is_forked("7 (nslab) S 1 7"));
    assert_false(leak_stat_is_forked(""));
}

static void test_who_has_a_process(void **state)
{
    (void)state;
    const struct process_info processes[] = {
        {.pid = 1, .ppid = 0},   {.pid = 10, .ppid = 1},  {.pid = 11, .ppid = 10},
        {.pid = 12, .ppid = 11}, {.pid = 20, .ppid = 1},  {.pid = 21, .ppid = 20},
        {.pid = 30, .ppid = 31}, {.pid = 31, .ppid = 30}, {.pid = 40, .ppid = 99},
    };
    const enum leak_kind kinds[ARRAY_LEN(processes)] = {
        [1] = LEAK_NSLAB, [2] = LEAK_HELPER, [4] = LEAK_HELPER};
    size_t n = ARRAY_LEN(processes);
    assert_int_equal(leak_user(processes, kinds, n, 10), 10);
    assert_int_equal(leak_user(processes, kinds, n, 12), 10);
    assert_int_equal(leak_user(processes, kinds, n, 21), 0); /* its helper's nslab is gone */
    assert_int_equal(leak_user(processes, kinds, n, 30), 0); /* read while PIDs were given out again */
    assert_int_equal(leak_user(processes, kinds, n, 40), 0);
    assert_int_equal(leak_user(processes, kinds, n, 4711), 0);
}

static void test_names_of_temporary_files(void **state)
{
    (void)state;
    assert_int_equal(leak_file_writer("workbook.yaml.new-4711"), 4711);
    assert_int_equal(leak_file_writer(".nginx.gone-12"), 12);
    assert_int_equal(leak_file_writer("a.new-1.new-23"), 23);
    assert_int_equal(leak_file_writer("workbook.yaml"), 0);
    assert_int_equal(leak_file_writer("my.new-plan"), 0);
    assert_int_equal(leak_file_writer("x.new-"), 0);
    assert_int_equal(leak_file_writer("x.new-0"), 0);
    assert_int_equal(leak_file_writer("x.new-4711~"), 0);
}

static void test_names_of_sockets(void **state)
{
    (void)state;
    const char *name;
    assert_int_equal(
        leak_socket_owner("000: 00000002 00000000 00010000 0005 01 4242 @nslab/1000/4711-2", &name), 4711);
    assert_string_equal(name, "nslab/1000/4711-2");
    assert_int_equal(
        leak_socket_owner("000: 00000003 00000000 00000000 0005 03 4243 @nslab/1000/4711-2", &name), 0);
    assert_int_equal(leak_socket_owner("000: 00000002 00000000 00010000 0005 01 4242 @nslab/x/1", &name), 0);
    assert_int_equal(leak_socket_owner("000: 00000002 00000000 00010000 0005 01 4242 /run/nslab/1/2", &name),
                     0);
    assert_int_equal(leak_socket_owner("", &name), 0);
}

static void test_every_row_says_how_and_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < leak_count; i++) {
        const struct leak_row *row = &leak_table[i];
        assert_true(strlen(row->name) <= 9); /* its column */
        assert_non_null(row->look);
        assert_true(row->how[strlen(row->how) - 1] == '.' && row->remedy[strlen(row->remedy) - 1] == '.');
    }
}

static void find(struct leaks *leaks, const char *row, const char *text, size_t *ret)
{
    leaks_find(leaks);
    *ret = 0;
    for (size_t i = 0; i < leaks->n; i++)
        *ret += !strcmp(leaks->items[i].row->name, row) && strstr(leaks->items[i].what, text);
}

static void test_a_planted_file_is_found_and_then_gone(void **state)
{
    (void)state;
    char data[] = "/tmp/nslab-leaks-XXXXXX";
    struct leaks leaks = {0};
    size_t n;
    assert_non_null(mkdtemp(data));
    assert_int_equal(setenv("NSLAB_DATA_DIR", data, 1), 0);
    cleanup_free char *half = xasprintf("%s/workbook.yaml.new-1", data);
    cleanup_free char *lock = xasprintf("%s/workbook.yaml.lock", data);
    cleanup_file FILE *half_file = fopen(half, "we");
    cleanup_file FILE *lock_file = fopen(lock, "we");
    assert_true(half_file && lock_file);
    find(&leaks, "files", data, &n); /* PID 1 is no nslab; the lock belongs there */
    assert_int_equal(n, 1);
    assert_true(leaks_left(&leaks, NULL) >= 1);
    leaks_free(&leaks);
    assert_int_equal(unlink(half), 0);
    find(&leaks, "files", data, &n);
    assert_int_equal(n, 0);
    leaks_free(&leaks);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(rmdir(data), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_program_is_told_from_what_it_forks),
        cmocka_unit_test(test_flags_of_a_process),
        cmocka_unit_test(test_who_has_a_process),
        cmocka_unit_test(test_names_of_temporary_files),
        cmocka_unit_test(test_names_of_sockets),
        cmocka_unit_test(test_every_row_says_how_and_what_to_do),
        cmocka_unit_test(test_a_planted_file_is_found_and_then_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
