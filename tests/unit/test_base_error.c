/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/error.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[NSLAB_ERROR_TEXT_MAX];

static void test_whole_shape(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    assert_int_equal(error_sys(&e, EPERM, "mount proc in", "container %s", "web"), -1);
    assert_int_equal(error_detail(&e, "something is mounted over /proc on this machine: %s", "/proc/kcore"),
                     -1);
    assert_int_equal(error_hint(&e, "Run nslab outside the container, or start that one with --security-opt "
                                    "systempaths=unconfined."),
                     -1);
    assert_string_equal(
        error_text(&e, text, sizeof text),
        "cannot mount proc in container web: Operation not permitted (something is mounted over /proc "
        "on this machine: /proc/kcore). Run nslab outside the container, or start that one with "
        "--security-opt systempaths=unconfined.");
    assert_string_equal(
        error_text_brief(&e, text, sizeof text),
        "cannot mount proc in container web: Operation not permitted (something is mounted over /proc "
        "on this machine: /proc/kcore)");
}

static void test_parts_left_out(void **state)
{
    (void)state;
    struct nslab_error e;
    error_sys(&e, ENOENT, "open", "%s", "/x");
    assert_string_equal(error_text(&e, text, sizeof text), "cannot open /x: No such file or directory");
    error_hint(&e, "Make it first.");
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot open /x: No such file or directory. Make it first.");
    error_sys(&e, 0, "start", "container web");
    error_detail(&e, "it ended at once");
    assert_string_equal(error_text(&e, text, sizeof text), "cannot start container web (it ended at once)");
    error_sys(&e, ENOMEM, "fork", "%s", "");
    assert_string_equal(error_text(&e, text, sizeof text), "cannot fork: Cannot allocate memory");
}

static void test_sentence(void **state)
{
    (void)state;
    struct nslab_error e;
    assert_int_equal(error_say(&e, "no container is called '%s'", "wbe"), -1);
    assert_string_equal(error_text(&e, text, sizeof text), "no container is called 'wbe'");
    error_hint(&e, "Did you mean 'web'?");
    assert_string_equal(error_text(&e, text, sizeof text),
                        "no container is called 'wbe'. Did you mean 'web'?");
    assert_string_equal(error_text_brief(&e, text, sizeof text), "no container is called 'wbe'");
    error_say(&e, "which one?");
    error_hint(&e, "Say it.");
    assert_string_equal(error_text(&e, text, sizeof text), "which one? Say it."); /* one stop, not two */
}

/* A new error leaves nothing of the old one behind. */
static void test_overwrites(void **state)
{
    (void)state;
    struct nslab_error e;
    error_sys(&e, EPERM, "mount", "proc");
    error_detail(&e, "detail");
    error_hint(&e, "Hint.");
    error_cause(&e, "proc");
    error_say(&e, "another");
    assert_string_equal(error_text(&e, text, sizeof text), "another");
    assert_string_equal(e.cause, "");
    assert_int_equal(e.errnum, 0);
    error_sys(&e, EPERM, "mount", "proc");
    assert_string_equal(error_text(&e, text, sizeof text), "cannot mount proc: Operation not permitted");
}

static void test_is_set(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    assert_false(error_is_set(&e));
    error_say(&e, "x");
    assert_true(error_is_set(&e));
    error_clear(&e);
    assert_false(error_is_set(&e));
    error_sys(&e, 0, "x", "y");
    assert_true(error_is_set(&e));
}

static void test_cause(void **state)
{
    (void)state;
    struct nslab_error e;
    error_say(&e, "x");
    assert_int_equal(error_cause(&e, "overlay"), -1);
    assert_string_equal(e.cause, "overlay");
}

static void test_cut(void **state)
{
    (void)state;
    struct nslab_error e;
    char large[3000], small[20];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    error_sys(&e, EPERM, large, "%s", large);
    error_detail(&e, "%s", large);
    error_hint(&e, "%s", large);
    error_cause(&e, large);
    assert_int_equal(strlen(e.step), sizeof e.step - 1);
    assert_int_equal(strlen(e.object), sizeof e.object - 1);
    assert_int_equal(strlen(e.detail), sizeof e.detail - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    assert_int_equal(strlen(e.cause), sizeof e.cause - 1);
    assert_true(strlen(error_text(&e, text, sizeof text)) < sizeof text);
    error_sys(&e, EPERM, "mount", "proc");
    error_hint(&e, "Hint.");
    assert_string_equal(error_text(&e, small, sizeof small), "cannot mount proc: ");
    assert_string_equal(error_text(&e, small, 1), "");
}

static void test_crosses_processes(void **state)
{
    (void)state;
    int ends[2];
    struct nslab_error e = {0}, got = {0};
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        error_sys(&e, EACCES, "open", "/proc/%d/ns/net", 4711);
        _exit(write(ends[1], &e, sizeof e) != (ssize_t)sizeof e);
    }
    assert_int_equal(read(ends[0], &got, sizeof got), sizeof got);
    waitpid(pid, NULL, 0);
    assert_string_equal(error_text(&got, text, sizeof text),
                        "cannot open /proc/4711/ns/net: Permission denied");
    close(ends[0]);
    close(ends[1]);
}

static void test_advice(void **state)
{
    (void)state;
    struct nslab_error e;
    error_sys(&e, EMFILE, "open", "a netlink socket");
    error_advise(&e, "Something else.");
    assert_non_null(strstr(e.hint, "`ulimit -n`"));
    error_sys(&e, EPERM, "open", "a netlink socket");
    error_advise(&e, NULL);
    assert_string_equal(e.hint, "");
    error_advise(&e, "Something else.");
    assert_string_equal(e.hint, "Something else.");
    error_sys(&e, ENOMEM, "open", "a netlink socket");
    error_hint(&e, "It is known better here.");
    error_advise(&e, "Something else.");
    assert_string_equal(e.hint, "It is known better here.");
    error_say(&e, "a sentence of its own");
    error_advise(&e, "Something else.");
    assert_string_equal(e.hint, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_shape), cmocka_unit_test(test_parts_left_out),
        cmocka_unit_test(test_sentence),    cmocka_unit_test(test_overwrites),
        cmocka_unit_test(test_is_set),      cmocka_unit_test(test_cause),
        cmocka_unit_test(test_cut),         cmocka_unit_test(test_crosses_processes),
        cmocka_unit_test(test_advice),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
