/* SPDX-License-Identifier: MIT
 *
 * A further process: in a container (exec), or on the lab host (host); a shell in either (enter).
 */
#include "nslab/mem.h"
#include "verb.h"
#include "verbs.h"

#include <string.h>

static int follow(struct command_context *c, struct process *process, int *status, struct nslab_error *e)
{
    if (process->pty < 0)
        return process_communicate(process, c->sink, c->timeout_ms, status, e);
    int r = process_attach(process, status, e);
    c->typed |= process->typed;
    return r;
}

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
    return follow(c, &process, status, e);
}

static int say_not_running(const struct container *container, struct nslab_error *e)
{
    const char *name = container->spec.name;
    error_say(e, "container %s is not running", name);
    return error_hint(e,
                      "It ended with status %d. `logs %s` shows what it wrote; `rm %s`, then `run` it again.",
                      container->exit_status, name, name);
}

int verb_run_exec(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    const char *name = line->args.items[0];
    if (check_terminal(c, line, e) < 0 || command_host(c, e) < 0)
        return -1;
    struct container *container = container_get(c->host, name, e);
    if (!container)
        return -1;
    if (container->state != CONTAINER_RUNNING)
        return say_not_running(container, e);
    return run_command(c, container, line, 1, status, e);
}

int verb_run_host(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    if (check_terminal(c, line, e) < 0 || command_host(c, e) < 0)
        return -1;
    return run_command(c, NULL, line, 0, status, e);
}

static int start_shell(struct command_context *c, struct container *container, const char *name,
                       struct process *process, struct nslab_error *e)
{
    struct exec_spec spec = {0};
    int r = -1;
    for (int posix = 0; posix <= 1; posix++) {
        error_clear(e);
        exec_spec_shell(&spec, name, posix);
        r = container_exec(c->host, container, &spec, process, e);
        if (r == 0 || !exec_found_no_program(e))
            break;
    }
    strv_free(&spec.command);
    strv_free(&spec.env);
    return r;
}

static int say_no_entry(const char *name, struct nslab_error *e)
{
    if (!strcmp(name, "machine")) {
        error_say(e, "you are on the machine already");
        return error_hint(e, "Open another terminal for a shell there. `enter host` goes to the lab host.");
    }
    error_say(e, "a shell needs a terminal, and nslab has none here");
    return error_hint(e, "`%s%s CMD...` runs one command.", strcmp(name, "host") != 0 ? "exec " : "", name);
}

int verb_run_enter(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    const char *name = line->args.items[0];
    bool on_host = !strcmp(name, "host");
    struct container *container = NULL;
    cleanup_with(process_finish) struct process process = PROCESS_NONE;
    if (!strcmp(name, "machine") || !c->terminal)
        return say_no_entry(name, e);
    if (command_host(c, e) < 0)
        return -1;
    if (!on_host && !(container = container_get(c->host, name, e)))
        return -1;
    if (container && container->state != CONTAINER_RUNNING)
        return say_not_running(container, e);
    if (start_shell(c, container, on_host ? HOST_NAME : name, &process, e) < 0)
        return -1;
    return follow(c, &process, status, e);
}
