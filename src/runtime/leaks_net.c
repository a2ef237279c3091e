/* SPDX-License-Identifier: MIT
 *
 * Links and nftables' tables in nslab's own network namespace, where it makes none.
 */
#include "leaks_search.h"
#include "netlink_parse.h"
#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/mem.h"
#include "nslab/netlink.h"
#include "nslab/text.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

void leaks_links(struct leak_search *s)
{
    struct nslab_error e = {0};
    char why[NSLAB_ERROR_TEXT_MAX];
    cleanup_free struct link_info *links = NULL;
    size_t n = 0;
    uint32_t bridge = 0;
    cleanup_fd int sock = nl_open(&e);
    if (sock < 0 || nl_links(sock, &links, &n, &e) < 0) {
        leak_unseen(s, "%s", error_text(&e, why, sizeof why));
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!strcmp(links[i].name, BRIDGE_NAME))
            bridge = links[i].index;
    for (size_t i = 0; i < n; i++)
        if (bridge && (links[i].index == bridge || links[i].master == bridge))
            leak_add(s, xasprintf("link %s", links[i].name), 0, "ip link delete", xstrdup(links[i].name));
}

/* --- nftables --- */

static int ask_tables(int sock)
{
    const struct nfgenmsg header = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
    const struct timeval patience = {.tv_sec = 1};
    struct nl_message m;
    nl_begin(&m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_DUMP, &header, sizeof header);
    ((struct nlmsghdr *)(void *)m.bytes)->nlmsg_len = (uint32_t)m.len;
    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return send(sock, m.bytes, m.len, 0) < 0 ? -1 : 0;
}

static const char *family_name(uint8_t family)
{
    static const char *const names[NFPROTO_NUMPROTO] = {
        [NFPROTO_INET] = "inet",     [NFPROTO_IPV4] = "ip",       [NFPROTO_ARP] = "arp",
        [NFPROTO_NETDEV] = "netdev", [NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6"};
    return family < ARRAY_LEN(names) && names[family] ? names[family] : "ip";
}

static void take_table(struct leak_search *s, const struct nlmsghdr *h)
{
    struct nfgenmsg header;
    size_t before = NLMSG_LENGTH(NLMSG_ALIGN(sizeof header));
    if (h->nlmsg_len < before)
        return;
    memcpy(&header, (const unsigned char *)h + NLMSG_HDRLEN, sizeof header);
    struct nl_walk walk = {.at = (const unsigned char *)h + before, .left = h->nlmsg_len - before};
    struct nl_attribute a;
    while (nl_next_attribute(&walk, &a)) {
        const char *name = (const char *)a.data;
        if (a.type != NFTA_TABLE_NAME || !a.len || name[a.len - 1] || !starts_with(name, "nslab"))
            continue;
        leak_add(s, xasprintf("nft table %s %s", family_name(header.nfgen_family), name), 0,
                 "nft delete table", xasprintf("%s %s", family_name(header.nfgen_family), name));
    }
}

/* The answers, until the last. Returns an errno. */
static int take_tables(struct leak_search *s, int sock)
{
    _Alignas(NLMSG_ALIGNTO) char bytes[32768];
    for (;;) {
        ssize_t left = recv(sock, bytes, sizeof bytes, 0);
        if (left < 0 && errno == EINTR)
            continue;
        if (left <= 0)
            return left < 0 ? errno : EBADMSG;
        for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            char words[64];
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR)
                return nl_parse_answer(h, words, sizeof words);
            if (h->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE))
                take_table(s, h);
        }
    }
}

void leaks_nft(struct leak_search *s)
{
    cleanup_fd int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    int refusal = sock < 0 || ask_tables(sock) < 0 ? errno : take_tables(s, sock);
    if (refusal == EPERM)
        leak_unseen(s, "tables: reading them needs CAP_NET_ADMIN");
    /* A kernel without nftables has no tables. */
    else if (refusal && refusal != EINVAL && refusal != EPROTONOSUPPORT)
        leak_unseen(s, "tables: %s", strerror(refusal));
}
