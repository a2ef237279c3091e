/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "verbs.h"
#include "walls.h"

int verb_run_ns(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_with(sides_free) struct sides sides = {0};
    cleanup_buf struct buf text = {0};
    (void)status;
    if (command_host(c, e) < 0 || sides_read(c->host, &line->args, &sides, e) < 0)
        return -1;
    sides_show(&sides, &text);
    buf_adds(
        &text,
        "The numbers are inodes: equal numbers are one namespace (ls -l /proc/PID/ns shows the same).\n");
    sink_text(c->sink, "%s", buf_text(&text));
    return 0;
}
