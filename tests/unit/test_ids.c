/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../src/runtime/ids_helpers.h"
#include "nslab/fd.h"
#include "nslab/ids.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/proc.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the sparse map --- */

static void assert_map(const struct id_map *map, const char *wanted)
{
    char text[256];
    size_t n = id_map_format(map, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(n, strlen(wanted));
}

static void test_sparse_ordinary(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    assert_map(&map, "0 1001 1\n1 100000 1999\n100000 101999 63536\n1001003 165535 1\n");
}

/* The ids of the allotment are all used, each once: the last is the far one. */
static void test_sparse_uses_each_id_once(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    uint32_t sum = 0;
    for (size_t i = 1; i < map.n; i++) {
        assert_int_equal(map.extents[i].outside, 100000 + sum);
        sum += map.extents[i].count;
    }
    assert_int_equal(sum, 65536);
}

static void test_sparse_larger(void **state)
{
    (void)state;
    struct id_map map;
    /* With more ids the remapped range grows to Docker's 65,536, and no further. */
    assert_true(id_map_sparse(1000, 231072, 66000, &map));
    assert_map(&map, "0 1000 1\n1 231072 1999\n100000 233071 64000\n1001003 297071 1\n");
    assert_true(id_map_sparse(1000, 231072, 200000, &map));
    assert_map(&map, "0 1000 1\n1 231072 1999\n100000 233071 65536\n1001003 298607 1\n");
}

static void test_sparse_refused(void **state)
{
    (void)state;
    struct id_map map;
    assert_false(id_map_sparse(1000, 100000, 65535, &map));
    assert_false(id_map_sparse(1000, 100000, 0, &map));
    assert_false(id_map_sparse(1000, UINT32_MAX - 65535, 65536, &map)); /* runs over the end of the numbers */
    assert_true(id_map_sparse(1000, UINT32_MAX - 65536, 65536, &map));
    assert_false(id_map_sparse(100000, 100000, 65536, &map)); /* the own id would be mapped twice */
    assert_false(id_map_sparse(165535, 100000, 65536, &map));
    assert_true(id_map_sparse(165536, 100000, 65536, &map));
    assert_true(id_map_sparse(99999, 100000, 65536, &map));
}

/* --- numbering --- */

static void test_outside_inside(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    static const uint32_t pairs[][2] = {{0, 1001},        {1, 100000},      {33, 100032},
                                        {1999, 101998},   {100000, 101999}, {100033, 102032},
                                        {163535, 165534}, {1001003, 165535}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        uint32_t id = 1;
        assert_true(id_map_outside(&map, pairs[i][0], &id));
        assert_int_equal(id, pairs[i][1]);
        assert_true(id_map_inside(&map, pairs[i][1], &id));
        assert_int_equal(id, pairs[i][0]);
    }
    static const uint32_t unmapped_inside[] = {2000, 65534, 99999, 163536, 1001002, 1001004, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(unmapped_inside); i++) {
        uint32_t id = 77;
        assert_false(id_map_outside(&map, unmapped_inside[i], &id));
        assert_int_equal(id, 77);
    }
    static const uint32_t unmapped_outside[] = {0, 1000, 1002, 99999, 165536, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(unmapped_outside); i++) {
        uint32_t id = 77;
        assert_false(id_map_inside(&map, unmapped_outside[i], &id));
        assert_int_equal(id, 77);
    }
}

static void test_whole_machine(void **state)
{
    (void)state;
    struct id_map map;
    uint32_t id;
    assert_int_equal(id_map_parse("         0          0 4294967295\n", &map), 1);
    assert_true(id_map_outside(&map, 4294967294u, &id));
    assert_int_equal(id, 4294967294u);
    assert_false(id_map_outside(&map, 4294967295u, &id));
}

/* --- the kernel's text --- */

static void test_parse(void **state)
{
    (void)state;
    struct id_map map;
    assert_int_equal(
        id_map_parse("         0       1001          1\n         1     100000       1999\n", &map), 2);
    assert_map(&map, "0 1001 1\n1 100000 1999\n");
    assert_int_equal(id_map_parse("0 5 1", &map), 1); /* without a last newline */
    assert_map(&map, "0 5 1\n");
    assert_int_equal(id_map_parse("", &map), 0); /* not written yet */
    assert_int_equal(map.n, 0);
}

static void test_parse_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"0 0",       "0 0 0\n",           "0 0 1 2\n", "x 0 1\n",
                                      "0 -1 1\n",  "0 4294967296 1\n",  "0 0 1x\n",  "\n",
                                      "0 0 1\n\n", "0 99999999999 1\n", "0,0,1\n",   "0 0\n1\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct id_map map = {.extents = {{7, 8, 9}}, .n = 1};
        if (id_map_parse(bad[i], &map) != -1)
            fail_msg("was taken: '%s'", bad[i]);
        assert_int_equal(map.n, 1); /* untouched */
        assert_int_equal(map.extents[0].outside, 8);
    }
}

