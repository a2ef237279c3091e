/* SPDX-License-Identifier: MIT */
#include "nslab/mounts.h"
#include "nslab/error.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The names of the flags that we use, for the journal. */
static const struct {
    unsigned long flag;
    const char *name;
} flag_names[] = {
    {MS_RDONLY, "MS_RDONLY"},   {MS_NOSUID, "MS_NOSUID"},   {MS_NODEV, "MS_NODEV"}, {MS_NOEXEC, "MS_NOEXEC"},
    {MS_REMOUNT, "MS_REMOUNT"}, {MS_PRIVATE, "MS_PRIVATE"}, {MS_BIND, "MS_BIND"},   {MS_REC, "MS_REC"},
};

static const char *flags_text(unsigned long flags, struct buf *text)
{
    for (size_t i = 0; i < ARRAY_LEN(flag_names); i++)
        if (flags & flag_names[i].flag)
            buf_addf(text, "%s%s", text->len ? "|" : "", flag_names[i].name);
    return text->len ? text->data : "0";
}

int mount_step(const struct builder *b, const struct mount_step *m, struct nslab_error *e)
{
    cleanup_buf struct buf flags = {0};
    uint64_t start = now_ns();
    int rc = mount(m->source, m->target, m->type, m->flags, m->data);
    int errnum = rc < 0 ? errno : 0;
    journal_add(b->journal, b->actor, start, rc, errnum, "mount", m->why, "%s, %s, %s, %s%s%s",
                m->source ? m->source : "NULL", m->target, m->type ? m->type : "NULL",
                flags_text(m->flags, &flags), m->data ? ", " : "", m->data ? m->data : "");
    if (rc == 0)
        return 0;
    cleanup_free char *step = xasprintf("mount %s in", m->what);
    return error_sys(e, errnum, step, "%s", b->whose);
}

static int make_directory(const struct builder *b, const char *path, mode_t mode, struct nslab_error *e)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return 0;
    int errnum = errno;
    error_sys(e, errnum, "create directory", "%s in %s", path, b->whose);
    if (errnum == EOVERFLOW)
        error_detail(e, "uid or gid 0 is not mapped here");
    return -1;
}

/* A file without content takes memory too: so many as the bytes would be in files of a page. */
static char *tmpfs_options(const char *mode, uint64_t bytes)
{
    return xasprintf("mode=%s,size=%llu,nr_inodes=%llu", mode, (unsigned long long)bytes,
                     (unsigned long long)bytes / 4096);
}

int layers_prepare(const struct builder *b, uint64_t bytes, struct nslab_error *e)
{
    static const char *const directories[] = {"upper", "work", "root"};
    cleanup_free char *options = tmpfs_options("755", bytes);
    struct mount_step apart = {.what = "the old root privately",
                               .target = "/",
                               .flags = MS_REC | MS_PRIVATE,
                               .why = "what is mounted from now on stays in this mount namespace"};
    struct mount_step layers = {.what = "a tmpfs for the layers",
                                .source = "tmpfs",
                                .target = LAYERS_DIR,
                                .type = "tmpfs",
                                .flags = MS_NOSUID | MS_NODEV,
                                .data = options,
                                .why = "memory of a bounded size for all that is written"};
    if (mount_step(b, &apart, e) < 0 || mount_step(b, &layers, e) < 0)
        return -1;
    if (chdir(LAYERS_DIR) < 0)
        return error_sys(e, errno, "change directory to", "%s in %s", LAYERS_DIR, b->whose);
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        if (make_directory(b, directories[i], 0755, e) < 0)
            return -1;
    return 0;
}

/* mkdir -p for all but the last part of path, below the working directory. */
static int make_parents(const struct builder *b, const char *path, struct nslab_error *e)
{
    cleanup_free char *copy = xstrdup(path);
    for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (*copy && make_directory(b, copy, 0755, e) < 0)
            return -1;
        *slash = '/';
    }
    return 0;
}

