/* SPDX-License-Identifier: MIT */
#include "link_fields.h"
#include "probing.h"

void net_view_free(struct net_view *view)
{
    free(view->links);
    free(view->addresses);
    free(view->routes);
    *view = (struct net_view){0};
}

/* --- across call_in(): the counts, then the arrays as they lie in memory (both ends are this program) --- */

static void pack_array(struct buf *out, const void *items, size_t n, size_t size)
{
    buf_add(out, &n, sizeof n);
    buf_add(out, items ? items : "", n * size);
}

static bool unpack_array(const char **p, size_t *left, size_t size, void *ret_items, size_t *ret_n)
{
    size_t n;
    if (*left < sizeof n)
        return false;
    memcpy(&n, *p, sizeof n);
    *p += sizeof n;
    *left -= sizeof n;
    if (n > *left / size)
        return false;
    void *items = xcalloc(n + 1, size);
    memcpy(items, *p, n * size);
    memcpy(ret_items, &items, sizeof items);
    *ret_n = n;
    *p += n * size;
    *left -= n * size;
    return true;
}

void net_view_pack(const struct net_view *view, struct buf *out)
{
    pack_array(out, view->links, view->n_links, sizeof *view->links);
    pack_array(out, view->addresses, view->n_addresses, sizeof *view->addresses);
    pack_array(out, view->routes, view->n_routes, sizeof *view->routes);
}

bool net_view_unpack(const char *bytes, size_t n, struct net_view *ret)
{
    *ret = (struct net_view){0};
    if (unpack_array(&bytes, &n, sizeof *ret->links, &ret->links, &ret->n_links) &&
        unpack_array(&bytes, &n, sizeof *ret->addresses, &ret->addresses, &ret->n_addresses) &&
        unpack_array(&bytes, &n, sizeof *ret->routes, &ret->routes, &ret->n_routes) && !n)
        return true;
    net_view_free(ret);
    return false;
}

/* --- finding --- */

const struct link_info *link_by_name(const struct net_view *view, const char *name)
{
    for (size_t i = 0; i < view->n_links; i++)
        if (!strcmp(view->links[i].name, name))
            return &view->links[i];
    return NULL;
}

const struct link_info *link_by_index(const struct net_view *view, uint32_t index)
{
    for (size_t i = 0; i < view->n_links; i++)
        if (view->links[i].index == index)
            return &view->links[i];
    return NULL;
}

const struct link_info *link_peer_in(const struct net_view *other, const struct link_info *link)
{
    const struct link_info *peer = link->peer_index ? link_by_index(other, link->peer_index) : NULL;
    return peer && peer->peer_index == link->index ? peer : NULL;
}

/* --- showing --- */

static const char *link_type(const struct link_info *link)
{
    return link->kind[0] ? link->kind : link->flags & IFF_LOOPBACK ? "loopback" : "device";
}

static void show_peer(const struct link_info *link, const struct link_info *peer, struct observation *ret)
{
    if (!link->peer_index)
        observe_absent(ret, "%s has no other end: it is no veth", link->name);
    else if (peer)
        observe_text(ret, "%u %s", peer->index, peer->name);
    else
        observe_text(ret, "%u", link->peer_index);
}

static void show_master(const struct net_view *view, const struct link_info *link, struct observation *ret)
{
    const struct link_info *master = link->master ? link_by_index(view, link->master) : NULL;
    if (!link->master)
        observe_absent(ret, "%s is a port of no bridge", link->name);
    else if (master)
        observe_text(ret, "%s", master->name);
    else
        observe_text(ret, "%u", link->master);
}

static void show_mac(const struct link_info *link, struct observation *ret)
{
    const uint8_t *m = link->mac;
    observe_text(ret, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

int link_field_read(const char *field, const struct net_view *view, const struct link_info *link,
                    const struct link_info *peer, struct observation *ret, struct nslab_error *e)
{
    if (!strcmp(field, "name"))
        observe_text(ret, "%s", link->name);
    else if (!strcmp(field, "index"))
        observe_text(ret, "%u", link->index);
    else if (!strcmp(field, "peer"))
        show_peer(link, peer, ret);
    else if (!strcmp(field, "type"))
        observe_text(ret, "%s", link_type(link));
    else if (!strcmp(field, "master"))
        show_master(view, link, ret);
    else if (!strcmp(field, "state"))
        observe_text(ret, "%s", link->up ? "up" : "down");
    else if (!strcmp(field, "mtu"))
        observe_text(ret, "%u", link->mtu);
    else if (!strcmp(field, "address"))
        show_mac(link, ret);
    else
        return error_say(e, "a link has no field `%s`", field);
    return 0;
}

void addresses_read(const struct net_view *view, const char *name, struct observation *ret)
{
    const struct link_info *link = link_by_name(view, name);
    if (!link) {
        observe_absent(ret, "there is no link %s", name);
        return;
    }
    observe_list(ret);
    for (size_t i = 0; i < view->n_addresses; i++)
        if (view->addresses[i].index == link->index)
            strv_add(&ret->list, view->addresses[i].text);
}

void route_read(const struct net_view *view, const char *destination, struct observation *ret)
{
    for (size_t i = 0; i < view->n_routes; i++) {
        const struct route_info *route = &view->routes[i];
        if (strcmp(route->is_default ? "default" : route->destination, destination))
            continue;
        const struct link_info *link = link_by_index(view, route->index);
        observe_text(ret, "%s%sdev %s", route->gateway, route->gateway[0] ? " " : "",
                     link ? link->name : "?");
        return;
    }
    if (!strcmp(destination, "default"))
        observe_absent(ret, "there is no default route");
    else
        observe_absent(ret, "there is no route to %s", destination);
}
