/* SPDX-License-Identifier: MIT */
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
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
#define STUB_STACK ((size_t)256 * 1024)

/* Every datagram on the socket begins with what it is. */
enum message_kind { MESSAGE_DATA, MESSAGE_ERROR };
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

/* What the stub is to do, and what came of it. It shares nslab's memory and descriptors, so that nothing has
 * to be sent: the pidfd that its clone makes is nslab's. */
struct stub {
    const struct place *where;
    uint64_t ns_flags;
    enum birth_memory memory;
    birth_fn fn;
    void *arg;
    int child_sock;
    char *second_stack; /* for BIRTH_SHARED */
    bool done;
    struct birth *birth;
    struct nslab_error error;
};

void birth_separate(const struct birth *b)
{
    sigprocmask(SIG_SETMASK, &b->signals, NULL);
    close(b->sock);
}

/* The new process. */
static int newborn(void *arg)
{
    const struct stub *s = arg;
    struct nslab_error e = {0};
    if (s->memory == BIRTH_COPIED)
        birth_separate(s->birth);
    s->fn(s->arg, s->child_sock, &e);
    if (error_is_set(&e))
        birth_send_error(s->child_sock, &e);
    _exit(125);
}

/* CLONE_PARENT makes it a child of nslab. */
static pid_t give_birth(struct stub *s)
{
    if (s->memory == BIRTH_SHARED)
        return clone(newborn, s->second_stack + STUB_STACK,
                     CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD, s, &s->birth->pidfd);
    pid_t pid = clone_process(CLONE_PARENT, &s->birth->pidfd);
    if (pid == 0)
        newborn(s);
    return pid;
}

static int enter_as_root(const struct stub *s, struct nslab_error *e)
{
    const struct place *where = s->where;
    if (place_enter(where, s->ns_flags) < 0) {
        error_sys(e, errno, "enter the namespaces of", "%s", where->name);
        return errno == ESRCH ? error_detail(e, "its first process has ended") : -1;
    }
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return error_sys(e, errno, "drop supplementary groups in", "%s", where->name);
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return error_sys(e, errno, "become uid 0 of", "%s", where->name);
    return 0;
}

/* The stub: first in the machine's namespaces, then in the place's. It is gone at once; should nslab die
 * meanwhile, nothing here waits for anything. */
static int stub_main(void *arg)
{
    struct stub *s = arg;
    die_with_parent(); /* also where it is stopped */
    /* Until it executes a program of the image, this is nslab's memory and program file: nobody in the lab
     * may look. */
    if (shut_memory(&s->error) < 0)
        return 0;
    leave_keyring();
    if (enter_as_root(s, &s->error) < 0)
        return 0;
    die_with_parent(); /* once more: a change of ids has undone it */
    pid_t pid = give_birth(s);
    if (pid < 0)
        error_sys(&s->error, errno, "start a process in", "%s", s->where->name);
    s->done = pid > 0;
    return 0;
}

/* Until who shares nslab's memory has ended. It may be stopped, and so the wait ends with Ctrl-C too, which
 * is blocked here and pending. Waited for in poll(2) and not by CLONE_VFORK, during which nslab could do
 * nothing but be killed. errno is shared too: nothing here may fail. */
static int wait_for_sharer(int pidfd, const char *name, struct nslab_error *e)
{
    uint64_t end_ns = now_ns() + (uint64_t)BIRTH_TIMEOUT_MS * 1000000;
    bool interrupted = false, late = false;
    while (!interrupted && !late && poll_exit(pidfd, 100) == 0) {
        sigset_t pending;
        sigpending(&pending);
        interrupted = sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM);
        late = now_ns() >= end_ns;
    }
    if (interrupted || late)
        pidfd_signal(pidfd, SIGKILL);
    wait_child(pidfd, NULL); /* its memory and errno are ours until then */
    return interrupted ? error_say(e, "interrupted while a process was started in %s", name)
           : late      ? error_sys(e, ETIMEDOUT, "start a process in", "%s", name)
                       : 0;
}

/* Runs the stub to its end, and after it the new process if that shares nslab's memory: much as vfork(2) does
 * it, nslab waits, and its memory needn't be copied for a process that makes a dozen calls. Who is a copy
 * goes on with a copy of this stack. Signals wait, for their handlers' memory is shared too; and being looked
 * at, which the stub forbids, is a property of the memory: it is put back. */
static int run_stub(struct stub *s, struct nslab_error *e)
{
    _Alignas(16) char stacks[2][STUB_STACK];
    struct birth *b = s->birth;
    sigset_t all;
    int pidfd = -1, dumpable = prctl(PR_GET_DUMPABLE);
    s->second_stack = stacks[1];
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &b->signals);
    int pid =
        clone(stub_main, stacks[0] + STUB_STACK, CLONE_VM | CLONE_FILES | CLONE_PIDFD | SIGCHLD, s, &pidfd);
    int errnum = pid < 0 ? errno : 0, waited = pid < 0 ? 0 : wait_for_sharer(pidfd, s->where->name, e);
    if (b->pidfd >= 0 && s->memory == BIRTH_SHARED && wait_for_sharer(b->pidfd, s->where->name, e) < 0)
        waited = -1;
    if (dumpable == 1)
        prctl(PR_SET_DUMPABLE, 1);
    sigprocmask(SIG_SETMASK, &b->signals, NULL);
    close_fd_p(&pidfd);
    if (waited < 0)
        return -1;
    if (s->done)
        return 0;
    if (error_is_set(&s->error)) {
        *e = s->error;
        return -1;
    }
    error_sys(e, errnum, "start a process in", "%s", s->where->name);
    return pid < 0 ? -1 : error_detail(e, "the helper process ended early");
}

int birth_in(const struct place *where, uint64_t ns_flags, enum birth_memory memory, birth_fn fn, void *arg,
             struct birth *ret, struct nslab_error *e)
{
    int pair[2];
    *ret = (struct birth){.pidfd = -1, .sock = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "%s", where->name);
    ret->sock = pair[0];
    struct stub s = {.where = where,
                     .ns_flags = ns_flags,
                     .memory = memory,
                     .fn = fn,
                     .arg = arg,
                     .child_sock = pair[1],
                     .birth = ret};
    int rc = run_stub(&s, e);
    close(pair[1]);
    if (rc < 0) {
        close_fd_p(&ret->sock);
        close_fd_p(&ret->pidfd);
    }
    return rc;
}

/* One datagram. 1 got it, 0 the other end is closed, -1 with e set. */
static int receive(int sock, struct message *m, int *fds, size_t n_fds, struct nslab_error *e)
{
    struct pollfd p = {.fd = sock, .events = POLLIN};
    uint64_t end_ns = now_ns() + (uint64_t)BIRTH_TIMEOUT_MS * 1000000;
    while (poll(&p, 1, 100) <= 0) {
        if (interrupt_pending())
            return error_say(e, "interrupted while a process was started");
        if (now_ns() >= end_ns) {
            error_sys(e, ETIMEDOUT, "get an answer from", "the process that is being started");
            return error_hint(e, "The machine may be overloaded; try again.");
        }
    }
    ssize_t n = recv_with_fds(sock, m, sizeof *m, fds, n_fds);
    /* It has ended without reading all that it was sent: its last words come after this. */
    if (n < 0 && errno == ECONNRESET)
        n = recv_with_fds(sock, m, sizeof *m, fds, n_fds);
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
