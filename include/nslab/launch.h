/* SPDX-License-Identifier: MIT
 *
 * Launching a container. Who is who:
 *
 *   nslab      the machine's namespaces; parent of all below
 *   stub       enters the lab host's namespaces (birth.h), is gone at once
 *   launcher   in the lab host (or, for --pid container:X, in that PID namespace): clones the container,
 *              gives it its id maps and its network cable, tells nslab, is gone. Without either it shares
 *              nslab's memory, as the stub does: #1 to #3 fall away
 *   container  in its own namespaces: builds its root, gives up rights, executes the program
 *
 *   launcher                      container
 *      clone3(new namespaces) ------> #1 "here is my network namespace"
 *      id maps, veth          <------
 *      #2 go ----------------------->  mounts, pivot_root, network, capabilities, execve
 *      #3 to nslab: pidfd, log, veth
 */
#ifndef NSLAB_LAUNCH_H
#define NSLAB_LAUNCH_H

#include "nslab/become.h"
#include "nslab/birth.h"
#include "nslab/container.h"

/* Where the launcher mounts the lower layer of a remapped container, in a mount namespace that only it and
 * the container see. */
#define SHIFTED_LOWER "/mnt"

/* From a container that shares its PID namespace: its mount namespace, by which whoever it leaves behind is
 * found (container_life.c). Tagged with one byte. */
#define MOUNT_NAMESPACE_MESSAGE 'm'
#define DISK_MESSAGE 'd' /* from every container: its root, once it has one */
#define PROC_MESSAGE 's' /* from one with a PID namespace of its own: a proc of that */

struct launch {
    struct host *host;
    struct container *container; /* its spec, image, journal, address, capabilities */
    struct stdio io;
    int lower_fd;
    struct birth birth;               /* of the launcher */
    uint64_t enter_flags;             /* of the lab host, by the stub */
    uint64_t clone_flags;             /* the container's own */
    const struct container *joins[4]; /* containers whose namespaces are shared: pid, net, uts, ipc; NULL */
};

/* Fills container->process, log_fd, veth_index. On failure nothing is left running. */
int launch(struct launch *l, struct nslab_error *e);
/* In the container (launch_child.c): never returns but by an error. hand: the socket to the launcher, -1
 * without. */
int launch_child(const struct launch *l, int sock, int hand, struct nslab_error *e);

#endif
