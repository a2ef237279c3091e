/* SPDX-License-Identifier: MIT */
#include "nslab/proc.h"
#include "nslab/buf.h"
#include "nslab/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1u << 2)
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define END_CHILD_MS 5000

pid_t clone_process(uint64_t flags, int *ret_pidfd)
{
    int pidfd = -1;
    uint64_t all = flags | (ret_pidfd ? (uint64_t)CLONE_PIDFD : 0);
    /* CLONE_PARENT takes its exit signal from the parent, clone3 refuses one of its own: clone(2). */
    struct clone_args args = {
        .flags = all,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
    };
    long pid = syscall(SYS_clone3, &args, sizeof args);
    /* An old kernel or a seccomp filter such as Docker's: clone(2) does the same for these flags. */
    if (pid < 0 && (errno == ENOSYS || errno == EPERM))
        pid = syscall(SYS_clone, (unsigned long)(all | SIGCHLD), NULL, &pidfd, NULL, 0UL);
    if (pid > 0 && ret_pidfd)
        *ret_pidfd = pidfd;
    return (pid_t)pid;
}

int pidfd_open_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* The numbers after a "Name:" in the fdinfo of a pidfd: proc_pid_fdinfo(5). */
static size_t fdinfo_numbers(int pidfd, const char *name, pid_t *pids, size_t max)
{
    char path[64];
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    if (read_file_at(AT_FDCWD, path, &text, 4096) < 0)
        return 0;
    const char *p = strstr(buf_text(&text), name);
    errno = ESRCH;
    if (!p)
        return 0;
    p += strlen(name);
    size_t n = 0;
    while (n < max) {
        char *end;
        long value = strtol(p, &end, 10);
        if (end == p || value <= 0)
            break;
        pids[n++] = (pid_t)value;
        p = end;
        if (*p == '\n')
            break;
    }
    return n;
}

/* The numbers in /proc are ours, and not those of another PID namespace. */
static bool proc_is_ours(void)
{
    char self[32];
    ssize_t n = readlink("/proc/self", self, sizeof self - 1);
    if (n <= 0)
        return false;
    self[n] = '\0';
    return strtol(self, NULL, 10) == getpid();
}

pid_t pidfd_pid(int pidfd)
{
    pid_t pid = -1;
    return fdinfo_numbers(pidfd, "\nPid:", &pid, 1) ? pid : -1;
}

int pidfd_signal(int pidfd, int signo)
{
    int rc = (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
    /* EPERM: a seccomp filter that is older than the call answers so; where it is the kernel, kill(2) does
     * too. */
    if (rc == 0 || (errno != ENOSYS && errno != EPERM))
        return rc;
    int errnum = errno;
    /* Read at this moment, and a child of ours keeps its number until it is reaped. */
    pid_t pid = proc_is_ours() ? pidfd_pid(pidfd) : -1;
    if (pid > 0)
        return kill(pid, signo);
    errno = errnum;
    return -1;
}

int pidfd_signal_group(int pidfd, int signo)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, PIDFD_SIGNAL_PROCESS_GROUP) == 0)
        return 0;
    pid_t leader = errno == EINVAL && proc_is_ours() ? pidfd_pid(pidfd) : -1;
    /* Not reaped yet, it keeps its number. It may not have come to its setsid(2). */
    if (leader > 1 && getpgid(leader) == leader)
        return kill(-leader, signo);
    return pidfd_signal(pidfd, signo);
}

size_t pidfd_pids(int pidfd, pid_t *pids, size_t max)
{
    return fdinfo_numbers(pidfd, "\nNSpid:", pids, max);
}

static int shell_status(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;
}

static int wait_with(int pidfd, int options, int *status, int *signo)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int rc;
    do
        rc = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL | options);
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return -1;
    if (!info.si_pid)
        return 0;
    if (status)
        *status = shell_status(&info);
    if (signo)
        *signo = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return 1;
}

int peek_child(int pidfd, int *status)
{
    return wait_with(pidfd, WNOWAIT, status, NULL) < 0 ? -1 : 0;
}

int wait_child(int pidfd, int *status)
{
    return wait_with(pidfd, 0, status, NULL) < 0 ? -1 : 0;
}

void end_child(int pidfd)
{
    pidfd_signal(pidfd, SIGKILL);
    if (poll_exit(pidfd, END_CHILD_MS) != 0)
        wait_child(pidfd, NULL);
}

int try_wait_child(int pidfd, int *status, int *signo)
{
    return wait_with(pidfd, WNOHANG, status, signo);
}

int poll_exit(int pidfd, int timeout_ms)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    uint64_t end = now_ns() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000000;
    for (;;) {
        int rc = poll(&p, 1, timeout_ms);
        if (rc >= 0)
            return rc > 0;
        if (errno != EINTR)
            return -1;
        if (timeout_ms < 0)
            continue;
        uint64_t now = now_ns();
        timeout_ms = now >= end ? 0 : (int)((end - now) / 1000000);
    }
}

int shut_memory(struct nslab_error *e)
{
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_sys(e, errno, "shut to the lab", "the memory of a process of nslab's");
    return 0;
}

void die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void leave_keyring(void)
{
    /* Where keyrings are filtered away or not built in there is none to leave. */
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

void signals_to_default(void)
{
    for (int signo = 1; signo < NSIG; signo++)
        if (signo != SIGKILL && signo != SIGSTOP)
            signal(signo, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
