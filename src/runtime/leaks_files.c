/* SPDX-License-Identifier: MIT
 *
 * Files that are there only while something is written, and those of shared memory.
 */
#include "leaks_search.h"
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/shift.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

pid_t leak_file_writer(const char *name)
{
    static const char *const marks[] = {".new-", ".gone-"};
    unsigned long pid;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        const char *mark = NULL;
        for (const char *p = name; (p = strstr(p, marks[i])); p++)
            mark = p;
        if (mark && parse_unsigned(mark + strlen(marks[i]), 1ul << 30, &pid) && pid)
            return (pid_t)pid;
    }
    return 0;
}

/* --- images --- */

/* build-image is a script, and names what it makes by its own PID. */
static pid_t builder(const struct leak_search *s, pid_t pid)
{
    for (size_t i = 0; i < s->n_processes; i++)
        if (s->processes[i].pid == pid && strstr(s->processes[i].args, "build-image"))
            return pid;
    return leak_running(s, pid);
}

/* Who holds the lock of a directory: a line of proc_locks(5) ends in "PID MAJ:MIN:INODE START END". 0:
 * nobody. */
static pid_t lock_holder(const struct stat *st)
{
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv lines = {0};
    read_file_at(AT_FDCWD, "/proc/locks", &text, 0);
    strv_split_lines(&lines, buf_text(&text));
    for (size_t i = 0; i < lines.len; i++) {
        int pid;
        unsigned long inode;
        if (sscanf(lines.items[i], "%*d: FLOCK %*s %*s %d %*x:%*x:%lu", &pid, &inode) == 2 &&
            inode == st->st_ino)
            return pid;
    }
    return 0;
}

/* The copy is being made while somebody holds the lock of its directory. */
static pid_t copier(const char *directory)
{
    struct stat st;
    cleanup_fd int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return 0;
    pid_t holder = lock_holder(&st);
    return holder > 0 ? holder : -1; /* of another PID namespace */
}

static void look_at_image(struct leak_search *s, const char *directory, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", directory, name);
    cleanup_free char *half = xasprintf("%s/" SHIFTED SHIFTED_HALF, path);
    struct stat st;
    pid_t writer = leak_file_writer(name);
    if (writer && name[0] == '.')
        leak_add(s, xasprintf("directory %s", path), builder(s, writer), "rm -rf", xstrdup(path));
    else if (lstat(half, &st) == 0)
        leak_add(s, xasprintf("directory %s", half), copier(path), "rm -rf", xstrdup(half));
}

void leaks_copies(struct leak_search *s)
{
    cleanup_free char *images = xasprintf("%s/images", s->data ? s->data : "");
    if (s->data)
        leak_each_file(s, images, look_at_image);
    if (!s->data || (access(images, R_OK | X_OK) < 0 && errno != ENOENT))
        leak_unseen(s, "the data directory can't be read");
}

/* --- temporary files --- */

static void look_at_file(struct leak_search *s, const char *directory, const char *name)
{
    pid_t writer = leak_file_writer(name);
    if (writer)
        leak_add(s, xasprintf("file %s/%s", directory, name), leak_running(s, writer), "rm -f",
                 xasprintf("%s/%s", directory, name));
}

void leaks_temporary(struct leak_search *s)
{
    cleanup_free char *memory = doctor_memory_directory();
    if (s->data)
        leak_each_file(s, s->data, look_at_file);
    if (memory)
        leak_each_file(s, memory, look_at_file);
}

/* --- shared memory --- */

static void look_at_memory(struct leak_search *s, const char *directory, const char *name)
{
    if (starts_with(name, "nslab"))
        leak_add(s, xasprintf("file %s/%s", directory, name), 0, "rm -f",
                 xasprintf("%s/%s", directory, name));
}

void leaks_memory(struct leak_search *s)
{
    leak_each_file(s, "/dev/shm", look_at_memory);
    leak_each_file(s, "/dev/mqueue", look_at_memory);
}
