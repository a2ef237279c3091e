/* SPDX-License-Identifier: MIT
 *
 * Processes of nslab and the sockets that they listen on: whose they are.
 */
#include "leaks_search.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/shift.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TITLE "nslab: "         /* what all of nslab's own titles begin with */
#define FORKED_NO_EXEC 0x40ul   /* PF_FORKNOEXEC, linux/sched.h */
#define STAT_FLAGS 9            /* which field of proc_pid_stat(5) */
#define SOCKETS_MAX (64u << 20) /* of /proc/net/unix */
#define SOCKET_NAME "@nslab/"
#define LISTENING 0x10000ul /* __SO_ACCEPTCON among the flags: proc_net_unix(5) */

/* --- which processes are nslab's (pure) --- */

enum leak_kind leak_process_kind(const char *args, bool is_program, bool forked)
{
    size_t n = strcspn(args, " ");
    const char *name = args;
    for (const char *p = args; p < args + n; p++)
        if (*p == '/')
            name = p + 1;
    /* A title hides what was typed, and nslab gives one to processes that stay and not to itself. */
    if (starts_with(args, TITLE))
        return LEAK_HELPER;
    bool is_called_so = (size_t)(args + n - name) == strlen("nslab") && starts_with(name, "nslab");
    if (!is_program && !is_called_so)
        return LEAK_NONE;
    return forked ? LEAK_HELPER : LEAK_NSLAB;
}

bool leak_stat_is_forked(const char *stat)
{
    const char *p = strrchr(stat, ')'); /* the name may hold anything */
    for (int field = 2; p && field < STAT_FLAGS; field++)
        p = strchr(p + 1, ' ');
    return p && strtoul(p + 1, NULL, 10) & FORKED_NO_EXEC;
}

static size_t index_of(const struct process_info *processes, size_t n, pid_t pid)
{
    size_t i = 0;
    while (i < n && processes[i].pid != pid)
        i++;
    return i;
}

pid_t leak_user(const struct process_info *processes, const enum leak_kind *kinds, size_t n, pid_t pid)
{
    for (size_t depth = 0; depth <= n; depth++) {
        size_t i = index_of(processes, n, pid);
        if (i == n)
            return 0;
        if (kinds[i] == LEAK_NSLAB)
            return pid;
        pid = processes[i].ppid;
    }
    return 0;
}

/* --- reading them --- */

static bool is_this_program(pid_t pid, const struct stat *self)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    return stat(path, &st) == 0 && st.st_dev == self->st_dev && st.st_ino == self->st_ino;
}

static bool is_forked(pid_t pid)
{
    char path[64];
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return read_file_at(AT_FDCWD, path, &text, 4096) == 0 && leak_stat_is_forked(buf_text(&text));
}

void leaks_read_processes(struct leak_search *s)
{
    struct nslab_error ignored = {0};
    struct stat self = {0};
    stat("/proc/self/exe", &self);
    procfs_list("/proc", &s->processes, &s->n_processes, &ignored);
    s->kinds = xcalloc(s->n_processes + 1, sizeof *s->kinds);
    for (size_t i = 0; i < s->n_processes; i++) {
        const struct process_info *p = &s->processes[i];
        bool is_program = is_this_program(p->pid, &self);
        s->kinds[i] = leak_process_kind(p->args, is_program, false);
        if (s->kinds[i] == LEAK_NSLAB)
            s->kinds[i] = leak_process_kind(p->args, is_program, is_forked(p->pid));
    }
}

/* A tool that makes a shifted copy, and was not ended with nslab. */
static bool makes_copy(const struct leak_search *s, const struct process_info *p)
{
    cleanup_free char *images = xasprintf("%s/images/", s->data ? s->data : "");
    return s->data && strstr(p->args, images) && strstr(p->args, "/" SHIFTED SHIFTED_HALF);
}

static void add_users(struct leak_search *s, const size_t *counts)
{
    for (size_t i = 0; i < s->n_processes; i++)
        if (counts[i])
            leak_add(s,
                     xasprintf(one_or_many(counts[i], "%zu process of `%s`", "%zu processes of `%s`"),
                               counts[i], s->processes[i].args),
                     s->processes[i].pid, NULL, NULL);
}

void leaks_processes(struct leak_search *s)
{
    cleanup_free size_t *counts = xcalloc(s->n_processes + 1, sizeof *counts);
    size_t others = 0;
    for (size_t i = 0; i < s->n_processes; i++) {
        const struct process_info *p = &s->processes[i];
        pid_t user = leak_user(s->processes, s->kinds, s->n_processes, p->pid);
        bool is_own = s->all_users || p->uid == geteuid();
        others += !is_own;
        if (user) /* of each nslab but this one how many it has, itself among them */
            counts[index_of(s->processes, s->n_processes, user)] += user != getpid();
        else if (is_own && p->state != 'Z' && (s->kinds[i] == LEAK_HELPER || makes_copy(s, p)))
            leak_add(s, xasprintf("process %d: %s", (int)p->pid, p->args), 0, "kill -KILL",
                     xasprintf("%d", (int)p->pid));
    }
    add_users(s, counts);
    if (!s->n_processes)
        leak_unseen(s, "/proc can't be read");
    else if (others)
        leak_unseen(s, "processes of other users: root sees them");
}

/* --- sockets --- */

pid_t leak_socket_owner(const char *line, const char **name)
{
    unsigned uid;
    unsigned long flags;
    int pid = 0;
    *name = strstr(line, SOCKET_NAME);
    if (!*name || sscanf(*name, SOCKET_NAME "%u/%d", &uid, &pid) != 2 || pid <= 0)
        return 0;
    /* "Num: RefCount Protocol Flags ...": those that were accepted have the name too. */
    if (sscanf(line, "%*x: %*x %*x %lx", &flags) != 1 || !(flags & LISTENING))
        return 0;
    ++*name; /* the @ stands for a NUL */
    return pid;
}

/* By who made it, since anybody may take a name. Where nobody answers, by its name. */
static pid_t maker(const char *name, pid_t named)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cleanup_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct ucred peer;
    socklen_t size = sizeof peer;
    size_t n = strlen(name);
    if (sock < 0 || n >= sizeof address.sun_path - 1)
        return named;
    memcpy(address.sun_path + 1, name, n);
    if (connect(sock, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) < 0 ||
        getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return named;
    return peer.pid;
}

void leaks_sockets(struct leak_search *s)
{
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv lines = {0};
    cleanup_free char *own = xasprintf("nslab/%u/", (unsigned)getuid());
    bool others = false, elsewhere = false;
    if (read_file_at(AT_FDCWD, "/proc/self/net/unix", &text, SOCKETS_MAX) < 0) {
        leak_unseen(s, "/proc/self/net/unix can't be read");
        return;
    }
    strv_split_lines(&lines, buf_text(&text));
    for (size_t i = 0; i < lines.len; i++) {
        const char *name;
        pid_t named = leak_socket_owner(lines.items[i], &name), pid = named ? maker(name, named) : 0;
        bool is_own = named && (s->all_users || starts_with(name, own));
        others |= named && !is_own;
        elsewhere |= is_own && !pid; /* its maker has no number in this PID namespace */
        if (is_own && pid)
            leak_add(s, xasprintf("socket %s", name), leak_running(s, pid), NULL, NULL);
    }
    if (elsewhere)
        leak_unseen(s, "sockets whose makers are in another PID namespace");
    else if (others)
        leak_unseen(s, "sockets of other users: root sees them");
}
