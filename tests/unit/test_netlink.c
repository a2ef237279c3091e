/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../src/runtime/netlink_parse.h"
#include "netlink_recorded.h"
#include "nslab/buf.h"
#include "nslab/mem.h"
#include "nslab/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t mac[6] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x02};
static const uint8_t host_mac[6] = {0x06, 0x42, 0xac, 0x11, 0x00, 0x02};

/* Compares with hexadecimal in which blanks don't count. */
static void assert_bytes(const struct nl_message *m, const char *wanted)
{
    cleanup_buf struct buf got = {0}, dense = {0};
    for (size_t i = 0; i < m->len; i++)
        buf_addf(&got, "%02x", (unsigned char)m->bytes[i]);
    for (const char *p = wanted; *p; p++)
        if (*p != ' ')
            buf_addc(&dense, *p);
    assert_string_equal(buf_text(&got), buf_text(&dense));
}

/* --- building: numbers are in the order of a little-endian machine --- */

static void test_bridge(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_bridge(&m, "nslab0", mac);
    assert_bytes(&m, "64000000 1000 0106 00000000 00000000"  /* 100 bytes, NEWLINK, REQUEST CREATE EXCL */
                     "00 00 0000 00000000 00000000 00000000" /* ifinfomsg */
                     "0b00 0300 6e736c616230 00 00"          /* IFNAME "nslab0" */
                     "0a00 0100 0242ac110002 0000"           /* ADDRESS */
                     "2c00 1200"                             /* LINKINFO: */
                     " 0b00 0100 627269646765 00 00"         /*   KIND "bridge" */
                     " 1c00 0200"                            /*   DATA: */
                     "  0800 0500 00000000"                  /*     STP_STATE off */
                     "  0800 0100 00000000"                  /*     FORWARD_DELAY 0 */
                     "  0500 1700 00 000000");               /*     MCAST_SNOOPING off */
}

static void test_veth(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_veth(&m, "veth0002", host_mac, 2, "eth0", mac, 7);
    assert_bytes(&m, "8c000000 1000 0106 00000000 00000000"
                     "00 00 0000 00000000 01000000 01000000"    /* born up */
                     "0d00 0300 7665746830303032 00 000000"     /* IFNAME "veth0002" */
                     "0a00 0100 0642ac110002 0000"              /* ADDRESS */
                     "0800 0a00 02000000"                       /* MASTER 2 */
                     "4800 1200"                                /* LINKINFO: */
                     " 0900 0100 76657468 00 000000"            /*   KIND "veth" */
                     " 3800 0200"                               /*   DATA: */
                     "  3400 0100"                              /*     VETH_INFO_PEER: */
                     "   00 00 0000 00000000 00000000 00000000" /*       ifinfomsg, not up */
                     "   0900 0300 65746830 00 000000"          /*       IFNAME "eth0" */
                     "   0a00 0100 0242ac110002 0000"           /*       ADDRESS */
                     "   0800 1c00 07000000");                  /*       NET_NS_FD 7 */
}

static void test_link_up(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_link_up(&m, 3);
    assert_bytes(&m, "20000000 1300 0100 00000000 00000000 00 00 0000 03000000 01000000 01000000");
}

static void test_address(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_address(&m, 2, inet_addr("172.17.0.2"), 16);
    assert_bytes(&m, "30000000 1400 0106 00000000 00000000"
                     "02 10 00 00 02000000"
                     "0800 0200 ac110002"               /* LOCAL */
                     "0800 0100 ac110002"               /* ADDRESS */
                     "0800 0400 ac11ffff");             /* BROADCAST */
    nl_build_address(&m, 2, inet_addr("10.0.0.1"), 31); /* two addresses: none for broadcasts */
    assert_bytes(
        &m,
        "28000000 1400 0106 00000000 00000000 02 1f 00 00 02000000 0800 0200 0a000001 0800 0100 0a000001");
    nl_build_address(&m, 2, inet_addr("10.0.0.1"), 0);
    assert_int_equal(m.len, 48);
    assert_memory_equal(m.bytes + 44, "\xff\xff\xff\xff", 4);
}

static void test_default_route(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_default_route(&m, inet_addr("172.17.0.1"));
    assert_bytes(&m, "24000000 1800 0106 00000000 00000000"
                     "02 00 00 00 fe 03 00 01 00000000"
                     "0800 0500 ac110001");
}

