/* SPDX-License-Identifier: MIT
 *
 * How much memory is in use while one of them runs nginx. A worker, forked for it, goes through one cycle;
 * who watches reads /proc/PID/smaps_rollup of all that descend from the worker, over and over. The worker is
 * their subreaper: what leaves its parent is still found below it. A daemon's processes didn't come from us,
 * and are known by name.
 */
#include "peers.h"

#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define HOLD_MS 40 /* with nginx answering: long enough for a look or more */

struct one {
    pid_t pid, parent;
    char name[32];
    bool ours;
};

struct all {
    struct one *items;
    size_t n;
};

/* "4711 (nginx) S 4710 ..." */
static bool read_one(const char *pid, struct one *ret)
{
    char path[300];
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    if (read_file_at(AT_FDCWD, path, &text, 0) < 0)
        return false;
    const char *name = strchr(buf_text(&text), '('), *end = strrchr(buf_text(&text), ')');
    if (!name || !end)
        return false;
    *ret = (struct one){.pid = (pid_t)strtol(pid, NULL, 10)};
    snprintf(ret->name, sizeof ret->name, "%.*s", (int)(end - name - 1), name + 1);
    ret->parent = strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
    return true;
}

static void read_all(struct all *ret)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        struct one one;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_one(entry->d_name, &one))
            continue;
        ret->items = xrealloc(ret->items, ret->n + 1, sizeof *ret->items);
        ret->items[ret->n++] = one;
    }
    if (proc)
        closedir(proc);
}

static bool is_daemon(const struct peer *peer, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(peer->daemons) && peer->daemons[i]; i++)
        /* The kernel keeps 15 characters of a name. */
        if (!strncmp(name, peer->daemons[i], 15))
            return true;
    return false;
}

/* Marks what descends from the root, or from a daemon, until a pass finds no more. */
static void mark(struct all *all, pid_t root, const struct peer *peer)
{
    for (size_t i = 0; i < all->n; i++)
        all->items[i].ours = all->items[i].parent == root || is_daemon(peer, all->items[i].name);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < all->n; i++)
            for (size_t j = 0; j < all->n && !all->items[i].ours; j++)
                if (all->items[j].ours && all->items[j].pid == all->items[i].parent)
                    all->items[i].ours = more = true;
    }
}

static double megabytes(const struct buf *text, const char *key)
{
    const char *at = strstr(buf_text(text), key);
    return at ? strtod(at + strlen(key), NULL) / 1024 : 0;
}

static struct memory look(pid_t root, const struct peer *peer)
{
    struct all all = {0};
    struct memory sum = {0};
    read_all(&all);
    mark(&all, root, peer);
    for (size_t i = 0; i < all.n; i++) {
        char path[64];
        cleanup_buf struct buf text = {0};
        if (!all.items[i].ours)
            continue;
        snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)all.items[i].pid);
        if (read_file_at(AT_FDCWD, path, &text, 0) < 0)
            continue; /* it has ended */
        double proportional = megabytes(&text, "\nPss:");
        sum.resident += megabytes(&text, "\nRss:");
        sum.proportional += proportional;
        sum.without_nginx += strcmp(all.items[i].name, "nginx") != 0 ? proportional : 0;
    }
    free(all.items);
    return sum;
}

static int cycle(const struct peer *peer, struct nslab_error *e)
{
    const struct timespec hold = {.tv_nsec = HOLD_MS * 1000000L};
    struct running running;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (peer_start(peer, &running, e) < 0 || peer_ask(&running, e) < 0)
        return -1;
    nanosleep(&hold, NULL);
    return peer_remove(&running, e);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

int memory_watch(const struct peer *peer, struct memory *ret, struct nslab_error *e)
{
    int pidfd = -1, status = -1;
    pid_t worker = clone_process(0, &pidfd);
    *ret = (struct memory){0};
    if (worker == 0) {
        char text[NSLAB_ERROR_TEXT_MAX];
        die_with_parent();
        int rc = cycle(peer, e);
        if (rc < 0)
            fprintf(stderr, "%s\n", error_text(e, text, sizeof text));
        _exit(rc < 0);
    }
    if (worker < 0)
        return error_sys(e, errno, "start", "a worker");
    while (poll_exit(pidfd, 0) == 0) {
        struct memory now = look(worker, peer);
        ret->resident = larger(ret->resident, now.resident);
        ret->proportional = larger(ret->proportional, now.proportional);
        ret->without_nginx = larger(ret->without_nginx, now.without_nginx);
    }
    wait_child(pidfd, &status);
    close_fd_p(&pidfd);
    return status == 0 ? 0 : error_say(e, "the watched cycle of %s failed", peer->name);
}
