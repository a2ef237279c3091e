/* SPDX-License-Identifier: MIT
 *
 * Who shares nslab's memory while nslab waits for it may end in any way, or be stopped: Ctrl-C ends the
 * waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/proc.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* In place of the C library's: who enters a namespace stops there, or stays where it is. */
static bool stub_stops;
int setns(int fd, int flags);
int setns(int fd, int flags)
{
    (void)fd, (void)flags;
    if (!stub_stops)
        return 0;
    kill(getpid(), SIGSTOP);
    errno = ENOSYS;
    return -1;
}
int setgroups(size_t n, const gid_t *groups)
{
    (void)n, (void)groups;
    return 0;
}
int setresgid(gid_t real, gid_t effective, gid_t saved)
{
    (void)real, (void)effective, (void)saved;
    return 0;
}
int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    (void)real, (void)effective, (void)saved;
    return 0;
}

static const struct place where = {.pidfd = STDIN_FILENO, .name = "a place"};
static pid_t seen;

static int ends(void *arg, int sock, struct nslab_error *e)
{
    (void)arg, (void)sock, (void)e;
    seen = getpid();
    return 0;
}

static int fails(void *arg, int sock, struct nslab_error *e)
{
    (void)sock;
    seen = getpid();
    return error_say(e, "so says %s", (const char *)arg);
}

static int gets(void *arg, int sock, struct nslab_error *e)
{
    (void)sock, (void)e;
    seen = getpid();
    kill(getpid(), *(int *)arg);
    return 0;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(errno, ECHILD);
}

static void assert_text(const struct nslab_error *e, const char *wanted)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_string_equal(error_text(e, text, sizeof text), wanted);
}

/* Born in nslab's own memory: what it writes is there, it is reaped, and no signal stays blocked. */
static void check_shared(birth_fn fn, void *arg, int received, struct nslab_error *e)
{
    struct birth b;
    sigset_t blocked;
    char byte;
    seen = 0;
    assert_int_equal(birth_in(&where, CLONE_NEWUTS, BIRTH_SHARED, fn, arg, &b, e), 0);
    assert_true(seen > 0 && seen != getpid());
    assert_no_child();
    assert_int_equal(birth_receive(&b, &byte, sizeof byte, NULL, 0, e), received);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_false(sigismember(&blocked, SIGINT));
    close(b.sock);
    close(b.pidfd);
}

static void test_one_that_shares_memory(void **state)
{
    struct nslab_error e = {0};
    (void)state;
    check_shared(ends, NULL, 0, &e);
}

static void test_one_that_shares_memory_and_fails(void **state)
{
    struct nslab_error e = {0};
    char who[] = "it";
    (void)state;
    check_shared(fails, who, -1, &e);
    assert_text(&e, "so says it");
}

static void test_one_that_shares_memory_and_is_killed(void **state)
{
    struct nslab_error e = {0};
    int signal = SIGKILL;
    (void)state;
    check_shared(gets, &signal, 0, &e);
}

static void test_a_copy_writes_into_a_copy(void **state)
{
    struct birth b;
    struct nslab_error e = {0};
    char byte;
    (void)state;
    seen = 0;
    assert_int_equal(birth_in(&where, CLONE_NEWUTS, BIRTH_COPIED, ends, NULL, &b, &e), 0);
    assert_int_equal(birth_receive(&b, &byte, sizeof byte, NULL, 0, &e), 0);
    assert_int_equal(seen, 0);
    assert_int_equal(wait_child(b.pidfd, NULL), 0);
    assert_no_child();
    close(b.sock);
    close(b.pidfd);
}

/* A second process sends SIGTERM while nslab waits for who is stopped. */
static void check_interrupt(enum birth_memory memory, birth_fn fn, void *arg)
{
    struct birth b;
    struct nslab_error e = {0};
    uint64_t start = now_ns();
    assert_int_equal(interrupt_install(), 0);
    pid_t self = getpid(), pid = fork();
    if (pid == 0) {
        usleep(300 * 1000);
        kill(self, SIGTERM);
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(birth_in(&where, CLONE_NEWUTS, memory, fn, arg, &b, &e), -1);
    assert_text(&e, "interrupted while a process was started in a place");
    assert_true(now_ns() - start < 5000000000u);
    assert_int_equal(b.sock, -1);
    assert_int_equal(b.pidfd, -1);
    assert_true(interrupt_take());
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_no_child();
}

static void test_a_stopped_stub_is_given_up_at_an_interrupt(void **state)
{
    (void)state;
    stub_stops = true;
    check_interrupt(BIRTH_COPIED, ends, NULL);
    stub_stops = false;
}

static void test_a_stopped_one_that_shares_memory_is_given_up_too(void **state)
{
    int signal = SIGSTOP;
    (void)state;
    check_interrupt(BIRTH_SHARED, gets, &signal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_shares_memory),
        cmocka_unit_test(test_one_that_shares_memory_and_fails),
        cmocka_unit_test(test_one_that_shares_memory_and_is_killed),
        cmocka_unit_test(test_a_copy_writes_into_a_copy),
        cmocka_unit_test(test_a_stopped_stub_is_given_up_at_an_interrupt),
        cmocka_unit_test(test_a_stopped_one_that_shares_memory_is_given_up_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
