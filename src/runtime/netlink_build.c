/* SPDX-License-Identifier: MIT
 *
 * rtnetlink(7) messages, byte for byte. A message is a header (struct nlmsghdr), a fixed part that depends on
 * its type, and attributes: length, type, value, padded to four bytes. An attribute can hold attributes.
 */
#include "nslab/mem.h"
#include "nslab/netlink.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>

static bool is_too_long(const struct nl_message *m)
{
    return m->len > sizeof m->bytes;
}

/* Adds bytes and the zeroes that pad them. What doesn't fit makes the whole message unusable, and not
 * shorter. */
static void add(struct nl_message *m, const void *bytes, size_t n)
{
    size_t padded = NLMSG_ALIGN(n);
    if (is_too_long(m) || padded > sizeof m->bytes - m->len) {
        m->len = sizeof m->bytes + 1;
        return;
    }
    if (n)
        memcpy(m->bytes + m->len, bytes, n);
    memset(m->bytes + m->len + n, 0, padded - n);
    m->len += padded;
    ((struct nlmsghdr *)(void *)m->bytes)->nlmsg_len = (uint32_t)m->len;
}

void nl_begin(struct nl_message *m, uint16_t type, uint16_t flags, const void *header, size_t header_size)
{
    struct nlmsghdr h = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags};
    m->len = 0;
    add(m, &h, sizeof h);
    add(m, header, header_size);
}

void nl_attr(struct nl_message *m, uint16_t type, const void *bytes, size_t n)
{
    /* rta_len is 16 bits wide; what is longer than a whole message is as wrong. */
    size_t length = n < sizeof m->bytes ? RTA_LENGTH(n) : sizeof m->bytes;
    struct rtattr attribute = {.rta_len = (unsigned short)length, .rta_type = type};
    add(m, &attribute, sizeof attribute);
    add(m, bytes, n);
}

void nl_attr_text(struct nl_message *m, uint16_t type, const char *text)
{
    nl_attr(m, type, text, strlen(text) + 1);
}

void nl_attr_u32(struct nl_message *m, uint16_t type, uint32_t value)
{
    nl_attr(m, type, &value, sizeof value);
}

static void nl_attr_u8(struct nl_message *m, uint16_t type, uint8_t value)
{
    nl_attr(m, type, &value, sizeof value);
}

size_t nl_nest(struct nl_message *m, uint16_t type)
{
    size_t mark = m->len;
    nl_attr(m, type, NULL, 0);
    return mark;
}

void nl_nest_end(struct nl_message *m, size_t mark)
{
    if (is_too_long(m))
        return;
    uint16_t length = (uint16_t)(m->len - mark);
    memcpy(m->bytes + mark + offsetof(struct rtattr, rta_len), &length, sizeof length);
}

void nl_build_bridge(struct nl_message *m, const char *name, const uint8_t mac[6])
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    nl_begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    nl_attr_text(m, IFLA_IFNAME, name);
    nl_attr(m, IFLA_ADDRESS, mac, 6);
    size_t info = nl_nest(m, IFLA_LINKINFO);
    nl_attr_text(m, IFLA_INFO_KIND, "bridge");
    size_t data = nl_nest(m, IFLA_INFO_DATA);
    nl_attr_u32(m, IFLA_BR_STP_STATE, 0);
    nl_attr_u32(m, IFLA_BR_FORWARD_DELAY, 0);
    nl_attr_u8(m, IFLA_BR_MCAST_SNOOPING, 0);
    nl_nest_end(m, data);
    nl_nest_end(m, info);
}

/* By itself the kernel makes as many queues as there are processors, and then waits until all of them know
 * that a veth begins with one. */
static void add_one_queue(struct nl_message *m)
{
    nl_attr_u32(m, IFLA_NUM_TX_QUEUES, 1);
    nl_attr_u32(m, IFLA_NUM_RX_QUEUES, 1);
}

