/* SPDX-License-Identifier: MIT
 *
 * What waits for others without a limit ends with SIGTERM: also when that comes right before the wait, where
 * a handler that only takes a note would be too early to wake anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/piped.h"
#include "../../src/ui/shell_private.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/proc.h"
#include "nslab/shell.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ENDS_WITHIN_MS 5000 /* no test waits for so long, unless it fails */

/* --- the moment before a wait --- */

/* In the child that is tested SIGTERM is raised once: before poll(2) of this descriptor, or before readline
 * takes its signal handlers away, which it does after the terminal's modes. */
static int before_poll_of = -1;
static bool before_handlers_go;
static bool terminal_is_back;
static int seen_by_the_line; /* what was noted when the line that was entered said something */
static bool back_for_the_line;

/* These stand for the C library's. */
int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    struct timespec left = timeout ? *timeout : (struct timespec){0};
    static struct pollfd *volatile polled; /* not fds: the prototype says that they are only written to */
    polled = fds;
    if (n && polled->fd == before_poll_of) {
        before_poll_of = -1;
        raise(SIGTERM);
    }
    return (int)syscall(SYS_ppoll, fds, n, timeout ? &left : NULL, mask, _NSIG / 8);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    const struct timespec left = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
    return ppoll(fds, n, timeout < 0 ? NULL : &left, NULL);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (fd == STDERR_FILENO) {
        seen_by_the_line = interrupt_signal();
        back_for_the_line = terminal_is_back;
    }
    return syscall(SYS_write, fd, bytes, n);
}

int tcsetattr(int fd, int action, const struct termios *modes)
{
    terminal_is_back = modes->c_lflag & ICANON;
    return ioctl(fd, action == TCSANOW ? TCSETS : TCSETSW, modes);
}

int sigaction(int signo, const struct sigaction *action, struct sigaction *old)
{
    static int (*real)(int, const struct sigaction *, struct sigaction *);
    void *symbol = real ? NULL : dlsym(RTLD_NEXT, "sigaction");
    if (!real)
        memcpy(&real, &symbol, sizeof real);
    if (before_handlers_go && terminal_is_back) {
        before_handlers_go = false;
        raise(SIGTERM);
    }
    return real(signo, action, old);
}

/* --- what is tested runs in a child, whose status says how it ended --- */

enum { HUNG = -1 };

static int status_of_child(int pidfd)
{
    int status = HUNG;
    if (poll_exit(pidfd, ENDS_WITHIN_MS) > 0) {
        wait_child(pidfd, &status);
        return status;
    }
    end_child(pidfd);
    return HUNG;
}

static int run_child(int (*body)(void))
{
    cleanup_fd int pidfd = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(interrupt_install() < 0 ? 99 : body());
    pidfd = pidfd_open_of(pid);
    return status_of_child(pidfd);
}

static int prompt(void)
{
    static const struct shell_options options = {.plain = true, .no_workbook = true};
    struct shell sh;
    shell_open(&sh, &options);
    prompt_loop(&sh);
    int status = sh.status;
    shell_close(&sh);
    return status;
}

/* The prompt, on a terminal of its own, on which this is typed. The child ends with what `result` says. */
static int run_prompt(const char *typed, int (*result)(int status))
{
    int master = -1;
    cleanup_fd int pidfd = -1;
    pid_t pid = forkpty(&master, NULL, NULL, NULL);
    if (pid == 0) {
        _exit(interrupt_install() < 0 ? 99 : result(prompt()));
    }
    pidfd = pidfd_open_of(pid);
    assert_int_equal(syscall(SYS_write, master, typed, strlen(typed)), strlen(typed));
    int status = status_of_child(pidfd);
    close(master);
    return status;
}

/* --- the prompt --- */

static int its_status(int status)
{
    return status;
}

static int what_the_line_saw(int status)
{
    (void)status;
    return back_for_the_line ? seen_by_the_line : 99;
}

static int forget_moments(void **state)
{
    (void)state;
    before_poll_of = -1;
    before_handlers_go = false;
    return 0;
}

