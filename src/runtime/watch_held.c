/* SPDX-License-Identifier: MIT
 *
 * In the lab host's init. Nothing here waits for a process of the lab: in it there is no file system that
 * asks a program (FUSE needs a device that no lab has), paths are only looked up, and descriptors only looked
 * at.
 */
#include "nslab/watch_held.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TABLE_MAX (256u << 10) /* of one mount table: 2,000 mounts */
#define INODE_BYTES 1024       /* that a file without content takes */
#define BLOCK_BYTES 512        /* stat(2) */

/* --- the items --- */

/* NULL: there are too many. */
static struct held_item *item_of(struct held *held, dev_t dev, ino_t ino)
{
    for (unsigned i = 0; i < held->n; i++)
        if (held->items[i].dev == dev && held->items[i].ino == ino)
            return &held->items[i];
    if (held->n == HELD_MAX) {
        held->unbounded = true;
        return NULL;
    }
    held->items[held->n] = (struct held_item){.dev = dev, .ino = ino};
    return &held->items[held->n++];
}

static bool is_read(struct held *held, uint64_t a, uint64_t b, uint64_t c)
{
    for (unsigned i = 0; i < held->n_read; i++)
        if (held->read[i].a == a && held->read[i].b == b && held->read[i].c == c)
            return true;
    if (held->n_read == HELD_MAX) {
        held->unbounded = true;
        return true;
    }
    held->read[held->n_read++] = (struct held_read){a, b, c};
    return false;
}

void held_begin(struct held *held)
{
    for (unsigned i = 0; i < held->n; i++)
        held->items[i].there = held->items[i].asked = false;
    held->n_read = held->descriptors = 0;
    held->shared = 0;
    held->unbounded = false;
}

uint64_t held_sum(struct held *held)
{
    uint64_t sum = held->shared;
    unsigned kept = 0;
    for (unsigned i = 0; i < held->n; i++) {
        if (!held->items[i].there)
            continue;
        sum += held->items[i].bytes;
        held->items[kept++] = held->items[i];
    }
    held->n = kept;
    return sum;
}

/* --- what is mounted --- */

bool held_is_memory(const struct mount_info *m)
{
    if (!strcmp(m->type, "overlay"))
        return strstr(m->super_options, "upperdir=") != NULL;
    return !strcmp(m->type, "tmpfs") || !strcmp(m->type, "ramfs");
}

/* What is in a file system: the blocks and the files in use. An overlay answers for its upper layer. */
static void measure(struct held *held, struct held_item *item, const struct statfs *fs)
{
    if (!fs->f_blocks || !fs->f_files)
        held->unbounded = true;
    item->asked = true;
    item->bytes = (uint64_t)(fs->f_blocks - fs->f_bfree) * (uint64_t)fs->f_bsize +
                  (uint64_t)(fs->f_files - fs->f_ffree) * INODE_BYTES;
}

/* One that is covered by another, or out of sight by now, keeps what it had. */
static void add_mount(struct held *held, int proc_fd, const char *pid, const struct mount_info *m)
{
    struct statfs fs;
    struct stat st;
    dev_t dev = makedev(m->major, m->minor);
    struct held_item *item = item_of(held, dev, 0);
    if (!item || item->there)
        return;
    item->there = true;
    cleanup_free char *path = xasprintf("%.20s/root%s", pid, m->target);
    cleanup_fd int fd = openat(proc_fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == dev && fstatfs(fd, &fs) == 0)
        measure(held, item, &fs);
}

static void add_mounts(struct held *held, int proc_fd, const char *pid)
{
    char path[64];
    struct stat ns, root;
    cleanup_buf struct buf text = {0};
    struct mount_info *mounts;
    snprintf(path, sizeof path, "%.20s/ns/mnt", pid);
    if (fstatat(proc_fd, path, &ns, 0) < 0)
        return;
    snprintf(path, sizeof path, "%.20s/root", pid);
    /* From another root other mounts are seen. */
    if (fstatat(proc_fd, path, &root, 0) < 0 || is_read(held, ns.st_ino, root.st_dev, root.st_ino))
        return;
    snprintf(path, sizeof path, "%.20s/mountinfo", pid);
    if (read_file_at(proc_fd, path, &text, TABLE_MAX) < 0)
        return;
    if (text.len == TABLE_MAX)
        held->unbounded = true;
    while (text.len && text.data[text.len - 1] != '\n')
        buf_truncate(&text, text.len - 1);
    int n = mountinfo_parse(buf_text(&text), &mounts);
    for (int i = 0; i < n; i++)
        if (held_is_memory(&mounts[i]))
            add_mount(held, proc_fd, pid, &mounts[i]);
    if (n >= 0)
        mounts_free(mounts, (size_t)n);
}

