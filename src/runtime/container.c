/* SPDX-License-Identifier: MIT
 *
 * nslab's book of containers: making one ready to be launched, finding, removing.
 */
#include "nslab/container.h"
#include "nslab/container_internal.h"
#include "nslab/fd.h"
#include "nslab/launch.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/network.h"
#include "nslab/ports.h"
#include "nslab/proc.h"
#include "nslab/session.h"
#include "nslab/shift.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOG_MAX (16u << 20) /* of what is shown */

void container_spec_free(struct container_spec *spec)
{
    struct share_choice *choices[] = {&spec->pid, &spec->net, &spec->uts, &spec->ipc};
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        free(choices[i]->container);
    for (size_t i = 0; i < spec->n_binds; i++) {
        free(spec->binds[i].source);
        free(spec->binds[i].target);
    }
    free(spec->name);
    free(spec->image);
    free(spec->hostname);
    free(spec->user);
    free(spec->ports);
    free(spec->binds);
    strv_free(&spec->command);
    strv_free(&spec->env);
    strv_free(&spec->cap_add);
    *spec = (struct container_spec){0};
}

static char *copy_text(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static struct share_choice copy_choice(const struct share_choice *c)
{
    return (struct share_choice){c->share, copy_text(c->container)};
}

static void spec_copy(struct container_spec *to, const struct container_spec *from)
{
    *to = *from;
    to->name = copy_text(from->name);
    to->image = copy_text(from->image);
    to->hostname = copy_text(from->hostname);
    to->user = copy_text(from->user);
    to->pid = copy_choice(&from->pid);
    to->net = copy_choice(&from->net);
    to->uts = copy_choice(&from->uts);
    to->ipc = copy_choice(&from->ipc);
    to->command = to->env = to->cap_add = (struct strv){0};
    strv_copy(&to->command, &from->command);
    strv_copy(&to->env, &from->env);
    strv_copy(&to->cap_add, &from->cap_add);
    to->ports = xcalloc(from->n_ports, sizeof *to->ports);
    if (from->n_ports)
        memcpy(to->ports, from->ports, from->n_ports * sizeof *to->ports);
    to->binds = xcalloc(from->n_binds, sizeof *to->binds);
    for (size_t i = 0; i < from->n_binds; i++)
        to->binds[i] = (struct bind_choice){xstrdup(from->binds[i].source), xstrdup(from->binds[i].target),
                                            from->binds[i].read_only};
}

struct container *container_find(const struct host *host, const char *name)
{
    for (struct container *c = host->containers; c; c = c->next)
        if (!strcmp(c->spec.name, name))
            return c;
    return NULL;
}

struct container *container_get(const struct host *host, const char *name, struct nslab_error *e)
{
    struct container *found = container_find(host, name);
    const char *names[64] = {NULL};
    size_t n = 0;
    if (found)
        return found;
    for (struct container *c = host->containers; c && n < ARRAY_LEN(names); c = c->next)
        names[n++] = c->spec.name;
    const char *nearest = nearest_word(name, names, n);
    error_say(e, "no container is called %s", name);
    if (nearest)
        error_hint(e, "Did you mean %s?", nearest);
    else if (n)
        error_hint(e, "`ps` shows those that there are.");
    else
        error_hint(e, "There is none yet: `run -d --name %s nginx` starts one.", name);
    return NULL;
}

struct place container_place(const struct container *container)
{
    return (struct place){.pidfd = container->process.pidfd, .name = container->spec.name};
}

/* How many PID namespaces a number on the lab host lies below the machine's. */
static size_t depth_of_lab_host(const struct host *host)
{
    pid_t of_init[8];
    return pidfd_pids(host->pidfd, of_init, ARRAY_LEN(of_init));
}

struct container_pids container_pids(const struct container *container)
{
    pid_t pids[8];
    size_t n = 0;
    if (container->state == CONTAINER_RUNNING)
        n = pidfd_pids(container->process.pidfd, pids, ARRAY_LEN(pids));
    if (!n)
        return (struct container_pids){0};
    /* One number a PID namespace, outermost first. As many as the lab host's init has lead down to the lab
     * host; with its PID namespace shared, the container's own number is that one. */
    size_t depth = depth_of_lab_host(container->host);
    if (depth < 1 || depth > n)
        return (struct container_pids){.machine = pids[0]};
    return (struct container_pids){pids[0], pids[depth - 1], pids[n - 1]};
}

static bool address_taken(const struct host *host, const char *address)
{
    for (const struct container *c = host->containers; c; c = c->next)
        if (!strcmp(c->address, address))
            return true;
    return false;
}

/* The lowest that is free: .1 is the bridge. */
static void choose_address(const struct host *host, char *address, size_t size)
{
    for (unsigned last = 2; last < 65534; last++) {
        snprintf(address, size, "172.17.%u.%u", last >> 8, last & 255);
        if (!address_taken(host, address))
            return;
    }
}

static void choose_name(const struct host *host, struct container_spec *spec)
{
    for (unsigned i = 1; !spec->name; i++) {
        cleanup_free char *name = xasprintf("box%u", i);
        if (!container_find(host, name))
            spec->name = take_ptr(name);
    }
}

static int choose_capabilities(struct container *c, struct nslab_error *e)
{
    c->capabilities = c->spec.privileged ? ~0ull : capabilities_default();
    for (size_t i = 0; i < c->spec.cap_add.len; i++) {
        if (!strcasecmp(c->spec.cap_add.items[i], "ALL")) {
            c->capabilities = ~0ull;
            continue;
        }
        int cap = capability_by_name(c->spec.cap_add.items[i], e);
        if (cap < 0)
            return -1;
        c->capabilities |= 1ull << cap;
    }
    return 0;
}

static int check_remap(const struct host *host, const struct container_spec *spec, struct nslab_error *e)
{
    if (!spec->remap || host->ids.remap_count)
        return 0;
    error_say(e, "--userns remap needs more ids than this machine gives you (%s)", host->ids.why_not_range);
    id_plan_hint(&host->ids, e);
    return error_needs(e, "subids");
}

struct process process_limited(struct host *host)
{
    struct process process = PROCESS_NONE;
    process.output_max = host->limits->output_bytes;
    process.struck = &host->struck;
    return process;
}

static struct container *container_new(struct host *host, const struct container_spec *spec)
{
    struct container *c = xcalloc(1, sizeof *c);
    c->host = host;
    c->process = process_limited(host);
    c->proxy_pidfd = c->log_fd = c->mnt_fd = c->disk_fd = c->proc_fd = -1;
    for (size_t i = 0; i < PORTS_MAX; i++)
        c->machine_sockets[i] = -1;
    spec_copy(&c->spec, spec);
    choose_name(host, &c->spec);
    if (!c->spec.hostname)
        c->spec.hostname = xstrdup(c->spec.uts.share == SHARE_HOST ? HOST_NAME : c->spec.name);
    if (c->spec.net.share == SHARE_PRIVATE)
        choose_address(host, c->address, sizeof c->address);
    c->journal = journal_new();
    return c;
}

static void container_free(struct container *c)
{
    container_spec_free(&c->spec);
    image_free(c->image);
    journal_free(c->journal);
    strv_free(&c->warnings);
    for (size_t i = 0; i < PORTS_MAX; i++)
        close_fd_p(&c->machine_sockets[i]);
    close_fd_p(&c->log_fd);
    close_fd_p(&c->disk_fd);
    close_fd_p(&c->proc_fd);
    close_fd_p(&c->mnt_fd);
    close_fd_p(&c->proxy_pidfd);
    close_fd_p(&c->process.in);
    close_fd_p(&c->process.out);
    close_fd_p(&c->process.err);
    close_fd_p(&c->process.pty);
    close_fd_p(&c->process.pidfd);
    free(c);
}

/* The image that the lab host's own root is made from: read already. */
static bool is_image_of_host(const struct host *host, const char *name)
{
    size_t n = strlen(host->image->name);
    return !strncmp(name, host->image->name, n) && (!name[n] || !strcmp(name + n, ":latest"));
}

static int prepare(struct host *host, struct container *c, struct nslab_error *e)
{
    if (!c->journal)
        return error_sys(e, errno, "map shared memory for", "the journal");
    if (is_image_of_host(host, c->spec.image))
        c->image = image_share(host->image);
    else if (image_open(c->spec.image, &c->image, e) < 0)
        return -1;
    if (!c->spec.command.len) {
        strv_copy(&c->spec.command, &c->image->command);
        c->runs_image_command = true;
    }
    if (c->spec.n_ports && c->spec.net.share != SHARE_PRIVATE) {
        strv_addf(&c->warnings, "Published ports are discarded when using %s network mode",
                  c->spec.net.share == SHARE_HOST   ? "host"
                  : c->spec.net.share == SHARE_NONE ? "none"
                                                    : "container");
        c->spec.n_ports = 0;
    }
    return choose_capabilities(c, e) < 0 || check_remap(host, &c->spec, e) < 0 ? -1 : 0;
}

/* Which walls it gets: for each type, entered with the lab host's, joined of another container, or new. */
static int choose_namespaces(struct host *host, struct launch *l, struct nslab_error *e)
{
    const struct container_spec *spec = &l->container->spec;
    const struct {
        const struct share_choice *choice;
        uint64_t flag;
    } types[] = {{&spec->pid, CLONE_NEWPID},
                 {&spec->net, CLONE_NEWNET},
                 {&spec->uts, CLONE_NEWUTS},
                 {&spec->ipc, CLONE_NEWIPC}};
    l->enter_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;
    l->clone_flags = CLONE_NEWNS | (spec->remap ? (uint64_t)CLONE_NEWUSER : 0);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        enum share share = types[i].choice->share;
        if (share == SHARE_PRIVATE || share == SHARE_NONE)
            l->clone_flags |= types[i].flag;
        if (share != SHARE_CONTAINER)
            continue;
        l->joins[i] = container_get(host, types[i].choice->container, e);
        if (!l->joins[i])
            return -1;
        if (l->joins[i]->state != CONTAINER_RUNNING)
            return error_say(e, "container %s isn't running: its namespaces are gone",
                             l->joins[i]->spec.name);
    }
    return 0;
}