static void test_neighbour(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_neighbour(&m, 2, inet_addr("172.17.0.2"), mac);
    assert_bytes(&m, "30000000 1c00 0105 00000000 00000000"
                     "02 00 0000 02000000 8000 00 00"
                     "0800 0100 ac110002"
                     "0a00 0200 0242ac110002 0000");
}

static void test_forwarding(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_forwarding(&m, 2);
    assert_bytes(&m, "34000000 1300 0100 00000000 00000000"
                     "00 00 0000 02000000 00000000 00000000"
                     "1400 1a00 1000 0200 0c00 0100 0800 0100 01000000");
}

static void test_no_ipv6_address(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_no_ipv6_address(&m, 2);
    assert_bytes(&m, "30000000 1300 0100 00000000 00000000"
                     "00 00 0000 02000000 00000000 00000000"
                     "1000 1a00 0c00 0a00 0500 0800 01 000000");
}

static void test_get_and_delete(void **state)
{
    (void)state;
    struct nl_message m;
    nl_build_get_link(&m, 260);
    assert_bytes(&m, "20000000 1200 0100 00000000 00000000 00 00 0000 04010000 00000000 00000000");
    nl_build_delete_link(&m, 260);
    assert_bytes(&m, "20000000 1100 0100 00000000 00000000 00 00 0000 04010000 00000000 00000000");
}

/* What is too long is refused by the sender: it isn't sent in part. */
static void test_too_long(void **state)
{
    (void)state;
    struct nl_message m;
    struct nslab_error e = {0};
    struct ifinfomsg link = {0};
    char large[1500] = "";
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
    nl_attr(&m, IFLA_IFALIAS, large, sizeof large);
    assert_int_equal(m.len, 32 + 1504);
    size_t mark = nl_nest(&m, IFLA_LINKINFO);
    nl_attr(&m, IFLA_INFO_DATA, large, sizeof large);
    nl_nest_end(&m, mark);
    nl_attr_u32(&m, IFLA_MTU, 1);
    assert_true(m.len > sizeof m.bytes);
    assert_int_equal(nl_transact(-1, &m, "create bridge", "nslab0", &e), -1);
    assert_int_equal(e.errnum, EMSGSIZE);
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link); /* usable again */
    assert_int_equal(m.len, 32);
    nl_attr(&m, IFLA_IFALIAS, large, 70000);
    assert_true(m.len > sizeof m.bytes);
}

/* --- reading what a kernel sent --- */

/* Bytes of their own in exactly as much memory, so that reading beyond shows. The caller frees. */
static struct nlmsghdr *recorded(const char *hex, size_t *ret_size)
{
    size_t n = strlen(hex) / 2;
    unsigned char *bytes = xmalloc(n);
    for (size_t i = 0; i < n; i++) {
        unsigned value = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (unsigned char)value;
    }
    if (ret_size)
        *ret_size = n;
    return (struct nlmsghdr *)(void *)bytes;
}

static void test_recorded_link(void **state)
{
    (void)state;
    cleanup_free struct nlmsghdr *h = recorded(recorded_veth, NULL);
    struct link_info l;
    assert_true(nl_parse_link(h, &l));
    assert_int_equal(l.index, 2);
    assert_int_equal(l.peer_index, 3);
    assert_int_equal(l.master, 0);
    assert_int_equal(l.mtu, 1500);
    assert_true(l.up);
    assert_true(l.flags & IFF_UP);
    assert_string_equal(l.name, "eth0");
    assert_string_equal(l.kind, "veth");
    assert_memory_equal(l.mac, mac, 6);
}

static void test_recorded_addresses(void **state)
{
    (void)state;
    size_t n;
    cleanup_free struct nlmsghdr *first = recorded(recorded_addr, &n);
    struct address_info a;
    assert_true(NLMSG_OK(first, n));
    assert_true(nl_parse_address(first, &a));
    assert_int_equal(a.index, 1);
    assert_string_equal(a.text, "127.0.0.1/8");
    const struct nlmsghdr *h = NLMSG_NEXT(first, n);
    assert_true(NLMSG_OK(h, n));
    assert_true(nl_parse_address(h, &a));
    assert_int_equal(a.index, 2);
    assert_int_equal(a.family, AF_INET);
    assert_int_equal(a.prefix, 16);
    assert_string_equal(a.text, "172.17.0.2/16");
}