void nl_build_veth(struct nl_message *m, const char *name, const uint8_t mac[6], uint32_t master,
                   const char *peer, const uint8_t peer_mac[6], int netns_fd)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifinfomsg peer_link = {.ifi_family = AF_UNSPEC};
    nl_begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    nl_attr_text(m, IFLA_IFNAME, name);
    nl_attr(m, IFLA_ADDRESS, mac, 6);
    add_one_queue(m);
    nl_attr_u32(m, IFLA_MASTER, master);
    size_t info = nl_nest(m, IFLA_LINKINFO);
    nl_attr_text(m, IFLA_INFO_KIND, "veth");
    size_t data = nl_nest(m, IFLA_INFO_DATA);
    size_t other = nl_nest(m, VETH_INFO_PEER); /* holds a whole link: its fixed part, then its attributes */
    add(m, &peer_link, sizeof peer_link);
    nl_attr_text(m, IFLA_IFNAME, peer);
    nl_attr(m, IFLA_ADDRESS, peer_mac, 6);
    add_one_queue(m);
    nl_attr_u32(m, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    nl_nest_end(m, other);
    nl_nest_end(m, data);
    nl_nest_end(m, info);
}

void nl_build_link_up(struct nl_message *m, uint32_t index)
{
    struct ifinfomsg link = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    nl_begin(m, RTM_SETLINK, 0, &link, sizeof link);
}

void nl_build_address(struct nl_message *m, uint32_t index, uint32_t address_be, uint8_t prefix)
{
    struct ifaddrmsg address = {
        .ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_scope = RT_SCOPE_UNIVERSE, .ifa_index = index};
    nl_begin(m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof address);
    nl_attr_u32(m, IFA_LOCAL, address_be);
    nl_attr_u32(m, IFA_ADDRESS, address_be);
    if (prefix < 31) /* a network of two addresses has none to broadcast to */
        nl_attr_u32(m, IFA_BROADCAST, address_be | htonl(prefix ? UINT32_MAX >> prefix : UINT32_MAX));
}

void nl_build_default_route(struct nl_message *m, uint32_t gateway_be)
{
    struct rtmsg route = {.rtm_family = AF_INET,
                          .rtm_table = RT_TABLE_MAIN,
                          .rtm_protocol = RTPROT_BOOT,
                          .rtm_scope = RT_SCOPE_UNIVERSE,
                          .rtm_type = RTN_UNICAST};
    nl_begin(m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    nl_attr_u32(m, RTA_GATEWAY, gateway_be);
}

void nl_build_neighbour(struct nl_message *m, uint32_t index, uint32_t address_be, const uint8_t mac[6])
{
    struct ndmsg neighbour = {.ndm_family = AF_INET, .ndm_ifindex = (int)index, .ndm_state = NUD_PERMANENT};
    nl_begin(m, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &neighbour, sizeof neighbour);
    nl_attr_u32(m, NDA_DST, address_be);
    nl_attr(m, NDA_LLADDR, mac, 6);
}

void nl_build_forwarding(struct nl_message *m, uint32_t index)
{
    enum {
        FORWARDING = 1
    }; /* IPV4_DEVCONF_FORWARDING of <linux/ip.h>, which glibc's headers don't go with */
    struct ifinfomsg link = {.ifi_index = (int)index};
    nl_begin(m, RTM_SETLINK, 0, &link, sizeof link);
    size_t spec = nl_nest(m, IFLA_AF_SPEC);
    size_t inet = nl_nest(m, AF_INET);
    size_t conf = nl_nest(m, IFLA_INET_CONF);
    nl_attr_u32(m, FORWARDING, 1);
    nl_nest_end(m, conf);
    nl_nest_end(m, inet);
    nl_nest_end(m, spec);
}

void nl_build_no_ipv6_address(struct nl_message *m, uint32_t index)
{
    struct ifinfomsg link = {.ifi_index = (int)index};
    nl_begin(m, RTM_SETLINK, 0, &link, sizeof link);
    size_t spec = nl_nest(m, IFLA_AF_SPEC);
    size_t inet6 = nl_nest(m, AF_INET6);
    nl_attr_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    nl_nest_end(m, inet6);
    nl_nest_end(m, spec);
}

void nl_build_get_link(struct nl_message *m, uint32_t index)
{
    struct ifinfomsg link = {.ifi_index = (int)index};
    nl_begin(m, RTM_GETLINK, 0, &link, sizeof link);
}

void nl_build_delete_link(struct nl_message *m, uint32_t index)
{
    struct ifinfomsg link = {.ifi_index = (int)index};
    nl_begin(m, RTM_DELLINK, 0, &link, sizeof link);
}
