/* SPDX-License-Identifier: MIT */
#include "ids_helpers.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *const id_helper_names[ID_HELPER_COUNT] = {[NEWUIDMAP] = "newuidmap", [NEWGIDMAP] = "newgidmap"};

#define NEWBORN_STACK ((size_t)64 * 1024)
#define HELPER_SAYS_MAX 600 /* of its standard error: what fits into an error's detail */
#define HELPER_MS 10000     /* it takes some milliseconds, but asks whom the machine asks for its users */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

static bool find_in(const char *directories, const char *name, char path[PATH_MAX])
{
    for (const char *p = directories; *p;) {
        size_t n = strcspn(p, ":");
        int length = snprintf(path, PATH_MAX, "%.*s/%s", (int)n, p, name);
        /* An entry that isn't absolute would look in the working directory. */
        if (*p == '/' && length > 0 && length < PATH_MAX && is_program(path))
            return true;
        p += n + (p[n] == ':');
    }
    return false;
}

bool id_helper_find(enum id_helper which, char path[PATH_MAX])
{
    const char *given = getenv("PATH");
    return find_in(given ? given : "", id_helper_names[which], path) ||
           find_in("/usr/bin:/bin:/usr/local/bin", id_helper_names[which], path);
}

bool id_helper_obstacle(enum id_helper which, char *why, size_t size)
{
    const char *name = id_helper_names[which];
    int capability = which == NEWUIDMAP ? CAP_SETUID : CAP_SETGID;
    char path[PATH_MAX];
    struct stat st;
    struct statvfs fs;
    if (!id_helper_find(which, path)) {
        snprintf(why, size, "%s is not installed (the package is called uidmap or shadow-utils)", name);
        return true;
    }
    bool set_id = stat(path, &st) == 0 && (st.st_mode & S_ISUID) && st.st_uid == 0;
    bool has_file_caps = getxattr(path, "security.capability", NULL, 0) > 0;
    if (!set_id && !has_file_caps)
        snprintf(why, size, "%.120s has neither the set-user-ID bit of root nor file capabilities", path);
    else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID))
        snprintf(why, size, "%.120s lies on a mount with nosuid, which takes its rights away", path);
    else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        snprintf(why, size, "no_new_privs is set for this process, which takes the rights of %s away", name);
    else if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1)
        snprintf(why, size, "the bounding set of this process lacks the capability that %s needs", name);
    else if (set_id && !has_file_caps && prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 1)
        /* Set-user-ID root makes it another user than the one who owns the new namespace: only CAP_SYS_ADMIN
         * helps then. With file capabilities it stays the owner, and needs none. */
        snprintf(why, size,
                 "the bounding set of this process lacks CAP_SYS_ADMIN, which a set-user-ID %s needs", name);
    else
        return false;
    return true;
}

/* One helper while it runs. */
struct running {
    pid_t pid;
    int err;      /* read end of its standard error */
    int lifeline; /* write end of a pipe that nobody writes to: that it closes is the end of nslab */
    struct buf says;
};

static void running_finish(struct running *r)
{
    close_fd_p(&r->err);
    close_fd_p(&r->lifeline);
    buf_free(&r->says);
    if (r->pid <= 0)
        return;
    kill(r->pid, SIGKILL);
    while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    r->pid = 0;
}

static void map_arguments(const char *path, const struct id_map *map, pid_t pid, struct strv *argv)
{
    strv_add(argv, path);
    strv_addf(argv, "%d", (int)pid);
    for (size_t i = 0; i < map->n; i++) {
        strv_addf(argv, "%u", map->extents[i].inside);
        strv_addf(argv, "%u", map->extents[i].outside);
        strv_addf(argv, "%u", map->extents[i].count);
    }
}

/* What the newborn helper needs, in memory that it shares with us. */
struct newborn {
    struct strv *argv;
    int err, lifeline;
    int errnum; /* why its program could not be executed */
};

/* Should it be stopped when nslab ends, the kernel has to end it, and PR_SET_PDEATHSIG doesn't outlive the
 * start of a program that changes its ids. But a pipe may tell a process by a signal that its other end has
 * been closed: fcntl(2), F_SETSIG. Allowed is it by the uid, which such a program keeps. */
static void end_with_lifeline(int lifeline)
{
    if (fcntl(lifeline, F_SETOWN, getpid()) < 0 || fcntl(lifeline, F_SETSIG, SIGKILL) < 0)
        return;
    if (fcntl(lifeline, F_SETFL, O_ASYNC) == 0)
        fcntl(lifeline, F_SETFD, 0); /* it has to stay open */
}

/* A process group of its own: Ctrl-C isn't for it. Under a shell the kernel also wakes it with SIGHUP, when
 * it is stopped and nslab ends; where who inherits it is of the same session, as PID 1 of a container, it
 * doesn't. */
static int newborn_main(void *arg)
{
    static char language[] = "LC_ALL=C";
    char *environment[] = {language, NULL};
    struct newborn *n = arg;
    die_with_parent(); /* until its program is executed */
    setpgid(0, 0);
    end_with_lifeline(n->lifeline);
    signals_to_default();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(n->err, STDERR_FILENO) >= 0)
        execve(n->argv->items[0], n->argv->items, environment);
    n->errnum = errno;
    _exit(127);
}

