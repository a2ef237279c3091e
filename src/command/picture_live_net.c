/* SPDX-License-Identifier: MIT
 *
 * The network namespaces of the machine, the lab host and the containers: asked by netlink in each of them.
 */
#include "nslab/container.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "picture_live.h"
#include "walls.h"

#include <sched.h>
#include <string.h>

static int look_at_net(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    struct net_view view = {0};
    (void)arg;
    (void)ret_fd;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    int rc = -1;
    if (nl_links(sock, &view.links, &view.n_links, e) == 0 &&
        nl_addresses(sock, &view.addresses, &view.n_addresses, e) == 0) {
        net_view_pack(&view, out);
        rc = 0;
    }
    net_view_free(&view);
    return rc;
}

int net_view_of(const struct place *place, struct net_view *ret, struct nslab_error *e)
{
    cleanup_buf struct buf bytes = {0};
    *ret = (struct net_view){0};
    if (call_in(place, CLONE_NEWUSER | CLONE_NEWNET, look_at_net, NULL, 0, &bytes, NULL, e) < 0)
        return -1;
    if (!net_view_unpack(buf_text(&bytes), bytes.len, ret))
        return error_say(e, "the links of %s came back incomplete", place->name);
    return 0;
}

/* Everybody from `index` on who is in this namespace: "web, side". */
static char *names_in(const struct sides *s, size_t index)
{
    cleanup_buf struct buf names = {0};
    for (size_t i = index; i < s->n; i++)
        if (!strcmp(s->items[i].links[NS_NET], s->items[index].links[NS_NET]))
            buf_addf(&names, "%s%s", names.len ? ", " : "", s->items[i].name);
    return buf_take(&names);
}

static int add_net(struct picture_network *all, const struct place *place, const struct sides *s,
                   size_t index, struct nslab_error *e)
{
    struct net_view view;
    if (net_view_of(place, &view, e) < 0)
        return -1;
    cleanup_free char *names = names_in(s, index);
    all->nets = xrealloc(all->nets, all->n + 1, sizeof *all->nets);
    all->nets[all->n++] =
        (struct picture_net){.title = xasprintf("%s: %s", names, s->items[index].links[NS_NET]),
                             .is_machine = index == SIDE_MACHINE,
                             .view = view};
    return 0;
}

/* No cable leads into the lab: connections to published ports are carried by a process. */
static void note_ports(const struct container *c, struct strv *notes)
{
    for (size_t i = 0; c->proxy_pidfd >= 0 && i < c->spec.n_ports; i++)
        strv_addf(notes, "%s:%u -> nslab's port proxy -> %s:%u", c->spec.ports[i].address,
                  c->spec.ports[i].host, c->spec.name, c->spec.ports[i].container);
}

int picture_network_read(const struct host *host, struct picture_network *ret, struct nslab_error *e)
{
    static const struct strv all_containers = {0};
    cleanup_with(sides_free) struct sides s = {0};
    struct place lab_host = host_place(host);
    *ret = (struct picture_network){0};
    if (sides_read(host, &all_containers, &s, e) < 0 ||
        add_net(ret, &machine_place, &s, SIDE_MACHINE, e) < 0 ||
        add_net(ret, &lab_host, &s, SIDE_HOST, e) < 0)
        return -1;
    for (size_t i = SIDE_HOST + 1; i < s.n; i++) {
        struct nslab_error ended = {0};
        const struct container *container = container_find(host, s.items[i].name);
        if (!container)
            continue;
        struct place place = container_place(container);
        if (!side_same(&s, i, NS_NET))
            add_net(ret, &place, &s, i, &ended);
    }
    for (const struct container *c = host->containers; c; c = c->next)
        if (c->state == CONTAINER_RUNNING)
            note_ports(c, &ret->nets[SIDE_MACHINE].notes);
    return 0;
}
