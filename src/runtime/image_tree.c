/* SPDX-License-Identifier: MIT */
#include "nslab/image_tree.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/shift.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_dir_p(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* Opens a directory so that what is in it can be removed, whatever its mode. */
static int open_for_removal(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd;
}

static int remove_tree(int parent, const char *name);

static int remove_entries(DIR *dir)
{
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (remove_tree(dirfd(dir), entry->d_name) < 0)
            return -1;
    }
    return 0;
}

/* rm -rf. 0, or -1 with errno; what is gone already is fine. */
static int remove_tree(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int errnum = errno, fd = open_for_removal(parent, name);
    if (fd < 0) {
        if (errno == ENOTDIR) /* a file that may not be removed: it is that which is to be said */
            errno = errnum;
        return errno == ENOENT ? 0 : -1;
    }
    cleanup_with(close_dir_p) DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -1;
    }
    fchmod(fd, 0700); /* where that is refused, removing what is in it says why */
    if (remove_entries(dir) < 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int image_tree_remove_here(int parent, const char *name, struct nslab_error *e)
{
    if (remove_tree(parent, name) == 0)
        return 0;
    int errnum = errno;
    char of_parent[64], path[512];
    snprintf(of_parent, sizeof of_parent, "/proc/self/fd/%d", parent);
    ssize_t n = readlink(of_parent, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    error_sys(e, errnum, "remove all of", "%s/%s", path, name);
    return error_hint(e, "Remove what is left with `sudo rm -rf %s/%s`.", path, name);
}

struct removal {
    int parent;
    const char *name;
};

static int remove_it(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct removal *r = arg;
    (void)out;
    (void)ret_fd;
    return image_tree_remove_here(r->parent, r->name, e);
}

int image_tree_remove(int parent, const char *name, struct nslab_error *e)
{
    struct removal r = {.parent = parent, .name = name};
    struct id_plan plan;
    if (id_plan_make(&plan, e) < 0)
        return -1;
    /* A shifted copy belongs to subordinate ids, which the user alone has no right to. */
    if (plan.situation == IDS_RANGE)
        return in_lab_ids(&plan, remove_it, &r, e);
    return image_tree_remove_here(parent, name, e);
}
