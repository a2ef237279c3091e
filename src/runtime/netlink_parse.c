/* SPDX-License-Identifier: MIT
 *
 * Reading the kernel's messages. Lengths are checked against what was received before anything is read: a
 * message that contradicts itself is refused whole.
 */
#include "netlink_parse.h"
#include "nslab/mem.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

bool nl_next_attribute(struct nl_walk *w, struct nl_attribute *ret)
{
    struct rtattr header;
    if (!w->left)
        return false;
    if (w->left < sizeof header) {
        w->malformed = true;
        return false;
    }
    memcpy(&header, w->at, sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > w->left) {
        w->malformed = true;
        return false;
    }
    *ret = (struct nl_attribute){
        .type = header.rta_type & NLA_TYPE_MASK,
        .data = w->at + sizeof header,
        .len = header.rta_len - sizeof header,
    };
    size_t step = RTA_ALIGN(header.rta_len);
    if (step > w->left) /* the last one's padding may be left out */
        step = w->left;
    w->at += step;
    w->left -= step;
    return true;
}

/* Starts on the attributes after the fixed part, which is copied out. false when the message is shorter than
 * that. */
static bool begin(const struct nlmsghdr *h, uint16_t type, void *fixed, size_t size, struct nl_walk *w)
{
    if (h->nlmsg_type != type || h->nlmsg_len < NLMSG_LENGTH(size))
        return false;
    const unsigned char *payload = (const unsigned char *)h + NLMSG_HDRLEN;
    size_t after = NLMSG_ALIGN(NLMSG_LENGTH(size));
    memcpy(fixed, payload, size);
    *w = (struct nl_walk){.at = payload + NLMSG_ALIGN(size),
                          .left = h->nlmsg_len > after ? h->nlmsg_len - after : 0};
    return true;
}

/* Each takes an attribute of the right length into its place; false when the length is wrong. */
static bool take_bytes(const struct nl_attribute *a, void *to, size_t n)
{
    if (a->len != n)
        return false;
    memcpy(to, a->data, n);
    return true;
}

static bool take_text(const struct nl_attribute *a, char *to, size_t size)
{
    size_t n = strnlen((const char *)a->data, a->len);
    if (n >= size)
        return false;
    memcpy(to, a->data, n);
    to[n] = '\0';
    return true;
}

static bool parse_link_kind(const struct nl_attribute *nest, struct link_info *l)
{
    struct nl_walk w = {.at = nest->data, .left = nest->len};
    struct nl_attribute a;
    while (nl_next_attribute(&w, &a))
        if (a.type == IFLA_INFO_KIND && !take_text(&a, l->kind, sizeof l->kind))
            return false;
    return !w.malformed;
}

bool nl_parse_link(const struct nlmsghdr *h, struct link_info *ret)
{
    struct ifinfomsg fixed;
    struct nl_walk w;
    struct nl_attribute a;
    struct link_info l = {0};
    uint8_t state = IF_OPER_UNKNOWN;
    if (!begin(h, RTM_NEWLINK, &fixed, sizeof fixed, &w))
        return false;
    while (nl_next_attribute(&w, &a)) {
        bool good = true;
        if (a.type == IFLA_IFNAME)
            good = take_text(&a, l.name, sizeof l.name);
        else if (a.type == IFLA_ADDRESS)
            good =
                a.len != sizeof l.mac || take_bytes(&a, l.mac, sizeof l.mac); /* tunnels have other lengths */
        else if (a.type == IFLA_MTU)
            good = take_bytes(&a, &l.mtu, sizeof l.mtu);
        else if (a.type == IFLA_LINK)
            good = take_bytes(&a, &l.peer_index, sizeof l.peer_index);
        else if (a.type == IFLA_MASTER)
            good = take_bytes(&a, &l.master, sizeof l.master);
        else if (a.type == IFLA_OPERSTATE)
            good = take_bytes(&a, &state, sizeof state);
        else if (a.type == IFLA_LINKINFO)
            good = parse_link_kind(&a, &l);
        if (!good)
            return false;
    }
    if (w.malformed || fixed.ifi_index <= 0 || !l.name[0])
        return false;
    l.index = (uint32_t)fixed.ifi_index;
    l.flags = fixed.ifi_flags;
    l.up = state == IF_OPER_UP || (state == IF_OPER_UNKNOWN && (l.flags & IFF_UP));
    if (strcmp(l.kind, "veth") != 0) /* of a vlan or a tunnel, IFLA_LINK is what it runs over, and no peer */
        l.peer_index = 0;
    *ret = l;
    return true;
}

