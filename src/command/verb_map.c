/* SPDX-License-Identifier: MIT
 *
 * map: the walls of the lab as a list. For each side which namespaces are its own, and its processes with all
 * the numbers that they have.
 */
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/procfs.h"
#include "table.h"
#include "verbs.h"
#include "walls.h"

#include <errno.h>
#include <string.h>

static void add_walls(const struct sides *s, size_t index, struct buf *out)
{
    cleanup_buf struct buf own = {0}, shared = {0};
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        const char *other = side_same(s, index, type);
        if (!s->items[index].links[type][0])
            continue;
        if (other)
            buf_addf(&shared, "%s%s = %s", shared.len ? ", " : "", ns_table[type].name, other);
        else
            buf_addf(&own, "%s%s", own.len ? " " : "", ns_table[type].name);
    }
    buf_addf(out, "%s: its own %s", s->items[index].name, own.len ? buf_text(&own) : "none");
    buf_addf(out, "%s%s\n", shared.len ? "; shared " : "", buf_text(&shared));
}

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

static void add_number(struct table *t, pid_t pid)
{
    if (pid > 0)
        table_add(t, "%d", (int)pid);
    else
        table_add(t, "-");
}

/* A process has one number in each PID namespace from that of the /proc that nslab reads, the machine's, down
 * to its own: the lab host's is the second, and the last is the number inside. */
static void add_process(struct table *t, const struct process_info *process, bool in_container)
{
    size_t n = process->n_nspid;
    table_add(t, "%s", "");
    add_number(t, n > 0 ? process->nspid[0] : 0);
    add_number(t, n > 1 ? process->nspid[1] : 0);
    add_number(t, in_container && n > 1 ? process->nspid[n - 1] : 0);
    table_add(t, "%s", process->args ? process->args : "");
}

static void add_processes(const struct processes *all, const struct sides *s, size_t index, struct buf *out)
{
    static const char *const head[] = {"", "MACHINE", "HOST", "INSIDE", "COMMAND"};
    cleanup_table struct table table = {.columns = ARRAY_LEN(head)};
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        table_add(&table, "%s", head[i]);
    for (size_t i = 0; i < all->n; i++)
        if (stands_on(all, &all->items[i], s, index))
            add_process(&table, &all->items[i], index > SIDE_HOST);
    table_show(&table, out);
}

int verb_run_map(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_with(sides_free) struct sides sides = {0};
    cleanup_buf struct buf text = {0};
    cleanup_with(processes_free) struct processes all = {0};
    (void)status;
    if (command_host(c, e) < 0 || sides_read(c->host, &line->args, &sides, e) < 0 ||
        processes_read(c->host, &all, e) < 0)
        return -1;
    buf_adds(&text, "machine: your computer; nslab itself runs here and looks from here\n");
    for (size_t i = SIDE_HOST; i < sides.n; i++) {
        buf_addc(&text, '\n');
        add_walls(&sides, i, &text);
        add_processes(&all, &sides, i, &text);
    }
    sink_harmless(c->sink, &text);
    return 0;
}