static void test_parse_too_many(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    struct id_map map;
    for (int i = 0; i < ID_EXTENTS_MAX; i++)
        buf_addf(&text, "%d %d 1\n", i * 10, i * 20);
    assert_int_equal(id_map_parse(buf_text(&text), &map), ID_EXTENTS_MAX);
    buf_adds(&text, "5000 5000 1\n");
    assert_int_equal(id_map_parse(buf_text(&text), &map), -1);
}

static void test_format_whole_lines(void **state)
{
    (void)state;
    struct id_map map = {.extents = {{0, 1001, 1}, {1, 100000, 1999}}, .n = 2};
    char text[20];
    assert_int_equal(id_map_format(&map, text, sizeof text), 9);
    assert_string_equal(text, "0 1001 1\n");
    struct id_map none = {0};
    assert_int_equal(id_map_format(&none, text, sizeof text), 0);
    assert_string_equal(text, "");
    struct id_map longest = {.n = ID_EXTENTS_MAX};
    for (size_t i = 0; i < longest.n; i++)
        longest.extents[i] = (struct id_extent){4294967294u, 4294967294u, 4294967294u};
    char all[ID_EXTENTS_MAX * 36];
    assert_int_equal(id_map_format(&longest, all, sizeof all), ID_EXTENTS_MAX * 33);
}

/* --- subuid(5) --- */

static const char subuid[] = "# who may use which ids\n"
                             "root:1:65536\n"
                             "anna:100000:65536\n"
                             "\n"
                             "#ben:500000:65536\n"
                             "ben:200000:1000\n"
                             "ben:300000:70000\n"
                             "ben:400000:65536\n"
                             "1003:600000:65536\n"
                             "annabel:700000:65536";

static void test_subid_by_name(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "anna", 1001, 65536, &start, &count));
    assert_int_equal(start, 100000);
    assert_int_equal(count, 65536);
    assert_true(subid_find(subuid, "annabel", 1009, 65536, &start, &count)); /* last line without a newline */
    assert_int_equal(start, 700000);
    assert_false(subid_find(subuid, "ann", 1010, 1, &start, &count));
}

static void test_subid_by_uid(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "carl", 1003, 65536, &start, &count));
    assert_int_equal(start, 600000);
    assert_true(subid_find(subuid, NULL, 1003, 65536, &start, &count)); /* a uid without a name */
    assert_false(subid_find(subuid, NULL, 100, 1, &start, &count));
}

static void test_subid_least(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "ben", 1002, 65536, &start, &count)); /* the first that is large enough */
    assert_int_equal(start, 300000);
    assert_int_equal(count, 70000);
    assert_true(subid_find(subuid, "ben", 1002, 1, &start, &count));
    assert_int_equal(start, 200000);
    assert_int_equal(count, 1000);
    assert_false(subid_find(subuid, "ben", 1002, 70001, &start, &count));
}

static void test_subid_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "anna",
        "anna:100000",
        "anna:100000:",
        "anna::65536",
        ":100000:65536",
        "anna:100000:65536:7",
        "anna:-1:65536",
        "anna:1e5:65536",
        "anna:100000:0",
        "anna:4294967296:65536",
        "anna:4294967295:65536",
        "anna:100000:99999999999999999999",
        "anna :100000:65536",
        " anna:100000:65536",
        "anna:100000: 65536",
        "anna:100000:65536 # mine",
        "# anna:100000:65536",
        "anna:100\n000:65536",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        uint32_t start = 7, count = 7;
        if (subid_find(bad[i], "anna", 1001, 1, &start, &count))
            fail_msg("was taken: '%s' as %u:%u", bad[i], start, count);
        assert_int_equal(start, 7);
    }
}

