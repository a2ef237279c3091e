/* SPDX-License-Identifier: MIT
 *
 * A container's life after its launch: ended, killed, reaped.
 */
#include "nslab/container_internal.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/procfs.h"
#include "nslab/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define END_MS 5000

static bool in_mount_namespace(pid_t pid, const struct stat *ns)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
    return stat(path, &st) == 0 && st.st_dev == ns->st_dev && st.st_ino == ns->st_ino;
}

/* 1: it was there, and was killed; 0: it is gone, or was another's; -1 with errno. */
static int kill_member(pid_t pid, const struct stat *ns)
{
    cleanup_fd int pidfd = pidfd_open_of(pid);
    if (pidfd < 0)
        return errno == ESRCH ? 0 : -1;
    /* Looked at again with the pidfd in hand: the number may be another process's by now. */
    if (!in_mount_namespace(pid, ns))
        return 0;
    if (pidfd_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
        return -1;
    poll_exit(pidfd, 200);
    return 1;
}

/* Kills every process in the container's mount namespace. How many there were; -1 with errno: it can't be
 * known. */
static int kill_members(const struct stat *ns)
{
    int n = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return -1;
    for (struct dirent *entry; errno = 0, n >= 0 && (entry = readdir(proc));) {
        unsigned long pid;
        if (!parse_unsigned(entry->d_name, 1ul << 30, &pid) || !in_mount_namespace((pid_t)pid, ns))
            continue;
        int killed = kill_member((pid_t)pid, ns);
        n = killed < 0 ? -1 : n + killed;
    }
    int errnum = errno;
    closedir(proc);
    errno = errnum;
    return errnum ? -1 : n;
}

/* With a PID namespace of its own, its first process takes all others along. Otherwise they live on (nginx's
 * workers do), in the PID namespace that it shared: found by their mount namespace, which nobody shares. That
 * is held open until they are gone: the kernel would give the number of one that has ended to the next, be it
 * a stranger's. -1 with errno: some may be left. */
static int end_left_behind(struct container *c)
{
    struct stat ns;
    int left = -1;
    if (c->mnt_fd < 0)
        return 0;
    for (int round = 0; round < 50 && left; round++)
        left = fstat(c->mnt_fd, &ns) < 0 ? -1 : kill_members(&ns);
    if (left > 0)
        errno = EAGAIN; /* more come than are killed */
    if (left)
        return -1;
    close_fd_p(&c->mnt_fd);
    return 0;
}

int container_end_rest(struct container *c, struct nslab_error *e)
{
    if (end_left_behind(c) < 0)
        return error_sys(e, errno, "end what is left of", "container %s", c->spec.name);
    return 0;
}

static void end_proxy(struct container *c)
{
    if (c->proxy_pidfd < 0)
        return;
    end_child(c->proxy_pidfd);
    close_fd_p(&c->proxy_pidfd);
}

static void note_end(struct container *c, int status, int signo)
{
    c->state = CONTAINER_EXITED;
    c->exit_status = status;
    c->signal = signo;
    if (disk_is_full(c->disk_fd))
        c->host->struck |= limit_bit(LIMIT_DISK);
    end_left_behind(c);
    end_proxy(c);
}

void containers_note_ends(struct host *host)
{
    for (struct container *c = host->containers; c; c = c->next) {
        int status = 0, signo = 0;
        if (c->state == CONTAINER_RUNNING && try_wait_child(c->process.pidfd, &status, &signo) != 0)
            note_end(c, status, signo);
    }
}

/* PID 1 of a PID namespace ends only when everybody in it has been reaped, and the first process of another
 * container in it (--pid container:NAME) is ours to reap: so all are looked at while we wait for one. */
static int wait_end(struct container *c, int timeout_ms, struct nslab_error *e)
{
    uint64_t end = now_ns() + (uint64_t)timeout_ms * 1000000;
    containers_note_ends(c->host);
    while (c->state == CONTAINER_RUNNING) {
        if (now_ns() >= end)
            return error_sys(e, ETIMEDOUT, "wait for the end of", "container %s", c->spec.name);
        poll_exit(c->process.pidfd, 5);
        containers_note_ends(c->host);
    }
    return 0;
}

int container_reap(struct container *c, struct nslab_error *e)
{
    return wait_end(c, END_MS, e);
}

void container_end(struct container *c)
{
    struct nslab_error ignored = {0};
    end_proxy(c);
    if (c->process.pidfd < 0 || c->state == CONTAINER_EXITED)
        return;
    pidfd_signal(c->process.pidfd, SIGKILL);
    container_reap(c, &ignored);
}

int container_kill(struct container *c, int signo, struct nslab_error *e)
{
    containers_note_ends(c->host);
    if (c->state == CONTAINER_EXITED) {
        error_say(e, "container %s isn't running: it ended with status %d", c->spec.name, c->exit_status);
        return error_hint(e, "`rm %s` removes it.", c->spec.name);
    }
    if (pidfd_signal(c->process.pidfd, signo) < 0)
        return error_sys(e, errno, "send a signal to", "container %s", c->spec.name);
    if (signo != SIGKILL)
        return 0;
    return wait_end(c, END_MS, e);
}
