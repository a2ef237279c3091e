/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(void (*child)(void))
{
    int pidfd = -1, status = -1;
    pid_t pid = clone_process(0, &pidfd);
    if (pid == 0) {
        child();
        _exit(99);
    }
    assert_true(pid > 0);
    assert_true(pidfd >= 0);
    assert_int_equal(wait_child(pidfd, &status), 0);
    close(pidfd);
    return status;
}

static void exit_7(void)
{
    _exit(7);
}

static void exit_0(void)
{
    _exit(0);
}

static void exit_255(void)
{
    _exit(-1);
}

static void die_of_term(void)
{
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
}

static void die_of_kill(void)
{
    raise(SIGKILL);
}

static void test_statuses(void **state)
{
    (void)state;
    assert_int_equal(status_of(exit_0), 0);
    assert_int_equal(status_of(exit_7), 7);
    assert_int_equal(status_of(exit_255), 255);
    assert_int_equal(status_of(die_of_term), 128 + SIGTERM);
    assert_int_equal(status_of(die_of_kill), 137);
}

static void wait_for_ever(void)
{
    die_with_parent();
    for (;;)
        pause();
}

static pid_t start_waiting(int *pidfd)
{
    pid_t pid = clone_process(0, pidfd);
    if (pid == 0)
        wait_for_ever();
    return pid;
}

static void test_pidfd(void **state)
{
    (void)state;
    int pidfd = -1, status = -1, signo = -1;
    pid_t pid = start_waiting(&pidfd);
    assert_true(pid > 0);
    assert_true(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pidfd_pid(pidfd), pid);
    assert_int_equal(try_wait_child(pidfd, &status, &signo), 0); /* it runs */
    assert_int_equal(poll_exit(pidfd, 20), 0);
    assert_int_equal(status, -1);
    assert_int_equal(pidfd_signal(pidfd, SIGKILL), 0);
    assert_int_equal(poll_exit(pidfd, 5000), 1);
    assert_int_equal(try_wait_child(pidfd, &status, &signo), 1);
    assert_int_equal(status, 137);
    assert_int_equal(signo, SIGKILL);
    assert_true(pidfd_pid(pidfd) <= 0);
    pid_t pids[4];
    assert_int_equal(pidfd_pids(pidfd, pids, 4), 0);
    assert_int_equal(pidfd_signal(pidfd, SIGKILL), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(wait_child(pidfd, &status), -1); /* only once */
    assert_int_equal(errno, ECHILD);
    close(pidfd);
}

static void exit_137(void)
{
    _exit(137);
}

/* The same status as after a SIGKILL, and no signal. */
static void test_status_above_128(void **state)
{
    (void)state;
    int pidfd = -1, status = -1, signo = -1;
    if (clone_process(0, &pidfd) == 0)
        exit_137();
    assert_int_equal(poll_exit(pidfd, 5000), 1);
    assert_int_equal(try_wait_child(pidfd, &status, &signo), 1);
    assert_int_equal(status, 137);
    assert_int_equal(signo, 0);
    close(pidfd);
}

static void test_pidfd_of_others(void **state)
{
    (void)state;
    int self = pidfd_open_of(getpid());
    pid_t pids[4] = {0};
    assert_true(self >= 0);
    assert_int_equal(pidfd_pid(self), getpid());
    assert_true(pidfd_pids(self, pids, 4) >= 1);
    assert_int_equal(pids[0], getpid());
    close(self);
    assert_int_equal(pidfd_open_of(1 << 23), -1);
    assert_true(pidfd_pid(-1) <= 0);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(pidfd_pid(null) <= 0); /* a descriptor, but no pidfd */
    close(null);
}

/* In a PID namespace of its own a process has two numbers: ours, and 1. */
static void test_new_pid_namespace(void **state)
{
    (void)state;
    int pidfd = -1, status = -1;
    pid_t pids[4] = {0};
    pid_t pid = clone_process(CLONE_NEWUSER | CLONE_NEWPID, &pidfd);
    if (pid < 0)
        skip();
    if (pid == 0)
        _exit(getpid() == 1 ? 3 : 4);
    assert_int_equal(poll_exit(pidfd, 5000), 1);
    assert_int_equal(pidfd_pids(pidfd, pids, 4), 2);
    assert_int_equal(pids[0], pid);
    assert_int_equal(pids[1], 1);
    assert_int_equal(pidfd_pids(pidfd, pids, 1), 1); /* no more than there is room for */
    assert_int_equal(wait_child(pidfd, &status), 0);
    assert_int_equal(status, 3);
    close(pidfd);
}

/* CLONE_PARENT: what a child of ours makes is our child too, and its status is ours to wait for. */
static void test_clone_parent(void **state)
{
    (void)state;
    int pair[2], pidfd = -1, status = -1;
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t stub = clone_process(0, NULL);
    if (stub == 0) {
        int inner = -1;
        pid_t pid = clone_process(CLONE_PARENT, &inner);
        if (pid == 0)
            _exit(recv(pair[1], &byte, 1, 0) == 1 ? 42 : 43);
        _exit(pid < 0 || send_with_fds(pair[1], "p", 1, &inner, 1) < 0);
    }
    assert_int_equal(recv_with_fds(pair[0], &byte, 1, &pidfd, 1), 1);
    assert_int_equal(waitpid(stub, &status, 0), stub);
    assert_int_equal(status, 0);
    assert_int_equal(send(pair[0], "g", 1, 0), 1);
    assert_int_equal(wait_child(pidfd, &status), 0);
    assert_int_equal(status, 42);
    close(pidfd);
    close(pair[0]);
    close(pair[1]);
}

static void test_clone_refused(void **state)
{
    (void)state;
    /* A user namespace can't share its filesystem information. */
    assert_int_equal(clone_process(CLONE_NEWUSER | CLONE_FS, NULL), -1);
    assert_int_equal(errno, EINVAL);
}

/* The middle one of three is killed: the last one goes too. */
static void test_die_with_parent(void **state)
{
    (void)state;
    int ends[2], middle = -1, last = -1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = clone_process(0, &middle);
    if (pid == 0) {
        die_with_parent();
        int inner = -1;
        if (clone_process(0, &inner) == 0) {
            die_with_parent();
            send_with_fds(ends[1], "r", 1, NULL, 0);
            for (;;)
                pause();
        }
        send_with_fds(ends[1], "p", 1, &inner, 1);
        for (;;)
            pause();
    }
    for (int i = 0; i < 2; i++) {
        char byte;
        int fd;
        assert_int_equal(recv_with_fds(ends[0], &byte, 1, &fd, 1), 1);
        if (fd >= 0)
            last = fd;
    }
    assert_int_equal(poll_exit(last, 0), 0);
    assert_int_equal(pidfd_signal(middle, SIGKILL), 0);
    assert_int_equal(poll_exit(last, 5000), 1);
    wait_child(middle, NULL);
    close(middle);
    close(last);
    close(ends[0]);
    close(ends[1]);
}

static void test_poll_exit_waits(void **state)
{
    (void)state;
    int pidfd = -1;
    pid_t pid = start_waiting(&pidfd);
    assert_true(pid > 0);
    uint64_t start = now_ns();
    assert_int_equal(poll_exit(pidfd, 50), 0);
    assert_true(now_ns() - start >= 49000000);
    assert_int_equal(poll_exit(pidfd, 0), 0);
    pidfd_signal(pidfd, SIGKILL);
    assert_int_equal(poll_exit(pidfd, -1), 1);
    wait_child(pidfd, NULL);
    close(pidfd);
}

/* --- signals --- */

static void check_defaults(void)
{
    struct sigaction action;
    sigset_t mask;
    signals_to_default();
    sigprocmask(SIG_SETMASK, NULL, &mask);
    if (sigismember(&mask, SIGUSR1))
        _exit(1);
    if (sigaction(SIGPIPE, NULL, &action) < 0 || action.sa_handler != SIG_DFL)
        _exit(2);
    _exit(sigaction(SIGINT, NULL, &action) < 0 || action.sa_handler != SIG_DFL ? 3 : 0);
}

static void test_signals_to_default(void **state)
{
    (void)state;
    sigset_t one, old;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, &old);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    int status = status_of(check_defaults);
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    assert_int_equal(status, 0);
}

