/* SPDX-License-Identifier: MIT */
#include "nslab/shift.h"
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/image_tree.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHIFT_COUNT 65536

/* --- a user namespace with given maps --- */

/* Clones a process into a new user namespace, where it waits; `write_maps` gives it its ids. */
struct waiter {
    int pidfd, sock;
};

static int waiter_start(struct waiter *w, call_fn fn, void *arg, struct nslab_error *e)
{
    int pair[2] = {-1, -1};
    *w = (struct waiter){.pidfd = -1, .sock = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(e, errno, "make a socket pair for", "a user namespace");
    pid_t pid = clone_process(CLONE_NEWUSER, &w->pidfd);
    int errnum = errno;
    if (pid == 0) {
        char go;
        struct nslab_error child = {0};
        struct buf out = {0};
        int fd = -1;
        die_with_parent(); /* and once more below: a change of ids undoes it */
        close(pair[0]);
        if (recv_with_fds(pair[1], &go, sizeof go, NULL, 0) != (ssize_t)sizeof go)
            _exit(1);
        signals_to_default();
        if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
            error_sys(&child, errno, "become uid 0 of", "a user namespace");
        die_with_parent();
        int rc = error_is_set(&child) ? -1 : fn ? fn(arg, &out, &fd, &child) : 0;
        if (rc < 0)
            birth_send_error(pair[1], &child);
        _exit(rc < 0);
    }
    close(pair[1]);
    w->sock = pair[0];
    if (pid < 0) {
        close_fd_p(&w->sock);
        return error_sys(e, errnum, "create", "a user namespace");
    }
    return 0;
}

static void waiter_end(struct waiter *w)
{
    end_child(w->pidfd);
    close_fd_p(&w->pidfd);
    close_fd_p(&w->sock);
}

static int interrupted(struct nslab_error *e)
{
    error_say(e, "interrupted while files were changed in the ids of a lab");
    return error_hint(e, "What was half done is done again the next time.");
}

/* Its work may take minutes: there is no limit but Ctrl-C. */
static int waiter_finish(const struct waiter *w, struct nslab_error *e)
{
    const struct birth b = {.pidfd = w->pidfd, .sock = w->sock};
    struct pollfd p[] = {{.fd = w->pidfd, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
    char none;
    int status = 0;
    while (!interrupt_pending() && (poll(p, ARRAY_LEN(p), -1) <= 0 || !p[0].revents))
        p[0].revents = 0;
    if (interrupt_pending())
        return interrupted(e);
    if (birth_receive(&b, &none, sizeof none, NULL, 0, e) < 0)
        return -1;
    if (peek_child(w->pidfd, &status) == 0 && status == 0)
        return 0;
    error_sys(e, 0, "finish", "a helper with the lab's ids");
    return error_detail(e, "it ended with status %d", status);
}

int in_lab_ids(const struct id_plan *plan, call_fn fn, void *arg, struct nslab_error *e)
{
    struct waiter w = {.pidfd = -1, .sock = -1};
    char go = 'g';
    if (waiter_start(&w, fn, arg, e) < 0)
        return -1;
    int rc = id_plan_write(plan, pidfd_pid(w.pidfd), e);
    if (rc == 0 && send_with_fds(w.sock, &go, sizeof go, NULL, 0) < 0)
        rc = error_sys(e, errno, "start", "a helper with the lab's ids");
    if (rc == 0)
        rc = waiter_finish(&w, e);
    waiter_end(&w);
    return rc;
}

/* --- the idmapped mount --- */

/* Its "inside" is how the file system has the id, its "outside" what is to be seen. */
static int shift_namespace(const struct id_plan *plan, int *ret_fd, struct nslab_error *e)
{
    struct waiter w = {.pidfd = -1, .sock = -1};
    uint32_t base = 0, shifted = 0;
    id_map_outside(&plan->uid, 0, &base);
    id_map_outside(&plan->uid, REMAP_BASE, &shifted);
    const struct id_map map = {.extents = {{base, shifted, SHIFT_COUNT}}, .n = 1};
    if (waiter_start(&w, NULL, NULL, e) < 0)
        return -1;
    int rc = id_map_write(&map, &map, pidfd_pid(w.pidfd), e);
    if (rc == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pidfd_pid(w.pidfd));
        *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
        rc = *ret_fd < 0 ? error_sys(e, errno, "open", "%s", path) : 0;
    }
    waiter_end(&w);
    return rc;
}

int shift_idmapped(const struct id_plan *plan, const char *rootfs, int *userns, struct nslab_error *e)
{
    cleanup_fd int tree = (int)syscall(SYS_open_tree, AT_FDCWD, rootfs, OPEN_TREE_CLONE | O_CLOEXEC);
    if (tree < 0)
        return error_sys(e, errno, "take hold of the image", "%s", rootfs);
    if (*userns < 0 && shift_namespace(plan, userns, e) < 0)
        return -1;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)*userns};
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        return error_sys(e, errno, "make an idmapped mount of", "%s", rootfs);
    return take_fd(tree);
}

/* --- the shifted copy --- */

