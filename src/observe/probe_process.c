/* SPDX-License-Identifier: MIT
 *
 * {process: GLOB, field: F, from: V} and {processes: F, from: V}: what a process list shows there.
 *
 * For the lab host and containers the list is read from a proc of the place's PID namespace that was made
 * before any line ran and is mounted nowhere: whoever is root in the lab may mount what they like over /proc,
 * and shows by that nothing. It is read by a helper that is in the place's user namespace, so that ids are
 * its numbers, and in its mount namespace, so that users have its names; and in none of its PID namespace:
 * the observer isn't in the list. For the machine it is nslab's own /proc, and only a container's or the lab
 * host's processes are looked at.
 */
#include "nslab/need.h"
#include "nslab/proc.h"
#include "nslab/procfs.h"
#include "probing.h"
#include "process_fields.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define KNOWN_MAX 32

struct process_question {
    int proc_fd;
    const char *glob; /* NULL: all processes */
    const char *field;
    struct viewpoint from;
    char of_mnt[NS_LINK_MAX]; /* only processes in this mount namespace; "": all */
    pid_t known[KNOWN_MAX];   /* and these, whose namespaces may not be readable */
    size_t n_known;
};

/* The helper is outside the place's PID namespace, so a proc of the place's own doesn't know it. One that
 * does was taken over from outside, because no fresh one could be mounted: its numbers are others, and what
 * is in it is not what the place can see. */
static int check_proc(const struct process_question *q, struct nslab_error *e)
{
    char link[32];
    if (q->from.is_machine || readlinkat(q->proc_fd, "self", link, sizeof link) < 0)
        return 0;
    error_say(e, "%s has the /proc of an outer PID namespace, as no fresh one could be mounted",
              q->from.words);
    return error_needs(e, "proc");
}

static bool is_of(const void *context, pid_t pid)
{
    const struct process_question *q = context;
    char path[40], link[NS_LINK_MAX];
    if (!q->of_mnt[0])
        return true;
    for (size_t i = 0; i < q->n_known; i++)
        if (q->known[i] == pid)
            return true;
    snprintf(path, sizeof path, "%d/ns/mnt", (int)pid);
    ssize_t length = readlinkat(q->proc_fd, path, link, sizeof link - 1);
    link[length > 0 ? length : 0] = '\0';
    return !strcmp(link, q->of_mnt);
}

/* Keeps those that are asked about; the others are freed. */
static size_t keep_wanted(const struct process_question *q, struct process_info *list, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (processes_match(&list[i], q->glob))
            list[kept++] = list[i];
        else
            process_info_free(&list[i]);
    }
    return kept;
}

static int look_at_processes(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct process_question *q = arg;
    struct process_info *list;
    size_t n;
    cleanup_buf struct buf passwd = {0};
    if (check_proc(q, e) < 0 || procfs_list_wanted(q->proc_fd, is_of, q, &list, &n, e) < 0)
        return -1;
    n = keep_wanted(q, list, n);
    /* Without one, users are numbers. */
    int rc = read_text("/etc/passwd", &passwd, e) < 0 && is_shortage(e->errnum) ? -1 : 0;
    if (rc == 0) {
        error_clear(e);
        rc = q->glob ? process_field_read(q->field, list, n, buf_text(&passwd), ret, e)
                     : processes_field_read(q->field, list, n, buf_text(&passwd), ret, e);
    }
    if (rc == 0) {
        if (!q->from.is_machine)
            observe_how_add(ret, ", in %s's PID namespace", q->from.words);
        if (ret->kind == VALUE_ABSENT && q->glob)
            observe_absent(ret, "no process matches `%s` as seen from %s", q->glob, q->from.words);
    }
    for (size_t i = 0; i < n; i++)
        process_info_free(&list[i]);
    free(list);
    return rc;
}

/* The number of a process of ours as seen from the machine or the lab host. */
static void add_known(struct process_question *q, const struct viewpoint *from, int pidfd)
{
    pid_t pids[8];
    size_t n = pidfd >= 0 ? pidfd_pids(pidfd, pids, ARRAY_LEN(pids)) : 0;
    if (n && q->n_known < KNOWN_MAX)
        q->known[q->n_known++] = from->is_machine ? pids[0] : pids[n - 1];
}

/* nslab's own processes on the lab host, its init and the port proxies, let nobody look into them. */
static void add_own_processes(struct process_question *q, const struct host *host,
                              const struct viewpoint *from)
{
    if (from->container)
        return;
    add_known(q, from, host->pidfd);
    for (const struct container *c = host->containers; c; c = c->next)
        add_known(q, from, c->proxy_pidfd);
}

static int ask(struct host *host, const struct see *see, struct process_question *q, struct observation *ret,
               struct nslab_error *e)
{
    struct viewpoint *from = &q->from, subject;
    const char *of = see_key(see, SEE_OF);
    if (viewpoint_open(host, see_key(see, SEE_FROM), from, e) < 0)
        return -1;
    if (from->is_machine && (!of || !strcmp(of, see_key(see, SEE_FROM)))) {
        error_say(e, "`from: machine` needs `of: NAME`: the machine's other processes are no part of a lab");
        return error_hint(e, "Add `of: host` or `of:` with a container's name.");
    }
    if (of) {
        int there = subject_open(host, of, &subject, ret, e);
        if (there <= 0)
            return there;
        if (viewpoint_ns(&subject, NS_MNT, q->of_mnt, NULL, e) < 0)
            return -1;
        if (!subject.is_machine && !subject.container)
            add_own_processes(q, host, from);
    }
    cleanup_fd int machine_s = from->is_machine ? open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    q->proc_fd = from->is_machine ? machine_s : from->proc_fd;
    if (q->proc_fd < 0)
        return error_sys(e, errno, "open", "/proc");
    return look_from(from, CLONE_NEWUSER | CLONE_NEWNS, look_at_processes, q, ret, e);
}

int read_process(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct process_question q = {.glob = see->subject, .field = see_key(see, SEE_FIELD)};
    return ask(host, see, &q, ret, e);
}

int read_processes(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct process_question q = {.field = see->subject};
    return ask(host, see, &q, ret, e);
}