static void test_interrupt(void **state)
{
    (void)state;
    assert_int_equal(interrupt_fd(), -1);
    assert_int_equal(interrupt_install(), 0);
    assert_int_equal(interrupt_install(), 0);
    assert_false(interrupt_pending());
    assert_false(interrupt_take());
    struct pollfd p = {.fd = interrupt_fd(), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 0);
    raise(SIGINT);
    raise(SIGINT);
    assert_true(interrupt_pending());
    assert_int_equal(poll(&p, 1, 1000), 1);
    assert_int_equal(interrupt_signal(), SIGINT);
    assert_true(interrupt_take());
    assert_false(interrupt_take());
    assert_int_equal(poll(&p, 1, 0), 0); /* the pipe is empty again */
    raise(SIGTERM);
    assert_int_equal(interrupt_signal(), SIGTERM);
    assert_true(interrupt_take());
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

/* --- title: as ps reads it --- */

static void test_title(void **state)
{
    (void)state;
    int ends[2], status = -1;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        cleanup_buf struct buf line = {0};
        char name[17] = "";
        title_set("nslab: port proxy %d -> %s:%d", 8080, "web", 80);
        prctl(PR_GET_NAME, name);
        if (read_file_at(AT_FDCWD, "/proc/self/cmdline", &line, 0) < 0)
            _exit(1);
        dprintf(ends[1], "%s|%s|%s", buf_text(&line), name, getenv("HOME") ? getenv("HOME") : "");
        _exit(0);
    }
    close(ends[1]);
    cleanup_buf struct buf got = {0}, wanted = {0};
    assert_int_equal(read_fd_all(ends[0], &got, 0), 0);
    close(ends[0]);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    buf_addf(&wanted, "nslab: port proxy 8080 -> web:80|nslab: port pro|%s",
             getenv("HOME") ? getenv("HOME") : "");
    assert_string_equal(buf_text(&got), buf_text(&wanted));
}

int main(int argc, char **argv)
{
    title_init(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),          cmocka_unit_test(test_pidfd),
        cmocka_unit_test(test_status_above_128),  cmocka_unit_test(test_pidfd_of_others),
        cmocka_unit_test(test_new_pid_namespace), cmocka_unit_test(test_clone_parent),
        cmocka_unit_test(test_clone_refused),     cmocka_unit_test(test_die_with_parent),
        cmocka_unit_test(test_poll_exit_waits),   cmocka_unit_test(test_signals_to_default),
        cmocka_unit_test(test_interrupt),         cmocka_unit_test(test_title),
    };
    return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
