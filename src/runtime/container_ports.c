/* SPDX-License-Identifier: MIT */
#include "nslab/container_internal.h"
#include "nslab/fd.h"
#include "nslab/ports.h"

int container_publish_prepare(struct container *c, struct nslab_error *e)
{
    if (c->spec.n_ports > PORTS_MAX)
        return error_say(e, "container %s publishes %zu ports; at most %d are possible", c->spec.name,
                         c->spec.n_ports, PORTS_MAX);
    struct place where;
    if (c->spec.n_ports && ports_place(c->host, &where, e) < 0)
        return -1;
    for (size_t i = 0; i < c->spec.n_ports; i++) {
        const struct port_choice *p = &c->spec.ports[i];
        c->machine_sockets[i] = port_listen_at(&where, p->address, p->host, e);
        if (c->machine_sockets[i] < 0)
            return -1;
    }
    return 0;
}

int container_publish(struct container *c, struct nslab_error *e)
{
    struct place lab_host = host_place(c->host);
    if (!c->spec.n_ports)
        return 0;
    c->proxy_pidfd = port_proxy_start(&lab_host, c->spec.name, c->address, c->spec.ports, c->machine_sockets,
                                      c->spec.n_ports, e);
    return c->proxy_pidfd < 0 ? -1 : 0;
}
