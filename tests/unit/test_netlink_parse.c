/* SPDX-License-Identifier: MIT
 *
 * Reading answers: recorded ones, made ones, and malformed ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../src/runtime/netlink_parse.h"
#include "netlink_recorded.h"
#include "nslab/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const uint8_t mac[6] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x02};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_link),     cmocka_unit_test(test_recorded_addresses),
        cmocka_unit_test(test_recorded_routes),   cmocka_unit_test(test_recorded_refusals),
        cmocka_unit_test(test_wrong_kind),        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_attribute_lengths), cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_link_states),       cmocka_unit_test(test_peer_is_of_veth_alone),
        cmocka_unit_test(test_addresses),         cmocka_unit_test(test_routes),
        cmocka_unit_test(test_uncapped_answer),   cmocka_unit_test(test_words_too_long),
    };
    return cmocka_run_group_tests_name("netlink_parse", tests, NULL, NULL);
}
