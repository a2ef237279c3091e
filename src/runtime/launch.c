/* SPDX-License-Identifier: MIT */
#include "nslab/launch.h"
#include "nslab/birth.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/network.h"
#include "nslab/paths.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* #3: what the launcher tells nslab, with the container's pidfd and, for STDIO_LOG, the log's descriptor. */
struct launched {
    uint32_t veth_index;
};

static bool has_cable(const struct launch *l)
{
    return l->container->spec.net.share == SHARE_PRIVATE;
}

static bool needs_handshake(const struct launch *l)
{
    return has_cable(l) || l->container->spec.remap;
}

/* Whether the launcher makes a few calls and is gone: then nslab's memory isn't copied for it. */
static bool shares_memory(const struct launch *l)
{
    return !needs_handshake(l) && l->container->spec.n_binds == 0;
}

/* Namespaces of other containers that this one shares. Their PID namespace is entered here for the launcher's
 * children, so that the container is born in it. */
static int join_others(const struct launch *l, struct nslab_error *e)
{
    static const uint64_t flags[] = {CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (!l->joins[i])
            continue;
        struct place other = container_place(l->joins[i]);
        uint64_t start = now_ns();
        int rc = place_enter(&other, flags[i]);
        int errnum = rc < 0 ? errno : 0;
        journal_add(l->container->journal, ACTOR_LAUNCHER, start, rc, errnum, "setns",
                    "share this namespace of the other container", "pidfd of %s, %s", other.name,
                    i == 0   ? "CLONE_NEWPID"
                    : i == 1 ? "CLONE_NEWNET"
                    : i == 2 ? "CLONE_NEWUTS"
                             : "CLONE_NEWIPC");
        if (rc < 0)
            return error_sys(e, errnum, "enter the namespaces of", "%s", other.name);
    }
    return 0;
}

/* An overlay takes a lower layer from another user namespace only if it is mounted in its own mount
 * namespace: so the launcher makes one for itself, mounts the shifted image there, and the container's is a
 * copy of that. */
static int attach_lower(const struct launch *l, struct nslab_error *e)
{
    if (!l->container->spec.remap)
        return 0;
    uint64_t start = now_ns();
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_sys(e, errno, "make a mount namespace for", "the shifted image");
    int rc = (int)syscall(SYS_move_mount, l->lower_fd, "", AT_FDCWD, SHIFTED_LOWER,
                          4 /* MOVE_MOUNT_F_EMPTY_PATH */);
    int errnum = rc < 0 ? errno : 0;
    journal_add(l->container->journal, ACTOR_LAUNCHER, start, rc, errnum, "move_mount",
                "the image with its files owned by the container's root", "shifted image, %s", SHIFTED_LOWER);
    return rc < 0
               ? error_sys(e, errnum, "mount the shifted image for", "container %s", l->container->spec.name)
               : 0;
}

/* As Docker does: the directory to bind that isn't there is made, on the lab host and as its root. */
static int make_sources(const struct launch *l, struct nslab_error *e)
{
    const struct container_spec *spec = &l->container->spec;
    for (size_t i = 0; i < spec->n_binds; i++) {
        const char *source = spec->binds[i].source;
        if (access(source, F_OK) == 0 || make_directories(source, 0755, e) == 0)
            continue;
        if (e->errnum != EIO)
            return -1;
        /* Where the image has one that is hidden here, overlayfs must note that the new one is another. */
        error_detail(e, "this overlay can't replace a directory of the image");
        return error_needs(e, "userxattr");
    }
    return 0;
}

/* A file without a name on the lab host's tmpfs: bounded, and gone with the lab. World-writable, since nginx
 * opens /dev/stdout again as whatever uid it is; only who has the descriptor can reach it. */
static int open_log(const struct launch *l, int *ret_fd, struct nslab_error *e)
{
    if (l->io.kind != STDIO_LOG)
        return 0;
    *ret_fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0666);
    if (*ret_fd < 0 || fchmod(*ret_fd, 0666) < 0)
        return error_sys(e, errno, "create the log of", "container %s", l->container->spec.name);
    return 0;
}

