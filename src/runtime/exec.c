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

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING_MS 500 /* from a container's last sign of life to its end */
#define ALL_NAMESPACES                                                                                       \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

struct execution {
    const struct exec_spec *spec;
    struct strv env;
    struct stdio io;
    uint64_t capabilities;
    const char *user; /* as docker exec: the container's own, unless one is named */
    const char *whose;
    const struct limits *limits;
};

/* In the new process: in all the namespaces of the place, uid 0 there, child of nslab. */
static int exec_main(void *arg, int sock, struct nslab_error *e)
{
    struct execution *x = arg;
    const struct become become = {.command = &x->spec->command,
                                  .env = &x->env,
                                  .user = x->user,
                                  .capabilities = x->capabilities,
                                  .whose = x->whose,
                                  .limits = x->limits};
    if (become_streams(&x->io, sock, x->whose, e) < 0)
        return -1;
    return become_program(&become, e);
}

/* As docker exec gives it: what the caller names, what the container was started with, TERM with a terminal.
 */
static void make_environment(const struct container *container, struct execution *x)
{
    const char *term = getenv("TERM");
    strv_copy(&x->env, &x->spec->env);
    if (x->spec->stdio == STDIO_PTY)
        strv_addf(&x->env, "TERM=%s", term && *term ? term : "xterm");
    if (!container)
        return;
    strv_copy(&x->env, &container->spec.env);
    strv_copy(&x->env, &container->image->env);
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

static int run(const struct place *where, struct execution *x, struct process *process, struct nslab_error *e)
{
    struct birth b;
    if (stdio_open(x->spec->stdio, &x->io, process, e) < 0)
        return -1;
    int rc = birth_in(where, ALL_NAMESPACES, 0, exec_main, x, &b, e);
    stdio_close(&x->io);
    if (rc < 0)
        return -1;
    process->pidfd = b.pidfd;
    rc = receive_terminal(&b, process, e);
    close(b.sock);
    return rc;
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
    cleanup_free char *whose =
        container ? xasprintf("container %s", container->spec.name) : xstrdup("the lab host");
    struct execution x = {.spec = spec,
                          .user = !spec->user && container ? container->spec.user : spec->user,
                          .capabilities = container ? container->capabilities : ~0ull,
                          .whose = whose,
                          .limits = host->limits};
    struct place where = container ? container_place(container) : host_place(host);
    make_environment(container, &x);
    int rc = run(&where, &x, ret, e);
    strv_free(&x.env);
    if (rc < 0) {
        process_finish(ret);
        diagnose_ids(&host->ids, e);
        return explain_failure(container, e);
    }
    return rc;
}
