/* SPDX-License-Identifier: MIT */
#include "nslab/call.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the helper sends first; `length` bytes of output follow. */
struct reply {
    int rc;
    size_t length;
    struct nslab_error error;
};

int place_enter(const struct place *where, uint64_t ns_flags)
{
    if (!where->ns_fds)
        return setns(where->pidfd, (int)ns_flags);
    /* The user namespace comes first in the table: with it come the rights to enter the others. */
    for (int type = 0; type < NS_COUNT; type++)
        if (ns_flags & ns_table[type].clone_flag &&
            setns(where->ns_fds[type], (int)ns_table[type].clone_flag) < 0)
            return -1;
    return 0;
}

int place_ns_link(const struct place *where, enum ns_type type, char *text, size_t size,
                  struct nslab_error *e)
{
    if (!where->ns_fds)
        return ns_link(where->pidfd < 0 ? getpid() : pidfd_pid(where->pidfd), type, text, size, e);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", where->ns_fds[type]);
    ssize_t n = readlink(path, text, size - 1);
    if (n < 0)
        return error_sys(e, errno, "read namespace link", "%s of %s", ns_table[type].name, where->name);
    text[n] = '\0';
    return 0;
}

int place_ns_open(const struct place *where, enum ns_type type, struct nslab_error *e)
{
    char path[64];
    if (where->ns_fds)
        snprintf(path, sizeof path, "/proc/self/fd/%d", where->ns_fds[type]);
    else if (where->pidfd < 0)
        snprintf(path, sizeof path, "/proc/self/ns/%s", ns_table[type].name);
    else
        snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pidfd_pid(where->pidfd), ns_table[type].name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_sys(e, errno, "open namespace", "%s (%s of %s)", path, ns_table[type].name, where->name);
    return fd;
}

static int enter_as_root(const struct place *where, uint64_t ns_flags, struct nslab_error *e)
{
    if (place_enter(where, ns_flags) < 0) {
        error_sys(e, errno, "enter the namespaces of", "%s", where->name);
        if (errno == ESRCH)
            error_detail(e, "its first process has ended");
        return -1;
    }
    if (!(ns_flags & CLONE_NEWUSER))
        return 0;
    /* Refused where the map has a single id (setgroups is denied there): then the groups stay the user's own.
     */
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return error_sys(e, errno, "drop supplementary groups in", "%s", where->name);
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return error_sys(e, errno, "become uid 0 of", "%s", where->name);
    return 0;
}

/* The helper: a child of nslab, in the place's namespaces but for the PID namespace. */
static void __attribute__((noreturn))
helper_main(int sock, pid_t nslab, const struct place *where, uint64_t ns_flags, call_fn fn, void *arg)
{
    struct reply reply = {0};
    struct buf out = {0};
    int fd = -1;
    die_with_parent(); /* and once more below: a change of ids undoes it */
    /* Nobody in a container may look into this process, whose memory and program are nslab's. */
    reply.rc = shut_memory(&reply.error);
    if (!reply.rc)
        reply.rc = enter_as_root(where, ns_flags, &reply.error);
    die_with_parent();
    if (getppid() != nslab)
        _exit(1);
    if (!reply.rc)
        reply.rc = fn(arg, &out, &fd, &reply.error);
    reply.length = out.len;
    if (send_with_fds(sock, &reply, sizeof reply, &fd, fd >= 0 ? 1 : 0) == 0)
        _exit(write_all(sock, buf_text(&out), out.len) < 0);
    /* A descriptor may not get through where the reason does. */
    reply = (struct reply){.rc = -1};
    error_sys(&reply.error, errno, "send an answer from", "%s", where->name);
    _exit(send_with_fds(sock, &reply, sizeof reply, NULL, 0) < 0);
}

/* Waits until there is something to read. 1; 0 when the time is over. */
static int wait_readable(int fd, uint64_t end_ns)
{
    for (;;) {
        uint64_t now = now_ns();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int rc = poll(&p, 1, now >= end_ns ? 0 : (int)((end_ns - now) / 1000000) + 1);
        if (rc > 0)
            return 1;
        if (rc == 0 && now_ns() >= end_ns)
            return 0;
    }
}

static int read_exactly(int sock, size_t n, uint64_t end_ns, struct buf *out)
{
    char chunk[16384];
    while (n) {
        if (!wait_readable(sock, end_ns))
            return -1;
        ssize_t got = read(sock, chunk, n < sizeof chunk ? n : sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        if (out)
            buf_add(out, chunk, (size_t)got);
        n -= (size_t)got;
    }
    return 0;
}

static int receive_reply(int sock, const char *name, int timeout_ms, struct buf *out, int *ret_fd,
                         struct nslab_error *e)
{
    uint64_t end_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    struct reply reply;
    cleanup_fd int fd = -1;
    if (!wait_readable(sock, end_ns)) {
        error_sys(e, ETIMEDOUT, "get an answer from", "%s", name);
        return error_detail(e, "waited for %d ms", timeout_ms);
    }
    errno = 0;
    ssize_t n = recv_with_fds(sock, &reply, sizeof reply, &fd, 1);
    if (n != (ssize_t)sizeof reply || read_exactly(sock, reply.length, end_ns, out) < 0) {
        error_sys(e, errno, "get an answer from", "%s", name);
        return errno ? -1 : error_detail(e, "the helper process ended early");
    }
    if (reply.rc < 0) {
        *e = reply.error;
        return -1;
    }
    if (ret_fd)
        *ret_fd = take_fd(fd);
    return 0;
}

int call_in(const struct place *where, uint64_t ns_flags, call_fn fn, void *arg, int timeout_ms,
            struct buf *out, int *ret_fd, struct nslab_error *e)
{
    int pair[2];
    cleanup_fd int pidfd = -1;
    cleanup_buf struct buf unused = {0};
    if (ret_fd)
        *ret_fd = -1;
    if (where->pidfd < 0) {
        cleanup_fd int fd = -1;
        if (fn(arg, out ? out : &unused, &fd, e) < 0)
            return -1;
        if (ret_fd)
            *ret_fd = take_fd(fd);
        return 0;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "%s", where->name);
    cleanup_fd int ours = pair[0];
    cleanup_fd int theirs = pair[1];
    pid_t nslab = getpid();
    pid_t pid = clone_process(0, &pidfd);
    if (pid < 0)
        return error_sys(e, errno, "start a helper for", "%s", where->name);
    if (pid == 0)
        helper_main(theirs, nslab, where, ns_flags, fn, arg);
    close_fd_p(&theirs);
    int rc = receive_reply(ours, where->name, timeout_ms ? timeout_ms : CALL_TIMEOUT_MS, out, ret_fd, e);
    end_child(pidfd);
    return rc;
}