struct copy {
    const char *directory, *from, *to; /* the last two lie in the first */
    uint32_t owner;                    /* in the ids of the place where it runs */
};

static int run_tool(const char *const *argv, struct nslab_error *e)
{
    cleanup_fd int pidfd = -1;
    int status = 0;
    pid_t pid = clone_process(0, &pidfd);
    if (pid == 0) {
        union {
            const char *const *constant;
            char *const *execs;
        } words = {.constant = argv};
        signals_to_default();
        die_with_parent();
        execvp(argv[0], words.execs);
        _exit(127);
    }
    int errnum = errno;
    while (pid > 0 && !interrupt_pending() && poll_exit(pidfd, 100) == 0)
        ;
    if (pid > 0 && poll_exit(pidfd, 0) == 0) {
        end_child(pidfd);
        return interrupted(e);
    }
    if (pid < 0)
        return error_sys(e, errnum, "run", "%s", argv[0]);
    if (wait_child(pidfd, &status) < 0)
        return error_sys(e, errno, "run", "%s", argv[0]);
    if (status == 0)
        return 0;
    error_sys(e, 0, "make the shifted copy of the image with", "%s", argv[0]);
    return error_detail(e, "it ended with status %d", status);
}

/* A tree of other owners was made with another allotment of ids, or came along with a copied data directory:
 * in the container it would be nobody's. */
static bool is_copy_of(const char *tree, uint32_t owner)
{
    struct stat st;
    return stat(tree, &st) == 0 && st.st_uid == owner && st.st_gid == owner;
}

/* One at a time makes a copy. The tools inherit the lock: killed along with us, they may die a little later.
 */
static int lock_copies(const struct copy *c, struct nslab_error *e)
{
    cleanup_fd int fd = open(c->directory, O_RDONLY | O_DIRECTORY);
    if (fd < 0 || flock(fd, LOCK_EX) < 0)
        return error_sys(e, errno, "lock", "%s", c->directory);
    return take_fd(fd);
}

/* Whole or not there: made under another name, and renamed. What is there under that name was half made by
 * somebody who was killed. */
static int make_copy(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct copy *c = arg;
    (void)out;
    (void)ret_fd;
    cleanup_free char *half = xasprintf("%s" SHIFTED_HALF, c->to);
    cleanup_free char *owner = xasprintf("%u:%u", c->owner, c->owner);
    const char *const copy[] = {"cp", "-aT", "--reflink=auto", c->from, half, NULL};
    const char *const own[] = {"chown", "-hR", owner, half, NULL};
    struct nslab_error ignored = {0};
    cleanup_fd int lock = lock_copies(c, e);
    if (lock < 0)
        return -1;
    if (is_copy_of(c->to, c->owner)) /* made by another nslab meanwhile */
        return 0;
    if (image_tree_remove_here(lock, SHIFTED SHIFTED_HALF, e) < 0 ||
        image_tree_remove_here(lock, SHIFTED, e) < 0)
        return -1;
    if (run_tool(copy, e) == 0 && run_tool(own, e) == 0) {
        if (rename(half, c->to) == 0)
            return 0;
        error_sys(e, errno, "rename", "%s", half);
    }
    image_tree_remove_here(lock, SHIFTED SHIFTED_HALF, &ignored);
    return -1;
}

static int ensure_copy(const struct host *host, const char *path, struct nslab_error *e)
{
    struct copy c = {
        .directory = host->image->directory, .from = host->image->rootfs, .to = path, .owner = REMAP_BASE};
    uint32_t owner = REMAP_BASE;
    id_map_outside(&host->ids.uid, REMAP_BASE, &owner);
    if (is_copy_of(path, owner))
        return 0;
    if (host->ids.situation != IDS_ROOT)
        return in_lab_ids(&host->ids, make_copy, &c, e);
    c.owner = owner;
    return make_copy(&c, NULL, NULL, e);
}

/* A helper in the lab host's user namespace may make a mount namespace of its own, and in that one take hold.
 */
static int hold_tree(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const char *path = arg;
    (void)out;
    cleanup_fd int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || unshare(CLONE_NEWNS) < 0)
        return error_sys(e, errno, "take hold of", "%s", path);
    *ret_fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
    return *ret_fd < 0 ? error_sys(e, errno, "take hold of", "%s", path) : 0;
}

static int copied_lower(struct host *host, struct nslab_error *e)
{
    int fd = -1;
    struct place lab_host = host_place(host);
    cleanup_free char *path = xasprintf("%s/" SHIFTED, host->image->directory);
    if (ensure_copy(host, path, e) < 0 ||
        call_in(&lab_host, CLONE_NEWUSER, hold_tree, path, 0, NULL, &fd, e) < 0)
        return -1;
    return fd;
}

int shift_lower(struct host *host, struct nslab_error *e)
{
    if (host->ids.situation == IDS_ROOT) {
        struct nslab_error refused = {0};
        int fd = shift_idmapped(&host->ids, host->image->rootfs, &host->shift_ns_fd, &refused);
        if (fd >= 0)
            return fd;
    }
    return copied_lower(host, e);
}
