/* SPDX-License-Identifier: MIT
 *
 * {file: PATH, field: F, from: V}: what fstatat(2) says of a path there, without following a last symbolic
 * link; and its content. Read by a helper in the viewpoint's user namespace, so that owners are numbers of
 * that viewpoint.
 */
#include "probing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* All but PID: the files below /proc/sys are those of the reader's network, UTS and IPC namespaces. */
#define FILE_NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

struct file_question {
    const char *path, *field;
    const struct viewpoint *from;
};

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "link";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    case S_IFCHR:
        return "character device";
    default:
        return "block device";
    }
}

static int show_name(const char *path, uint32_t id, struct observation *ret, struct nslab_error *e)
{
    cleanup_buf struct buf names = {0};
    if (read_text(path, &names, e) < 0)
        return -1;
    observe_text_taken(ret, id_name(buf_text(&names), id));
    observe_how_add(ret, ", by %s", path);
    return 0;
}

static int show_target(const char *path, const struct stat *st, struct observation *ret,
                       struct nslab_error *e)
{
    char target[4096];
    if (!S_ISLNK(st->st_mode)) {
        observe_absent(ret, "%s is no symbolic link but a %s", path, type_name(st->st_mode));
        return 0;
    }
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0 && errno != ENOENT)
        return error_sys(e, errno, "read the link", "%s", path);
    observe_how(ret, "readlink of %s", path);
    if (n < 0) /* as /proc/self for a reader whom that /proc doesn't know */
        observe_absent(ret, "the link %s leads nowhere for a reader outside this PID namespace", path);
    else
        observe_text(ret, "%.*s", (int)n, target);
    return 0;
}

/* Looked at before it is opened: opening a device can do something, and opening a fifo waits for its writer.
 */
static int show_content(const char *path, struct observation *ret, struct nslab_error *e)
{
    struct stat st;
    cleanup_buf struct buf content = {0};
    cleanup_fd int fd = -1;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        observe_absent(ret, "%s has no content: it is a %s", path, type_name(st.st_mode));
        return 0;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == EACCES)) {
        observe_absent(ret, "%s can't be opened: %s", path, strerror(errno));
        return 0;
    }
    if (fd < 0 || read_fd_all(fd, &content, FILE_MAX) < 0)
        return error_sys(e, errno, "read", "%s", path);
    if (content.len == FILE_MAX)
        observe_how(ret, "the first 64 KiB of %s", path);
    else
        observe_how(ret, "the content of %s", path);
    observe_file_text(ret, buf_text(&content));
    return 0;
}

static void show_mode(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%04o", (unsigned)st->st_mode & 07777);
}

static void show_type(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%s", type_name(st->st_mode));
}

static void show_uid(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%u", st->st_uid);
}

static void show_gid(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%u", st->st_gid);
}

static void show_size(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%lld", (long long)st->st_size);
}

static void show_inode(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%llu", (unsigned long long)st->st_ino);
}

static void show_device(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%u:%u", major(st->st_dev), minor(st->st_dev));
}

static void show_links(const struct stat *st, struct observation *ret)
{
    observe_text(ret, "%lu", (unsigned long)st->st_nlink);
}

static void show_there(const struct stat *st, struct observation *ret)
{
    (void)st;
    observe_bool(ret, true);
}

/* The fields that stat alone answers. */
static const struct {
    const char *name;
    void (*show)(const struct stat *st, struct observation *ret);
} stat_fields[] = {
    {"exists", show_there}, {"type", show_type},     {"uid", show_uid},
    {"gid", show_gid},      {"mode", show_mode},     {"size", show_size},
    {"inode", show_inode},  {"device", show_device}, {"links", show_links},
};

static int show_field(const struct file_question *q, const struct stat *st, struct observation *ret,
                      struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(stat_fields); i++)
        if (!strcmp(stat_fields[i].name, q->field)) {
            stat_fields[i].show(st, ret);
            return 0;
        }
    if (!strcmp(q->field, "owner"))
        return show_name("/etc/passwd", st->st_uid, ret, e);
    if (!strcmp(q->field, "group"))
        return show_name("/etc/group", st->st_gid, ret, e);
    if (!strcmp(q->field, "target"))
        return show_target(q->path, st, ret, e);
    if (!strcmp(q->field, "content"))
        return show_content(q->path, ret, e);
    return error_say(e, "a file has no field `%s`", q->field);
}

static int look_at_file(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct file_question *q = arg;
    struct stat st;
    int rc = 0;
    observe_how(ret, "stat of %s", q->path);
    if (fstatat(AT_FDCWD, q->path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        rc = show_field(q, &st, ret, e);
    else if (errno != ENOENT && errno != ENOTDIR)
        rc = error_sys(e, errno, "look at", "%s from %s", q->path, q->from->words);
    else if (!strcmp(q->field, "exists"))
        observe_bool(ret, false);
    else
        observe_absent(ret, "%s isn't there as seen from %s", q->path, q->from->words);
    observe_how_add(ret, ", in %s's mount namespace", q->from->words);
    return rc;
}

int read_file(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint from;
    struct file_question q = {see->subject, see_key(see, SEE_FIELD), &from};
    if (q.path[0] != '/')
        return error_say(e, "`%s` isn't an absolute path", q.path);
    if (viewpoint_open(host, see_key(see, SEE_FROM), &from, e) < 0)
        return -1;
    return look_from(&from, FILE_NAMESPACES, look_at_file, &q, ret, e);
}