static void at_the_prompt(void **state)
{
    (void)state;
    before_poll_of = STDIN_FILENO;
    assert_int_equal(run_prompt("", its_status), STATUS_TERMINATED);
}

static void while_a_line_is_entered(void **state)
{
    (void)state;
    before_handlers_go = true;
    assert_int_equal(run_prompt("nosuchverb\n", what_the_line_saw), SIGTERM);
}

/* --- lines from a pipe --- */

static int next_of_an_open_pipe(void)
{
    int ends[2];
    cleanup_with(piped_free) struct piped lines = {0};
    cleanup_buf struct buf line = {0};
    if (pipe(ends) < 0)
        return 99;
    lines.fd = ends[0];
    before_poll_of = ends[0];
    return piped_next(&lines, &line) ? 99 : interrupt_signal();
}

static void before_a_line_comes(void **state)
{
    (void)state;
    assert_int_equal(run_child(next_of_an_open_pipe), SIGTERM);
}

static void lines_as_they_come(void **state)
{
    static const char text[] = "first\n\nthird, without an end";
    int ends[2];
    cleanup_with(piped_free) struct piped lines = {0};
    cleanup_buf struct buf line = {0};
    (void)state;
    assert_int_equal(pipe(ends), 0);
    lines.fd = ends[0];
    assert_int_equal(syscall(SYS_write, ends[1], text, strlen(text)), strlen(text));
    close(ends[1]);
    assert_true(piped_next(&lines, &line));
    assert_string_equal(buf_text(&line), "first");
    assert_true(piped_next(&lines, &line));
    assert_string_equal(buf_text(&line), "");
    assert_true(piped_next(&lines, &line));
    assert_string_equal(buf_text(&line), "third, without an end");
    assert_false(piped_next(&lines, &line));
    close(ends[0]);
}

/* --- a reader that doesn't read --- */

static char much[200000];

static int write_to_nobody(bool told)
{
    int ends[2];
    if (pipe(ends) < 0)
        return 99;
    if (told)
        before_poll_of = ends[1];
    uint64_t start = now_ns();
    int rc = out_write(ends[1], much, sizeof much);
    uint64_t ms = (now_ns() - start) / 1000000;
    return rc < 0 && errno == EINTR && ms >= OUT_LAST_MS - 1 && ms < ENDS_WITHIN_MS ? interrupt_signal() : 99;
}

static int told_before_it_waits(void)
{
    return write_to_nobody(true);
}

static int told_while_it_waits(void)
{
    pid_t parent = getpid();
    if (fork() == 0) {
        usleep(100000);
        kill(parent, SIGTERM);
        _exit(0);
    }
    return write_to_nobody(false);
}

static void nobody_reads(void **state)
{
    (void)state;
    assert_int_equal(run_child(told_before_it_waits), SIGTERM);
    assert_int_equal(run_child(told_while_it_waits), SIGTERM);
}

/* The last words come through to who reads: SIGTERM alone cuts nothing off. */
static int write_to_somebody(void)
{
    int ends[2];
    char chunk[4096];
    size_t got = 0;
    if (pipe(ends) < 0)
        return 99;
    raise(SIGTERM);
    if (fork() == 0)
        _exit(out_write(ends[1], much, sizeof much) < 0);
    close(ends[1]);
    for (ssize_t n; (n = read(ends[0], chunk, sizeof chunk)) > 0;)
        got += (size_t)n;
    return got == sizeof much ? 0 : 99;
}

static void somebody_reads(void **state)
{
    (void)state;
    assert_int_equal(run_child(write_to_somebody), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(at_the_prompt, forget_moments),
        cmocka_unit_test_teardown(while_a_line_is_entered, forget_moments),
        cmocka_unit_test(before_a_line_comes),
        cmocka_unit_test(lines_as_they_come),
        cmocka_unit_test(nobody_reads),
        cmocka_unit_test(somebody_reads),
    };
    setenv("NSLAB_DATA_DIR", "/dev/null/none", 1); /* no history is kept */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