/* It shares our memory until the exec, for which we wait, and so costs less than a fork. Signals wait, for
 * their handlers' memory is shared too. Returns an errno. */
static int spawn(struct strv *argv, int err, int lifeline, pid_t *ret)
{
    _Alignas(16) char stack[NEWBORN_STACK];
    struct newborn n = {.argv = argv, .err = err, .lifeline = lifeline};
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = clone(newborn_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &n);
    int errnum = pid < 0 ? errno : n.errnum;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && errnum)
        waitpid(pid, NULL, 0);
    *ret = pid;
    return errnum;
}

static int start(enum id_helper which, const struct id_map *map, pid_t pid, struct running *r,
                 struct nslab_error *e)
{
    const char *name = id_helper_names[which];
    char path[PATH_MAX];
    if (!id_helper_find(which, path)) {
        error_sys(e, ENOENT, "run", "%s", name);
        return error_cause(e, "subids");
    }
    int ends[2], lifeline[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make a pipe for", "%s", name);
    r->err = ends[0];
    cleanup_fd int write_end = ends[1];
    if (pipe2(lifeline, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make a pipe for", "%s", name);
    r->lifeline = lifeline[1];
    cleanup_fd int its_end = lifeline[0];
    cleanup_strv struct strv argv = {0};
    map_arguments(path, map, pid, &argv);
    int errnum = spawn(&argv, write_end, its_end, &r->pid);
    if (errnum) {
        r->pid = 0;
        error_sys(e, errnum, "run", "%s", path);
        return error_cause(e, "subids");
    }
    return 0;
}

/* Its last words, in one line. */
static int failed(enum id_helper which, int status, struct running *r, struct nslab_error *e)
{
    cleanup_buf struct buf says = {0};
    add_harmless(&says, buf_text(&r->says), r->says.len);
    for (size_t i = 0; i < says.len; i++)
        if (says.data[i] == '\n')
            says.data[i] = i + 1 < says.len ? ' ' : '\0';
    const char *name = id_helper_names[which], *text = buf_text(&says);
    if (starts_with(text, name) && starts_with(text + strlen(name), ": ")) /* the error names it already */
        text += strlen(name) + 2;
    error_sys(e, 0, "write the id map with", "%s", name);
    if (*text)
        error_detail(e, "%s", text);
    else if (WIFSIGNALED(status))
        error_detail(e, "it was ended by signal %d", WTERMSIG(status));
    else
        error_detail(e, "its exit status is %d and it said nothing", WEXITSTATUS(status));
    return error_cause(e, "subids");
}

/* One part of what it says. 1; 0: there is no more. */
static int hear(enum id_helper which, struct running *r, uint64_t end_ns, struct nslab_error *e)
{
    char chunk[HELPER_SAYS_MAX];
    struct pollfd p[] = {{.fd = r->err, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
    for (int ready = 0; ready <= 0 || !p[0].revents;) {
        if (interrupt_pending())
            return error_say(e, "interrupted while %s wrote the id map", id_helper_names[which]);
        if (now_ns() >= end_ns) {
            error_sys(e, ETIMEDOUT, "write the id map with", "%s", id_helper_names[which]);
            return error_cause(e, "subids");
        }
        ready = poll(p, ARRAY_LEN(p), 100);
        if (ready < 0 && errno != EINTR)
            return error_sys(e, errno, "wait for", "%s", id_helper_names[which]);
    }
    ssize_t n = read(r->err, chunk, sizeof chunk - r->says.len);
    if (n < 0 && errno == EINTR)
        return 1;
    if (n < 0)
        return error_sys(e, errno, "read what is said by", "%s", id_helper_names[which]);
    buf_add(&r->says, chunk, (size_t)n);
    return n > 0;
}

static int finish(enum id_helper which, struct running *r, struct nslab_error *e)
{
    int status, more = 1;
    uint64_t end_ns = now_ns() + (uint64_t)HELPER_MS * 1000000;
    while (more > 0 && r->says.len < HELPER_SAYS_MAX)
        more = hear(which, r, end_ns, e);
    if (more < 0)
        return -1;
    close_fd_p(&r->err);
    while (waitpid(r->pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_sys(e, errno, "wait for", "%s", id_helper_names[which]);
    r->pid = 0;
    return status == 0 ? 0 : failed(which, status, r, e);
}

int id_helpers_run(const struct id_map *uid, const struct id_map *gid, pid_t pid, struct nslab_error *e)
{
    cleanup_with(running_finish) struct running uids = {.err = -1, .lifeline = -1};
    cleanup_with(running_finish) struct running gids = {.err = -1, .lifeline = -1};
    /* Both are started before the first is waited for: they take some milliseconds each. */
    if (start(NEWUIDMAP, uid, pid, &uids, e) < 0 || start(NEWGIDMAP, gid, pid, &gids, e) < 0)
        return -1;
    if (finish(NEWUIDMAP, &uids, e) < 0)
        return -1;
    return finish(NEWGIDMAP, &gids, e);
}