static void test_subid_long_owner(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    uint32_t start = 0, count = 0;
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, ":1:65536\nanna:100000:65536\n");
    assert_true(subid_find(buf_text(&text), "anna", 1001, 65536, &start, &count));
    assert_int_equal(start, 100000);
}

/* --- the helpers --- */

static char *make_program(const char *directory, const char *name, const char *text, mode_t mode)
{
    char *path = xasprintf("%s/%s", directory, name);
    struct nslab_error e = {0};
    assert_int_equal(write_file_atomically(path, text, strlen(text), mode, &e), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void remove_program(char *path)
{
    unlink(path);
    free(path);
}

struct helper_directory {
    char path[32];
    char *old_path;
};

static void use_helpers_of(struct helper_directory *d)
{
    strcpy(d->path, "/tmp/nslab-test-XXXXXX");
    assert_non_null(mkdtemp(d->path));
    d->old_path = xstrdup(getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", d->path, 1);
}

static void use_own_helpers(struct helper_directory *d)
{
    setenv("PATH", d->old_path, 1);
    free(d->old_path);
    assert_int_equal(rmdir(d->path), 0);
}

static void test_helper_without_rights(void **state)
{
    (void)state;
    struct helper_directory d;
    use_helpers_of(&d);
    char *program = make_program(d.path, "newuidmap", "#!/bin/sh\n", 0755);
    char found[PATH_MAX], why[256], wanted[256];
    assert_true(id_helper_find(NEWUIDMAP, found));
    assert_string_equal(found, program);
    assert_true(id_helper_obstacle(NEWUIDMAP, why, sizeof why));
    snprintf(wanted, sizeof wanted, "%s has neither the set-user-ID bit of root nor file capabilities",
             program);
    assert_string_equal(why, wanted);
    remove_program(program);
    use_own_helpers(&d);
}

static void test_helper_not_executable(void **state)
{
    (void)state;
    struct helper_directory d;
    char found[PATH_MAX];
    use_helpers_of(&d);
    char *program = make_program(d.path, "newgidmap", "#!/bin/sh\n", 0644);
    if (id_helper_find(NEWGIDMAP, found)) /* then it is the one of the system */
        assert_string_not_equal(found, program);
    remove_program(program);
    use_own_helpers(&d);
}

static const struct id_map one = {.extents = {{0, 1001, 1}, {1, 100000, 1999}}, .n = 2};

static void test_helpers_arguments(void **state)
{
    (void)state;
    struct helper_directory d;
    use_helpers_of(&d);
    char *u =
        make_program(d.path, "newuidmap", "#!/bin/sh\n[ \"$*\" = '4711 0 1001 1 1 100000 1999' ]\n", 0755);
    char *g =
        make_program(d.path, "newgidmap", "#!/bin/sh\n[ \"$*\" = '4711 0 1001 1 1 100000 1999' ]\n", 0755);
    struct nslab_error e = {0};
    assert_int_equal(id_helpers_run(&one, &one, 4711, &e), 0);
    assert_int_equal(id_helpers_run(&one, &one, 4712, &e), -1);
    assert_string_equal(e.detail, "its exit status is 1 and it said nothing");
    remove_program(u);
    remove_program(g);
    use_own_helpers(&d);
}

static void test_helpers_words(void **state)
{
    (void)state;
    struct helper_directory d;
    use_helpers_of(&d);
    char *u = make_program(d.path, "newuidmap", "#!/bin/sh\nexit 0\n", 0755);
    char *g = make_program(
        d.path, "newgidmap",
        "#!/bin/sh\nprintf 'newgidmap: gid range [1-2) -> [5-6) not allowed\\n\\033[1m' >&2\nexit 1\n", 0755);
    const struct id_plan plan = {.situation = IDS_RANGE, .uid = one, .gid = one};
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(id_plan_write(&plan, 4711, &e), -1);
    assert_string_equal(
        error_text_brief(&e, text, sizeof text),
        "cannot write the id map with newgidmap (gid range [1-2) -> [5-6) not allowed ^[[1m)");
    assert_string_equal(e.cause, "subids");
    assert_true(strlen(e.hint) > 20);
    remove_program(u);
    remove_program(g);
    use_own_helpers(&d);
}

static void test_helpers_signal_and_flood(void **state)
{
    (void)state;
    struct helper_directory d;
    use_helpers_of(&d);
    char *u = make_program(d.path, "newuidmap", "#!/bin/sh\nkill -9 $$\n", 0755);
    char *g = make_program(d.path, "newgidmap", "#!/bin/sh\nyes >&2\n", 0755);
    struct nslab_error e = {0};
    assert_int_equal(id_helpers_run(&one, &one, 4711, &e), -1);
    assert_string_equal(e.detail, "it was ended by signal 9");
    remove_program(u);
    u = make_program(d.path, "newuidmap", "#!/bin/sh\nexit 0\n", 0755);
    /* Talks without end: only so much is read, and its pipe then breaks. */
    assert_int_equal(id_helpers_run(&one, &one, 4711, &e), -1);
    assert_true(!strncmp(e.detail, "y y y y y ", 10));
    remove_program(u);
    remove_program(g);
    use_own_helpers(&d);
}

/* --- this machine --- */

static void test_plan_of_this_process(void **state)
{
    (void)state;
    struct id_plan plan;
    id_plan_make(&plan);
    if (have_root_rights()) {
        assert_int_equal(plan.situation, IDS_ROOT);
        assert_map(&plan.uid, "0 1879048192 1200000\n");
        assert_map(&plan.gid, "0 1879048192 1200000\n");
        assert_int_equal(plan.remap_count, 65536);
    } else if (plan.situation == IDS_SINGLE) {
        assert_int_equal(plan.uid.extents[0].outside, geteuid());
        assert_int_equal(plan.remap_count, 0);
        assert_true(strlen(plan.why_not_range) > 10);
    } else {
        assert_int_equal(plan.situation, IDS_RANGE);
        assert_in_range(plan.remap_count, 63536, 65536);
    }
}

/* A child in a new user namespace, waiting; 0 where the machine doesn't allow one. */
static pid_t waiting_child(void)
{
    pid_t pid = clone_process(CLONE_NEWUSER, NULL);
    if (pid == 0) {
        die_with_parent();
        for (;;)
            pause();
    }
    return pid > 0 ? pid : 0;
}

static void test_plan_write(void **state)
{
    (void)state;
    struct id_plan plan;
    struct nslab_error e = {0};
    pid_t pid = waiting_child();
    if (!pid)
        skip();
    id_plan_make(&plan);
    int rc = id_plan_write(&plan, pid, &e);
    char path[64];
    cleanup_buf struct buf text = {0};
    struct id_map map = {0};
    snprintf(path, sizeof path, "/proc/%d/uid_map", (int)pid);
    int got = read_file_at(-1, path, &text, 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(rc, 0);
    assert_int_equal(got, 0);
    assert_int_equal(id_map_parse(buf_text(&text), &map), plan.uid.n);
    assert_int_equal(map.extents[0].inside, 0);
    assert_int_equal(map.extents[0].outside, plan.uid.extents[0].outside);
}

static void test_plan_write_refused(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    const struct id_plan plan = {.situation = IDS_SINGLE, .uid = one, .gid = one};
    /* No process has this number: pid_max is at most 2^22. */
    assert_int_equal(id_plan_write(&plan, 1 << 23, &e), -1);
    assert_string_equal(e.step, "write");
    assert_string_equal(e.object, "/proc/8388608/gid_map");
    assert_int_equal(e.errnum, ENOENT);
    assert_string_equal(e.cause, "user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_ordinary),
        cmocka_unit_test(test_sparse_uses_each_id_once),
        cmocka_unit_test(test_sparse_larger),
        cmocka_unit_test(test_sparse_refused),
        cmocka_unit_test(test_outside_inside),
        cmocka_unit_test(test_whole_machine),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_malformed),
        cmocka_unit_test(test_parse_too_many),
        cmocka_unit_test(test_format_whole_lines),
        cmocka_unit_test(test_subid_by_name),
        cmocka_unit_test(test_subid_by_uid),
        cmocka_unit_test(test_subid_least),
        cmocka_unit_test(test_subid_malformed),
        cmocka_unit_test(test_subid_long_owner),
        cmocka_unit_test(test_helper_without_rights),
        cmocka_unit_test(test_helper_not_executable),
        cmocka_unit_test(test_helpers_arguments),
        cmocka_unit_test(test_helpers_words),
        cmocka_unit_test(test_helpers_signal_and_flood),
        cmocka_unit_test(test_plan_of_this_process),
        cmocka_unit_test(test_plan_write),
        cmocka_unit_test(test_plan_write_refused),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
