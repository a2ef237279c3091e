/* SPDX-License-Identifier: MIT
 *
 * /proc/PID/status and cmdline. What is in them was chosen by the process itself: its name, its arguments and
 * their length are foreign text, and the process may end between two reads.
 */
#include "nslab/procfs.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define STATUS_MAX 16384
#define CMDLINE_MAX 4096 /* a command line may have 2 MiB; nobody reads more than the beginning */

void process_info_free(struct process_info *p)
{
    free(p->args);
    *p = (struct process_info){0};
}

/* --- /proc/PID/status: a line is "Key:<tab>value". The kernel escapes newlines in the name:
 * proc_pid_status(5) --- */

/* Reads the next unsigned number of the line at *p. */
static bool next_number(const char **p, const char *end, int base, uint64_t *ret)
{
    while (*p < end && (**p == ' ' || **p == '\t'))
        (*p)++;
    if (*p == end || !isxdigit((unsigned char)**p))
        return false;
    char *stop;
    errno = 0;
    *ret = strtoull(*p, &stop, base);
    if (errno || stop == *p || stop > end)
        return false;
    *p = stop;
    return true;
}

/* Of real, effective, saved and filesystem id, the second is the one that counts. */
static bool effective_id(const char *p, const char *end, uint32_t *ret)
{
    uint64_t real, effective;
    if (!next_number(&p, end, 10, &real) || !next_number(&p, end, 10, &effective) || effective > UINT32_MAX)
        return false;
    *ret = (uint32_t)effective;
    return true;
}

static bool parse_pid(const char *p, const char *end, pid_t *ret)
{
    uint64_t value;
    if (!next_number(&p, end, 10, &value) || value > INT_MAX)
        return false;
    *ret = (pid_t)value;
    return true;
}

static void parse_nspid(const char *p, const char *end, struct process_info *info)
{
    uint64_t value;
    while (info->n_nspid < ARRAY_LEN(info->nspid) && next_number(&p, end, 10, &value) && value <= INT_MAX)
        info->nspid[info->n_nspid++] = (pid_t)value;
}

static void parse_groups(const char *p, const char *end, struct process_info *info)
{
    uint64_t value;
    while (info->n_groups < ARRAY_LEN(info->groups) && next_number(&p, end, 10, &value) &&
           value <= UINT32_MAX)
        info->groups[info->n_groups++] = (uint32_t)value;
}

static bool parse_state(const char *p, const char *end, char *ret)
{
    while (p < end && isspace((unsigned char)*p))
        p++;
    if (p == end)
        return false;
    *ret = *p;
    return true;
}

enum status_key {
    KEY_NAME,
    KEY_STATE,
    KEY_PID,
    KEY_PPID,
    KEY_UID,
    KEY_GID,
    KEY_GROUPS,
    KEY_NSPID,
    KEY_CAP_PERMITTED,
    KEY_CAP_EFFECTIVE,
    KEY_CAP_BOUNDING,
    KEY_COUNT
};
static const char *const status_keys[KEY_COUNT] = {
    [KEY_NAME] = "Name:",
    [KEY_STATE] = "State:",
    [KEY_PID] = "Pid:",
    [KEY_PPID] = "PPid:",
    [KEY_UID] = "Uid:",
    [KEY_GID] = "Gid:",
    [KEY_GROUPS] = "Groups:",
    [KEY_NSPID] = "NSpid:",
    [KEY_CAP_PERMITTED] = "CapPrm:",
    [KEY_CAP_EFFECTIVE] = "CapEff:",
    [KEY_CAP_BOUNDING] = "CapBnd:",
};
/* Without these it isn't the status of a process. */
#define KEYS_REQUIRED (1u << KEY_STATE | 1u << KEY_PID | 1u << KEY_PPID | 1u << KEY_UID | 1u << KEY_GID)

static bool parse_key(enum status_key key, const char *p, const char *end, struct process_info *info)
{
    switch (key) {
    case KEY_NAME:
        while (p < end && (*p == '\t' || *p == ' '))
            p++;
        free(info->args);
        info->args = xasprintf("[%.*s]", (int)(end - p), p);
        return true;
    case KEY_STATE:
        return parse_state(p, end, &info->state);
    case KEY_PID:
        return parse_pid(p, end, &info->pid);
    case KEY_PPID:
        return parse_pid(p, end, &info->ppid);
    case KEY_UID:
        return effective_id(p, end, &info->uid);
    case KEY_GID:
        return effective_id(p, end, &info->gid);
    case KEY_GROUPS:
        parse_groups(p, end, info);
        return true;
    case KEY_NSPID:
        parse_nspid(p, end, info);
        return true;
    case KEY_CAP_PERMITTED:
        return next_number(&p, end, 16, &info->cap_permitted);
    case KEY_CAP_EFFECTIVE:
        return next_number(&p, end, 16, &info->cap_effective);
    case KEY_CAP_BOUNDING:
        return next_number(&p, end, 16, &info->cap_bounding);
    default:
        return false;
    }
}

