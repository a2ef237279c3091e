/* SPDX-License-Identifier: MIT
 *
 * Port publishing: a small proxy, as Docker's docker-proxy is one. It holds two listening sockets, one made
 * in the machine's network namespace and one on the lab host, and connects to the container's address.
 */
#ifndef NSLAB_PORTS_H
#define NSLAB_PORTS_H

#include "nslab/container.h"
#include "nslab/error.h"

#include <netinet/in.h>

/* In nslab: listens on the machine at address:port. Returns the socket. In use: an error that says by what
 * kind of thing and proposes another port; cause `port`. */
int port_listen_on_machine(const char *address, uint16_t port, struct nslab_error *e);

/* Where published ports listen: the machine, or the network namespace that stands for it where the lab host's
 * limits have private_ports (made at the first call). Requests `from: machine` come from there. */
int ports_place(struct host *host, struct place *ret, struct nslab_error *e);
/* port_listen_on_machine() in that place. */
int port_listen_at(const struct place *where, const char *address, uint16_t port, struct nslab_error *e);

/* The same without an explanation, in the network namespace of the caller: -1 with errno. Close-on-exec,
 * non-blocking. */
int port_listen(struct in_addr address, uint16_t port);

/* Starts the proxy of a container for all its ports: machine_sockets[i] (taken over: closed in the caller)
 * belongs to ports[i]. The proxy is in the lab host's user, PID and network namespaces, so that the kernel
 * ends it with the lab, and is our child (CLONE_PARENT). It also listens on the lab host, 0.0.0.0:HOST.
 * Returns its pidfd when both listen. */
int port_proxy_start(const struct place *lab_host, const char *container_name, const char *container_address,
                     const struct port_choice *ports, int *machine_sockets, size_t n, struct nslab_error *e);

/* The proxy's loop (never returns but by an error); public for the tests. listeners[2*i] and [2*i+1] lead to
 * ports[i]. */
int port_proxy_loop(const int *listeners, size_t n_listeners, const char *address,
                    const struct port_choice *ports, struct nslab_error *e);

#endif
