/* SPDX-License-Identifier: MIT
 *
 * exec: one process more in namespaces that are there.
 */
#include "nslab/become.h"
#include "nslab/birth.h"
#include "nslab/container.h"
#include "nslab/container_internal.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING_MS 500 /* from a container's last sign of life to its end */
struct execution {
    const struct exec_spec *spec;
    const struct exec_where *where;
    struct strv env;
    struct stdio io;
};

/* In the new process: in all the namespaces of the place, uid 0 there, child of nslab. */
static int exec_main(void *arg, int sock, struct nslab_error *e)
{
    struct execution *x = arg;
    const struct become become = {.command = &x->spec->command,
                                  .env = &x->env,
                                  .user = x->spec->user ? x->spec->user : x->where->user,
                                  .capabilities = x->where->capabilities,
                                  .with_parent = true,
                                  .whose = x->where->whose,
                                  .limits = x->where->limits};
    if (become_streams(&x->io, sock, x->where->whose, e) < 0)
        return -1;
    return become_program(&become, e);
}

/* As docker exec gives it: what the caller names, TERM with a terminal, what the container was started with.
 */
static void make_environment(struct execution *x)
{
    const char *term = getenv("TERM");
    strv_copy(&x->env, &x->spec->env);
    if (x->spec->stdio == STDIO_PTY)
        strv_addf(&x->env, "TERM=%s", term && *term ? term : "xterm");
    strv_copy(&x->env, &x->where->env);
}

static int receive_terminal(const struct birth *b, struct process *process, struct nslab_error *e)
{
    for (;;) {
        char tag;
        int fd = -1;
        int rc = birth_receive(b, &tag, sizeof tag, &fd, 1, e);
        if (rc <= 0)
            return rc;
        process->pty = fd;
    }
}

static int run(struct execution *x, struct process *process, struct nslab_error *e)
{
    struct birth b;
    if (stdio_open(x->spec->stdio, &x->io, process, e) < 0)
        return -1;
    int rc = birth_in(&x->where->place, EXEC_NAMESPACES, BIRTH_COPIED, exec_main, x, &b, e);
    stdio_close(&x->io);
    if (rc < 0)
        return -1;
    process->pidfd = b.pidfd;
    rc = receive_terminal(&b, process, e);
    close(b.sock);
    return rc;
}

int exec_in(const struct exec_where *where, const struct exec_spec *spec, struct process *ret,
            struct nslab_error *e)
{
    struct execution x = {.spec = spec, .where = where};
    make_environment(&x);
    int rc = run(&x, ret, e);
    strv_free(&x.env);
    if (rc < 0)
        process_finish(ret);
    return rc;
}

void exec_spec_shell(struct exec_spec *spec, const char *name, bool posix)
{
    strv_free(&spec->command);
    strv_free(&spec->env);
    strv_add(&spec->command, posix ? "sh" : "bash");
    if (!posix)
        strv_add(&spec->command, "--norc"); /* it would set a prompt of its own */
    strv_addf(&spec->env, posix ? "PS1=%s:$PWD# " : "PS1=%s:\\w\\$ ", name);
    spec->stdio = STDIO_PTY;
}

bool exec_found_no_program(const struct nslab_error *e)
{
    return e->errnum == ENOENT && starts_with(e->step, "execute");
}

void exec_where_of(const struct host *host, const struct container *container, struct exec_where *ret)
{
    *ret = (struct exec_where){
        .place = container ? container_place(container) : host_place(host),
        .capabilities = container ? container->capabilities : ~0ull,
        .limits = host->limits,
        .user = container && container->spec.user ? xstrdup(container->spec.user) : NULL,
        .whose = container ? xasprintf("container %s", container->spec.name) : xstrdup("the lab host"),
    };
    if (!container)
        return;
    strv_copy(&ret->env, &container->spec.env);
    strv_copy(&ret->env, &container->image->env);
}

void exec_where_free(struct exec_where *where)
{
    free(where->user);
    free(where->whose);
    strv_free(&where->env);
    *where = (struct exec_where){0};
}

static int say_ended(const struct container *container, struct nslab_error *e)
{
    error_say(e, "container %s isn't running: it ended with status %d", container->spec.name,
              container->exit_status);
    return error_hint(e, "`rm %s` removes it, and `run` starts another.", container->spec.name);
}

/* Its namespaces could not be entered, or the kernel makes no process in them any more. While it is ending
 * that is ESRCH or ENOMEM, depending on how far it has come: then the end is what to tell. */
static int explain_failure(struct container *container, struct nslab_error *e)
{
    bool may_be_ending = e->errnum == ESRCH || e->errnum == ENOMEM || e->errnum == EPERM;
    if (!container || !may_be_ending || poll_exit(container->process.pidfd, ENDING_MS) <= 0)
        return -1;
    containers_note_ends(container->host);
    return container->state == CONTAINER_EXITED ? say_ended(container, e) : -1;
}

int container_exec(struct host *host, struct container *container, const struct exec_spec *spec,
                   struct process *ret, struct nslab_error *e)
{
    *ret = process_limited(host);
    containers_note_ends(host);
    if (container && container->state == CONTAINER_EXITED)
        return say_ended(container, e);
    cleanup_with(exec_where_free) struct exec_where where = {0};
    exec_where_of(host, container, &where);
    if (exec_in(&where, spec, ret, e) == 0)
        return 0;
    diagnose_ids(&host->ids, e);
    if (exec_found_no_program(e))
        image_diagnose(container ? container->image : host->image, host->lower_fd, e);
    return explain_failure(container, e);
}
