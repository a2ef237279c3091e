/* SPDX-License-Identifier: MIT
 *
 * The end of containers, and what is left to read of them: kill, rm, logs.
 */
#include "forms.h"
#include "nslab/mem.h"
#include "verbs.h"

#include <signal.h>

/* Carries each(container) out for all names of the line, and prints the name as Docker does. */
static int for_each_container(struct command_context *c, const struct line *line,
                              int (*each)(struct container *, const struct line *, struct nslab_error *),
                              struct nslab_error *e)
{
    if (command_host(c, e) < 0)
        return -1;
    for (size_t i = 0; i < line->args.len; i++) {
        struct container *container = container_get(c->host, line->args.items[i], e);
        if (!container || each(container, line, e) < 0)
            return -1;
        sink_text(c->sink, "%s\n", line->args.items[i]);
    }
    return 0;
}

static int kill_one(struct container *container, const struct line *line, struct nslab_error *e)
{
    const char *value = line_value(line, "signal");
    int signo = value ? form_signal(value, e) : SIGKILL;
    if (signo < 0)
        return -1;
    if (container->state != CONTAINER_RUNNING) {
        error_say(e, "cannot kill container %s: it is not running", container->spec.name);
        return error_hint(e, "It ended with status %d. `rm %s` takes it away.", container->exit_status,
                          container->spec.name);
    }
    return container_kill(container, signo, e);
}

int verb_run_kill(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)status;
    int r = for_each_container(c, line, kill_one, e);
    if (c->host)
        containers_refresh(c->host); /* those with --rm go at once */
    return r;
}

static int remove_one(struct container *container, const struct line *line, struct nslab_error *e)
{
    return container_remove(container, line_has(line, "force"), e);
}

int verb_run_rm(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)status;
    return for_each_container(c, line, remove_one, e);
}

int verb_run_logs(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    (void)status;
    if (command_host(c, e) < 0)
        return -1;
    struct container *container = container_get(c->host, line->args.items[0], e);
    if (!container || container_logs(container, &text, e) < 0)
        return -1;
    if (c->sink && text.len)
        c->sink->write(c->sink->context, 1, text.data, text.len);
    return 0;
}
