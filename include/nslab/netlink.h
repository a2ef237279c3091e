/* SPDX-License-Identifier: MIT
 *
 * rtnetlink(7), as far as a lab's network needs it. A message is built in a buffer (that part is pure: tests
 * compare the bytes), sent, and the kernel's answer is read; its own words (NLMSGERR_ATTR_MSG) go into the
 * error's detail. All of it acts on the network namespace of the calling process.
 */
#ifndef NSLAB_NETLINK_H
#define NSLAB_NETLINK_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* --- building (pure) --- */
struct nl_message {
    _Alignas(NLMSG_ALIGNTO) char bytes[2048];
    size_t len; /* more than there are bytes: it didn't fit, and nl_transact() says so */
};
void nl_begin(struct nl_message *m, uint16_t type, uint16_t flags, const void *header, size_t header_size);
void nl_attr(struct nl_message *m, uint16_t type, const void *bytes, size_t n);
void nl_attr_text(struct nl_message *m, uint16_t type, const char *text); /* with its NUL */
void nl_attr_u32(struct nl_message *m, uint16_t type, uint32_t value);
size_t nl_nest(struct nl_message *m, uint16_t type); /* returns a mark for nl_nest_end */
void nl_nest_end(struct nl_message *m, size_t mark);

/* Without spanning tree and multicast snooping, so that a port forwards at once. */
void nl_build_bridge(struct nl_message *m, const char *name, const uint8_t mac[6]);
/* The peer is born in the network namespace netns_fd: moving one there afterwards costs 20 ms. This end is
 * born up and as a port of master; the peer can't be born up (ENOTCONN). */
void nl_build_veth(struct nl_message *m, const char *name, const uint8_t mac[6], uint32_t master,
                   const char *peer, const uint8_t peer_mac[6], int netns_fd);
void nl_build_link_up(struct nl_message *m, uint32_t index);
void nl_build_address(struct nl_message *m, uint32_t index, uint32_t address_be, uint8_t prefix);
void nl_build_default_route(struct nl_message *m, uint32_t gateway_be);
void nl_build_neighbour(struct nl_message *m, uint32_t index, uint32_t address_be, const uint8_t mac[6]);
void nl_build_forwarding(struct nl_message *m,
                         uint32_t index); /* IFLA_AF_SPEC: works where /proc/sys is read-only */
void nl_build_no_ipv6_address(struct nl_message *m, uint32_t index); /* no fe80:: address of its own making */
void nl_build_get_link(struct nl_message *m, uint32_t index);
void nl_build_delete_link(struct nl_message *m, uint32_t index);

/* --- talking to the kernel --- */
int nl_open(struct nslab_error *e); /* socket with NETLINK_EXT_ACK; the caller closes */
/* Sends, waits for the acknowledgement. step and object are for the error, whose errnum is the kernel's
 * answer. */
int nl_transact(int sock, struct nl_message *m, const char *step, const char *object, struct nslab_error *e);

struct link_info {
    uint32_t index, peer_index; /* IFLA_LINK: the other end, of a veth; 0: none */
    uint32_t master;            /* index of the bridge that it is a port of; 0: none */
    uint32_t mtu;
    unsigned flags; /* IFF_UP ... */
    bool up;        /* operational state is up, or unknown with IFF_UP (lo) */
    char name[IFNAMSIZ];
    char kind[16]; /* "veth", "bridge"; "" for lo */
    uint8_t mac[6];
};
struct address_info {
    uint32_t index;
    int family; /* AF_INET, AF_INET6 */
    uint8_t prefix;
    char text[64]; /* "172.17.0.2/16" */
};
struct route_info {
    bool is_default;
    uint32_t index;
    char destination[64]; /* "default", "172.17.0.0/16" */
    char gateway[64];     /* "" when direct */
};
/* Each fills a list sorted by index (routes: as the kernel has them) that the caller frees with free(). IPv4
 * main table only for routes. */
int nl_links(int sock, struct link_info **ret, size_t *n, struct nslab_error *e);
int nl_addresses(int sock, struct address_info **ret, size_t *n, struct nslab_error *e);
int nl_routes(int sock, struct route_info **ret, size_t *n, struct nslab_error *e);
/* Parsing of one answer, bytes as received (pure; for tests and fuzzers). false: not that kind or malformed.
 */
bool nl_parse_link(const struct nlmsghdr *h, struct link_info *ret);
bool nl_parse_address(const struct nlmsghdr *h, struct address_info *ret);
bool nl_parse_route(const struct nlmsghdr *h, struct route_info *ret);

#endif