bool procfs_parse_status(const char *text, struct process_info *p)
{
    unsigned seen = 0;
    *p = (struct process_info){0};
    while (*text) {
        const char *end = text + strcspn(text, "\n");
        for (unsigned key = 0; key < KEY_COUNT; key++)
            if (!(seen & 1u << key) && starts_with(text, status_keys[key]) &&
                parse_key((enum status_key)key, text + strlen(status_keys[key]), end, p))
                seen |= 1u << key;
        text = *end ? end + 1 : end;
    }
    if ((seen & KEYS_REQUIRED) != KEYS_REQUIRED) {
        process_info_free(p);
        return false;
    }
    if (!p->n_nspid) /* a kernel without PID namespaces doesn't write the line */
        p->nspid[p->n_nspid++] = p->pid;
    if (!p->args)
        p->args = xstrdup("[]");
    return true;
}

long procfs_self_number(const char *name)
{
    cleanup_buf struct buf status = {0};
    cleanup_free char *line = xasprintf("\n%s:\t", name);
    if (read_file_at(AT_FDCWD, "/proc/self/status", &status, STATUS_MAX) < 0)
        return -1;
    const char *at = strstr(buf_text(&status), line);
    return at ? strtol(at + strlen(line), NULL, 10) : -1;
}

void procfs_parse_cmdline(const char *bytes, size_t n, struct process_info *p)
{
    /* A program that writes its title over its arguments, as nginx does, leaves the rest as NULs. */
    while (n && bytes[n - 1] == '\0')
        n--;
    if (!n)
        return;
    char *args = xmalloc(n + 1);
    for (size_t i = 0; i < n; i++)
        args[i] = bytes[i] ? bytes[i] : ' ';
    args[n] = '\0';
    while (n && args[n - 1] == ' ')
        args[--n] = '\0';
    free(p->args);
    p->args = args;
}

/* --- a /proc directory --- */

/* The process is gone: its directory, or what is behind an open file of it. */
static bool is_gone(int errnum)
{
    return errnum == ENOENT || errnum == ESRCH;
}

static int read_process(int proc_fd, const char *where, pid_t pid, struct process_info *ret,
                        struct nslab_error *e)
{
    char path[64];
    cleanup_buf struct buf status = {0}, cmdline = {0};
    snprintf(path, sizeof path, "%d/status", (int)pid);
    if (read_file_at(proc_fd, path, &status, STATUS_MAX) < 0)
        return is_gone(errno) ? 0 : error_sys(e, errno, "read", "%s/%s", where, path);
    if (!procfs_parse_status(buf_text(&status), ret))
        return error_say(e, "%s/%s isn't the status of a process", where, path);
    snprintf(path, sizeof path, "%d/cmdline", (int)pid);
    /* The name stays when there is no command line to be had: it ended, or isn't ours to read. */
    if (read_file_at(proc_fd, path, &cmdline, CMDLINE_MAX) == 0)
        procfs_parse_cmdline(buf_text(&cmdline), cmdline.len, ret);
    else if (is_shortage(errno))
        return error_sys(e, errno, "read", "%s/%s", where, path);
    return 1;
}

static int open_proc(const char *proc_dir, struct nslab_error *e)
{
    int fd = open(proc_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_sys(e, errno, "open", "%s", proc_dir);
        return error_hint(e, "A proc filesystem must be mounted there.");
    }
    return fd;
}

int procfs_read(const char *proc_dir, pid_t pid, struct process_info *ret, struct nslab_error *e)
{
    *ret = (struct process_info){0};
    cleanup_fd int fd = open_proc(proc_dir, e);
    if (fd < 0)
        return -1;
    return read_process(fd, proc_dir, pid, ret, e);
}

static void close_dir_p(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static int by_pid(const void *a, const void *b)
{
    const struct process_info *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

int procfs_list(const char *proc_dir, struct process_info **ret, size_t *n, struct nslab_error *e)
{
    *ret = NULL;
    *n = 0;
    cleanup_fd int fd = open_proc(proc_dir, e);
    return fd < 0 ? -1 : procfs_list_wanted(fd, NULL, NULL, ret, n, e);
}

int procfs_list_wanted(int proc_fd, bool (*wanted)(const void *context, pid_t pid), const void *context,
                       struct process_info **ret, size_t *n, struct nslab_error *e)
{
    *ret = NULL;
    *n = 0;
    int of_dir = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_with(close_dir_p) DIR *dir = of_dir < 0 ? NULL : fdopendir(of_dir);
    if (!dir) {
        error_sys(e, errno, "list", "proc");
        close_fd_p(&of_dir);
        return -1;
    }
    int rc = 0;
    for (struct dirent *entry; errno = 0, rc >= 0 && (entry = readdir(dir));) {
        unsigned long pid;
        if (!parse_unsigned(entry->d_name, INT_MAX, &pid) || !pid || (wanted && !wanted(context, (pid_t)pid)))
            continue;
        *ret = xrealloc(*ret, *n + 1, sizeof **ret);
        (*ret)[*n] = (struct process_info){0};
        rc = read_process(proc_fd, "proc", (pid_t)pid, &(*ret)[*n], e);
        *n += rc == 1;
        /* What can't be read (gone, or hidden by hidepid) isn't visible, which is the answer; but a list that
         * is cut off is none. */
        if (rc < 0 && !is_shortage(e->errnum))
            rc = 0;
    }
    if (rc >= 0 && errno)
        rc = error_sys(e, errno, "list", "proc");
    if (rc < 0) {
        while (*n)
            process_info_free(&(*ret)[--*n]);
        free(*ret);
        *ret = NULL;
        return -1;
    }
    error_clear(e);
    if (*n)
        qsort(*ret, *n, sizeof **ret, by_pid);
    return 0;
}
