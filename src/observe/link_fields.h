/* SPDX-License-Identifier: MIT
 *
 * The fields of network interfaces, addresses and routes, pure: what is asked of netlink's answers.
 */
#ifndef NSLAB_OBSERVE_LINK_FIELDS_H
#define NSLAB_OBSERVE_LINK_FIELDS_H

#include "nslab/error.h"
#include "nslab/netlink.h"
#include "nslab/observe.h"

/* What there is in one network namespace. */
struct net_view {
    struct link_info *links;
    struct address_info *addresses;
    struct route_info *routes;
    size_t n_links, n_addresses, n_routes;
};
void net_view_free(struct net_view *view);
/* As bytes and back: how it crosses call_in(). */
void net_view_pack(const struct net_view *view, struct buf *out);
bool net_view_unpack(const char *bytes, size_t n, struct net_view *ret);

const struct link_info *link_by_name(const struct net_view *view, const char *name);
const struct link_info *link_by_index(const struct net_view *view, uint32_t index);
/* The other end of a veth pair among the links of another namespace: it has the index, and points back. */
const struct link_info *link_peer_in(const struct net_view *other, const struct link_info *link);

/* One field of one link. peer: the other end, NULL when it wasn't found. A field that this link doesn't have
 * is absent. */
int link_field_read(const char *field, const struct net_view *view, const struct link_info *link,
                    const struct link_info *peer, struct observation *ret, struct nslab_error *e);
void addresses_read(const struct net_view *view, const char *name, struct observation *ret);
void route_read(const struct net_view *view, const char *destination, struct observation *ret);

#endif