/* In a PID namespace of others, their proc is its own too. With one of its own it sends one (launch_child.c).
 */
static int share_proc(const struct host *host, const struct launch *l, struct nslab_error *e)
{
    struct container *c = l->container;
    if (c->spec.pid.share == SHARE_PRIVATE)
        return 0;
    c->proc_fd = fcntl(l->joins[0] ? l->joins[0]->proc_fd : host->proc_fd, F_DUPFD_CLOEXEC, 0);
    return c->proc_fd < 0 ? error_sys(e, errno, "share the proc of", "container %s", c->spec.name) : 0;
}

static int start(struct host *host, struct container *c, struct nslab_error *e)
{
    cleanup_fd int shifted = -1;
    struct launch l = {.host = host, .container = c, .lower_fd = host->lower_fd};
    if (choose_namespaces(host, &l, e) < 0 || share_proc(host, &l, e) < 0 ||
        container_publish_prepare(c, e) < 0)
        return -1;
    if (c->spec.remap) {
        l.lower_fd = shifted = shift_lower(host, e);
        if (shifted < 0)
            return -1;
    }
    if (stdio_open(c->spec.stdio, &l.io, &c->process, e) < 0)
        return -1;
    c->started_ns = now_ns();
    int rc = launch(&l, e);
    stdio_close(&l.io);
    if (rc < 0)
        return -1;
    return container_publish(c, e);
}

