/* SPDX-License-Identifier: MIT
 *
 * Processes, id maps and mounts as they are now. Ids have other numbers for each reader, so it is said who
 * reads.
 */
#include "picture_live.h"
#include "nslab/container.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "walls.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* --- processes --- */

struct processes {
    struct process_info *items;
    size_t n;
    pid_t host_init, nslab; /* as the /proc that we read has them */
};

static int processes_read(const struct host *host, struct processes *ret, struct nslab_error *e)
{
    if (procfs_list("/proc", &ret->items, &ret->n, e) < 0)
        return -1;
    ret->host_init = host->pid;
    for (size_t i = 0; i < ret->n; i++)
        if (ret->items[i].pid == host->pid)
            ret->nslab = ret->items[i].ppid;
    return 0;
}

static void processes_free(struct processes *p)
{
    for (size_t i = 0; i < p->n; i++)
        process_info_free(&p->items[i]);
    free(p->items);
}

/* The lab host's init and the port proxies let nobody look at their links: they are nslab's children, and in
 * a PID namespace below its own. */
static bool serves_lab_host(const struct processes *all, const struct process_info *process)
{
    return process->pid == all->host_init || (process->ppid == all->nslab && process->n_nspid > 1);
}

/* A process stands on the side whose mount namespace it is in: each container has one of its own. */
static bool stands_on(const struct processes *all, const struct process_info *process, const struct sides *s,
                      size_t index)
{
    char link[48];
    struct nslab_error unreadable = {0};
    if (ns_link(process->pid, NS_MNT, link, sizeof link, &unreadable) == 0)
        return !strcmp(link, s->items[index].links[NS_MNT]);
    return index == SIDE_HOST && unreadable.errnum == EACCES && serves_lab_host(all, process);
}

static void add_namespaces(const struct sides *s, size_t index, struct picture_side *ret)
{
    cleanup_buf struct buf own = {0}, shared = {0};
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        const char *other = side_same(s, index, type);
        if (!s->items[index].links[type][0])
            continue;
        if (other)
            buf_addf(&shared, "%s%s=%s", shared.len ? ", " : "", ns_table[type].name, other);
        else
            buf_addf(&own, "%s%s", own.len ? " " : "", ns_table[type].name);
    }
    ret->own = buf_take(&own);
    ret->shared = buf_take(&shared);
}

/* NSpid: the machine's number first, the lab host's second, and the last is the number inside. */
static void fill_side(const struct processes *all, const struct sides *s, size_t index,
                      struct picture_side *ret)
{
    *ret = (struct picture_side){.name = xstrdup(s->items[index].name)};
    add_namespaces(s, index, ret);
    for (size_t i = 0; i < all->n; i++) {
        const struct process_info *p = &all->items[i];
        if (!stands_on(all, p, s, index))
            continue;
        ret->processes = xrealloc(ret->processes, ret->n + 1, sizeof *ret->processes);
        ret->processes[ret->n++] =
            (struct picture_process){.machine = p->n_nspid > 0 ? p->nspid[0] : 0,
                                     .host = p->n_nspid > 1 ? p->nspid[1] : 0,
                                     .inside = p->n_nspid > 1 ? p->nspid[p->n_nspid - 1] : 0,
                                     .args = xstrdup(p->args ? p->args : "")};
    }
}

int picture_processes_read(const struct host *host, struct picture_processes *ret, struct nslab_error *e)
{
    static const struct strv all_containers = {0};
    cleanup_with(sides_free) struct sides s = {0};
    cleanup_with(processes_free) struct processes all = {0};
    *ret = (struct picture_processes){0};
    if (sides_read(host, &all_containers, &s, e) < 0 || processes_read(host, &all, e) < 0)
        return -1;
    ret->nslab = all.nslab;
    fill_side(&all, &s, SIDE_HOST, &ret->host);
    ret->n = s.n - SIDE_HOST - 1;
    ret->containers = xcalloc(ret->n + 1, sizeof *ret->containers);
    size_t in_lab = ret->host.n + 1; /* nslab itself */
    for (size_t i = 0; i < ret->n; i++) {
        fill_side(&all, &s, SIDE_HOST + 1 + i, &ret->containers[i]);
        in_lab += ret->containers[i].n;
    }
    ret->others = all.n > in_lab ? all.n - in_lab : 0;
    return 0;
}

/* --- files of /proc --- */

static int read_here(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const char *path = arg;
    (void)ret_fd;
    return read_file_at(-1, path, out, 0) < 0 ? error_sys(e, errno, "read", "%s", path) : 0;
}

/* With the user namespace alone the helper still sees the machine's /proc, and so the machine's PIDs. */
int proc_text(const struct place *reader, pid_t pid, const char *file, struct buf *out, struct nslab_error *e)
{
    cleanup_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
    return call_in(reader, CLONE_NEWUSER, read_here, path, 0, out, NULL, e);
}

int id_map_of(const struct place *reader, pid_t pid, const char *file, struct id_map *ret,
              struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    *ret = (struct id_map){0};
    if (proc_text(reader, pid, file, &text, e) < 0)
        return -1;
    if (id_map_parse(buf_text(&text), ret) < 0)
        return error_say(e, "/proc/%d/%s isn't an id map of at most %d lines", (int)pid, file,
                         ID_EXTENTS_MAX);
    return 0;
}