/* What has to be done from outside while the container waits: its id maps, its cable. */
static int serve_container(const struct launch *l, int hand, pid_t pid, uint32_t *veth_index,
                           struct nslab_error *e)
{
    char hello, go = 'g';
    cleanup_fd int netns = -1;
    ssize_t n = recv_with_fds(hand, &hello, sizeof hello, &netns, 1); /* #1 */
    if (n < 0)
        return error_sys(e, errno, "hear from", "container %s", l->container->spec.name);
    if (n != (ssize_t)sizeof hello)
        return -1; /* it has told nslab why */
    if (l->container->spec.remap) {
        const struct id_map map = {.extents = {{0, REMAP_BASE, l->host->ids.remap_count}}, .n = 1};
        uint64_t start = now_ns();
        int rc = id_map_write(&map, &map, pid, e);
        journal_add(l->container->journal, ACTOR_LAUNCHER, start, rc, rc < 0 ? e->errnum : 0, "write",
                    "uid 0 of the container is this uid of the lab host", "/proc/%d/uid_map, \"0 %u %u\"",
                    (int)pid, REMAP_BASE, l->host->ids.remap_count);
        if (rc < 0)
            return -1;
    }
    if (has_cable(l) &&
        network_connect(l->container->journal, netns, l->container->address, veth_index, e) < 0)
        return -1;
    if (send_with_fds(hand, &go, sizeof go, NULL, 0) < 0) /* #2 */
        return errno == EPIPE ? -1 : error_sys(e, errno, "send to", "container %s", l->container->spec.name);
    return 0;
}

#define FLAGS_TEXT_MAX 128

static const char *flags_text(uint64_t flags, char text[static FLAGS_TEXT_MAX])
{
    size_t n = 0;
    text[0] = '\0';
    for (int type = 0; type < NS_COUNT; type++)
        if (flags & ns_table[type].clone_flag) {
            n += (size_t)snprintf(text + n, FLAGS_TEXT_MAX - n, "%sCLONE_NEW", n ? "|" : "");
            for (const char *c = type == NS_MNT ? "ns" : ns_table[type].name; *c; c++)
                text[n++] = (char)(*c - 'a' + 'A');
            text[n] = '\0';
        }
    return text;
}

static int ended_early(const struct container *c, struct nslab_error *e)
{
    error_sys(e, 0, "start", "container %s", c->spec.name);
    return error_detail(e, "its first process ended before it ran a program");
}

/* #3, also after a failure: nslab has to reap the container's first process, and without the pidfd it
 * couldn't. */
static int tell_nslab(int sock, const struct launched *launched, int pidfd, int log_fd, struct nslab_error *e)
{
    const int fds[] = {pidfd, log_fd};
    struct nslab_error unsent = {0};
    if (birth_send(sock, launched, sizeof *launched, fds, log_fd >= 0 ? 2 : 1, &unsent) < 0) {
        pidfd_signal(pidfd, SIGKILL); /* reaped with the lab host */
        if (!error_is_set(e))
            *e = unsent;
    }
    return error_is_set(e) ? -1 : 0;
}

/* The launcher: uid 0 of the lab host's user namespace, in the lab host's namespaces, child of nslab. Its
 * memory is nslab's own where it has nothing to wait for: then it doesn't allocate. */
