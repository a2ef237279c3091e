/* SPDX-License-Identifier: MIT
 *
 * A further process: in a container (exec), or on the lab host (host).
 */
#include "nslab/mem.h"
#include "verb.h"
#include "verbs.h"

/* first: where in the arguments the command begins. */
static int run_command(struct command_context *c, struct container *container, const struct line *line,
                       size_t first, int *status, struct nslab_error *e)
{
    cleanup_strv struct strv command = {0}, env = {0};
    cleanup_free char *user = NULL;
    cleanup_with(process_finish) struct process process = PROCESS_NONE;
    for (size_t i = first; i < line->args.len; i++)
        strv_add(&command, line->args.items[i]);
    strv_copy(&env, line_values(line, "env"));
    user = line_value(line, "user") ? xstrdup(line_value(line, "user")) : NULL;
    struct exec_spec spec = {.command = command,
                             .env = env,
                             .user = user,
                             .stdio = line->interactive_terminal ? STDIO_PTY : STDIO_PIPES};
    if (container_exec(c->host, container, &spec, &process, e) < 0)
        return -1;
    return line->interactive_terminal ? process_attach(&process, status, e)
                                      : process_communicate(&process, c->sink, c->timeout_ms, status, e);
}

int verb_run_exec(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    const char *name = line->args.items[0];
    if (check_terminal(c, line, e) < 0 || command_host(c, e) < 0)
        return -1;
    struct container *container = container_get(c->host, name, e);
    if (!container)
        return -1;
    if (container->state != CONTAINER_RUNNING) {
        error_say(e, "container %s is not running", name);
        return error_hint(
            e, "It ended with status %d. `logs %s` shows what it wrote; `rm %s`, then `run` it again.",
            container->exit_status, name, name);
    }
    return run_command(c, container, line, 1, status, e);
}

int verb_run_host(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    if (check_terminal(c, line, e) < 0 || command_host(c, e) < 0)
        return -1;
    return run_command(c, NULL, line, 0, status, e);
}
