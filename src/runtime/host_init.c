/* SPDX-License-Identifier: MIT
 *
 * The lab host's init. This process is PID 1 of the lab host, in namespaces of its own (user, pid, mnt, net,
 * uts, ipc), where it is uid 0 with all capabilities; on the machine it is an ordinary id with none.
 */
#include "nslab/host_init.h"
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/mounts.h"
#include "nslab/network.h"
#include "nslab/proc.h"
#include "nslab/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

/* What makes the lab host a host: the image's files, less nginx's own, and these. */
static const struct layer_file host_files[] = {
    {"etc/os-release",
     "ID=nslab-host\nNAME=\"nslab lab host\"\nPRETTY_NAME=\"nslab lab host (a throw-away host made of "
     "namespaces)\"\n",
     0644},
    {"etc/hostname", HOST_NAME "\n", 0644},
    {"etc/hosts", "127.0.0.1 localhost " HOST_NAME "\n", 0644},
    {"etc/nginx", NULL, 0},
    {"usr/share/nginx", NULL, 0},
};

/* /etc/subuid and /etc/subgid of the lab host: what dockerd writes when userns-remap is "default". */
static int write_subids(const struct builder *b, uint32_t count, struct nslab_error *e)
{
    if (!count)
        return 0;
    cleanup_free char *line = xasprintf("dockremap:%u:%u\n", REMAP_BASE, count);
    const struct layer_file files[] = {{"etc/subuid", line, 0644}, {"etc/subgid", line, 0644}};
    return layer_write(b, files, ARRAY_LEN(files), e);
}

/* The image's tree as a mount of this user namespace's own: what later overlays, of containers, take as their
 * lower layer, long after the machine's directories are out of sight. */
static int clone_lower(const struct builder *b, const char *rootfs, struct nslab_error *e)
{
    uint64_t start = now_ns();
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    journal_add(b->journal, b->actor, start, fd, fd < 0 ? errno : 0, "open_tree",
                "the image as a mount that later containers can use", "%s, OPEN_TREE_CLONE", rootfs);
    if (fd < 0)
        error_sys(e, errno, "take hold of the image", "%s", rootfs);
    return fd;
}

static int build_root(const struct builder *b, const struct host_init *init, int lower, struct nslab_error *e)
{
    const struct api_mounts all_own = {
        .own_proc = true, .own_sys = true, .own_mqueue = true, .disk_bytes = init->limits->disk_bytes};
    if (layers_prepare(b, init->limits->disk_bytes, e) < 0 ||
        layer_write(b, host_files, ARRAY_LEN(host_files), e) < 0 ||
        write_subids(b, init->remap_count, e) < 0 || layers_mount(b, lower, e) < 0 ||
        api_mounts_make(b, &all_own, e) < 0 || root_change(b, e) < 0)
        return -1;
    return 0;
}

static int become_root(struct nslab_error *e)
{
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return error_sys(e, errno, "drop supplementary groups in", "the lab host");
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return error_sys(e, errno, "become uid 0 of", "the lab host");
    return 0;
}

/* Until nslab has written the id maps this process may do nothing: it has all capabilities and no uid. */
static int wait_for_maps(int sock, struct nslab_error *e)
{
    char go;
    ssize_t n = recv_with_fds(sock, &go, sizeof go, NULL, 0);
    if (n == (ssize_t)sizeof go)
        return 0;
    return error_sys(e, n < 0 ? errno : EPIPE, "wait for the id maps of", "the lab host");
}

