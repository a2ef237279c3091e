/* SPDX-License-Identifier: MIT
 *
 * Runs in the new process: inside its namespaces, as uid 0 of its user namespace, with all capabilities
 * there.
 */
#include "nslab/become.h"
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/ids.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/passwd.h"
#include "nslab/proc.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static int open_pipe(int *ours, int *theirs, bool we_write, const char *what, struct nslab_error *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make a pipe for", "%s", what);
    /* Who opens /dev/stdout asks for a right to the pipe, which belongs to a user of the machine: nobody, in
     * a lab. */
    fchmod(ends[0], 0666);
    *ours = ends[we_write ? 1 : 0];
    *theirs = ends[we_write ? 0 : 1];
    return 0;
}

int stdio_open(enum stdio_kind kind, struct stdio *io, struct process *process, struct nslab_error *e)
{
    *io = (struct stdio){.kind = kind, .in = -1, .out = -1, .err = -1};
    if (kind != STDIO_PIPES && kind != STDIO_INPUT)
        return 0;
    if (open_pipe(&process->out, &io->out, false, "standard output", e) == 0 &&
        open_pipe(&process->err, &io->err, false, "standard error", e) == 0 &&
        (kind == STDIO_PIPES || open_pipe(&process->in, &io->in, true, "standard input", e) == 0))
        return 0;
    stdio_close(io);
    close_fd_p(&process->out);
    close_fd_p(&process->err);
    return -1;
}

void stdio_close(struct stdio *io)
{
    close_fd_p(&io->in);
    close_fd_p(&io->out);
    close_fd_p(&io->err);
}

/* A pseudo-terminal of the place's own devpts: `tty` then names a file that exists there, and job control
 * works. */
static int open_terminal(int sock, const char *whose, int *ret_slave, struct nslab_error *e)
{
    int unlock = 0;
    char tag = PTY_MASTER_MESSAGE;
    cleanup_fd int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return error_sys(e, errno, "open a pseudo-terminal in", "%s", whose);
    *ret_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ret_slave < 0)
        return error_sys(e, errno, "open a pseudo-terminal in", "%s", whose);
    return birth_send(sock, &tag, sizeof tag, &master, 1, e);
}

int become_streams(const struct stdio *io, int sock, const char *whose, struct nslab_error *e)
{
    cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    cleanup_fd int terminal = -1;
    if (null < 0)
        return error_sys(e, errno, "open", "/dev/null in %s", whose);
    setsid();
    if (io->kind == STDIO_PTY) {
        if (open_terminal(sock, whose, &terminal, e) < 0)
            return -1;
        if (ioctl(terminal, TIOCSCTTY, 0) < 0)
            return error_sys(e, errno, "take the terminal in", "%s", whose);
    }
    int in = terminal >= 0 ? terminal : io->in >= 0 ? io->in : null;
    int out = terminal >= 0 ? terminal : io->out;
    int err = terminal >= 0 ? terminal : io->err >= 0 ? io->err : io->out;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        return error_sys(e, errno, "connect the standard streams of", "%s", whose);
    return 0;
}

#define NAMES_MAX (1u << 20) /* of passwd or group: written in the container, and so of any length */

/* Nothing is read where there is no such file, or something else of that name: the container's doing. */
static int read_names(const char *path, const char *whose, struct buf *text, struct nslab_error *e)
{
    if (read_regular_file(path, text, NAMES_MAX) < 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EINVAL;
        bool refused = errno == EACCES || errno == EPERM;
        if (!absent)
            error_sys(e, errno, "read", "%s in %s", path, whose);
        if (refused)
            error_hint(e, "`ls -l %s` there shows whose it is, and who may read it.", path);
        if (!absent)
            return -1;
    }
    buf_adds(text, ""); /* a string in any case */
    return 0;
}

/* id->home points into text. */
static int find_user(const char *wanted, size_t length, const char *whose, struct passwd_line *id,
                     struct buf *text, struct nslab_error *e)
{
    unsigned long number = 0;
    cleanup_free char *name = xstrndup(wanted, length);
    bool numeric = parse_unsigned(name, UINT32_MAX - 1ul, &number);
    if (read_names("/etc/passwd", whose, text, e) < 0)
        return -1;
    if (passwd_find(text->data, numeric ? NULL : name, (uid_t)number, id))
        return 0;
    *id = (struct passwd_line){.uid = (uid_t)number, .home = "/"};
    if (numeric)
        return 0;
    error_say(e, "no user %s in %s", wanted, whose);
    return error_hint(e, "`cat /etc/passwd` there lists them; a number works too.");
}

static int find_group(const char *wanted, const char *whose, gid_t *gid, struct nslab_error *e)
{
    unsigned long number = 0;
    if (parse_unsigned(wanted, UINT32_MAX - 1ul, &number)) {
        *gid = (gid_t)number;
        return 0;
    }
    cleanup_buf struct buf text = {0};
    if (read_names("/etc/group", whose, &text, e) < 0)
        return -1;
    if (group_find(text.data, wanted, gid))
        return 0;
    error_say(e, "no group %s in %s", wanted, whose);
    return error_hint(e, "`cat /etc/group` there lists them; a number works too.");
}

