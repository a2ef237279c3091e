/* SPDX-License-Identifier: MIT */
#include "keep.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 3000
#define DAMAGED_MAX 1000

/* Bytes of the lock file that are locked: by whoever writes, and by whoever was first to work with it. */
enum lock_byte { LOCK_WRITING, LOCK_WORKING };

/* --- where --- */

/* A name as part of a file's name. */
static void add_file_name(struct buf *out, const char *name)
{
    for (; *name; name++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@", *name))
            buf_addc(out, *name);
        else
            buf_addf(out, "%%%02x", (unsigned)(unsigned char)*name);
}

char *keep_path(const char *file, const char *learner, struct nslab_error *e)
{
    cleanup_free char *user = user_name();
    cleanup_buf struct buf path = {0};
    if (file)
        return xstrdup(file);
    cleanup_free char *data = paths_data(e);
    if (!data)
        return NULL;
    buf_addf(&path, "%s/workbook", data);
    if (learner && strcmp(learner, user) != 0) {
        buf_addc(&path, '-');
        add_file_name(&path, learner);
    }
    buf_adds(&path, ".yaml");
    return buf_take(&path);
}

/* --- locks --- */

static int lock_byte(int fd, enum lock_byte byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_SETLK, &lock);
}

static bool is_taken(void)
{
    return errno == EAGAIN || errno == EACCES;
}

/* No lock file can be made where nothing can be written: then there is nothing to guard either. */
static void open_lock(struct keep *k)
{
    cleanup_free char *path = xasprintf("%s.lock", k->path);
    if (k->lock_fd < 0)
        k->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
}