static void test_recorded_routes(void **state)
{
    (void)state;
    size_t n;
    cleanup_free struct nlmsghdr *first = recorded(recorded_routes, &n);
    struct route_info r;
    assert_true(nl_parse_route(first, &r));
    assert_true(r.is_default);
    assert_string_equal(r.destination, "default");
    assert_string_equal(r.gateway, "172.17.0.1");
    assert_int_equal(r.index, 2);
    const struct nlmsghdr *h = NLMSG_NEXT(first, n);
    assert_true(nl_parse_route(h, &r));
    assert_false(r.is_default);
    assert_string_equal(r.destination, "172.17.0.0/16");
    assert_string_equal(r.gateway, "");
}

static void test_recorded_refusals(void **state)
{
    (void)state;
    char words[64];
    cleanup_free struct nlmsghdr *plain = recorded(recorded_refusal, NULL);
    assert_int_equal(nl_parse_answer(plain, words, sizeof words), ENODEV);
    assert_string_equal(words, "");
    cleanup_free struct nlmsghdr *said = recorded(recorded_refusal_words, NULL);
    assert_int_equal(nl_parse_answer(said, words, sizeof words), ENETUNREACH);
    assert_string_equal(words, "Nexthop has invalid gateway");
}

/* Every kind of message is refused by the other parsers. */
static void test_wrong_kind(void **state)
{
    (void)state;
    cleanup_free struct nlmsghdr *link = recorded(recorded_veth, NULL);
    cleanup_free struct nlmsghdr *address = recorded(recorded_addr, NULL);
    struct link_info l;
    struct address_info a;
    struct route_info r;
    char words[8];
    assert_false(nl_parse_address(link, &a));
    assert_false(nl_parse_route(link, &r));
    assert_false(nl_parse_link(address, &l));
    assert_int_equal(nl_parse_answer(link, words, sizeof words), -1);
}

/* --- malformed --- */

/* Cut at every length, with a header that says so: nothing beyond it is read, and no half value is taken. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    static const char *const all[] = {recorded_veth, recorded_addr, recorded_routes, recorded_refusal_words};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        cleanup_free struct nlmsghdr *whole = recorded(all[i], NULL);
        uint32_t length = whole->nlmsg_len;
        for (uint32_t n = NLMSG_HDRLEN; n < length; n++) {
            cleanup_free struct nlmsghdr *cut = xmalloc(n);
            memcpy(cut, whole, n);
            cut->nlmsg_len = n;
            struct link_info l;
            struct address_info a;
            struct route_info r;
            char words[64];
            if (nl_parse_link(cut, &l))
                assert_string_equal(l.name, "eth0");
            if (nl_parse_address(cut, &a))
                assert_string_equal(a.text, "127.0.0.1/8");
            if (nl_parse_route(cut, &r))
                assert_string_equal(r.destination, "default");
            int errnum = nl_parse_answer(cut, words, sizeof words);
            assert_true(errnum == -1 || errnum == ENETUNREACH);
            assert_true(!words[0] || !strcmp(words, "Nexthop has invalid gateway"));
        }
    }
}

/* Where the attribute of this type begins in a message with a fixed part of this size. */
static unsigned char *find_attribute(struct nlmsghdr *h, size_t fixed, uint16_t type)
{
    struct nl_walk w = {.at = (const unsigned char *)NLMSG_DATA(h) + NLMSG_ALIGN(fixed),
                        .left = h->nlmsg_len - NLMSG_LENGTH(fixed)};
    struct nl_attribute a;
    while (nl_next_attribute(&w, &a))
        if (a.type == type)
            return (unsigned char *)h + (a.data - (const unsigned char *)h) - sizeof(struct rtattr);
    fail_msg("no attribute %u", type);
    return NULL;
}

static void test_attribute_lengths(void **state)
{
    (void)state;
    static const uint16_t types[] = {IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_OPERSTATE, IFLA_LINKINFO};
    static const uint16_t lengths[] = {0, 1, 3, 6, 2000, 65535};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        for (size_t k = 0; k < ARRAY_LEN(lengths); k++) {
            cleanup_free struct nlmsghdr *h = recorded(recorded_veth, NULL);
            struct link_info l = {.index = 99};
            memcpy(find_attribute(h, sizeof(struct ifinfomsg), types[i]), &lengths[k], 2);
            assert_false(nl_parse_link(h, &l));
            assert_int_equal(l.index, 99); /* untouched */
        }
}