bool nl_parse_address(const struct nlmsghdr *h, struct address_info *ret)
{
    struct ifaddrmsg fixed;
    struct nl_walk w;
    struct nl_attribute a;
    unsigned char local[16], peer[16];
    bool has_local = false, has_address = false;
    if (!begin(h, RTM_NEWADDR, &fixed, sizeof fixed, &w))
        return false;
    size_t size = fixed.ifa_family == AF_INET ? 4 : fixed.ifa_family == AF_INET6 ? 16 : 0;
    if (!size || !fixed.ifa_index || fixed.ifa_prefixlen > size * 8)
        return false;
    while (nl_next_attribute(&w, &a)) {
        if (a.type == IFA_LOCAL && !(has_local = take_bytes(&a, local, size)))
            return false;
        if (a.type == IFA_ADDRESS && !(has_address = take_bytes(&a, peer, size)))
            return false;
    }
    if (w.malformed || !(has_local || has_address))
        return false;
    struct address_info info = {
        .index = fixed.ifa_index, .family = fixed.ifa_family, .prefix = fixed.ifa_prefixlen};
    char text[INET6_ADDRSTRLEN];
    /* On a point-to-point link IFA_ADDRESS is the other side's: ours is IFA_LOCAL, where there is one. */
    inet_ntop(info.family, has_local ? local : peer, text, sizeof text);
    snprintf(info.text, sizeof info.text, "%s/%u", text, (unsigned)info.prefix);
    *ret = info;
    return true;
}

bool nl_parse_route(const struct nlmsghdr *h, struct route_info *ret)
{
    struct rtmsg fixed;
    struct nl_walk w;
    struct nl_attribute a;
    struct route_info r = {0};
    unsigned char destination[4] = {0}, gateway[4];
    bool has_gateway = false;
    if (!begin(h, RTM_NEWROUTE, &fixed, sizeof fixed, &w))
        return false;
    if (fixed.rtm_family != AF_INET || fixed.rtm_type != RTN_UNICAST || fixed.rtm_dst_len > 32)
        return false;
    uint32_t table = fixed.rtm_table;
    while (nl_next_attribute(&w, &a)) {
        bool good = true;
        if (a.type == RTA_TABLE)
            good = take_bytes(&a, &table, sizeof table);
        else if (a.type == RTA_DST)
            good = take_bytes(&a, destination, sizeof destination);
        else if (a.type == RTA_GATEWAY)
            good = has_gateway = take_bytes(&a, gateway, sizeof gateway);
        else if (a.type == RTA_OIF)
            good = take_bytes(&a, &r.index, sizeof r.index);
        if (!good)
            return false;
    }
    if (w.malformed || table != RT_TABLE_MAIN)
        return false;
    char text[INET_ADDRSTRLEN];
    r.is_default = fixed.rtm_dst_len == 0;
    inet_ntop(AF_INET, destination, text, sizeof text);
    if (r.is_default)
        snprintf(r.destination, sizeof r.destination, "default");
    else
        snprintf(r.destination, sizeof r.destination, "%s/%u", text, (unsigned)fixed.rtm_dst_len);
    if (has_gateway)
        inet_ntop(AF_INET, gateway, r.gateway, sizeof r.gateway);
    *ret = r;
    return true;
}

int nl_parse_answer(const struct nlmsghdr *h, char *words, size_t size)
{
    struct nlmsgerr fixed;
    words[0] = '\0';
    if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_len < NLMSG_LENGTH(sizeof fixed))
        return -1;
    const unsigned char *payload = (const unsigned char *)h + NLMSG_HDRLEN;
    memcpy(&fixed, payload, sizeof fixed);
    int errnum = fixed.error < 0 && fixed.error > -4096 ? -fixed.error : 0;
    if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
        return errnum;
    /* Our message comes back before the attributes, unless the kernel says that it left it out. */
    size_t skip = sizeof fixed, all = h->nlmsg_len - NLMSG_HDRLEN;
    if (!(h->nlmsg_flags & NLM_F_CAPPED) && fixed.msg.nlmsg_len > sizeof fixed.msg)
        skip += NLMSG_ALIGN(fixed.msg.nlmsg_len - sizeof fixed.msg);
    if (skip > all)
        return errnum;
    struct nl_walk w = {.at = payload + skip, .left = all - skip};
    struct nl_attribute a;
    while (nl_next_attribute(&w, &a))
        if (a.type == NLMSGERR_ATTR_MSG)
            take_text(&a, words, size);
    return errnum;
}
