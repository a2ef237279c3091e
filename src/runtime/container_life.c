/* SPDX-License-Identifier: MIT
 *
 * A container's life after its launch: ready, ended, killed, reaped.
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
#include <time.h>
#include <unistd.h>

#define READY_MS 5000
#define END_MS 5000

/* --- ready --- */

/* Command lines of its first process and of that one's children. */
static void read_titles(pid_t pid, struct strv *titles)
{
    cleanup_free char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
    cleanup_buf struct buf pids = {0};
    buf_addf(&pids, "%d ", (int)pid);
    read_file_at(AT_FDCWD, path, &pids, 0);
    for (char *save = NULL, *word = strtok_r(pids.data, " \n", &save); word;
         word = strtok_r(NULL, " \n", &save)) {
        cleanup_free char *file = xasprintf("/proc/%s/cmdline", word);
        cleanup_buf struct buf line = {0};
        if (read_file_at(AT_FDCWD, file, &line, 0) < 0)
            continue;
        struct process_info info = {0};
        procfs_parse_cmdline(buf_text(&line), line.len, &info);
        strv_add(titles, info.args ? info.args : "");
        process_info_free(&info);
    }
}

static bool listens(pid_t pid, uint16_t port)
{
    static const char *const protocols[] = {"tcp", "tcp6"};
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
        cleanup_free char *path = xasprintf("/proc/%d/net/%s", (int)pid, protocols[i]);
        cleanup_free char *wanted = xasprintf("*:%u", port);
        cleanup_buf struct buf text = {0};
        cleanup_strv struct strv sockets = {0};
        if (read_file_at(AT_FDCWD, path, &text, 0) < 0)
            continue;
        sockets_parse_listening(buf_text(&text), protocols[i], &sockets);
        for (size_t j = 0; j < sockets.len; j++)
            if (glob_matches(wanted, sockets.items[j]))
                return true;
    }
    return false;
}

/* What the image names and isn't there yet; NULL when it is ready. The caller frees. */
static char *find_missing(const struct container *c, pid_t pid)
{
    cleanup_strv struct strv titles = {0};
    for (size_t i = 0; i < c->image->n_ports; i++)
        if (!listens(pid, c->image->ports[i]))
            return xasprintf("nobody listens on port %u in it", c->image->ports[i]);
    read_titles(pid, &titles);
    for (size_t i = 0; i < c->image->titles.len; i++) {
        unsigned long want = 1, have = 0;
        if (i < c->image->title_counts.len)
            parse_unsigned(c->image->title_counts.items[i], 1000, &want);
        for (size_t j = 0; j < titles.len; j++)
            have += glob_matches(c->image->titles.items[i], titles.items[j]);
        if (have < want)
            return xasprintf("it has %lu of %lu processes named %s", have, want, c->image->titles.items[i]);
    }
    return NULL;
}

static void pause_us(long us)
{
    const struct timespec t = {.tv_nsec = us * 1000};
    nanosleep(&t, NULL);
}

int container_wait_ready(struct container *c, struct nslab_error *e)
{
    uint64_t end = now_ns() + (uint64_t)READY_MS * 1000000;
    if (!c->runs_image_command)
        return 0;
    for (long wait = 300;; wait = wait < 3000 ? wait * 3 / 2 : wait) {
        containers_note_ends(c->host);
        if (c->state == CONTAINER_EXITED) {
            error_say(e, "container %s ended before it was ready, with status %d", c->spec.name,
                      c->exit_status);
            return error_hint(e, "`logs %s` shows what it wrote.", c->spec.name);
        }
        pid_t pid = pidfd_pid(c->process.pidfd);
        cleanup_free char *missing = pid > 0 ? find_missing(c, pid) : xstrdup("it is ending");
        if (!missing) {
            c->ready_ns = now_ns();
            return 0;
        }
        if (now_ns() >= end) {
            error_say(e, "container %s isn't ready after %d s: %s", c->spec.name, READY_MS / 1000, missing);
            return error_hint(e, "It still runs: `logs %s` shows what it wrote.", c->spec.name);
        }
        pause_us(wait);
    }
}

/* --- end --- */

static bool in_mount_namespace(pid_t pid, const char *link)
{
    char text[40];
    struct nslab_error ignored = {0};
    return ns_link(pid, NS_MNT, text, sizeof text, &ignored) == 0 && !strcmp(text, link);
}

/* Kills every process in the container's mount namespace; returns how many there were. */
static unsigned kill_members(const char *mnt_link)
{
    unsigned n = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        unsigned long pid;
        if (!parse_unsigned(entry->d_name, 1ul << 30, &pid) || !in_mount_namespace((pid_t)pid, mnt_link))
            continue;
        cleanup_fd int pidfd = pidfd_open_of((pid_t)pid);
        /* Looked at again with the pidfd in hand: the number may be another process's by now. */
        if (pidfd < 0 || !in_mount_namespace((pid_t)pid, mnt_link))
            continue;
        pidfd_signal(pidfd, SIGKILL);
        poll_exit(pidfd, 200);
        n++;
    }
    if (proc)
        closedir(proc);
    return n;
}

/* With a PID namespace of its own, its first process takes all others along. Otherwise they live on (nginx's
 * workers do), in the PID namespace that it shared: found by their mount namespace, which nobody shares. */
static void end_left_behind(const struct container *c)
{
    if (c->spec.pid.share == SHARE_PRIVATE || !c->mnt_link[0])
        return;
    for (int round = 0; round < 50 && kill_members(c->mnt_link); round++)
        ;
}

static void end_proxy(struct container *c)
{
    if (c->proxy_pidfd < 0)
        return;
    pidfd_signal(c->proxy_pidfd, SIGKILL);
    wait_child(c->proxy_pidfd, NULL);
    close_fd_p(&c->proxy_pidfd);
}

static void note_end(struct container *c, int status)
{
    c->state = CONTAINER_EXITED;
    c->exit_status = status;
    c->signal = status > 128 ? status - 128 : 0;
    end_left_behind(c);
    end_proxy(c);
}

void containers_note_ends(struct host *host)
{
    for (struct container *c = host->containers; c; c = c->next) {
        int status = 0;
        if (c->state == CONTAINER_RUNNING && try_wait_child(c->process.pidfd, &status) != 0)
            note_end(c, status);
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