static void test_long_name(void **state)
{
    (void)state;
    struct nl_message m;
    struct ifinfomsg link = {.ifi_index = 2};
    struct link_info l;
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)m.bytes;
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
    nl_attr(&m, IFLA_IFNAME, "fifteen-letters", 15); /* without its NUL */
    assert_true(nl_parse_link(h, &l));
    assert_string_equal(l.name, "fifteen-letters");
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
    nl_attr_text(&m, IFLA_IFNAME, "sixteen--letters");
    assert_false(nl_parse_link(h, &l));
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link); /* no name at all */
    assert_false(nl_parse_link(h, &l));
    link.ifi_index = -1;
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
    nl_attr_text(&m, IFLA_IFNAME, "eth0");
    assert_false(nl_parse_link(h, &l));
}

static void test_link_states(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        uint8_t oper;
        bool up;
    } cases[] = {{IFF_UP, 0, true}, {0, 0, false}, {IFF_UP, 2, false}, {IFF_UP, 6, true}, {IFF_UP, 7, false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nl_message m;
        struct ifinfomsg link = {.ifi_index = 1, .ifi_flags = cases[i].flags};
        struct link_info l;
        nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
        nl_attr_text(&m, IFLA_IFNAME, "lo");
        nl_attr(&m, IFLA_OPERSTATE, &cases[i].oper, 1);
        assert_true(nl_parse_link((struct nlmsghdr *)(void *)m.bytes, &l));
        assert_int_equal(l.up, cases[i].up);
    }
}

/* IFLA_LINK of a vlan is the link that it runs over: no peer. */
static void test_peer_is_of_veth_alone(void **state)
{
    (void)state;
    struct nl_message m;
    struct ifinfomsg link = {.ifi_index = 5};
    struct link_info l;
    nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof link);
    nl_attr_text(&m, IFLA_IFNAME, "eth0.7");
    nl_attr_u32(&m, IFLA_LINK, 2);
    size_t info = nl_nest(&m, IFLA_LINKINFO);
    nl_attr_text(&m, IFLA_INFO_KIND, "vlan");
    nl_nest_end(&m, info);
    assert_true(nl_parse_link((struct nlmsghdr *)(void *)m.bytes, &l));
    assert_string_equal(l.kind, "vlan");
    assert_int_equal(l.peer_index, 0);
}

static void test_addresses(void **state)
{
    (void)state;
    struct nl_message m;
    struct address_info a = {0};
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)m.bytes;
    struct ifaddrmsg fixed = {.ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = 2};
    unsigned char v6[16] = {0xfe, 0x80, [15] = 1};
    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed);
    nl_attr(&m, IFA_ADDRESS, v6, sizeof v6);
    assert_true(nl_parse_address(h, &a));
    assert_string_equal(a.text, "fe80::1/64");
    assert_int_equal(a.family, AF_INET6);

    fixed.ifa_family = AF_INET; /* point to point: ours is IFA_LOCAL */
    fixed.ifa_prefixlen = 32;
    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed);
    nl_attr_u32(&m, IFA_ADDRESS, inet_addr("10.0.0.2"));
    nl_attr_u32(&m, IFA_LOCAL, inet_addr("10.0.0.1"));
    assert_true(nl_parse_address(h, &a));
    assert_string_equal(a.text, "10.0.0.1/32");

    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed); /* an IPv6 address in an IPv4 message */
    nl_attr(&m, IFA_ADDRESS, v6, sizeof v6);
    assert_false(nl_parse_address(h, &a));
    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed); /* none */
    assert_false(nl_parse_address(h, &a));
    fixed.ifa_prefixlen = 33;
    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed);
    nl_attr_u32(&m, IFA_LOCAL, inet_addr("10.0.0.1"));
    assert_false(nl_parse_address(h, &a));
    fixed.ifa_prefixlen = 24;
    fixed.ifa_family = AF_UNIX;
    nl_begin(&m, RTM_NEWADDR, 0, &fixed, sizeof fixed);
    nl_attr_u32(&m, IFA_LOCAL, inet_addr("10.0.0.1"));
    assert_false(nl_parse_address(h, &a));
}

static bool parse_route_with(struct rtmsg fixed, uint32_t table, struct route_info *r)
{
    struct nl_message m;
    nl_begin(&m, RTM_NEWROUTE, 0, &fixed, sizeof fixed);
    nl_attr_u32(&m, RTA_DST, inet_addr("10.1.0.0"));
    if (table)
        nl_attr_u32(&m, RTA_TABLE, table);
    return nl_parse_route((struct nlmsghdr *)(void *)m.bytes, r);
}

