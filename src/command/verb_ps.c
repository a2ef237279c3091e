/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"
#include "table.h"
#include "verbs.h"

#define COMMAND_SHOWN 24

static void add_command(struct table *t, const struct container *container)
{
    cleanup_buf struct buf command = {0}, shown = {0};
    strv_join(&container->spec.command, " ", &command);
    add_harmless_line(&shown, buf_text(&command), command.len);
    /* Cut at a character, not within one. */
    size_t characters = 0, at = 0;
    for (; at < shown.len; at++)
        if (((unsigned char)shown.data[at] & 0xc0) != 0x80 && ++characters > COMMAND_SHOWN)
            break;
    table_add(t, "\"%.*s%s\"", (int)at, buf_text(&shown), at < shown.len ? "..." : "");
}

static void add_status(struct table *t, const struct container *container)
{
    uint64_t seconds = (now_ns() - container->started_ns) / 1000000000;
    if (container->state == CONTAINER_EXITED)
        table_add(t, "Exited (%d)", container->exit_status);
    else if (seconds < 120)
        table_add(t, "Up %lu s", (unsigned long)seconds);
    else
        table_add(t, "Up %lu min", (unsigned long)(seconds / 60));
}

static void add_row(struct table *t, const struct container *container)
{
    cleanup_buf struct buf ports = {0};
    pid_t pid = container_pids(container).host;
    table_add(t, "%s", container->spec.name);
    table_add(t, "%s", container->spec.image);
    add_command(t, container);
    add_status(t, container);
    if (pid > 0)
        table_add(t, "%d", (int)pid);
    else
        table_add(t, "-");
    ports_text(&container->spec, &ports);
    table_add(t, "%s", container->state == CONTAINER_RUNNING ? buf_text(&ports) : "");
}

int verb_run_ps(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    static const char *const head[] = {"NAME", "IMAGE", "COMMAND", "STATUS", "PID", "PORTS"};
    cleanup_table struct table table = {.columns = ARRAY_LEN(head)};
    cleanup_buf struct buf text = {0};
    (void)status;
    if (command_host(c, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        table_add(&table, "%s", head[i]);
    for (const struct container *it = c->host->containers; it; it = it->next)
        if (it->state == CONTAINER_RUNNING || line_has(line, "all"))
            add_row(&table, it);
    table_show(&table, &text);
    sink_text(c->sink, "%s", buf_text(&text));
    return 0;
}