/* --- what is open --- */

/* A file of the kernel's own tmpfs, which is mounted nowhere and has no size: memfd_create(2), System V. */
static void add_file(struct held *held, const struct stat *st)
{
    struct held_item *item = item_of(held, st->st_dev, st->st_ino);
    if (!item || item->there)
        return;
    item->there = true;
    item->bytes = (uint64_t)st->st_blocks * BLOCK_BYTES;
}

/* Is it of a file system that counts as a whole already? */
static bool counts_already(const struct held *held, dev_t dev)
{
    for (unsigned i = 0; i < held->n; i++)
        if (held->items[i].dev == dev && !held->items[i].ino && held->items[i].asked)
            return true;
    return false;
}

static void add_descriptor(struct held *held, int proc_fd, const char *path)
{
    struct stat st;
    struct statfs fs;
    if (fstatat(proc_fd, path, &st, 0) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) ||
        counts_already(held, st.st_dev))
        return;
    cleanup_fd int fd = openat(proc_fd, path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &fs) < 0)
        return;
    if (fs.f_type == RAMFS_MAGIC)
        held->unbounded = true;
    if (fs.f_type != TMPFS_MAGIC)
        return;
    struct held_item *item = fs.f_blocks ? item_of(held, st.st_dev, 0) : NULL;
    if (!fs.f_blocks) {
        add_file(held, &st);
    } else if (item) {
        item->there = true;
        measure(held, item, &fs);
    }
}

static void add_descriptors(struct held *held, int proc_fd, const char *pid, unsigned enough)
{
    char path[300];
    snprintf(path, sizeof path, "%.20s/fd", pid);
    int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        close_fd_p(&fd);
        return;
    }
    for (const struct dirent *entry;
         (entry = readdir(directory)) && (!enough || held->descriptors <= enough);) {
        if (entry->d_name[0] == '.')
            continue;
        held->descriptors++;
        snprintf(path, sizeof path, "%.20s/fd/%.20s", pid, entry->d_name);
        add_descriptor(held, proc_fd, path);
    }
    closedir(directory);
}

/* --- System V --- */

uint64_t held_parse_sysv(const char *text)
{
    uint64_t sum = 0;
    while (*text) {
        unsigned long long resident, swapped;
        /* key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap: proc_sysvipc(5)
         */
        if (sscanf(text, "%*d %*d %*o %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu %llu", &resident,
                   &swapped) == 2)
            sum += resident + swapped;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return sum;
}

/* It was its own: the kernel doesn't refuse it. Who is somewhere else for good is no init of the lab host's.
 */
static void come_back(struct held *held, int own)
{
    if (setns(own, CLONE_NEWIPC) < 0)
        held->lost = errno;
}

/* The file shows the segments of the IPC namespace of who opens it: this process goes there, and comes back.
 */
static void add_shared(struct held *held, int proc_fd, const char *pid)
{
    char path[64];
    struct stat ns;
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "%.20s/ns/ipc", pid);
    if (fstatat(proc_fd, path, &ns, 0) < 0 || is_read(held, ns.st_ino, 0, 0))
        return;
    cleanup_fd int there = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    cleanup_fd int own = openat(proc_fd, "self/ns/ipc", O_RDONLY | O_CLOEXEC);
    if (there < 0 || own < 0 || setns(there, CLONE_NEWIPC) < 0)
        return;
    int rc = read_file_at(proc_fd, "sysvipc/shm", &text, TABLE_MAX);
    come_back(held, own);
    if (rc == 0)
        held->shared += held_parse_sysv(buf_text(&text));
}

void held_add_process(struct held *held, int proc_fd, const char *pid, unsigned enough)
{
    add_mounts(held, proc_fd, pid);
    add_shared(held, proc_fd, pid);
    add_descriptors(held, proc_fd, pid, enough);
}
