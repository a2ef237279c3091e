/* SPDX-License-Identifier: MIT
 *
 * Where published ports listen: on the machine; or, when work may be hostile, in a network namespace of its
 * own, with nothing but lo, which stands for the machine's.
 */
#include "nslab/fd.h"
#include "nslab/netlink.h"
#include "nslab/network.h"
#include "nslab/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

/* In a helper that is uid 0 of the lab host's user namespace: the new one belongs to that. */
static int make_namespace(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg;
    (void)out;
    if (unshare(CLONE_NEWNET) < 0)
        return error_sys(e, errno, "create a network namespace for", "published ports");
    if (network_container_setup(NULL, NULL, e) < 0)
        return -1;
    *ret_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? error_sys(e, errno, "open", "the network namespace of published ports") : 0;
}

int ports_place(struct host *host, struct place *ret, struct nslab_error *e)
{
    struct place lab_host = host_place(host);
    *ret = machine_place;
    if (!host->limits->private_ports)
        return 0;
    int *fds = host->ports_ns_fds;
    if (fds[NS_NET] < 0 &&
        call_in(&lab_host, CLONE_NEWUSER, make_namespace, NULL, 0, NULL, &fds[NS_NET], e) < 0)
        return -1;
    if (fds[NS_USER] < 0)
        fds[NS_USER] = fcntl(host->ns_fds[NS_USER], F_DUPFD_CLOEXEC, 0);
    if (fds[NS_USER] < 0)
        return error_sys(e, errno, "keep open", "the lab host's user namespace");
    *ret = (struct place){.pidfd = host->pidfd, .ns_fds = fds, .name = "machine"};
    return 0;
}

struct port_wanted {
    const char *address;
    uint16_t port;
};

static int listen_there(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct port_wanted *wanted = arg;
    (void)out;
    *ret_fd = port_listen_on_machine(wanted->address, wanted->port, e);
    return *ret_fd < 0 ? -1 : 0;
}

int port_listen_at(const struct place *where, const char *address, uint16_t port, struct nslab_error *e)
{
    struct port_wanted wanted = {address, port};
    int fd = -1;
    return call_in(where, CLONE_NEWUSER | CLONE_NEWNET, listen_there, &wanted, 0, NULL, &fd, e) < 0 ? -1 : fd;
}