static int write_layer_file(const struct builder *b, const char *path, const struct layer_file *file,
                            struct nslab_error *e)
{
    if (!file->content) {
        /* A character device 0:0 is overlayfs's whiteout; making one needs no right (Linux 5.8). */
        if (mknod(path, S_IFCHR, makedev(0, 0)) < 0)
            return error_sys(e, errno, "hide", "/%s in %s", file->path, b->whose);
        return 0;
    }
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file->mode);
    if (fd < 0 || write_all(fd, file->content, strlen(file->content)) < 0 || fchmod(fd, file->mode) < 0)
        return error_sys(e, errno, "write", "/%s in %s", file->path, b->whose);
    return 0;
}

int layer_write(const struct builder *b, const struct layer_file *files, size_t n, struct nslab_error *e)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_free char *path = xasprintf("upper/%s", files[i].path);
        if (make_parents(b, path, e) < 0 || write_layer_file(b, path, &files[i], e) < 0)
            return -1;
    }
    return 0;
}

int layers_mount(const struct builder *b, int lower_fd, struct nslab_error *e)
{
    /* userxattr: what overlayfs notes of itself goes into user.* attributes, the only ones that a user
     * namespace may write (Linux 5.11). Without it the mount works and removing a directory of the image is
     * EIO. */
    static const char *const choices[] = {",userxattr", ""};
    static const char *const whys[] = {
        "the root: the image below, read only, and what is written above",
        "this kernel has no userxattr: without it no directory of the image can be removed"};
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        cleanup_free char *options =
            xasprintf("lowerdir=/proc/self/fd/%d,upperdir=upper,workdir=work%s", lower_fd, choices[i]);
        struct mount_step m = {.what = "an overlay of the image",
                               .source = "overlay",
                               .target = "root",
                               .type = "overlay",
                               .data = options,
                               .why = whys[i]};
        error_clear(e);
        if (mount_step(b, &m, e) == 0)
            return 0;
        if (e->errnum != EINVAL)
            break;
    }
    if (e->errnum == ENODEV)
        error_detail(e, "this kernel has no overlayfs");
    return error_needs(e, "overlay");
}

/* Where a path of the machine's mount namespace cannot be mounted afresh: all of it, bound from outside. */
static int bind_outer(const struct builder *b, const char *source, const char *target, const char *why,
                      struct nslab_error *e)
{
    struct mount_step m = {
        .what = source, .source = source, .target = target, .flags = MS_BIND | MS_REC, .why = why};
    return mount_step(b, &m, e);
}

static int mount_proc(const struct builder *b, bool own, struct nslab_error *e)
{
    struct mount_step m = {.what = "proc",
                           .source = "proc",
                           .target = "root/proc",
                           .type = "proc",
                           .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
                           .why = "shows the processes of this PID namespace"};
    if (own && mount_step(b, &m, e) == 0)
        return 0;
    if (own && e->errnum != EPERM)
        return -1;
    error_clear(e);
    /* Not fully visible outside (something is mounted over a part of it, as Docker masks /proc): then there
     * may be no fresh one in a new user namespace. The one outside shows more processes, by other PIDs. */
    if (bind_outer(b, "/proc", "root/proc", "a fresh proc is refused here: the outer one, with its PIDs",
                   e) == 0)
        return 0;
    return error_needs(e, "proc");
}

