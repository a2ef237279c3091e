/* SPDX-License-Identifier: MIT
 *
 * {container: web, field: F}: what nslab, its parent, knows of it. {hostname: now, from: V}: uname(2) there.
 */
#include "probing.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/utsname.h>

static void show_exit(const struct container *c, struct observation *ret)
{
    if (c->state == CONTAINER_EXITED)
        observe_text(ret, "%d", c->exit_status);
    else
        observe_absent(ret, "%s is still running", c->spec.name);
}

static void show_signal(const struct container *c, struct observation *ret)
{
    const char *name = c->signal ? sigabbrev_np(c->signal) : NULL;
    if (c->state != CONTAINER_EXITED)
        observe_absent(ret, "%s is still running", c->spec.name);
    else if (!c->signal)
        observe_absent(ret, "no signal ended %s: it exited with status %d", c->spec.name, c->exit_status);
    else if (name)
        observe_text(ret, "SIG%s", name);
    else
        observe_text(ret, "%d", c->signal);
}

static void show_pid(const struct container *c, struct observation *ret)
{
    pid_t pid = c->state == CONTAINER_RUNNING ? container_pids(c).host : 0;
    if (pid > 0)
        observe_text(ret, "%d", (int)pid);
    else
        observe_absent(ret, "%s has ended: there is no process", c->spec.name);
}

/* Docker keeps the reason of a failed start here; of nslab a container that failed to start leaves nothing.
 * What there is to say of one that did start are its warnings. */
static void show_error(const struct container *c, struct observation *ret)
{
    cleanup_buf struct buf all = {0};
    strv_join(&c->warnings, "; ", &all);
    if (all.len)
        observe_text_taken(ret, buf_take(&all));
    else
        observe_absent(ret, "%s started without an error or a warning", c->spec.name);
}

int read_container(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    const char *field = see_key(see, SEE_FIELD);
    observe_how(ret, "what nslab, its parent, knows of its first process");
    if (host)
        containers_refresh(host);
    struct container *c = host ? container_find(host, see->subject) : NULL;
    if (!c)
        observe_absent(ret, "there is no container %s", see->subject);
    else if (!strcmp(field, "status"))
        observe_text(ret, "%s", c->state == CONTAINER_RUNNING ? "running" : "exited");
    else if (!strcmp(field, "pid"))
        show_pid(c, ret);
    else if (!strcmp(field, "exit"))
        show_exit(c, ret);
    else if (!strcmp(field, "signal"))
        show_signal(c, ret);
    else if (!strcmp(field, "error"))
        show_error(c, ret);
    else
        return error_say(e, "a container has no field `%s`", field);
    return 0;
}

static int look_at_hostname(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct viewpoint *from = arg;
    struct utsname names;
    if (uname(&names) < 0)
        return error_sys(e, errno, "ask for the hostname", "in %s", from->words);
    observe_text(ret, "%s", names.nodename);
    observe_how(ret, "uname, in %s's UTS namespace", from->words);
    return 0;
}

int read_hostname(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint from;
    if (viewpoint_open(host, see_key(see, SEE_FROM), &from, e) < 0)
        return -1;
    return look_from(&from, CLONE_NEWUSER | CLONE_NEWUTS, look_at_hostname, &from, ret, e);
}
