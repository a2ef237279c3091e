/* SPDX-License-Identifier: MIT
 *
 * nslab's side of a session: makes the process that holds the door open, and tells it who lives here.
 */
#include "nslab/session.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "session_wire.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IDS_TRIED 16 /* PIDs of several PID namespaces may be equal in one network namespace */

struct session {
    int pidfd;
    int control; /* SOCK_SEQPACKET to the session process; doesn't block */
    struct session_page *page;
};

/* --- the socket --- */

socklen_t session_address(const char *id, uid_t uid, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(ret->sun_path + 1, sizeof ret->sun_path - 1, SESSION_PREFIX "/%u/%s", (unsigned)uid, id);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

int session_peer_is(int sock, uid_t uid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -1 : peer.uid == uid;
}

static int bind_free_name(int sock)
{
    for (unsigned i = 1; i <= IDS_TRIED; i++) {
        char id[32];
        struct sockaddr_un address;
        snprintf(id, sizeof id, i > 1 ? "%d-%u" : "%d", (int)getpid(), i);
        socklen_t size = session_address(id, getuid(), &address);
        if (bind(sock, (const struct sockaddr *)&address, size) == 0)
            return 0;
        if (errno != EADDRINUSE)
            return -1;
    }
    return -1;
}

static int open_listener(struct nslab_error *e)
{
    cleanup_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0 || bind_free_name(sock) < 0 || listen(sock, 8) < 0)
        return error_sys(e, errno, "open", "the socket that other terminals attach through");
    return take_fd(sock);
}

/* --- the process --- */

static int start_process(struct session *s, int listener, struct nslab_error *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "the session");
    pid_t nslab = getpid(), pid = clone_process(0, &s->pidfd);
    int errnum = errno;
    if (pid == 0) {
        die_with_parent();
        if (getppid() != nslab || keep_only(&pair[1], &listener) < 0)
            _exit(1);
        session_serve(pair[1], listener, s->page);
    }
    close(pair[1]);
    s->control = pair[0];
    if (pid < 0 || set_nonblocking(s->control, true) < 0)
        return error_sys(e, pid < 0 ? errnum : errno, "start", "the session");
    return 0;
}

static void tell_place(struct session *s, const struct exec_where *where)
{
    cleanup_buf struct buf text = {0};
    int fds[1 + NS_COUNT] = {where->place.pidfd};
    size_t n = 1;
    for (int type = 0; where->place.ns_fds && type < NS_COUNT; type++)
        if (ns_table[type].clone_flag & EXEC_NAMESPACES)
            fds[n++] = where->place.ns_fds[type];
    buf_addf(&text, "%c%s%c%llx%c%s%c%s", SESSION_PLACE, where->place.name, 0,
             (unsigned long long)where->capabilities, 0, where->user ? where->user : "", 0, where->whose);
    buf_addc(&text, '\0');
    for (size_t i = 0; i < where->env.len; i++) {
        size_t size = strlen(where->env.items[i]) + 1;
        if (text.len + size <= SESSION_MESSAGE_MAX) /* what is larger than a message stays here */
            buf_add(&text, where->env.items[i], size);
    }
    /* Should it be gone, nobody can attach: all else goes on. */
    (void)send_with_fds(s->control, text.data, text.len, fds, n);
}

static void tell_place_of(struct session *s, const struct host *host, const struct container *container)
{
    cleanup_with(exec_where_free) struct exec_where where = {0};
    exec_where_of(host, container, &where);
    tell_place(s, &where);
}

void session_add_container(struct session *s, const struct container *container)
{
    if (s)
        tell_place_of(s, container->host, container);
}

static int build(struct session *s, struct nslab_error *e)
{
    void *page = mmap(NULL, sizeof *s->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return error_sys(e, errno, "map shared memory for", "the session");
    s->page = page;
    cleanup_fd int listener = open_listener(e);
    return listener < 0 ? -1 : start_process(s, listener, e);
}

int session_start(struct host *host, struct nslab_error *e)
{
    struct session *s = xcalloc(1, sizeof *s);
    s->pidfd = s->control = -1;
    if (build(s, e) < 0) {
        session_stop(s);
        return -1;
    }
    tell_place_of(s, host, NULL);
    host->session = s;
    return 0;
}

void session_stop(struct session *s)
{
    if (!s)
        return;
    if (s->pidfd >= 0)
        end_child(s->pidfd);
    close_fd_p(&s->pidfd);
    close_fd_p(&s->control);
    if (s->page)
        munmap(s->page, sizeof *s->page);
    free(s);
}

/* --- what both know --- */

void session_set_label(struct session *s, const char *text)
{
    if (s)
        snprintf(s->page->label, sizeof s->page->label, "%s", text);
}

uint64_t session_typed(const struct session *s)
{
    return s ? s->page->typed : 0;
}