static void link_container(struct container *c)
{
    struct container **last = &c->host->containers;
    while (*last)
        last = &(*last)->next;
    *last = c;
}

static void unlink_container(struct container *c)
{
    struct container **at = &c->host->containers;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
}

static int disconnect(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct container *c = arg;
    (void)out;
    (void)ret_fd;
    return network_disconnect((uint32_t)c->veth_index, e);
}

/* While the link is there its address can't be given out again. */
static int release_link(struct container *c, struct nslab_error *e)
{
    struct place lab_host = host_place(c->host);
    if (!c->veth_index)
        return 0;
    return call_in(&lab_host, CLONE_NEWUSER | CLONE_NEWNET, disconnect, c, 0, NULL, NULL, e);
}

static int check_room(struct host *host, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    unsigned n = 0;
    for (const struct container *c = host->containers; c; c = c->next)
        n++;
    if (n < host->limits->containers)
        return 0;
    host->struck |= limit_bit(LIMIT_CONTAINERS);
    limit_sentence(host->limits, LIMIT_CONTAINERS, &text);
    error_say(e, "%s", buf_text(&text));
    return error_hint(e, "`rm` takes those away that have ended: `ps -a` shows them.");
}

int container_run(struct host *host, const struct container_spec *spec, struct container **ret,
                  struct nslab_error *e)
{
    containers_refresh(host);
    if (spec->name && container_find(host, spec->name)) {
        error_say(e, "the name %s is in use by a container", spec->name);
        return error_hint(e, "Remove that one with `rm -f %s`, or choose another name.", spec->name);
    }
    if (check_room(host, e) < 0)
        return -1;
    struct container *c = container_new(host, spec);
    link_container(c);
    if (prepare(host, c, e) < 0 || start(host, c, e) < 0) {
        struct nslab_error ignored = {0};
        if (c->image)
            image_diagnose(c->image, c->image == host->image ? host->lower_fd : -1, e);
        container_end(c);
        release_link(c, &ignored);
        unlink_container(c);
        container_free(c);
        return -1;
    }
    *ret = c;
    session_add_container(host->session, c);
    return c->spec.detach ? container_wait_ready(c, e) : 0;
}

