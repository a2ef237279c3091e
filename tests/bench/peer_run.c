/* SPDX-License-Identifier: MIT
 *
 * What the table says, done: lines filled in and started, nginx found and asked.
 */
#include "ask.h"
#include "peers.h"

#include "nslab/buf.h"
#include "nslab/command.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define COMMAND_MAX_MS 60000 /* what takes longer hangs */
#define NGINX_MAX_MS 20000
#define STDERR_FILE "stderr"
#define STDERR_SHOWN 200

struct setting setting;

/* --- lines --- */

static void fill(const char *line, const struct running *r, struct buf *out)
{
    cleanup_free char *nginx = xasprintf("/usr/sbin/nginx -g 'daemon off; env %s;'", setting.mark);
    cleanup_free char *pid = xasprintf("%d", r ? (int)r->nginx : 0);
    cleanup_free char *started = xasprintf("%d", r ? (int)r->started : 0);
    const struct {
        const char *name, *value;
    } table[] = {{"{own}", setting.own},
                 {"{nslab}", setting.nslab},
                 {"{nginx}", nginx},
                 {"{pid}", pid},
                 {"{started}", started}};
    while (*line) {
        size_t i = 0;
        while (i < ARRAY_LEN(table) && strncmp(line, table[i].name, strlen(table[i].name)) != 0)
            i++;
        if (i == ARRAY_LEN(table)) {
            buf_addc(out, *line++);
            continue;
        }
        buf_adds(out, table[i].value);
        line += strlen(table[i].name);
    }
}

/* Starts the line with these as its standard input and output; -1: /dev/null. As vfork does it: what we are
 * isn't copied. */
