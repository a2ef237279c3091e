/* SPDX-License-Identifier: MIT
 *
 * Asks by requests that can't succeed: one that the kernel must refuse, but by another error where it has no
 * code for it; and a batch that lacks its end, which nftables carries out and takes back (`nft --check`).
 */
#include "nslab/features.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

int feature_link_kind(const char *kind, struct nslab_error *e)
{
    const struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    struct nl_message m;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return error_needs(e, kind);
    nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    nl_attr(&m, IFLA_ADDRESS, "", 1); /* no kind of link has addresses of one byte: EINVAL */
    size_t info = nl_nest(&m, IFLA_LINKINFO);
    nl_attr_text(&m, IFLA_INFO_KIND, kind);
    nl_nest_end(&m, info);
    if (nl_transact(sock, &m, "find the link kind", kind, e) == 0 || e->errnum != EOPNOTSUPP) {
        error_clear(e);
        return 0;
    }
    return error_needs(e, kind);
}

/* --- nftables --- */

#define TABLE "nslab-asks"
#define CHAIN "output"
#define BATCH_MAX 4

struct batch {
    struct nl_message messages[BATCH_MAX];
    size_t n;
};

static struct nl_message *batch_add(struct batch *b, uint16_t type, uint16_t flags, uint8_t family,
                                    uint16_t id)
{
    const struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(id)};
    struct nl_message *m = &b->messages[b->n++];
    nl_begin(m, type, flags, &header, sizeof header);
    ((struct nlmsghdr *)(void *)m->bytes)->nlmsg_seq = (uint32_t)b->n;
    return m;
}

static struct nl_message *batch_add_nft(struct batch *b, uint16_t type)
{
    return batch_add(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_CREATE | NLM_F_ACK, NFPROTO_IPV4,
                     0);
}

static void add_be32(struct nl_message *m, uint16_t type, uint32_t value)
{
    nl_attr_u32(m, type, htonl(value));
}

static void add_chain(struct batch *b, const char *type)
{
    struct nl_message *m = batch_add_nft(b, NFT_MSG_NEWCHAIN);
    nl_attr_text(m, NFTA_CHAIN_TABLE, TABLE);
    nl_attr_text(m, NFTA_CHAIN_NAME, CHAIN);
    size_t hook = nl_nest(m, NLA_F_NESTED | NFTA_CHAIN_HOOK);
    add_be32(m, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
    add_be32(m, NFTA_HOOK_PRIORITY, (uint32_t)-100);
    nl_nest_end(m, hook);
    nl_attr_text(m, NFTA_CHAIN_TYPE, type);
}

/* An element of a rule: a name and its data. Ended by expression_end, inner one first. */
static void expression_begin(struct nl_message *m, const char *name, size_t marks[2])
{
    marks[0] = nl_nest(m, NLA_F_NESTED | NFTA_LIST_ELEM);
    nl_attr_text(m, NFTA_EXPR_NAME, name);
    marks[1] = nl_nest(m, NLA_F_NESTED | NFTA_EXPR_DATA);
}

static void expression_end(struct nl_message *m, const size_t marks[2])
{
    nl_nest_end(m, marks[1]);
    nl_nest_end(m, marks[0]);
}

/* "dnat to 127.0.0.1": the address into a register, and from there into the packet. */
static void add_rule(struct batch *b)
{
    const uint32_t address_be = htonl(INADDR_LOOPBACK);
    size_t marks[2];
    struct nl_message *m = batch_add_nft(b, NFT_MSG_NEWRULE);
    nl_attr_text(m, NFTA_RULE_TABLE, TABLE);
    nl_attr_text(m, NFTA_RULE_CHAIN, CHAIN);
    size_t expressions = nl_nest(m, NLA_F_NESTED | NFTA_RULE_EXPRESSIONS);
    expression_begin(m, "immediate", marks);
    add_be32(m, NFTA_IMMEDIATE_DREG, NFT_REG32_00);
    size_t data = nl_nest(m, NLA_F_NESTED | NFTA_IMMEDIATE_DATA);
    nl_attr(m, NFTA_DATA_VALUE, &address_be, sizeof address_be);
    nl_nest_end(m, data);
    expression_end(m, marks);
    expression_begin(m, "nat", marks);
    add_be32(m, NFTA_NAT_TYPE, NFT_NAT_DNAT);
    add_be32(m, NFTA_NAT_FAMILY, NFPROTO_IPV4);
    add_be32(m, NFTA_NAT_REG_ADDR_MIN, NFT_REG32_00);
    expression_end(m, marks);
    nl_nest_end(m, expressions);
}

static int batch_send(struct batch *b, int sock)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct iovec parts[BATCH_MAX];
    struct msghdr message = {
        .msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = parts, .msg_iovlen = b->n};
    for (size_t i = 0; i < b->n; i++)
        parts[i] = (struct iovec){b->messages[i].bytes, b->messages[i].len};
    return sendmsg(sock, &message, 0) < 0 ? -1 : 0;
}

/* The kernel answers each message but the first. Returns the first refusal, or 0. */
static int batch_refusal(const struct batch *b, int sock)
{
    _Alignas(NLMSG_ALIGNTO) char bytes[8192];
    for (size_t answers = 1; answers < b->n;) {
        ssize_t n = recv(sock, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EBADMSG;
        ssize_t left = n; /* signed: the last message's padding may lie beyond the end */
        for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            const struct nlmsgerr *answer = NLMSG_DATA(h);
            if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_len < NLMSG_LENGTH(sizeof *answer))
                continue;
            if (answer->error)
                return -answer->error;
            answers++;
        }
    }
    return 0;
}

int feature_nft(const char *chain_type, struct nslab_error *e)
{
    cleanup_free struct batch *b = xcalloc(1, sizeof *b);
    const struct timeval patience = {.tv_sec = 1};
    cleanup_fd int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    int refusal = sock < 0 ? errno : 0;
    batch_add(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    nl_attr_text(batch_add_nft(b, NFT_MSG_NEWTABLE), NFTA_TABLE_NAME, TABLE);
    add_chain(b, chain_type);
    add_rule(b);
    if (!refusal) {
        setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        refusal = batch_send(b, sock) < 0 ? errno : batch_refusal(b, sock);
    }
    if (!refusal)
        return 0;
    error_sys(e, refusal, "ask nftables for", "a chain of type %s with DNAT", chain_type);
    return error_needs(e, "nft");
}