unsigned overflow_id(void)
{
    cleanup_buf struct buf text = {0};
    return read_file_at(-1, "/proc/sys/kernel/overflowuid", &text, 0) == 0
               ? (unsigned)strtoul(buf_text(&text), NULL, 10)
               : 65534;
}

/* --- id maps --- */

static int add_space(struct picture_ids *ids, const struct place *reader, pid_t pid, const struct side *side,
                     struct nslab_error *e)
{
    struct picture_ids_space space = {0};
    if (id_map_of(reader, pid, "uid_map", &space.uid, e) < 0 ||
        id_map_of(reader, pid, "gid_map", &space.gid, e) < 0)
        return -1;
    space.names = xstrdup(side->name);
    space.link = xstrdup(side->links[NS_USER]);
    ids->spaces = xrealloc(ids->spaces, ids->n + 1, sizeof *ids->spaces);
    ids->spaces[ids->n++] = space;
    return 0;
}

/* Who is in the namespace of one that is there already is named beside it. */
static bool joins(struct picture_ids *ids, const struct side *side)
{
    for (size_t i = 0; i < ids->n; i++)
        if (!strcmp(ids->spaces[i].link, side->links[NS_USER])) {
            char *names = xasprintf("%s, %s", ids->spaces[i].names, side->name);
            free(ids->spaces[i].names);
            ids->spaces[i].names = names;
            return true;
        }
    return false;
}

int picture_ids_read(const struct host *host, struct picture_ids *ret, struct nslab_error *e)
{
    static const struct strv all_containers = {0};
    cleanup_with(sides_free) struct sides s = {0};
    struct place lab_host = host_place(host);
    *ret = (struct picture_ids){.nobody = overflow_id()};
    if (sides_read(host, &all_containers, &s, e) < 0 ||
        add_space(ret, &machine_place, pidfd_pid(host->pidfd), &s.items[SIDE_HOST], e) < 0)
        return -1;
    for (size_t i = SIDE_HOST + 1; i < s.n; i++) {
        struct nslab_error ended = {0};
        const struct container *container = container_find(host, s.items[i].name);
        if (container && s.items[i].links[NS_USER][0] && !joins(ret, &s.items[i]))
            add_space(ret, &lab_host, container_pids(container).machine, &s.items[i], &ended);
    }
    return 0;
}

/* --- mounts --- */

static int statfs_root(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    struct statvfs fs;
    (void)arg;
    (void)ret_fd;
    if (statvfs("/", &fs) < 0)
        return error_sys(e, errno, "ask for the size of", "/");
    buf_add(out, &fs, sizeof fs);
    return 0;
}

/* An overlay answers with the numbers of its upper layer's file system. */
static int read_size(const struct place *place, struct picture_layers *l, struct nslab_error *e)
{
    cleanup_buf struct buf bytes = {0};
    struct statvfs fs;
    if (call_in(place, CLONE_NEWUSER | CLONE_NEWNS, statfs_root, NULL, 0, &bytes, NULL, e) < 0)
        return -1;
    memcpy(&fs, bytes.data, sizeof fs);
    l->size = (uint64_t)fs.f_blocks * fs.f_frsize;
    l->used = (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
    return 0;
}

static int add_layers(struct picture_mounts *all, const struct place *place, pid_t pid, char *name,
                      char *lower, struct nslab_error *e)
{
    struct picture_layers l = {.name = name, .lower = lower};
    cleanup_buf struct buf text = {0};
    int n = -1;
    if (read_size(place, &l, e) == 0 && proc_text(&machine_place, pid, "mountinfo", &text, e) == 0) {
        n = mountinfo_parse(buf_text(&text), &l.mounts);
        if (n < 0)
            error_say(e, "/proc/%d/mountinfo has a line that isn't a mount's", (int)pid);
    }
    if (n < 0) {
        free(name);
        free(lower);
        return -1;
    }
    l.n_mounts = (size_t)n;
    all->roots = xrealloc(all->roots, all->n + 1, sizeof *all->roots);
    all->roots[all->n++] = l;
    return 0;
}

static void add_binds(const struct container_spec *spec, struct picture_layers *l)
{
    l->binds = xcalloc(spec->n_binds + 1, sizeof *l->binds);
    for (; l->n_binds < spec->n_binds; l->n_binds++)
        l->binds[l->n_binds] = (struct picture_bind){.source = xstrdup(spec->binds[l->n_binds].source),
                                                     .target = xstrdup(spec->binds[l->n_binds].target)};
}

static char *lower_text(const struct image *image, bool remap)
{
    return remap ? xasprintf("image %s, %s, with every owner moved up by %u ids", image->name, image->rootfs,
                             REMAP_BASE)
                 : xasprintf("image %s, %s", image->name, image->rootfs);
}

int picture_mounts_read(const struct host *host, struct picture_mounts *ret, struct nslab_error *e)
{
    struct place lab_host = host_place(host);
    *ret = (struct picture_mounts){0};
    if (add_layers(ret, &lab_host, pidfd_pid(host->pidfd), xstrdup("lab host"),
                   lower_text(host->image, false), e) < 0)
        return -1;
    for (const struct container *c = host->containers; c; c = c->next) {
        struct nslab_error ended = {0};
        struct place place = container_place(c);
        if (c->state == CONTAINER_RUNNING &&
            add_layers(ret, &place, container_pids(c).machine, xasprintf("container %s", c->spec.name),
                       lower_text(c->image, c->spec.remap), &ended) == 0)
            add_binds(&c->spec, &ret->roots[ret->n - 1]);
    }
    return 0;
}
