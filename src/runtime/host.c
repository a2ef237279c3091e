/* SPDX-License-Identifier: MIT
 *
 * nslab's half of the lab host. nslab stays in the machine's namespaces with the rights that it was started
 * with.
 */
#include "nslab/host.h"
#include "nslab/birth.h"
#include "nslab/container.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/host_init.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/proc.h"
#include "nslab/session.h"
#include "nslab/text.h"
#include "nslab/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENDING_MS 200 /* from the end of all in the lab to that of a container, at most */
#define HOST_NAMESPACES                                                                                      \
    (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

const struct place machine_place = {.pidfd = -1, .name = "machine"};

struct place host_place(const struct host *host)
{
    return (struct place){.pidfd = host->pidfd, .ns_fds = host->ns_fds, .name = "host"};
}

int place_by_name(const struct host *host, const char *name, struct place *ret, struct nslab_error *e)
{
    if (!strcmp(name, "machine")) {
        *ret = machine_place;
        return 0;
    }
    if (!strcmp(name, "host")) {
        *ret = host_place(host);
        return 0;
    }
    const struct container *container = container_get(host, name, e);
    if (!container)
        return -1;
    *ret = container_place(container);
    return 0;
}

/* Descriptors of the init's namespaces, while it still lets us: it makes itself undumpable next, and then not
 * even setns(2) by pidfd is allowed to its owner. */
static int open_namespaces(struct host *host, struct nslab_error *e)
{
    for (int type = 0; type < NS_COUNT; type++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)host->pid, ns_table[type].name);
        host->ns_fds[type] = open(path, O_RDONLY | O_CLOEXEC);
        if (host->ns_fds[type] < 0 && errno != ENOENT)
            return error_sys(e, errno, "open namespace", "%s", path);
    }
    return 0;
}

static int release_init(struct host *host, int sock, struct nslab_error *e)
{
    char go = 'g';
    host->pid = pidfd_pid(host->pidfd);
    if (host->pid <= 0)
        return error_sys(e, errno, "find the PID of", "the lab host's init");
    if (id_plan_write(&host->ids, host->pid, e) < 0 || open_namespaces(host, e) < 0)
        return -1;
    if (send_with_fds(sock, &go, sizeof go, NULL, 0) == 0)
        return 0;
    if (errno != EPIPE)
        return error_sys(e, errno, "start", "the lab host");
    /* It has ended, and said why; if it still waits, it hears by this that nothing will come. */
    shutdown(sock, SHUT_WR);
    return 0;
}

static int wait_up(struct host *host, int sock, struct nslab_error *e)
{
    const struct birth init = {.pidfd = host->pidfd, .sock = sock};
    char ready;
    int fds[HOST_INIT_FDS];
    int rc = birth_receive(&init, &ready, sizeof ready, fds, ARRAY_LEN(fds), e);
    if (rc > 0) {
        host->lower_fd = fds[0];
        host->disk_fds[0] = fds[1];
        host->disk_fds[1] = fds[2];
        host->proc_fd = fds[3];
        rc = birth_receive(&init, &ready, sizeof ready, NULL, 0, e); /* and now it serves */
    }
    if (rc > 0)
        return 0;
    if (rc < 0)
        return -1;
    error_sys(e, 0, "start", "the lab host");
    return error_detail(e, "its init ended before it was up");
}

/* The init is cloned here; in the child this doesn't return. */
static int clone_init(struct host *host, int *ret_sock, struct nslab_error *e)
{
    int pair[2], lifeline[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "the lab host");
    *ret_sock = pair[0];
    if (pipe2(lifeline, O_CLOEXEC) < 0) {
        close(pair[1]);
        return error_sys(e, errno, "make a pipe for", "the lab host");
    }
    uint64_t start = now_ns();
    pid_t pid = clone_process(HOST_NAMESPACES, &host->pidfd);
    if (pid == 0) {
        const struct host_init init = {.sock = pair[1],
                                       .lifeline = lifeline[0],
                                       .rootfs = host->image->rootfs,
                                       .remap_count = host->ids.remap_count,
                                       .journal = host->journal,
                                       .limits = host->limits,
                                       .watch = host->watch};
        close(pair[0]);
        close(lifeline[1]); /* with it held here, nslab's death would never be noticed */
        host_init_main(&init);
    }
    int errnum = errno;
    journal_add(host->journal, ACTOR_NSLAB, start, pid, pid < 0 ? errnum : 0, "clone3",
                "a process in six new namespaces: the lab host's init",
                "CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNS|CLONE_NEWNET|CLONE_NEWUTS|CLONE_NEWIPC");
    close(pair[1]);
    close(lifeline[0]);
    host->lifeline = lifeline[1];
    if (pid < 0)
        return error_sys(e, errnum, "create namespaces for", "the lab host");
    return 0;
}