static void test_routes(void **state)
{
    (void)state;
    struct route_info r;
    struct rtmsg good = {
        .rtm_family = AF_INET, .rtm_dst_len = 16, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
    assert_true(parse_route_with(good, 0, &r));
    assert_string_equal(r.destination, "10.1.0.0/16");
    assert_true(parse_route_with(good, RT_TABLE_MAIN, &r));
    assert_false(parse_route_with(good, 1000, &r)); /* the attribute counts, not the byte */
    struct rtmsg other = good;
    other.rtm_table = RT_TABLE_LOCAL;
    assert_false(parse_route_with(other, 0, &r));
    other = good;
    other.rtm_type = RTN_LOCAL;
    assert_false(parse_route_with(other, 0, &r));
    other = good;
    other.rtm_family = AF_INET6;
    assert_false(parse_route_with(other, 0, &r));
    other = good;
    other.rtm_dst_len = 33;
    assert_false(parse_route_with(other, 0, &r));
}

/* An old kernel sends our message back before its attributes, and its length may be a lie. */
static void test_uncapped_answer(void **state)
{
    (void)state;
    struct nl_message m;
    char words[64];
    struct nlmsgerr fixed = {.error = -EINVAL, .msg = {.nlmsg_len = NLMSG_HDRLEN + 8}};
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)m.bytes;
    const uint64_t ours = 0;
    nl_begin(&m, NLMSG_ERROR, 0, &fixed, sizeof fixed);
    memcpy(m.bytes + m.len, &ours, sizeof ours);
    m.len += sizeof ours;
    nl_attr_text(&m, NLMSGERR_ATTR_MSG, "not this way");
    h->nlmsg_flags = NLM_F_ACK_TLVS;
    assert_int_equal(nl_parse_answer(h, words, sizeof words), EINVAL);
    assert_string_equal(words, "not this way");
    fixed.msg.nlmsg_len = 0xfffffff0u;
    memcpy(m.bytes + NLMSG_HDRLEN, &fixed, sizeof fixed);
    assert_int_equal(nl_parse_answer(h, words, sizeof words), EINVAL);
    assert_string_equal(words, "");
}

static void test_words_too_long(void **state)
{
    (void)state;
    char words[8];
    cleanup_free struct nlmsghdr *h = recorded(recorded_refusal_words, NULL);
    assert_int_equal(nl_parse_answer(h, words, sizeof words), ENETUNREACH);
    assert_string_equal(words, "");
}

/* --- talking to this machine's kernel, which lets anyone read --- */

static void test_lists(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    int sock = nl_open(&e);
    assert_true(sock >= 0);
    cleanup_free struct link_info *links = NULL;
    size_t n = 0;
    assert_int_equal(nl_links(sock, &links, &n, &e), 0);
    assert_true(n >= 1);
    assert_string_equal(links[0].name, "lo");
    assert_int_equal(links[0].index, 1);
    for (size_t i = 1; i < n; i++)
        assert_true(links[i - 1].index < links[i].index);
    cleanup_free struct address_info *addresses = NULL;
    assert_int_equal(nl_addresses(sock, &addresses, &n, &e), 0);
    for (size_t i = 1; i < n; i++)
        assert_true(addresses[i - 1].index <= addresses[i].index);
    cleanup_free struct route_info *routes = NULL;
    assert_int_equal(nl_routes(sock, &routes, &n, &e), 0);
    close(sock);
}

static void test_refused(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct nl_message m;
    char text[NSLAB_ERROR_TEXT_MAX];
    int sock = nl_open(&e);
    assert_true(sock >= 0);
    nl_build_get_link(&m, 0x7ffffff0);
    assert_int_equal(nl_transact(sock, &m, "look for", "link 2147483632", &e), -1);
    assert_int_equal(e.errnum, ENODEV);
    assert_string_equal(error_text(&e, text, sizeof text), "cannot look for link 2147483632: No such device");
    nl_build_get_link(&m, 1);
    assert_int_equal(nl_transact(sock, &m, "look for", "lo", &e), 0);
    close(sock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_veth),
        cmocka_unit_test(test_link_up),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_default_route),
        cmocka_unit_test(test_neighbour),
        cmocka_unit_test(test_forwarding),
        cmocka_unit_test(test_no_ipv6_address),
        cmocka_unit_test(test_get_and_delete),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_recorded_link),
        cmocka_unit_test(test_recorded_addresses),
        cmocka_unit_test(test_recorded_routes),
        cmocka_unit_test(test_recorded_refusals),
        cmocka_unit_test(test_wrong_kind),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_attribute_lengths),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_link_states),
        cmocka_unit_test(test_peer_is_of_veth_alone),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_uncapped_answer),
        cmocka_unit_test(test_words_too_long),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
