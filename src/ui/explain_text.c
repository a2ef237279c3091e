/* SPDX-License-Identifier: MIT
 *
 * The texts about id maps, mounts, cables and PIDs. Pure.
 */
#include "explain.h"
#include "nslab/mem.h"

#include <string.h>
#include <sys/sysmacros.h>

/* --- id maps --- */

/* "100000 on the lab host and 1879148192 on the machine" for an id of NAME's. */
static void add_end(const struct map_facts *f, uint32_t outside, struct buf *out)
{
    uint32_t machine = 0;
    buf_addf(out, "%u on %s", outside, f->reader);
    if (!f->outer)
        return;
    if (id_map_outside(f->outer, outside, &machine))
        buf_addf(out, " and %u on the machine", machine);
    else
        buf_addf(out, " and none on the machine");
}

static void add_line(const struct map_facts *f, const struct id_extent *x, struct buf *out)
{
    const char *what = f->file[0] == 'g' ? "gid" : "uid";
    uint32_t last = x->count - 1;
    buf_addf(out, "- `%u %u %u`: ", x->inside, x->outside, x->count);
    if (x->count == 1) {
        buf_addf(out, "one %s. %u in %s is ", what, x->inside, f->name);
        add_end(f, x->outside, out);
    } else {
        buf_addf(out, "%u %ss from %u on are those from %u on. The first, %u, is ", x->count, what, x->inside,
                 x->outside, x->inside);
        add_end(f, x->outside, out);
        buf_addf(out, "; the last, %u, is ", x->inside + last);
        add_end(f, x->outside + last, out);
    }
    buf_adds(out, ".\n");
}

/* The neighbours of the ranges that are in none: as 99999 and 165536. */
static void add_outside(const struct map_facts *f, struct buf *out)
{
    cleanup_buf struct buf ids = {0};
    for (size_t i = 0; i < f->map->n; i++) {
        const struct id_extent *x = &f->map->extents[i];
        const uint64_t near[] = {x->outside ? x->outside - UINT64_C(1) : UINT64_MAX,
                                 (uint64_t)x->outside + x->count};
        for (size_t k = 0; k < ARRAY_LEN(near); k++) {
            uint32_t inside;
            if (near[k] >= UINT32_MAX || id_map_inside(f->map, (uint32_t)near[k], &inside))
                continue;
            buf_addf(&ids, "%s%u", ids.len ? ", " : "", (uint32_t)near[k]);
        }
    }
    if (ids.len)
        buf_addf(out,
                 "\nOutside of every line, and so of the map, are for example %s on %s: what belongs to one "
                 "of these shows in %s as %u, and nothing in there can become "
                 "its owner.\n",
                 buf_text(&ids), f->reader, f->name, f->nobody);
    else
        buf_adds(out, "\nNo id is outside of the map.\n");
}

void map_text(const struct map_facts *f, struct buf *out)
{
    if (f->shared_with)
        buf_addf(out, "%s has no user namespace of its own: it is in `%s`, as %s is.\n\n", f->name, f->link,
                 f->shared_with);
    buf_addf(out,
             "`/proc/%d/%s`, read from %s, says which ids there are in `%s`. Each line is: first id "
             "inside, first id outside, how many.\n\n",
             (int)f->pid, f->file, f->reader, f->link);
    for (size_t i = 0; i < f->map->n; i++)
        add_line(f, &f->map->extents[i], out);
    add_outside(f, out);
    buf_addf(out, "\nThe second number is in the reader's own ids: the same file has another second column "
                  "when it is read from elsewhere.\n");
}

/* --- mounts --- */

static const struct {
    const char *name, *says;
} option_table[] = {
    {"rw", "can be written"},
    {"ro", "is only read here"},
    {"nosuid", "set-user-id bits and file capabilities do nothing"},
    {"nodev", "device files can't be opened"},
    {"noexec", "no program in it can be executed"},
    {"relatime", "the time of reading is noted at most once a day"},
    {"noatime", "the time of reading isn't noted"},
    {"idmapped", "owners are shown moved through an id map"},
};

static void add_options(const char *options, struct buf *out)
{
    cleanup_free char *copy = xstrdup(options);
    char *rest = copy;
    bool any = false;
    for (char *option; (option = strsep(&rest, ","));)
        for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
            if (!strcmp(option_table[i].name, option)) {
                buf_addf(out, "%s`%s` %s", any ? "; " : "", option, option_table[i].says);
                any = true;
            }
    buf_adds(out, any ? ".\n" : "they hold for this mount alone.\n");
}

