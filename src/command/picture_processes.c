/* SPDX-License-Identifier: MIT
 *
 * A box is a wall. A process stands in the box of its mount namespace, with one number for each PID namespace
 * from the machine's down to its own.
 */
#include "nslab/mem.h"
#include "picture.h"

#include <stdio.h>
#include <string.h>

#define ROOM_FOR_COLUMNS 60u /* with less the numbers are joined by slashes */

static void number(pid_t pid, char *text, size_t size)
{
    if (pid > 0)
        snprintf(text, size, "%d", (int)pid);
    else
        snprintf(text, size, "-");
}

static void draw_process(struct pen *p, const struct picture_process *process, bool columns, bool container)
{
    char machine[16], host[16], inside[16];
    number(process->machine, machine, sizeof machine);
    number(process->host, host, sizeof host);
    number(process->inside, inside, sizeof inside);
    if (columns)
        pen_row(p, "%-7s %-7s %-7s %s", machine, host, container ? inside : "", process->args);
    else
        pen_row(p, "%s/%s%s%s %s", machine, host, container ? "/" : "", container ? inside : "",
                process->args);
}

static void draw_list(struct pen *p, const struct picture_side *side, bool columns, bool container)
{
    if (!side->n)
        pen_words(p, 0, "no process");
    else if (columns)
        pen_row(p, "%-7s %-7s %-7s %s", "machine", "host", container ? "inside" : "", "command");
    else
        pen_row(p, "machine/host%s command", container ? "/inside" : "");
    for (size_t i = 0; i < side->n; i++)
        draw_process(p, &side->processes[i], columns, container);
}

static void draw_walls(struct pen *p, const struct picture_side *side)
{
    pen_words(p, 2, "its own: %s", side->own[0] ? side->own : "no namespace");
    if (side->shared[0])
        pen_words(p, 2, "shared: %s", side->shared);
}

void picture_processes_draw(const struct picture_processes *p, const struct canvas *canvas, struct buf *out)
{
    struct pen pen = pen_new(canvas, out);
    bool columns = pen.canvas.width >= ROOM_FOR_COLUMNS;
    pen_open(&pen, "machine");
    pen_words(&pen, 0, "nslab is PID %d here. Outside of the lab: %zu processes, not drawn.", (int)p->nslab,
              p->others);
    pen_open(&pen, "lab host");
    draw_walls(&pen, &p->host);
    draw_list(&pen, &p->host, columns, false);
    for (size_t i = 0; i < p->n; i++) {
        cleanup_free char *title = xasprintf("container %s", p->containers[i].name);
        pen_open(&pen, title);
        draw_walls(&pen, &p->containers[i]);
        draw_list(&pen, &p->containers[i], columns, true);
        pen_close(&pen);
    }
    pen_close(&pen);
    pen_close(&pen);
    pen_words(&pen, 0,
              "One process, one number in each PID namespace that it is in: `NSpid` in "
              "/proc/PID/status.");
}

static void side_free(struct picture_side *side)
{
    for (size_t i = 0; i < side->n; i++)
        free(side->processes[i].args);
    free(side->processes);
    free(side->name);
    free(side->own);
    free(side->shared);
}

void picture_processes_free(struct picture_processes *p)
{
    side_free(&p->host);
    for (size_t i = 0; i < p->n; i++)
        side_free(&p->containers[i]);
    free(p->containers);
    *p = (struct picture_processes){0};
}