static int build(struct host *host, struct nslab_error *e)
{
    cleanup_fd int sock = -1;
    if (clone_init(host, &sock, e) < 0 || release_init(host, sock, e) < 0 || wait_up(host, sock, e) < 0) {
        diagnose_host(&host->ids, e);
        return image_diagnose(host->image, host->lower_fd, e);
    }
    return 0;
}

static struct host *host_new(const struct limits *limits, struct image *image)
{
    struct host *host = xcalloc(1, sizeof *host);
    host->image = image;
    host->limits = limits;
    host->pidfd = host->lifeline = host->lower_fd = host->shift_ns_fd = -1;
    host->disk_fds[0] = host->disk_fds[1] = host->proc_fd = -1;
    for (int type = 0; type < NS_COUNT; type++)
        host->ns_fds[type] = host->ports_ns_fds[type] = -1;
    host->journal = journal_new();
    host->watch = watch_new();
    return host;
}

int host_start(const struct limits *limits, struct host **ret, struct nslab_error *e)
{
    struct image *image = NULL;
    if (image_open("nginx", &image, e) < 0)
        return -1;
    struct host *host = host_new(limits, image);
    if (!host->journal || !host->watch) {
        error_sys(e, errno, "map shared memory for", "the lab host");
        host_stop(host);
        return -1;
    }
    limits_apply_oom(limits);
    if (id_plan_make(&host->ids, e) < 0 || build(host, e) < 0) {
        host_stop(host);
        return -1;
    }
    *ret = host;
    return 0;
}

bool disk_is_full(int fd)
{
    struct statvfs fs;
    return fd >= 0 && fstatvfs(fd, &fs) == 0 && fs.f_blocks && (!fs.f_bavail || !fs.f_favail);
}

static bool any_disk_is_full(const struct host *host)
{
    bool full = disk_is_full(host->disk_fds[0]) || disk_is_full(host->disk_fds[1]);
    for (const struct container *c = host->containers; c && !full; c = c->next)
        full = disk_is_full(c->disk_fd);
    return full;
}

void host_settle(struct host *host, bool ended)
{
    containers_refresh(host); /* what is ours to reap */
    watch_settle(host->watch);
    for (const struct container *c = host->containers; ended && c; c = c->next)
        if (c->state == CONTAINER_RUNNING)
            poll_exit(c->process.pidfd, ENDING_MS);
    if (ended)
        containers_refresh(host);
}

unsigned host_struck(struct host *host)
{
    unsigned struck = host->struck | watch_take(host->watch);
    if (any_disk_is_full(host))
        struck |= limit_bit(LIMIT_DISK);
    host->struck = 0;
    return struck;
}

/* Whatever else of the lab is our child, such as a command that an error cut off: unreaped it would keep the
 * init from ending for ever. What is the child of an `attach` in another terminal is that one's to reap;
 * should it be stopped, nobody waits for it: everything of the lab is dead, and its namespaces are gone. */
static void reap_until_gone(int init_pidfd)
{
    uint64_t end = now_ns() + (uint64_t)HOST_END_MS * 1000000;
    while (poll_exit(init_pidfd, 20) <= 0 && now_ns() < end)
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
            ;
    try_wait_child(init_pidfd, NULL, NULL);
}

void host_stop(struct host *host)
{
    if (!host)
        return;
    session_stop(take_ptr(host->session)); /* whoever is attached knows by that what comes now */
    /* The end of its init ends every process of the lab. Those of them that are our children have to be
     * reaped before the init itself can end: pid_namespaces(7). */
    if (host->pidfd >= 0)
        pidfd_signal(host->pidfd, SIGKILL);
    close_fd_p(&host->lifeline);
    containers_discard(host);
    if (host->pidfd >= 0)
        reap_until_gone(host->pidfd);
    for (int type = 0; type < NS_COUNT; type++) {
        close_fd_p(&host->ns_fds[type]);
        close_fd_p(&host->ports_ns_fds[type]);
    }
    close_fd_p(&host->lower_fd);
    close_fd_p(&host->shift_ns_fd);
    close_fd_p(&host->disk_fds[0]);
    close_fd_p(&host->disk_fds[1]);
    close_fd_p(&host->proc_fd);
    close_fd_p(&host->pidfd);
    journal_free(host->journal);
    watch_free(host->watch);
    image_free(host->image);
    free(host);
}

void host_stop_p(struct host **host)
{
    host_stop(*host);
}
