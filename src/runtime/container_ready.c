/* SPDX-License-Identifier: MIT
 *
 * When a container is ready: its image says so, by process titles and by the ports that are listened on.
 */
#include "nslab/container_internal.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/listeners.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/procfs.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define READY_MS 5000
#define TITLE_MAX 4096    /* of a command line, which may have 2 MiB */
#define CHILDREN_MAX 4096 /* of the list of children: a server that is ready has some dozens */
/* A look takes 50 us; nginx is ready some 5 ms after its start. */
#define LOOK_AGAIN_US 250
#define LOOK_AGAIN_MAX_US 3000
#define LOOKS_IN_A_ROW 60

struct waiting {
    const struct container *container;
    pid_t pid;     /* its first process, on the machine */
    int listeners; /* listeners.h; -1: there is none */
};

/* Command lines of its first process and of that one's children. */
static void read_titles(pid_t pid, struct strv *titles)
{
    cleanup_free char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
    cleanup_buf struct buf pids = {0};
    buf_addf(&pids, "%d ", (int)pid);
    read_file_at(AT_FDCWD, path, &pids, CHILDREN_MAX);
    for (char *save = NULL, *word = strtok_r(pids.data, " \n", &save); word;
         word = strtok_r(NULL, " \n", &save)) {
        cleanup_free char *file = xasprintf("/proc/%s/cmdline", word);
        cleanup_buf struct buf line = {0};
        if (read_file_at(AT_FDCWD, file, &line, TITLE_MAX) < 0)
            continue;
        struct process_info info = {0};
        procfs_parse_cmdline(buf_text(&line), line.len, &info);
        strv_add(titles, info.args ? info.args : "");
        process_info_free(&info);
    }
}

/* The title that isn't there often enough yet; NULL when all are. The caller frees. */
static char *find_missing_title(const struct waiting *w)
{
    const struct image *image = w->container->image;
    cleanup_strv struct strv titles = {0};
    if (image->titles.len)
        read_titles(w->pid, &titles);
    for (size_t i = 0; i < image->titles.len; i++) {
        unsigned long want = 1, have = 0;
        if (i < image->title_counts.len)
            parse_unsigned(image->title_counts.items[i], 1000, &want);
        for (size_t j = 0; j < titles.len; j++)
            have += glob_matches(image->titles.items[i], titles.items[j]);
        if (have < want)
            return xasprintf("it has %lu of %lu processes named %s", have, want, image->titles.items[i]);
    }
    return NULL;
}

/* Where the kernel has no sock_diag. */
static void read_listeners_of_procfs(pid_t pid, struct strv *out)
{
    static const char *const files[] = {"tcp", "tcp6"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        cleanup_free char *path = xasprintf("/proc/%d/net/%s", (int)pid, files[i]);
        cleanup_buf struct buf text = {0};
        if (read_file_at(AT_FDCWD, path, &text, 0) == 0)
            sockets_parse_listening(buf_text(&text), "tcp", out);
    }
}

static void read_listeners(const struct waiting *w, struct strv *out)
{
    struct nslab_error ignored = {0};
    if (w->listeners < 0 || listeners_read(w->listeners, out, &ignored) < 0)
        read_listeners_of_procfs(w->pid, out);
}

static char *find_missing_port(const struct waiting *w)
{
    const struct image *image = w->container->image;
    cleanup_strv struct strv sockets = {0};
    if (image->n_ports)
        read_listeners(w, &sockets);
    for (size_t i = 0; i < image->n_ports; i++) {
        cleanup_free char *wanted = xasprintf("*:%u", image->ports[i]);
        bool listens = false;
        for (size_t j = 0; j < sockets.len; j++)
            listens |= glob_matches(wanted, sockets.items[j]);
        if (!listens)
            return xasprintf("nobody listens on port %u in it", image->ports[i]);
    }
    return NULL;
}

/* Ends early when Ctrl-C comes. */
static void pause_us(long us)
{
    const struct timespec t = {.tv_nsec = us * 1000};
    struct pollfd wake = {.fd = interrupt_fd(), .events = POLLIN};
    ppoll(&wake, 1, &t, NULL);
}

static int wait_ready(struct container *c, const struct waiting *w, struct nslab_error *e)
{
    uint64_t end = now_ns() + (uint64_t)READY_MS * 1000000;
    for (int looks = 0;; looks++) {
        containers_note_ends(c->host);
        if (c->state == CONTAINER_EXITED) {
            error_say(e, "container %s ended before it was ready, with status %d", c->spec.name,
                      c->exit_status);
            error_hint(e, "`logs %s` shows what it wrote.", c->spec.name);
            return c->runs_image_command ? image_diagnose(c->image, c->host->lower_fd, e) : -1;
        }
        /* Titles first: a server listens before it has workers, and a look at them costs nothing. */
        cleanup_free char *missing = find_missing_title(w);
        if (!missing)
            missing = find_missing_port(w);
        if (!missing) {
            c->ready_ns = now_ns();
            return 0;
        }
        if (interrupt_pending()) {
            error_say(e, "interrupted while container %s wasn't ready yet: %s", c->spec.name, missing);
            return error_hint(e, "It still runs: `logs %s` shows what it wrote.", c->spec.name);
        }
        if (now_ns() >= end) {
            error_say(e, "container %s isn't ready after %d s: %s", c->spec.name, READY_MS / 1000, missing);
            return error_hint(e, "It still runs: `logs %s` shows what it wrote.", c->spec.name);
        }
        pause_us(looks < LOOKS_IN_A_ROW ? LOOK_AGAIN_US : LOOK_AGAIN_MAX_US);
    }
}

int container_wait_ready(struct container *c, struct nslab_error *e)
{
    struct nslab_error ignored = {0};
    if (!c->runs_image_command)
        return 0;
    struct place place = container_place(c);
    struct waiting w = {.container = c, .pid = pidfd_pid(c->process.pidfd), .listeners = -1};
    if (w.pid <= 0 && errno != ESRCH) /* it has ended: the first look says so */
        return error_sys(e, errno, "find the PID of", "container %s", c->spec.name);
    if (c->image->n_ports) /* now, while the program starts: there is nothing else to do */
        w.listeners = listeners_open(&place, &ignored);
    int rc = wait_ready(c, &w, e);
    close_fd_p(&w.listeners);
    return rc;
}
