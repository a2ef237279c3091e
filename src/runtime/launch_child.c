/* SPDX-License-Identifier: MIT
 *
 * The container's own half of its birth. This process is in the container's namespaces; its mount namespace
 * is a copy of the lab host's until the root changes. It is uid 0 with all capabilities over these
 * namespaces, and undumpable until execve.
 */
#include "nslab/birth.h"
#include "nslab/fd.h"
#include "nslab/launch.h"
#include "nslab/mem.h"
#include "nslab/mounts.h"
#include "nslab/network.h"
#include "nslab/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BINDS_MAX 16

/* #1 and #2 of launch.h. */
static int handshake(const struct launch *l, int hand, struct nslab_error *e)
{
    char hello = 'h', go;
    cleanup_fd int netns = -1;
    if (hand < 0)
        return 0;
    if (l->container->spec.net.share == SHARE_PRIVATE) {
        netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (netns < 0)
            return error_sys(e, errno, "open the network namespace of", "container %s",
                             l->container->spec.name);
    }
    /* Its parent may write its id map only while it may look into it. */
    if (l->container->spec.remap && prctl(PR_SET_DUMPABLE, 1) < 0)
        return error_sys(e, errno, "open to its launcher", "the first process of container %s",
                         l->container->spec.name);
    if (send_with_fds(hand, &hello, sizeof hello, &netns, netns >= 0 ? 1 : 0) < 0)
        return error_sys(e, errno, "send to the launcher of", "container %s", l->container->spec.name);
    ssize_t n = recv_with_fds(hand, &go, sizeof go, NULL, 0);
    if (n < 0)
        return error_sys(e, errno, "hear from the launcher of", "container %s", l->container->spec.name);
    if (n != (ssize_t)sizeof go)
        return -1; /* the launcher has told nslab why */
    if (shut_memory(e) < 0)
        return -1;
    if (l->container->spec.remap && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        return error_sys(e, errno, "become uid 0 of", "container %s", l->container->spec.name);
    return 0;
}

/* Sent from here, for when nslab comes to look its first process may have ended. */
static int send_mount_namespace(const struct launch *l, int sock, struct nslab_error *e)
{
    char tag = MOUNT_NAMESPACE_MESSAGE;
    if (l->container->spec.pid.share == SHARE_PRIVATE)
        return 0;
    cleanup_fd int fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_sys(e, errno, "open the mount namespace of", "container %s", l->container->spec.name);
    return birth_send(sock, &tag, sizeof tag, &fd, 1, e);
}

/* By which nslab sees whether the container has filled its layer. */
static int send_disk(const struct launch *l, int sock, struct nslab_error *e)
{
    char tag = DISK_MESSAGE;
    cleanup_fd int fd = open("/", O_PATH | O_CLOEXEC);
    if (fd < 0)
        return error_sys(e, errno, "open", "the root of container %s", l->container->spec.name);
    return birth_send(sock, &tag, sizeof tag, &fd, 1, e);
}

/* By which nslab sees its processes, whatever is mounted over its /proc later: by its lines, or by -v. */
static int send_proc(const struct launch *l, int sock, struct nslab_error *e)
{
    char tag = PROC_MESSAGE;
    if (l->container->spec.pid.share != SHARE_PRIVATE)
        return 0;
    cleanup_fd int fd = proc_detached("root/proc");
    if (fd < 0)
        return error_sys(e, errno, "open", "the proc of container %s", l->container->spec.name);
    return birth_send(sock, &tag, sizeof tag, &fd, 1, e);
}

/* -v takes a path of the lab host: taken hold of before the new layers cover it. As Docker does, a missing
 * one is made. */
static int open_sources(const struct launch *l, int *fds, struct nslab_error *e)
{
    const struct container_spec *spec = &l->container->spec;
    if (spec->n_binds > BINDS_MAX)
        return error_say(e, "container %s has %zu -v; at most %d are possible", spec->name, spec->n_binds,
                         BINDS_MAX);
    for (size_t i = 0; i < spec->n_binds; i++) {
        const char *source = spec->binds[i].source;
        fds[i] = open(source, O_PATH | O_CLOEXEC);
        if (fds[i] < 0)
            return error_sys(e, errno, "open", "%s of the lab host, for container %s", source, spec->name);
    }
    return 0;
}

/* What a container has that its image hasn't: its names. */
static int write_names(const struct builder *b, const struct launch *l, struct nslab_error *e)
{
    const struct container *c = l->container;
    cleanup_free char *hostname = xasprintf("%s\n", c->spec.hostname);
    cleanup_free char *hosts =
        xasprintf("127.0.0.1 localhost\n%s%s%s%s", c->address, c->address[0] ? " " : "",
                  c->address[0] ? c->spec.hostname : "", c->address[0] ? "\n" : "");
    const struct layer_file files[] = {
        {"etc/hostname", hostname, 0644},
        {"etc/hosts", hosts, 0644},
    };
    if (layer_write(b, files, ARRAY_LEN(files), e) < 0)
        return -1;
    /* With one id there is no second uid for nginx's workers: the image says what to do then. */
    for (size_t i = 0; l->host->ids.situation == IDS_SINGLE && i < c->image->n_single_id_files; i++) {
        const char *path = c->image->single_id_files[i].path;
        const struct layer_file file = {path + strspn(path, "/"), c->image->single_id_files[i].content, 0644};
        if (layer_write(b, &file, 1, e) < 0)
            return -1;
    }
    return 0;
}

/* A lower layer that the launcher has mounted is opened again: the container's mount namespace has its own
 * copy. */
static int mount_layers(const struct builder *b, const struct launch *l, struct nslab_error *e)
{
    cleanup_fd int mounted = -1;
    if (l->container->spec.remap) {
        mounted = open(SHIFTED_LOWER, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (mounted < 0)
            return error_sys(e, errno, "open the shifted image for", "%s", b->whose);
    }
    return layers_mount(b, mounted >= 0 ? mounted : l->lower_fd, e);
}

static int build_root(const struct builder *b, const struct launch *l, const int *sources, int sock,
                      struct nslab_error *e)
{
    const struct container_spec *spec = &l->container->spec;
    const struct api_mounts api = {
        .own_proc = !spec->remap || spec->pid.share == SHARE_PRIVATE,
        .own_sys = !spec->remap || spec->net.share == SHARE_PRIVATE || spec->net.share == SHARE_NONE,
        .own_mqueue = !spec->remap || spec->ipc.share == SHARE_PRIVATE,
        .sys_writable = spec->privileged,
        .sys_locked = spec->remap,
        .disk_bytes = l->host->limits->disk_bytes,
    };
    if (layers_prepare(b, l->host->limits->disk_bytes, e) < 0 || write_names(b, l, e) < 0 ||
        mount_layers(b, l, e) < 0 || api_mounts_make(b, &api, e) < 0 || send_proc(l, sock, e) < 0)
        return -1;
    for (size_t i = 0; i < spec->n_binds; i++)
        if (bind_mount(b, sources[i], spec->binds[i].source, spec->binds[i].target, spec->binds[i].read_only,
                       e) < 0)
            return -1;
    return root_change(b, e);
}

static int set_up_names_and_network(const struct builder *b, const struct launch *l, struct nslab_error *e)
{
    const struct container_spec *spec = &l->container->spec;
    if (spec->uts.share == SHARE_PRIVATE) {
        uint64_t start = now_ns();
        int rc = sethostname(spec->hostname, strlen(spec->hostname));
        journal_add(b->journal, b->actor, start, rc, rc < 0 ? errno : 0, "sethostname",
                    "a name of its own: the UTS namespace is its own", "\"%s\"", spec->hostname);
        if (rc < 0)
            return error_sys(e, errno, "set the hostname of", "%s", b->whose);
    }
    if (spec->net.share == SHARE_PRIVATE)
        return network_container_setup(b->journal, l->container->address, e);
    if (spec->net.share == SHARE_NONE)
        return network_container_setup(b->journal, NULL, e);
    return 0;
}

int launch_child(const struct launch *l, int sock, int hand, struct nslab_error *e)
{
    const struct container *c = l->container;
    cleanup_free char *whose = xasprintf("container %s", c->spec.name);
    const struct builder b = {.journal = c->journal, .actor = ACTOR_CONTAINER, .whose = whose};
    struct strv env = {0};
    strv_copy(&env, &c->spec.env);
    strv_copy(&env, &c->image->env);
    const struct become become = {.command = &c->spec.command,
                                  .env = &env,
                                  .user = c->spec.user,
                                  .capabilities = c->capabilities,
                                  .whose = whose,
                                  .journal = c->journal,
                                  .limits = l->host->limits};
    int sources[BINDS_MAX] = {0};
    /* The sources of -v while this still is uid 0 of the lab host, as runc opens them: a remapped one may
     * reach less. */
    if (send_mount_namespace(l, sock, e) < 0 || open_sources(l, sources, e) < 0 ||
        handshake(l, hand, e) < 0 || build_root(&b, l, sources, sock, e) < 0 || send_disk(l, sock, e) < 0 ||
        set_up_names_and_network(&b, l, e) < 0 || become_streams(&l->io, sock, whose, e) < 0)
        return -1;
    return become_program(&become, e);
}
