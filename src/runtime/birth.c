/* SPDX-License-Identifier: MIT */
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define BIRTH_TIMEOUT_MS 10000
#define MESSAGE_FDS_MAX 4

/* Every datagram on the socket begins with what it is. */
enum message_kind { MESSAGE_BORN, MESSAGE_DATA, MESSAGE_ERROR };
#define MESSAGE_DATA_MAX 512

struct message {
    enum message_kind kind;
    size_t n;
    union {
        char data[MESSAGE_DATA_MAX];
        struct nslab_error error;
    } body;
};

void birth_send_error(int sock, const struct nslab_error *e)
{
    struct message m = {.kind = MESSAGE_ERROR, .n = sizeof *e};
    m.body.error = *e;
    send_with_fds(sock, &m, sizeof m, NULL, 0);
}

int birth_send(int sock, const void *bytes, size_t n, const int *fds, size_t n_fds, struct nslab_error *e)
{
    struct message m = {.kind = MESSAGE_DATA, .n = n};
    if (n > sizeof m.body.data)
        return error_sys(e, EMSGSIZE, "send to nslab", "%zu bytes", n);
    memcpy(m.body.data, bytes, n);
    if (send_with_fds(sock, &m, sizeof m, fds, n_fds) < 0)
        return error_sys(e, errno, "send to", "nslab");
    return 0;
}

/* What the stub is to do, and the two sockets to nslab. The stub has one of its own: the new process may be
 * faster than it, and what that one says must not come before nslab knows that it was born. */
struct stub {
    const struct place *where;
    uint64_t ns_flags, clone_flags;
    birth_fn fn;
    void *arg;
    int sock, child_sock;
};

/* The stub: child of nslab, first in the machine's namespaces, then in the place's. CLONE_PARENT makes what
 * it clones a child of nslab. It is gone at once; should nslab die meanwhile, nothing here waits for
 * anything. */
static int stub_main(const struct stub *s, struct nslab_error *e)
{
    const struct place *where = s->where;
    /* Until it executes a program of the image, this is nslab's memory and program file: nobody in the lab
     * may look. */
    prctl(PR_SET_DUMPABLE, 0);
    leave_keyring();
    if (place_enter(where, s->ns_flags) < 0) {
        error_sys(e, errno, "enter the namespaces of", "%s", where->name);
        return errno == ESRCH ? error_detail(e, "its first process has ended") : -1;
    }
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return error_sys(e, errno, "drop supplementary groups in", "%s", where->name);
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return error_sys(e, errno, "become uid 0 of", "%s", where->name);
    int pidfd = -1;
    pid_t pid = clone_process(s->clone_flags | CLONE_PARENT, &pidfd);
    if (pid < 0)
        return error_sys(e, errno, "start a process in", "%s", where->name);
    if (pid > 0) {
        struct message born = {.kind = MESSAGE_BORN};
        return send_with_fds(s->sock, &born, sizeof born, &pidfd, 1);
    }
    struct nslab_error child_error = {0};
    close(s->sock);
    s->fn(s->arg, s->child_sock, &child_error);
    if (error_is_set(&child_error))
        birth_send_error(s->child_sock, &child_error);
    _exit(125);
}

/* One datagram. 1 got it, 0 the other end is closed, -1 with e set. */
static int receive(int sock, struct message *m, int *fds, size_t n_fds, struct nslab_error *e)
{
    struct pollfd p = {.fd = sock, .events = POLLIN};
    uint64_t end_ns = now_ns() + (uint64_t)BIRTH_TIMEOUT_MS * 1000000;
    while (poll(&p, 1, 100) <= 0)
        if (now_ns() >= end_ns) {
            error_sys(e, ETIMEDOUT, "get an answer from", "the process that is being started");
            return error_hint(e, "The machine may be overloaded; try again.");
        }
    ssize_t n = recv_with_fds(sock, m, sizeof *m, fds, n_fds);
    if (n < 0)
        return error_sys(e, errno, "receive from", "the process that is being started");
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof *m || m->n > sizeof m->body)
        return error_sys(e, EPROTO, "receive from", "the process that is being started");
    if (m->kind == MESSAGE_ERROR) {
        *e = m->body.error;
        return -1;
    }
    return 1;
}

static int wait_born(const struct place *where, int sock, int *ret_pidfd, struct nslab_error *e)
{
    struct message m;
    int rc = receive(sock, &m, ret_pidfd, 1, e);
    if (rc > 0 && m.kind == MESSAGE_BORN && *ret_pidfd >= 0)
        return 0;
    if (rc < 0)
        return -1;
    error_sys(e, 0, "start a process in", "%s", where->name);
    return error_detail(e, "the helper process ended early");
}

static void __attribute__((noreturn)) run_stub(const struct stub *s)
{
    struct nslab_error e = {0};
    if (stub_main(s, &e) < 0)
        birth_send_error(s->sock, &e);
    _exit(0);
}

int birth_in(const struct place *where, uint64_t ns_flags, uint64_t clone_flags, birth_fn fn, void *arg,
             struct birth *ret, struct nslab_error *e)
{
    int of_stub[2], of_child[2];
    cleanup_fd int stub_pidfd = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, of_stub) < 0)
        return error_sys(e, errno, "make a socket pair for", "%s", where->name);
    cleanup_fd int ours = of_stub[0];
    cleanup_fd int stubs = of_stub[1];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, of_child) < 0)
        return error_sys(e, errno, "make a socket pair for", "%s", where->name);
    *ret = (struct birth){.pidfd = -1, .sock = of_child[0]};
    pid_t stub = clone_process(0, &stub_pidfd);
    if (stub == 0) {
        const struct stub s = {where, ns_flags, clone_flags, fn, arg, stubs, of_child[1]};
        close(ours);
        close(of_child[0]);
        run_stub(&s);
    }
    int rc = stub < 0 ? error_sys(e, errno, "start a helper for", "%s", where->name) : 0;
    close_fd_p(&stubs);
    close(of_child[1]);
    if (!rc)
        rc = wait_born(where, ours, &ret->pidfd, e);
    if (stub > 0)
        wait_child(stub_pidfd, NULL);
    if (rc < 0)
        close_fd_p(&ret->sock);
    return rc;
}

int birth_receive_any(const struct birth *b, void *bytes, size_t size, int *fds, size_t n_fds,
                      struct nslab_error *e)
{
    struct message m = {0};
    int rc = receive(b->sock, &m, fds, n_fds, e);
    if (rc <= 0)
        return rc;
    if (m.kind != MESSAGE_DATA || m.n == 0 || m.n > size)
        return error_sys(e, EPROTO, "receive from", "the process that is being started");
    memcpy(bytes, m.body.data, m.n);
    return (int)m.n;
}

int birth_receive(const struct birth *b, void *bytes, size_t size, int *fds, size_t n_fds,
                  struct nslab_error *e)
{
    int rc = birth_receive_any(b, bytes, size, fds, n_fds, e);
    return rc > 0 ? 1 : rc;
}
