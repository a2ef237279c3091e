/* SPDX-License-Identifier: MIT
 *
 * The stub of a birth may be stopped while nslab waits for it: Ctrl-C ends the waiting.
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
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In place of the C library's: who enters a namespace stops there. */
int setns(int fd, int flags);
int setns(int fd, int flags)
{
    (void)fd, (void)flags;
    kill(getpid(), SIGSTOP);
    errno = ENOSYS;
    return -1;
}

static int never(void *arg, int sock, struct nslab_error *e)
{
    (void)arg, (void)sock, (void)e;
    return 0;
}

static void test_a_stopped_stub_is_given_up_at_an_interrupt(void **state)
{
    (void)state;
    const struct place where = {.pidfd = STDIN_FILENO, .name = "a place"};
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
    assert_int_equal(birth_in(&where, CLONE_NEWUTS, BIRTH_COPIED, never, NULL, &b, &e), -1);
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_string_equal(error_text(&e, text, sizeof text),
                        "interrupted while a process was started in a place");
    assert_true(now_ns() - start < 5000000000u);
    assert_true(interrupt_take());
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(waitpid(-1, NULL, 0), -1); /* the stub has been reaped */
    assert_int_equal(errno, ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stopped_stub_is_given_up_at_an_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
