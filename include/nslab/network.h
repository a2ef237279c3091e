/* SPDX-License-Identifier: MIT
 *
 * The network of a lab: the host's half (bridge, veth) and the container's half (lo, eth0, route). Each
 * function says in which process it runs.
 */
#ifndef NSLAB_NETWORK_H
#define NSLAB_NETWORK_H

#include "nslab/error.h"
#include "nslab/journal.h"

#include <stdint.h>

/* In the lab host's init, in its network namespace: lo up, bridge nslab0 with 172.17.0.1/16, forwarding on.
 */
int network_host_setup(struct journal *j, struct nslab_error *e);

/* In the launcher, in the lab host's network namespace: a veth pair whose one end is a port of the bridge and
 * whose other is born as eth0 in the container's network namespace (netns_fd); both MAC addresses are derived
 * from the IPv4 address (as Docker does: 02:42:ac:11:00:02), so that both sides can write permanent neighbour
 * entries without asking (without them one first connect in 40 takes a second). Both ends are up when it
 * returns, and the bridge forwards. *ret_index: the host's end. */
int network_connect(struct journal *j, int netns_fd, const char *address, uint32_t *ret_index,
                    struct nslab_error *e);

/* In the container, in its network namespace: lo up; address and route of eth0, which is up already. address
 * NULL: lo alone. Waits for nothing. */
int network_container_setup(struct journal *j, const char *address, struct nslab_error *e);

/* In a helper in the lab host's network namespace: both ends of the cable are gone when it returns; gone
 * already is no error. The kernel would take them away by itself, but only when it comes to the dead network
 * namespace, and behind those of others that died before. */
int network_disconnect(uint32_t index, struct nslab_error *e);

#endif