static void add_place(const struct mount_facts *f, struct buf *out)
{
    const struct mount_info *m = f->mount;
    buf_addf(out, "- `%d`: the number of this mount. ", m->id);
    if (f->parent)
        buf_addf(out, "`%d`: that of the mount that it is mounted on, which is seen at `%s`.\n", m->parent,
                 f->parent->target);
    else
        buf_addf(out, "`%d`: that of the mount that it is mounted on, which can't be seen from %s.\n",
                 m->parent, f->name);
    buf_addf(out, "- `%u:%u`: the device of the file system%s.\n", m->major, m->minor,
             m->major ? "" : "; with 0 before the colon no disk or other block device stands for it");
    if (strcmp(m->root, "/") != 0)
        buf_addf(out, "- `%s`: of that file system only this is shown here: a bind mount.\n", m->root);
    else
        buf_addf(out, "- `/`: the file system is shown from its own root on.\n");
    buf_addf(out, "- `%s`: where it is seen, in %s.\n", m->target, f->name);
}

void mount_text(const struct mount_facts *f, struct buf *out)
{
    const struct mount_info *m = f->mount;
    if (strcmp(m->target, f->path) != 0)
        buf_addf(out, "Nothing is mounted at `%s` in %s: what is there belongs to the mount at `%s`.\n\n",
                 f->path, f->name, m->target);
    buf_addf(out, "Its row in `/proc/%d/mountinfo`, field by field:\n\n", (int)f->pid);
    add_place(f, out);
    buf_addf(out, "- `%s`: the options of this mount: ", m->options);
    add_options(m->options, out);
    if (m->optional && *m->optional)
        buf_addf(out, "- `%s`: mounts made below it travel to, or come from, the mounts of that group.\n",
                 m->optional);
    else
        buf_addf(out, "- nothing before the `-`: it is private. A mount made below it is seen in this mount "
                      "namespace alone.\n");
    buf_addf(out,
             "- `%s`: the type of the file system. `%s`: its source, a text that whoever mounted it gave.\n",
             m->type, m->source);
    buf_addf(out, "- `%s`: the options of the file system itself, the same wherever it is mounted.\n",
             m->super_options);
}

/* --- cables --- */

void veth_text(const struct veth_facts *f, struct buf *out)
{
    const struct link_info *l = f->link, *o = f->other;
    if (f->addresses[0])
        buf_addf(
            out,
            "**`%s@if%u` in %s.** It has index %u and the address %s; its other end has index %u where that "
            "is.\n\n",
            l->name, l->peer_index, f->name, l->index, f->addresses, l->peer_index);
    else
        buf_addf(out, "**`%s@if%u` in %s.** It has index %u; its other end has index %u where that is.\n\n",
                 l->name, l->peer_index, f->name, l->index, l->peer_index);
    if (!o) {
        buf_addf(out, "That is in none of the lab's network namespaces that nslab can see.\n");
        return;
    }
    buf_addf(out,
             "In %s index %u is `%s`, and it says `@if%u`: the two name each other, and so they are one "
             "cable. What is sent into the one end comes out of the other.\n\n",
             f->other_name, o->index, o->name, o->peer_index);
    if (f->master)
        buf_addf(out, "The end on the lab host is a port of the bridge `%s`.\n\n", f->master);
    if (f->same_index)
        buf_addf(out, "In %s itself index %u is `%s`: indexes are counted in each network namespace anew.\n",
                 f->name, l->peer_index, f->same_index);
    else
        buf_addf(out,
                 "In %s itself no link has index %u: indexes are counted in each network namespace anew.\n",
                 f->name, l->peer_index);
}

/* --- PIDs --- */

void pid_text(const struct pid_facts *f, struct buf *out)
{
    size_t last = f->n - 1;
    buf_addf(out, "The first process of %s is `%s`. `/proc/%d/status` has the line `NSpid:", f->name, f->args,
             (int)f->numbers[0]);
    for (size_t i = 0; i < f->n; i++)
        buf_addf(out, " %d", (int)f->numbers[i]);
    buf_adds(out, "`: one process, one number in each PID namespace that it is in, from the reader's "
                  "inwards.\n\n");
    buf_addf(out, "- **%d** on the machine: `ps -p %d` in another terminal shows it.\n", (int)f->numbers[0],
             (int)f->numbers[0]);
    if (f->n > 1)
        buf_addf(out, "- **%d** on the lab host: `host ps -p %d`.\n", (int)f->numbers[1], (int)f->numbers[1]);
    if (f->n > 2)
        buf_addf(out,
                 "- **%d** inside: what `%s` itself gets from getpid(2). From in there no other number of "
                 "it can be seen.\n",
                 (int)f->numbers[last], f->name);
    else if (f->n == 2 && f->is_container)
        buf_addf(out, "- Inside it is **%d** too: %s has no PID namespace below the lab host's.\n",
                 (int)f->numbers[last], f->name);
}