static int launcher_main(void *arg, int sock, struct nslab_error *e)
{
    struct launch *l = arg;
    int pair[2] = {-1, -1};
    cleanup_fd int pidfd = -1;
    cleanup_fd int log_fd = -1;
    struct launched launched = {0};
    char flags[FLAGS_TEXT_MAX];
    die_with_parent();
    if (join_others(l, e) < 0 || make_sources(l, e) < 0 || attach_lower(l, e) < 0 ||
        open_log(l, &log_fd, e) < 0)
        return -1;
    if (needs_handshake(l) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "container %s", l->container->spec.name);
    uint64_t start = now_ns();
    pid_t pid = clone_process(l->clone_flags | CLONE_PARENT, &pidfd);
    if (pid == 0) {
        if (shares_memory(l))
            birth_separate(&l->birth);
        if (pair[0] >= 0)
            close(pair[0]);
        if (l->io.kind == STDIO_LOG)
            l->io.out = log_fd;
        launch_child(l, sock, pair[1], e);
        return -1;
    }
    int errnum = pid < 0 ? errno : 0;
    if (pid > 0 && shares_memory(l)) { /* descriptors too: there is nothing to tell */
        l->container->process.pidfd = take_fd(pidfd);
        l->container->log_fd = take_fd(log_fd);
    }
    journal_add(l->container->journal, ACTOR_LAUNCHER, start, pid, errnum, "clone3",
                "the container's first process, in new namespaces, child of nslab", "%s|CLONE_PARENT",
                flags_text(l->clone_flags, flags));
    if (pid < 0)
        return error_sys(e, errnum, "create namespaces for", "container %s", l->container->spec.name);
    if (shares_memory(l))
        return 0;
    if (pair[1] >= 0)
        close(pair[1]);
    if (pair[0] >= 0 && serve_container(l, pair[0], pid, &launched.veth_index, e) < 0) {
        pidfd_signal(pidfd, SIGKILL);
        /* It may have died without a word. Where it has told nslab why, that came first. */
        if (!error_is_set(e))
            ended_early(l->container, e);
    }
    return tell_nslab(sock, &launched, pidfd, log_fd, e);
}

/* Reads what launcher and container send until the program runs (the socket is closed by exec). */
static int receive_all(struct container *c, const struct birth *b, struct nslab_error *e)
{
    for (;;) {
        union {
            struct launched launched;
            char tag;
        } m = {{0}};
        int fds[2];
        int rc = birth_receive_any(b, &m, sizeof m, fds, 2, e);
        if (rc <= 0)
            return rc;
        if (rc == (int)sizeof m.tag && m.tag == PTY_MASTER_MESSAGE) {
            c->process.pty = fds[0];
            continue;
        }
        if (rc == (int)sizeof m.tag && m.tag == MOUNT_NAMESPACE_MESSAGE) {
            c->mnt_fd = fds[0];
            continue;
        }
        if (rc == (int)sizeof m.tag && m.tag == DISK_MESSAGE) {
            c->disk_fd = fds[0];
            continue;
        }
        if (rc == (int)sizeof m.tag && m.tag == PROC_MESSAGE) {
            c->proc_fd = fds[0];
            continue;
        }
        c->process.pidfd = fds[0];
        c->log_fd = fds[1];
        c->veth_index = (int)m.launched.veth_index;
    }
}

/* After a failure: the error came first, the pidfd may still be under way. */
static void collect_late(struct container *c, const struct birth *b)
{
    struct nslab_error ignored = {0};
    for (int i = 0; i < 3 && c->process.pidfd < 0; i++)
        if (receive_all(c, b, &ignored) == 0)
            break;
}

int launch(struct launch *l, struct nslab_error *e)
{
    struct container *c = l->container;
    struct place lab_host = host_place(l->host);
    struct birth *b = &l->birth;
    if (birth_in(&lab_host, l->enter_flags, shares_memory(l) ? BIRTH_SHARED : BIRTH_COPIED, launcher_main, l,
                 b, e) < 0) {
        process_finish(&c->process); /* it may have got as far as to clone */
        return -1;
    }
    stdio_close(&l->io);
    int rc = receive_all(c, b, e);
    if (rc < 0 && e->errnum != ETIMEDOUT) /* who is stopped has nothing more to say */
        collect_late(c, b);
    if (rc == 0 && c->process.pidfd < 0)
        rc = ended_early(c, e);
    close(b->sock);
    if (rc < 0)
        end_child(b->pidfd); /* whatever it still waits for */
    else
        wait_child(b->pidfd, NULL);
    close(b->pidfd);
    if (rc < 0) {
        process_finish(&c->process);
        diagnose_ids(&l->host->ids, e);
    }
    return rc;
}
