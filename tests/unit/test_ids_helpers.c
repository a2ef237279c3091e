/* SPDX-License-Identifier: MIT
 *
 * What asks the machine: the helpers, for which the tests put programs of their own into PATH, and the plan.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../src/runtime/ids_helpers.h"
#include "nslab/fd.h"
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
    struct nslab_error e = {0};
    assert_int_equal(id_plan_make(&plan, &e), 0);
    if (have_root_rights(&e) > 0) {
        assert_int_equal(plan.situation, IDS_ROOT);
        char text[64];
        id_map_format(&plan.uid, text, sizeof text);
        assert_string_equal(text, "0 1879048192 1200000\n");
        id_map_format(&plan.gid, text, sizeof text);
        assert_string_equal(text, "0 1879048192 1200000\n");
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
    assert_int_equal(id_plan_make(&plan, &e), 0);
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
        cmocka_unit_test(test_helper_without_rights),
        cmocka_unit_test(test_helper_not_executable),
        cmocka_unit_test(test_helpers_arguments),
        cmocka_unit_test(test_helpers_words),
        cmocka_unit_test(test_helpers_signal_and_flood),
        cmocka_unit_test(test_plan_of_this_process),
        cmocka_unit_test(test_plan_write),
        cmocka_unit_test(test_plan_write_refused),
    };
    return cmocka_run_group_tests_name("ids_helpers", tests, NULL, NULL);
}