int proc_detached(const char *path)
{
    int fd = -1;
    cleanup_fd int context = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
    if (context >= 0 && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    /* Refused where something is mounted over the outer /proc, and unknown to an old kernel: then the one
     * that is mounted has to do. Not when something has run out: lines of a lab may cover parts of that one.
     */
    if (fd < 0 && !is_shortage(errno))
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

/* Read only is the mount and not the file system: else the kernel would refuse a writable sysfs to everything
 * below, as --privileged wants it. Where the outer one is a read-only file system, this one must be too. To
 * be refused takes longer than all other mounts together: where that is known, it isn't tried. */
static int mount_fresh_sys(const struct builder *b, const struct api_mounts *m, struct nslab_error *e)
{
    struct mount_step fresh = {.what = "sysfs",
                               .source = "sysfs",
                               .target = "root/sys",
                               .type = "sysfs",
                               .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
                               .why = "/sys/class/net shows the links of this network namespace"};
    struct mount_step read_only = {.what = "sysfs read-only",
                                   .target = "root/sys",
                                   .flags =
                                       MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                                   .why = "and nothing can be changed through it"};
    if (!m->sys_locked && mount_step(b, &fresh, e) == 0)
        return m->sys_writable ? 0 : mount_step(b, &read_only, e);
    error_clear(e);
    fresh.flags |= MS_RDONLY;
    return mount_step(b, &fresh, e);
}

static int mount_sys(const struct builder *b, const struct api_mounts *m, struct nslab_error *e)
{
    if (m->own_sys && mount_fresh_sys(b, m, e) == 0)
        return 0;
    error_clear(e);
    return bind_outer(b, "/sys", "root/sys", "this network namespace isn't ours: the outer sysfs", e);
}

static int bind_device(const struct builder *b, const char *name, struct nslab_error *e)
{
    cleanup_free char *source = xasprintf("/dev/%s", name);
    cleanup_free char *target = xasprintf("root/dev/%s", name);
    cleanup_fd int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_sys(e, errno, "create", "/dev/%s in %s", name, b->whose);
    struct mount_step m = {.what = source,
                           .source = source,
                           .target = target,
                           .flags = MS_BIND,
                           .why = "mknod is refused in a user namespace: the device outside, bound"};
    return mount_step(b, &m, e);
}

static int mount_dev(const struct builder *b, const struct api_mounts *api, struct nslab_error *e)
{
    static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
    static const struct {
        const char *target, *link;
    } links[] = {
        {"/proc/self/fd", "root/dev/fd"},       {"/proc/self/fd/0", "root/dev/stdin"},
        {"/proc/self/fd/1", "root/dev/stdout"}, {"/proc/self/fd/2", "root/dev/stderr"},
        {"pts/ptmx", "root/dev/ptmx"},
    };
    static const char *const directories[] = {"root/dev/pts", "root/dev/shm", "root/dev/mqueue"};
    const struct mount_step first = {.what = "/dev",
                                     .source = "tmpfs",
                                     .target = "root/dev",
                                     .type = "tmpfs",
                                     .flags = MS_NOSUID,
                                     .data = "mode=755,size=64k,nr_inodes=256",
                                     .why = "a /dev of its own, with six harmless devices"};
    cleanup_free char *shm = tmpfs_options("1777", api->disk_bytes);
    const struct mount_step mounts[] = {
        {.what = "devpts",
         .source = "devpts",
         .target = "root/dev/pts",
         .type = "devpts",
         .flags = MS_NOSUID | MS_NOEXEC,
         .data = "newinstance,ptmxmode=0666,mode=620,max=128",
         .why = "pseudo-terminals of its own, from /dev/pts/0 on"},
        {.what = "/dev/shm",
         .source = "shm",
         .target = "root/dev/shm",
         .type = "tmpfs",
         .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
         .data = shm,
         .why = "POSIX shared memory"},
        {.what = "mqueue",
         .source = "mqueue",
         .target = "root/dev/mqueue",
         .type = "mqueue",
         .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
         .why = "POSIX message queues of this IPC namespace"},
    };
    if (mount_step(b, &first, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(devices); i++)
        if (bind_device(b, devices[i], e) < 0)
            return -1;
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        if (symlink(links[i].target, links[i].link) < 0)
            return error_sys(e, errno, "create", "/%s in %s", links[i].link + strlen("root/"), b->whose);
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        if (make_directory(b, directories[i], 0755, e) < 0)
            return -1;
    for (size_t i = 0; i < ARRAY_LEN(mounts) - (api->own_mqueue ? 0 : 1); i++)
        if (mount_step(b, &mounts[i], e) < 0)
            return -1;
    return 0;
}

int api_mounts_make(const struct builder *b, const struct api_mounts *m, struct nslab_error *e)
{
    /* proc and sysfs while the outer ones are still in sight: afterwards a user namespace is refused both. */
    if (mount_proc(b, m->own_proc, e) < 0 || mount_sys(b, m, e) < 0 || mount_dev(b, m, e) < 0)
        return -1;
    return 0;
}

/* A path inside the new root, as it will be resolved there: a symbolic link of the image leads to where the
 * container finds it, and never out. -1 with errno. */
static int open_in_root(int root, const char *path)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* The last part of path, made in the directory that the parts before it lead to. -1 with errno. */
static int make_in_root(int root, const char *path, bool directory)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    cleanup_free char *before = xstrndup(path, (size_t)(name - path));
    cleanup_fd int parent = open_in_root(root, *before ? before : ".");
    if (parent < 0)
        return -1;
    if (directory)
        return mkdirat(parent, name, 0755);
    cleanup_fd int made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    return made < 0 ? -1 : 0;
}

/* The place where something is bound, made part by part where it isn't there. */
static int open_target(const struct builder *b, const char *target, bool directory, struct nslab_error *e)
{
    cleanup_fd int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int fd = -1;
    cleanup_free char *path = xstrdup(target + strspn(target, "/"));
    for (char *end = path; root >= 0; end++) {
        end += strcspn(end, "/");
        char saved = *end;
        *end = '\0';
        close_fd_p(&fd);
        fd = open_in_root(root, *path ? path : ".");
        if (fd < 0 && errno == ENOENT && make_in_root(root, path, saved || directory) == 0)
            fd = open_in_root(root, path);
        *end = saved;
        if (fd < 0 || !saved)
            break;
    }
    return fd < 0 ? error_sys(e, errno, "open", "%s in %s", target, b->whose) : take_fd(fd);
}

int bind_mount(const struct builder *b, int source_fd, const char *source, const char *target, bool read_only,
               struct nslab_error *e)
{
    struct stat st;
    if (fstat(source_fd, &st) < 0)
        return error_sys(e, errno, "look at", "%s", source);
    cleanup_fd int fd = open_target(b, target, S_ISDIR(st.st_mode), e);
    if (fd < 0)
        return -1;
    cleanup_free char *from = xasprintf("/proc/self/fd/%d", source_fd);
    cleanup_free char *to = xasprintf("/proc/self/fd/%d", fd);
    cleanup_free char *what = xasprintf("%s on %s", source, target);
    struct mount_step m = {.what = what,
                           .source = from,
                           .target = to,
                           .flags = MS_BIND | MS_REC,
                           .why = "-v: the same directory, seen from both sides"};
    if (mount_step(b, &m, e) < 0)
        return -1;
    if (!read_only)
        return 0;
    cleanup_fd int mounted = open_target(b, target, S_ISDIR(st.st_mode), e);
    if (mounted < 0)
        return -1;
    cleanup_free char *again = xasprintf("/proc/self/fd/%d", mounted);
    struct mount_step ro = {.what = what,
                            .target = again,
                            .flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
                            .why = "-v ...:ro: nothing can be written through this side"};
    return mount_step(b, &ro, e);
}

static int note_call(const struct builder *b, uint64_t start, long rc, const char *call, const char *args,
                     const char *why, struct nslab_error *e)
{
    int errnum = rc < 0 ? errno : 0;
    journal_add(b->journal, b->actor, start, rc, errnum, call, why, "%s", args);
    if (rc < 0)
        return error_sys(e, errnum, call, "%s in %s", args, b->whose);
    return 0;
}

int root_change(const struct builder *b, struct nslab_error *e)
{
    if (chdir("root") < 0)
        return error_sys(e, errno, "change directory to", "the new root of %s", b->whose);
    uint64_t start = now_ns();
    /* Both arguments the same directory: the old root ends up mounted over the new one, at ".", and is the
     * first thing that umount2 takes away there: pivot_root(2), NOTES. */
    if (note_call(b, start, syscall(SYS_pivot_root, ".", "."), "pivot_root", "\".\", \".\"",
                  "the new tree becomes the root of this mount namespace", e) < 0)
        return -1;
    start = now_ns();
    if (note_call(b, start, umount2(".", MNT_DETACH), "umount2", "\".\", MNT_DETACH",
                  "the old root is out of reach from now on: chroot would have left it here", e) < 0)
        return -1;
    return chdir("/") < 0 ? error_sys(e, errno, "change directory to", "/ in %s", b->whose) : 0;
}