static int build(const struct host_init *init, int *ret_lower, struct nslab_error *e)
{
    const struct builder b = {.journal = init->journal, .actor = ACTOR_CONTAINER, .whose = "the lab host"};
    if (wait_for_maps(init->sock, e) < 0)
        return -1;
    /* From here on nobody in the lab may look into this process: its memory and its program file are nslab's.
     */
    if (shut_memory(e) < 0)
        return -1;
    leave_keyring();
    /* Still by the uid that started nslab, which may read the way to the image. */
    *ret_lower = clone_lower(&b, init->rootfs, e);
    if (*ret_lower < 0 || become_root(e) < 0)
        return -1;
    die_with_parent();
    if (sethostname(HOST_NAME, strlen(HOST_NAME)) < 0)
        return error_sys(e, errno, "set the hostname of", "the lab host");
    if (build_root(&b, init, *ret_lower, e) < 0)
        return -1;
    return network_host_setup(init->journal, e);
}

/* What PID 1 is for: children that lost their parent are its own, and it reaps them. When the lifeline
 * closes, nslab has ended, and with this process everything in its PID namespace does. Several times a second
 * it looks whether the lab keeps its limits. */
static void serve(int lifeline, int signals, const struct host_init *init, struct watcher *watcher)
{
    uint64_t next_look = 0;
    for (;;) {
        struct pollfd p[] = {{.fd = lifeline, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        if (poll(p, ARRAY_LEN(p), watcher->pause_ms) < 0 && errno != EINTR) {
            watch_note_blind(init->watch, errno);
            return;
        }
        if (p[0].revents)
            return;
        /* By the clock: children that end one after the other must not put it off. */
        if (watcher->pause_ms >= 0 && now_ns() >= next_look) {
            watcher_look(watcher);
            next_look = now_ns() + (uint64_t)watcher->pause_ms * 1000000;
        }
        struct signalfd_siginfo drain;
        while (read(signals, &drain, sizeof drain) > 0)
            ;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* The descriptors of this root that nslab works with. */
static int send_root(int sock, int lower, struct nslab_error *e)
{
    char built = 'b';
    cleanup_fd int root = open("/", O_PATH | O_CLOEXEC);
    cleanup_fd int shm = open("/dev/shm", O_PATH | O_CLOEXEC);
    cleanup_fd int proc = root < 0 || shm < 0 ? -1 : proc_detached("/proc");
    if (proc < 0)
        return error_sys(e, errno, "open", "the root of the lab host");
    const int fds[HOST_INIT_FDS] = {lower, root, shm, proc};
    return birth_send(sock, &built, sizeof built, fds, ARRAY_LEN(fds), e);
}

/* Whatever can fail comes before nslab is told that the lab host is up. *ret_signals: where SIGCHLD is read.
 */
static int prepare_to_serve(const struct host_init *init, int *sock, int *lifeline, int *ret_signals,
                            struct watcher *watcher, struct nslab_error *e)
{
    char ready = 'r';
    sigset_t mask;
    if (keep_only(sock, lifeline) < 0)
        return error_sys(e, errno, "close nslab's files in", "the lab host's init");
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    *ret_signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (*ret_signals < 0)
        return error_sys(e, errno, "make a signalfd for", "the lab host's init");
    if (watcher_begin(watcher, init->limits, init->watch, e) < 0)
        return -1;
    title_set("nslab: lab host init"); /* by then: labs ask for a process of that name */
    return birth_send(*sock, &ready, sizeof ready, NULL, 0, e);
}

void host_init_main(const struct host_init *init)
{
    struct nslab_error e = {0};
    struct watcher watcher;
    int lower = -1, signals = -1, sock = init->sock, lifeline = init->lifeline;
    watcher.pause_ms = -1; /* nothing is looked at, until it begins */
    /* Also should it be stopped while it waits for its ids; what it becomes then undoes it. */
    die_with_parent();
    signals_to_default();
    setsid();
    if (build(init, &lower, &e) < 0 || send_root(sock, lower, &e) < 0 ||
        prepare_to_serve(init, &sock, &lifeline, &signals, &watcher, &e) < 0) {
        birth_send_error(sock, &e);
        _exit(1);
    }
    close(sock);
    serve(lifeline, signals, init, &watcher);
    _exit(0);
}
