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

#include <string.h>

static void processes_free(struct process_info *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        process_info_free(&list[i]);
    free(list);
}

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

/* A process stands on the side whose mount namespace it is in: each container has one of its own. */
static bool stands_on(const struct process_info *process, const struct side *side)
{
    char link[48];
    struct nslab_error ignored = {0};
    return ns_link(process->pid, NS_MNT, link, sizeof link, &ignored) == 0 &&
           !strcmp(link, side->links[NS_MNT]);
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

static void add_processes(const struct process_info *list, size_t n, const struct sides *s, size_t index,
                          struct buf *out)
{
    static const char *const head[] = {"", "MACHINE", "HOST", "INSIDE", "COMMAND"};
    cleanup_table struct table table = {.columns = ARRAY_LEN(head)};
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        table_add(&table, "%s", head[i]);
    for (size_t i = 0; i < n; i++)
        if (stands_on(&list[i], &s->items[index]))
            add_process(&table, &list[i], index > SIDE_HOST);
    table_show(&table, out);
}

int verb_run_map(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_with(sides_free) struct sides sides = {0};
    cleanup_buf struct buf text = {0};
    struct process_info *list = NULL;
    size_t n = 0;
    (void)status;
    if (command_host(c, e) < 0 || sides_read(c->host, &line->args, &sides, e) < 0 ||
        procfs_list("/proc", &list, &n, e) < 0)
        return -1;
    buf_adds(&text, "machine: your computer; nslab itself runs here and looks from here\n");
    for (size_t i = SIDE_HOST; i < sides.n; i++) {
        buf_addc(&text, '\n');
        add_walls(&sides, i, &text);
        add_processes(list, n, &sides, i, &text);
    }
    processes_free(list, n);
    sink_harmless(c->sink, &text);
    return 0;
}
