/* SPDX-License-Identifier: MIT */
#include "nslab/layout.h"
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
    unsigned width = c->width ? c->width : COMMAND_WIDTH_DEFAULT;
    sides_show(&sides, width, c->utf8, &text);
    layout_plain(
        "The numbers are inodes: equal numbers are one namespace (ls -l /proc/PID/ns shows the same).",
        &(struct plain_layout){.width = width, .indent = ""}, &text);
    buf_addc(&text, '\n');
    sink_harmless(c->sink, &text);
    return 0;
}