static int spawn(const char *line, const struct running *r, int in, int out, pid_t *pid, int *pidfd,
                 struct nslab_error *e)
{
    cleanup_buf struct buf filled = {0};
    struct words words = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    size_t where;
    fill(line, r, &filled);
    if (words_split(buf_text(&filled), &words, &where, e) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, STDERR_FILE, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int rc = posix_spawnp(pid, words.words.items[0], &actions, &attributes, words.words.items, environ);
    if (rc != 0)
        error_sys(e, rc, "start", "%s", words.words.items[0]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    words_free(&words);
    if (rc != 0)
        return -1;
    *pidfd = pidfd_open_of(*pid);
    return *pidfd < 0 ? error_sys(e, errno, "look at", "what was started") : 0;
}

/* Waits for its end; *status as a shell has it. */
static int end_of(int *pidfd, const char *what, int *status, struct nslab_error *e)
{
    bool ended = poll_exit(*pidfd, COMMAND_MAX_MS) > 0;
    if (!ended)
        pidfd_signal(*pidfd, SIGKILL);
    wait_child(*pidfd, status);
    close_fd_p(pidfd);
    return ended ? 0 : error_say(e, "it took more than %d s and was ended: %s", COMMAND_MAX_MS / 1000, what);
}

/* The last that was said on standard error. */
static void add_said(struct nslab_error *e)
{
    cleanup_buf struct buf said = {0};
    cleanup_strv struct strv lines = {0};
    if (read_file_at(AT_FDCWD, STDERR_FILE, &said, 0) == 0)
        strv_split_lines(&lines, buf_text(&said));
    if (lines.len)
        error_detail(e, "%.*s", STDERR_SHOWN, lines.items[lines.len - 1]);
}

static int command_with(const char *line, const struct running *r, int out, struct nslab_error *e)
{
    pid_t pid;
    int pidfd = -1, status = -1;
    if (spawn(line, r, -1, out, &pid, &pidfd, e) < 0 || end_of(&pidfd, line, &status, e) < 0)
        return -1;
    if (status == 0)
        return 0;
    error_say(e, "status %d of: %.100s", status, line);
    add_said(e);
    return -1;
}

int peer_command(const char *line, struct nslab_error *e)
{
    return command_with(line, NULL, -1, e);
}

int peer_first_line(const char *line, char *text, size_t size, struct nslab_error *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make", "a pipe");
    int rc = command_with(line, NULL, ends[1], e);
    close(ends[1]);
    ssize_t n = rc < 0 ? -1 : read(ends[0], text, size - 1);
    close(ends[0]);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return rc;
}

/* --- nginx --- */

static bool is_our_nginx(pid_t pid)
{
    char path[64];
    cleanup_buf struct buf words = {0};
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    return read_file_at(AT_FDCWD, path, &words, 0) == 0 && words.len > 5 && !memcmp(words.data, "nginx", 5) &&
           memmem(words.data, words.len, setting.mark, strlen(setting.mark));
}

/* The newest PID on the machine: the last field of /proc/loadavg. 0: unknown. */
static pid_t newest_pid(void)
{
    cleanup_buf struct buf text = {0};
    if (read_file_at(AT_FDCWD, "/proc/loadavg", &text, 0) < 0)
        return 0;
    const char *last = strrchr(buf_text(&text), ' ');
    return last ? (pid_t)strtol(last, NULL, 10) : 0;
}

/* Those that run: a peer's start must not find another's. */
static pid_t running_now[16];

static bool runs(pid_t pid)
{
    for (size_t i = 0; i < ARRAY_LEN(running_now); i++)
        if (running_now[i] == pid)
            return true;
    return false;
}

static void replace_running(pid_t old, pid_t new)
{
    for (size_t i = 0; i < ARRAY_LEN(running_now); i++)
        if (running_now[i] == old) {
            running_now[i] = new;
            return;
        }
}

/* A worker that was forked a moment ago still has the title of its parent. */
static pid_t first_of(pid_t pid)
{
    char path[64];
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const char *parent =
        read_file_at(AT_FDCWD, path, &text, 0) == 0 ? strstr(buf_text(&text), "\nPPid:") : NULL;
    pid_t above = parent ? (pid_t)strtol(parent + 6, NULL, 10) : 0;
    return above > 0 && is_our_nginx(above) ? above : pid;
}

/* 0: it isn't nginx, or one that is known. */
static pid_t new_nginx(pid_t pid)
{
    pid_t first = is_our_nginx(pid) ? first_of(pid) : 0;
    return first && !runs(first) ? first : 0;
}

static pid_t new_nginx_since(pid_t since, pid_t newest)
{
    pid_t found = 0;
    for (pid_t pid = since + 1; pid <= newest && !found; pid++)
        found = new_nginx(pid);
    return found;
}

/* The numbers have begun anew: they say nothing of the order. */
static pid_t new_nginx_anywhere(void)
{
    pid_t found = 0;
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc && !found && (entry = readdir(proc)))
        if (isdigit((unsigned char)entry->d_name[0]))
            found = new_nginx((pid_t)strtol(entry->d_name, NULL, 10));
    if (proc)
        closedir(proc);
    return found;
}

/* Looks until it is there. A peer that stays may end instead. */
static pid_t find_nginx(pid_t since, int started)
{
    const struct timespec pause = {.tv_nsec = ASK_AGAIN_US * 1000L};
    double give_up = bench_now_ms() + NGINX_MAX_MS;
    pid_t found = 0;
    while (!found && bench_now_ms() < give_up && (started < 0 || poll_exit(started, 0) == 0)) {
        pid_t newest = newest_pid();
        found = newest < since ? new_nginx_anywhere() : new_nginx_since(since, newest);
        if (!found)
            nanosleep(&pause, NULL);
    }
    return found;
}

/* A socket belongs to the network namespace in which it was made. lo is up there, whoever was to do it. */
static int socket_beside(pid_t pid)
{
    char path[64];
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    cleanup_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    cleanup_fd int theirs = open(path, O_RDONLY | O_CLOEXEC);
    if (own < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
        return -1;
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock >= 0)
        ioctl(sock, SIOCSIFFLAGS, &lo);
    if (setns(own, CLONE_NEWNET) < 0)
        abort(); /* all that follows would be measured in the wrong place */
    return sock;
}

int peer_start(const struct peer *peer, struct running *ret, struct nslab_error *e)
{
    pid_t since = newest_pid();
    *ret = NOT_RUNNING;
    ret->peer = peer;
    if (!peer->stays) {
        if (command_with(peer->start, ret, -1, e) < 0)
            return -1;
    } else {
        cleanup_buf struct buf told = {0};
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
            return error_sys(e, errno, "make", "a pipe");
        int rc = spawn(peer->start, ret, ends[0], -1, &ret->started, &ret->pidfd, e);
        close(ends[0]);
        ret->in = ends[1];
        fill(peer->told_start ? peer->told_start : "", ret, &told);
        if (rc < 0 || write_all(ret->in, buf_text(&told), told.len) < 0)
            return rc < 0 ? -1 : error_sys(e, errno, "tell", "%s", peer->name);
    }
    ret->nginx = find_nginx(since, ret->pidfd);
    if (ret->nginx) {
        replace_running(0, ret->nginx);
        return 0;
    }
    error_say(e, "no nginx was started by: %.100s", peer->start);
    add_said(e);
    return -1;
}

int peer_ask(const struct running *r, struct nslab_error *e)
{
    cleanup_fd int sock = socket_beside(r->nginx);
    if (sock < 0 || ask_until_answered(sock, 80) < 0)
        return error_sys(e, errno, "ask nginx of", "%s", r->peer->name);
    return 0;
}

int peer_exec(const struct running *r, struct nslab_error *e)
{
    return command_with(r->peer->exec, r, -1, e);
}

/* Who stays ends with nginx, or when it is told to. */
static int remove_staying(struct running *r, struct nslab_error *e)
{
    int status;
    if (r->nginx && r->peer->told_end && write_all(r->in, r->peer->told_end, strlen(r->peer->told_end)) < 0)
        return error_sys(e, errno, "tell", "%s", r->peer->name);
    if (!r->nginx)
        pidfd_signal(r->pidfd, SIGKILL); /* it has come to nothing */
    else if (!r->peer->told_end)
        kill(r->nginx, SIGKILL);
    close_fd_p(&r->in);
    return end_of(&r->pidfd, r->peer->start, &status, e);
}

int peer_remove(struct running *r, struct nslab_error *e)
{
    if (!r->peer)
        return 0;
    int rc = r->peer->stays ? remove_staying(r, e) : command_with(r->peer->remove, r, -1, e);
    close_fd_p(&r->in);
    replace_running(r->nginx, 0);
    r->peer = NULL;
    return rc;
}
