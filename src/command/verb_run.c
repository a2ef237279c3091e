/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "verbs.h"

#include <signal.h>

void ports_text(const struct container_spec *spec, struct buf *out)
{
    /* With the host's network there is nothing to publish: the ports were discarded, as Docker's are. */
    if (spec->net.share == SHARE_HOST || spec->net.share == SHARE_NONE)
        return;
    for (size_t i = 0; i < spec->n_ports; i++)
        buf_addf(out, "%s%s:%u->%u/tcp", i ? ", " : "", spec->ports[i].address, spec->ports[i].host,
                 spec->ports[i].container);
}

static void show_warnings(const struct command_context *c, const struct container *container)
{
    for (size_t i = 0; c->sink && i < container->warnings.len; i++) {
        cleanup_buf struct buf text = {0};
        buf_addf(&text, "WARNING: %s\n", container->warnings.items[i]);
        c->sink->write(c->sink->context, 2, text.data, text.len);
    }
}

static void show_started(const struct command_context *c, const struct container *container)
{
    cleanup_buf struct buf ports = {0};
    ports_text(&container->spec, &ports);
    sink_text(c->sink, "%s%s%s\n", container->spec.name, ports.len ? " " : "", buf_text(&ports));
}

/* In the foreground: until its first process has ended. Whatever happens, it is reaped, and gone where --rm
 * asked. */
static int follow(struct command_context *c, struct container *container, int *status, struct nslab_error *e)
{
    struct nslab_error end = {0};
    bool remove = container->spec.remove_after;
    int r = container->process.pty >= 0
                ? process_attach(&container->process, status, e)
                : process_communicate(&container->process, c->sink, c->timeout_ms, status, e);
    c->typed |= container->process.typed;
    if (r < 0)
        container_kill(container, SIGKILL, &end); /* may have ended by itself: that is as good */
    error_clear(&end);
    if (container_reap(container, &end) < 0 || (remove && container_remove(container, true, &end) < 0)) {
        if (r == 0)
            *e = end;
        return -1;
    }
    return r;
}

int verb_run_run(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = {0};
    struct container *container = NULL;
    if (line_to_spec(line, &spec, e) < 0)
        return -1;
    if (!spec.detach && check_terminal(c, line, e) < 0)
        return -1;
    if (command_host(c, e) < 0 || container_run(c->host, &spec, &container, e) < 0)
        return -1;
    show_warnings(c, container);
    if (!spec.detach)
        return follow(c, container, status, e);
    show_started(c, container);
    return 0;
}