static int lock_for_writing(struct keep *k, struct nslab_error *e)
{
    open_lock(k);
    if (k->lock_fd < 0)
        return 0;
    for (int waited = 0; lock_byte(k->lock_fd, LOCK_WRITING, F_WRLCK) < 0; waited += 10) {
        if (!is_taken())
            return 0; /* a file system without locks */
        if (waited >= LOCK_WAIT_MS) {
            error_sys(e, EBUSY, "write workbook", "%s", k->path);
            return error_hint(e, "Another nslab has held its lock for %d seconds; is it stopped?",
                              LOCK_WAIT_MS / 1000);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return 0;
}

static void unlock(struct keep *k)
{
    if (k->lock_fd >= 0)
        lock_byte(k->lock_fd, LOCK_WRITING, F_UNLCK);
}

/* What programs left that were killed while they wrote: nobody else writes now. */
static void clean(struct keep *k)
{
    cleanup_free char *pattern = xasprintf("%s.new-*", k->path);
    glob_t found;
    if (strpbrk(k->path, "*?[\\") || glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        unlink(found.gl_pathv[i]);
    globfree(&found);
}

void keep_announce(struct keep *k)
{
    struct nslab_error e = {0};
    if (!k->path)
        return;
    cleanup_free char *copy = xstrdup(k->path);
    make_directories(dirname(copy), 0700, &e); /* if it can't be made, writing will say so */
    open_lock(k);
    if (k->lock_fd >= 0 && lock_byte(k->lock_fd, LOCK_WRITING, F_WRLCK) == 0) {
        clean(k);
        unlock(k);
    }
    k->shared = k->lock_fd >= 0 && lock_byte(k->lock_fd, LOCK_WORKING, F_WRLCK) < 0 && is_taken();
}

/* --- reading --- */

static bool is_as_seen(const struct keep *k)
{
    struct stat now = {0};
    if (stat(k->path, &now) < 0)
        return k->seen.st_ino == 0;
    return now.st_ino == k->seen.st_ino && now.st_dev == k->seen.st_dev && now.st_size == k->seen.st_size &&
           now.st_mtim.tv_sec == k->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == k->seen.st_mtim.tv_nsec;
}

static void note_seen(struct keep *k)
{
    if (stat(k->path, &k->seen) < 0)
        k->seen = (struct stat){0};
}

/* 1: read; 0: there is none; -1: as workbook_read_file(). */
static int read_book(struct keep *k, struct workbook **ret, struct diagnostics *d, struct nslab_error *e)
{
    note_seen(k);
    if (workbook_read_file(k->path, ret, d, e) == 0)
        return 1;
    if (!d->n && e->errnum == ENOENT) {
        error_clear(e);
        k->damaged = false; /* somebody has taken it away */
        return 0;
    }
    return -1;
}

static int other_learner(const struct keep *k, const struct workbook *book, const char *learner,
                         struct nslab_error *e)
{
    error_say(e, "%s is the workbook of %s, and not of %s", k->path, book->learner, learner);
    return error_hint(e, "Leave out --as, or name another file with --workbook.");
}

static int check_learner(const char *learner, struct nslab_error *e)
{
    if (!learner || work_learner_fits(learner))
        return 0;
    return error_say(e, "a learner's name is a text of at least one letter, without control characters");
}

/* A link to it stays a link: what is written is the file that it leads to. */
static char *real_path(char *taken)
{
    char *real = realpath(taken, NULL);
    if (!real)
        return taken;
    free(taken);
    return real;
}

int keep_open(struct keep *k, const char *file, const char *learner, struct diagnostics *problems,
              struct nslab_error *e)
{
    cleanup_free char *user = user_name();
    *k = KEEP_CLOSED;
    if (check_learner(learner, e) < 0)
        return -1;
    k->path = keep_path(file, learner, e);
    if (k->path)
        k->path = real_path(k->path);
    int r = k->path ? read_book(k, &k->book, problems, e) : -1;
    if (r > 0 && learner && strcmp(learner, k->book->learner) != 0) {
        other_learner(k, k->book, learner, e);
        workbook_free(take_ptr(k->book));
        return -1;
    }
    if (!k->book)
        k->book = workbook_new(learner ? learner : user);
    k->damaged = r < 0 && problems->n;
    return r < 0 ? -1 : 0;
}

struct workbook *keep_nowhere(const char *learner)
{
    cleanup_free char *user = user_name();
    return workbook_new(learner ? learner : user);
}

static void take_book(struct keep *k, struct workbook *book)
{
    workbook_free(k->book);
    k->book = book;
    k->damaged = false;
}

void keep_refresh(struct keep *k)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct workbook *theirs = NULL;
    if (!k->path || keep_unsaved(k) || is_as_seen(k))
        return;
    if (read_book(k, &theirs, &d, &e) > 0 && !strcmp(theirs->learner, k->book->learner))
        take_book(k, theirs);
    else
        workbook_free(theirs);
}

/* --- writing --- */

bool keep_unsaved(const struct keep *k)
{
    for (size_t i = 0; k->book && i < k->book->n; i++) {
        const struct work_lab *work = &k->book->labs[i];
        if (work->unsaved)
            return true;
        for (size_t s = 0; s < work->n; s++)
            if (work->steps[s].unsaved)
                return true;
    }
    return false;
}

static void all_saved(struct workbook *book)
{
    for (size_t i = 0; i < book->n; i++) {
        book->labs[i].unsaved = book->labs[i].replaced = false;
        for (size_t s = 0; s < book->labs[i].n; s++)
            book->labs[i].steps[s].unsaved = false;
    }
}

/* Never onto another file, also where the file system can't promise that by itself. */
static int rename_to_new(const char *from, const char *to)
{
    int r = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (r == 0 || errno != EINVAL)
        return r;
    if (access(to, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

static int move_aside(struct keep *k, char **moved, struct nslab_error *e)
{
    for (int i = 1; i < DAMAGED_MAX; i++) {
        cleanup_free char *name = xasprintf("%s.damaged-%d", k->path, i);
        if (rename_to_new(k->path, name) == 0) {
            *moved = take_ptr(name);
            k->damaged = false;
            return 0;
        }
        if (errno != EEXIST)
            return error_sys(e, errno, "move aside", "%s", k->path);
    }
    return error_sys(e, EEXIST, "move aside", "%s", k->path);
}

/* What is in the file now, and what was done here, are one workbook afterwards. */
static int take_theirs(struct keep *k, char **moved, struct nslab_error *e)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct workbook *theirs = NULL;
    if (k->damaged && is_as_seen(k))
        return move_aside(k, moved, e);
    if (is_as_seen(k))
        return 0;
    int r = read_book(k, &theirs, &d, e);
    if (r == 0)
        return 0;
    if (r < 0)
        return d.n ? move_aside(k, moved, e) : -1;
    if (strcmp(theirs->learner, k->book->learner) != 0) {
        other_learner(k, theirs, k->book->learner, e);
        workbook_free(theirs);
        return -1;
    }
    workbook_merge(theirs, k->book);
    take_book(k, theirs);
    return 0;
}

static int write_book(struct keep *k, char **moved, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    if (take_theirs(k, moved, e) < 0)
        return -1;
    workbook_write(k->book, &text);
    if (text.len > WORKBOOK_MAX) {
        error_say(e, "the workbook would be larger than %u bytes", WORKBOOK_MAX);
        return error_hint(e, "`reset lab` forgets what was done in the lab that runs.");
    }
    if (write_file_atomically(k->path, text.data, text.len, 0600, e) < 0)
        return -1;
    note_seen(k);
    all_saved(k->book);
    return 0;
}

int keep_save(struct keep *k, char **moved, struct nslab_error *e)
{
    *moved = NULL;
    if (!k->path && !(k->path = keep_path(NULL, NULL, e)))
        return -1;
    cleanup_free char *copy = xstrdup(k->path);
    if (make_directories(dirname(copy), 0700, e) < 0 || lock_for_writing(k, e) < 0)
        return -1;
    int r = write_book(k, moved, e);
    unlock(k);
    return r;
}

void keep_close(struct keep *k)
{
    close_fd_p(&k->lock_fd);
    workbook_free(k->book);
    free(k->path);
    *k = KEEP_CLOSED;
}
