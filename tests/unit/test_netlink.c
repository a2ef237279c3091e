/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/mem.h"
#include "nslab/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
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
    assert_bytes(&m, "ac000000 1000 0106 00000000 00000000"
                     "00 00 0000 00000000 01000000 01000000"    /* born up */
                     "0d00 0300 7665746830303032 00 000000"     /* IFNAME "veth0002" */
                     "0a00 0100 0642ac110002 0000"              /* ADDRESS */
                     "0800 1f00 01000000 0800 2000 01000000"    /* NUM_TX_QUEUES 1, NUM_RX_QUEUES 1 */
                     "0800 0a00 02000000"                       /* MASTER 2 */
                     "5800 1200"                                /* LINKINFO: */
                     " 0900 0100 76657468 00 000000"            /*   KIND "veth" */
                     " 4800 0200"                               /*   DATA: */
                     "  4400 0100"                              /*     VETH_INFO_PEER: */
                     "   00 00 0000 00000000 00000000 00000000" /*       ifinfomsg, not up */
                     "   0900 0300 65746830 00 000000"          /*       IFNAME "eth0" */
                     "   0a00 0100 0242ac110002 0000"           /*       ADDRESS */
                     "   0800 1f00 01000000"                    /*       NUM_TX_QUEUES 1 */
                     "   0800 2000 01000000"                    /*       NUM_RX_QUEUES 1 */
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
        cmocka_unit_test(test_bridge),         cmocka_unit_test(test_veth),
        cmocka_unit_test(test_link_up),        cmocka_unit_test(test_address),
        cmocka_unit_test(test_default_route),  cmocka_unit_test(test_neighbour),
        cmocka_unit_test(test_forwarding),     cmocka_unit_test(test_no_ipv6_address),
        cmocka_unit_test(test_get_and_delete), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_lists),          cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