int container_remove(struct container *c, bool force, struct nslab_error *e)
{
    containers_note_ends(c->host);
    if (c->state == CONTAINER_RUNNING && !force) {
        error_say(e, "container %s is running", c->spec.name);
        return error_hint(e, "`rm -f %s` kills it first.", c->spec.name);
    }
    container_end(c);
    if (c->state == CONTAINER_EXITED && container_end_rest(c, e) < 0)
        return -1;
    int rc = release_link(c, e);
    unlink_container(c);
    container_free(c);
    return rc;
}

void containers_refresh(struct host *host)
{
    containers_note_ends(host);
    for (struct container *c = host->containers, *next; c; c = next) {
        struct nslab_error ignored = {0};
        next = c->next;
        if (c->state == CONTAINER_EXITED && c->spec.remove_after && c->spec.detach)
            container_remove(c, false, &ignored);
    }
}

/* The youngest first: it may be in the PID namespace of an older one, which doesn't end before all in it are
 * reaped. */
static struct container *take_youngest(struct host *host)
{
    struct container **at = &host->containers;
    while ((*at)->next)
        at = &(*at)->next;
    return take_ptr(*at);
}

/* Its PID namespace's end may wait for a process that an `attach` in another terminal has to reap. */
static void reap_dead(int pidfd, uint64_t end_ns)
{
    uint64_t now = now_ns();
    if (poll_exit(pidfd, now < end_ns ? (int)((end_ns - now) / 1000000) : 0) > 0)
        wait_child(pidfd, NULL);
}

void containers_discard(struct host *host)
{
    uint64_t end = now_ns() + (uint64_t)HOST_END_MS * 1000000;
    while (host->containers) {
        struct container *c = take_youngest(host);
        /* The lab host has been ended: all that is left to do is to reap what was ours. */
        if (c->proxy_pidfd >= 0)
            wait_child(c->proxy_pidfd, NULL);
        if (c->state == CONTAINER_RUNNING)
            reap_dead(c->process.pidfd, end);
        container_free(c);
    }
}

int container_logs(const struct container *c, struct buf *out, struct nslab_error *e)
{
    if (c->log_fd < 0) {
        error_say(e, "container %s wrote to your terminal, not to a log", c->spec.name);
        return error_hint(e, "`run -d` keeps what a container writes.");
    }
    size_t before = out->len;
    /* A file of nslab's own, at its own offset: the container shares the one behind log_fd. */
    cleanup_free char *path = xasprintf("/proc/self/fd/%d", c->log_fd);
    if (read_file_at(AT_FDCWD, path, out, LOG_MAX) < 0)
        return error_sys(e, errno, "read the log of", "container %s", c->spec.name);
    if (out->len - before == LOG_MAX)
        buf_addf(out, "\n[a log of over %u MiB: the rest is not shown]\n", LOG_MAX >> 20);
    return 0;
}
