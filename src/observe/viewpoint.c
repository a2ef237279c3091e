/* SPDX-License-Identifier: MIT
 *
 * From where something is looked at: the machine, the lab host, or a container; and looking from there.
 */
#include "nslab/passwd.h"
#include "nslab/ports.h"
#include "nslab/proc.h"
#include "nslab/procfs.h"
#include "probing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MACHINE "machine"
#define LAB_HOST "host"

/* Our own number in the /proc that we see: getpid() is another one where /proc belongs to an outer PID
 * namespace. */
static pid_t own_pid(void)
{
    char link[32];
    ssize_t n = readlink("/proc/self", link, sizeof link - 1);
    link[n > 0 ? n : 0] = '\0';
    return (pid_t)atoi(link);
}

static void fill_machine(struct viewpoint *v)
{
    v->place = machine_place;
    v->is_machine = true;
    v->proc_fd = -1;
    v->pid = own_pid();
    snprintf(v->proc, sizeof v->proc, "/proc/self");
    snprintf(v->words, sizeof v->words, "the machine");
}

/* 1 there, 0 ended; -1: its PID is 0 for another reason, which errno says. */
static int fill_process(struct viewpoint *v, struct place place, int proc_fd, pid_t pid, const char *words,
                        struct nslab_error *e)
{
    if (pid <= 0 && errno && errno != ESRCH)
        return error_sys(e, errno, "find the PID of", "%s", words);
    v->place = place;
    v->proc_fd = proc_fd;
    v->pid = pid;
    snprintf(v->proc, sizeof v->proc, "/proc/%d", (int)pid);
    snprintf(v->words, sizeof v->words, "%s", words);
    return pid > 0;
}

/* 1 there; 0: not, and *why says it in a sentence; -1: no such name, e is set and names the nearest. */
static int find(struct host *host, const char *name, struct viewpoint *v, char *why, size_t size,
                struct nslab_error *e)
{
    *v = (struct viewpoint){0};
    if (!strcmp(name, MACHINE)) {
        fill_machine(v);
        return 1;
    }
    if (!host)
        return error_say(e, "there is no lab host to look from `%s`", name);
    if (!strcmp(name, LAB_HOST)) {
        snprintf(why, size, "the lab host has ended");
        return fill_process(v, host_place(host), host->proc_fd, pidfd_pid(host->pidfd), "the lab host", e);
    }
    containers_refresh(host);
    struct container *c = container_get(host, name, e);
    if (!c)
        return -1;
    v->container = c;
    if (c->state == CONTAINER_EXITED)
        snprintf(why, size, "container %s has ended, with status %d", name, c->exit_status);
    else
        snprintf(why, size, "container %s is just ending", name);
    if (c->state == CONTAINER_EXITED)
        return 0;
    return fill_process(v, container_place(c), c->proc_fd, container_pids(c).machine, name, e);
}

int viewpoint_open(struct host *host, const char *name, struct viewpoint *ret, struct nslab_error *e)
{
    char why[160];
    int found = find(host, name, ret, why, sizeof why, e);
    if (found < 0)
        return -1;
    if (!found) {
        error_say(e, "nothing can be seen from there: %s", why);
        return error_hint(e, "Look from `host`, or start it again.");
    }
    return 0;
}

int viewpoint_of_ports(struct host *host, const char *name, struct viewpoint *ret, struct nslab_error *e)
{
    if (viewpoint_open(host, name, ret, e) < 0)
        return -1;
    return ret->is_machine && host ? ports_place(host, &ret->place, e) : 0;
}

bool stands_for_machine(const struct viewpoint *v)
{
    return v->is_machine && v->place.ns_fds;
}

void observe_ports_namespace(struct observation *o, const struct viewpoint *v)
{
    if (stands_for_machine(v))
        observe_how_add(o, ", in the network namespace that stands for the machine's");
    else
        observe_how_add(o, ", in %s's network namespace", v->words);
}

int subject_open(struct host *host, const char *name, struct viewpoint *ret, struct observation *o,
                 struct nslab_error *e)
{
    char why[160];
    bool named_place = !strcmp(name, MACHINE) || !strcmp(name, LAB_HOST);
    if (!named_place && host && (containers_refresh(host), !container_find(host, name))) {
        observe_how(o, "the lab host's containers");
        observe_absent(o, "there is no container %s", name);
        return 0;
    }
    int found = find(host, name, ret, why, sizeof why, e);
    if (found == 0) {
        observe_how(o, "the state of %s", name);
        observe_absent(o, "%s", why);
    }
    return found;
}

int viewpoint_ns(const struct viewpoint *v, enum ns_type type, char text[static NS_LINK_MAX],
                 struct observation *how, struct nslab_error *e)
{
    struct nslab_error unreadable;
    if (ns_link(v->pid, type, text, NS_LINK_MAX, &unreadable) == 0) {
        if (how)
            observe_how(how, "%s/ns/%s", v->proc, ns_table[type].name);
        return 0;
    }
    /* The lab host's init lets nobody look into it; nslab has kept its namespaces open from before that. */
    if (unreadable.errnum != EACCES || place_ns_link(&v->place, type, text, NS_LINK_MAX, e) < 0) {
        *e = unreadable;
        return -1;
    }
    if (how)
        observe_how(how, "the %s namespace of process %d, which nslab keeps open", ns_table[type].name,
                    (int)v->pid);
    return 0;
}

/* --- looking --- */

struct look {
    look_fn look;
    const void *arg;
};

static int look_there(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct look *l = arg;
    struct observation seen = {0};
    (void)ret_fd;
    int rc = l->look(l->arg, &seen, e);
    if (rc == 0)
        observation_pack(&seen, out);
    observation_free(&seen);
    return rc;
}

int look_from(const struct viewpoint *v, uint64_t ns_flags, look_fn look, const void *arg,
              struct observation *ret, struct nslab_error *e)
{
    struct look l = {look, arg};
    cleanup_buf struct buf out = {0};
    if (call_in(&v->place, ns_flags, look_there, &l, 0, &out, NULL, e) < 0)
        return -1;
    if (!observation_unpack(buf_text(&out), out.len, ret))
        return error_say(e, "what was seen from %s came back incomplete", v->words);
    return 0;
}

int read_text(const char *path, struct buf *out, struct nslab_error *e)
{
    /* A container may have put a fifo there, or a link to /dev/zero: nobody waits for that, or reads it to
     * its end. */
    if (read_regular_file(path, out, 0) == 0)
        return 1;
    if (errno == ENOENT || errno == ENOTDIR || errno == ESRCH)
        return 0;
    int errnum = errno;
    error_sys(e, errnum, "read", "%s", path);
    return errnum == EINVAL ? error_detail(e, "it isn't a regular file") : -1;
}

char *id_name(const char *passwd_text, uint32_t id)
{
    char *name = name_of_id(passwd_text, id);
    return name ? name : xasprintf("%u", id);
}