static int find_identity(const struct become *b, struct passwd_line *id, struct buf *text,
                         struct nslab_error *e)
{
    const char *user = b->user ? b->user : "0";
    const char *colon = strchr(user, ':');
    if (find_user(user, colon ? (size_t)(colon - user) : strlen(user), b->whose, id, text, e) < 0)
        return -1;
    return colon ? find_group(colon + 1, b->whose, &id->gid, e) : 0;
}

/* EINVAL: the user namespace has no such id. Where it has a single one, that is this machine's doing. */
static int not_mapped(const struct become *b, const char *kind, unsigned id, struct nslab_error *e)
{
    int errnum = errno;
    struct id_map map;
    cleanup_buf struct buf text = {0};
    error_sys(e, errnum, "become", "%s %u in %s", kind, id, b->whose);
    if (errnum != EINVAL)
        return -1;
    error_detail(e, "this id is not mapped there: /proc/self/%s_map", kind);
    if (read_file_at(AT_FDCWD, "/proc/self/uid_map", &text, 0) == 0 &&
        id_map_parse(buf_text(&text), &map) == 1 && map.extents[0].count == 1)
        error_needs(e, "subids");
    return -1;
}

/* Drops from the bounding set what the process may never have, then becomes the user. The kernel keeps the
 * permitted and effective sets right: at exec, uid 0 gets the bounding set, another uid nothing
 * (capabilities(7)). */
static int drop_rights(const struct become *b, const struct passwd_line *id, struct nslab_error *e)
{
    uint64_t start = now_ns();
    /* All that the kernel has, not only those that this program was built to know: EINVAL comes after the
     * last. */
    for (unsigned cap = 0; cap < 64; cap++) {
        if (b->capabilities >> cap & 1 || prctl(PR_CAPBSET_DROP, cap) == 0)
            continue;
        if (errno == EINVAL)
            break;
        return error_sys(e, errno, "drop capabilities in", "%s", b->whose);
    }
    journal_add(b->journal, ACTOR_CONTAINER, start, 0, 0, "prctl",
                "what isn't in this set can never be had again", "PR_CAPBSET_DROP, all but %016llx",
                (unsigned long long)b->capabilities);
    start = now_ns();
    if (id->gid != 0 && setresgid(id->gid, id->gid, id->gid) < 0)
        return not_mapped(b, "gid", id->gid, e);
    if (id->uid != 0 && setresuid(id->uid, id->uid, id->uid) < 0) {
        return not_mapped(b, "uid", id->uid, e);
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    for (int i = 0; i < 2 && id->uid == 0; i++) {
        sets[i].effective = sets[i].permitted = (uint32_t)(b->capabilities >> (32 * i));
    }
    if (syscall(SYS_capset, &header, sets) < 0)
        return error_sys(e, errno, "set capabilities in", "%s", b->whose);
    journal_add(b->journal, ACTOR_CONTAINER, start, 0, 0, "capset", "and what it has: as much, for uid 0",
                "uid %u, gid %u", id->uid, id->gid);
    return 0;
}

static bool has_variable(const struct strv *env, const char *name, size_t n)
{
    for (size_t i = 0; i < env->len; i++)
        if (!strncmp(env->items[i], name, n) && env->items[i][n] == '=')
            return true;
    return false;
}

static void add_default(struct strv *env, const char *name, const char *value)
{
    if (!has_variable(env, name, strlen(name)))
        strv_addf(env, "%s=%s", name, value);
}

static void make_environment(const struct become *b, const struct passwd_line *id, struct strv *env)
{
    char hostname[65] = "";
    gethostname(hostname, sizeof hostname - 1);
    /* Each name once, the first wins: of two, some shells take the first and some the last. */
    for (size_t i = 0; i < b->env->len; i++)
        if (!has_variable(env, b->env->items[i], strcspn(b->env->items[i], "=")))
            strv_add(env, b->env->items[i]);
    add_default(env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    add_default(env, "HOSTNAME", hostname);
    add_default(env, "HOME", id->home);
}

int become_program(const struct become *b, struct nslab_error *e)
{
    struct passwd_line id = {0};
    cleanup_buf struct buf passwd = {0};
    struct strv env = {0};
    if (find_identity(b, &id, &passwd, e) < 0)
        return -1;
    make_environment(b, &id, &env);
    if (drop_rights(b, &id, e) < 0)
        return -1;
    if (b->with_parent)
        die_with_parent(); /* not before: a change of credentials takes it away */
    /* Belt and braces: each descriptor is close-on-exec already. */
    syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    signals_to_default();
    cleanup_buf struct buf words = {0};
    strv_join(b->command, " ", &words);
    uint64_t start = now_ns();
    journal_add(b->journal, ACTOR_CONTAINER, start, 0, 0, "execve",
                "from here on it is the program of the image", "%s", buf_text(&words));
    environ = env.items;
    /* The last thing: with its address space bounded, nslab itself may not get memory any more. */
    if (limits_apply(b->limits) < 0)
        return error_sys(e, errno, "set the limits of", "%s", b->whose);
    execvp(b->command->items[0], b->command->items);
    int errnum = errno;
    error_sys(e, errnum, "execute", "%s in %s", b->command->items[0], b->whose);
    if (errnum == ENOENT)
        error_hint(e, "Look at what is there: `ls /usr/bin`.");
    else if (errnum == EACCES)
        error_hint(
            e, "It must be a file with the right to be executed: `ls -l` shows it. A script that has none "
               "is run with `sh FILE`.");
    return -1;
}
