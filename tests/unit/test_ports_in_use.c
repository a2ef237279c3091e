/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../src/runtime/ports_in_use.h"

#include <arpa/inet.h>

static const char proc_net_tcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 "
    "0 0 10 0\n"
    "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 777 1 0 100 "
    "0 0 10 0\n"
    "   2: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0 20 4 "
    "30 10 -1\n";
static const char proc_net_tcp6[] =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue "
    "tr tm->when "
    "retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000   101        0 31 1 0 100 0 0 10 0\n"
    "   1: 00000000000000000000000001000000:1FFF 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000   102        0 32 1 0 100 0 0 10 0\n"
    "   2: 0000000000000000FFFF00000100007F:2000 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000   103        0 33 1 0 100 0 0 10 0\n";

static void test_listener_find(void **state)
{
    (void)state;
    struct listener l = {0};
    uint32_t local = htonl(INADDR_LOOPBACK), elsewhere = htonl(0x0a000001);
    assert_true(listener_find(proc_net_tcp, local, 8080, &l));
    assert_int_equal(l.uid, 1000);
    assert_int_equal(l.inode, 4242);
    assert_false(listener_find(proc_net_tcp, elsewhere, 8080, &l));
    assert_true(listener_find(proc_net_tcp, 0, 8080, &l)); /* 0.0.0.0 collides with every address */
    assert_true(listener_find(proc_net_tcp, elsewhere, 80, &l));
    assert_int_equal(l.uid, 33);
    assert_false(listener_find(proc_net_tcp, local, 8081, &l)); /* a connection, and no listener */
    assert_false(listener_find("nonsense\n 1: 2\n\n", local, 80, &l));
    assert_false(listener_find("", local, 80, &l));
}

static void test_listener_find_ipv6(void **state)
{
    (void)state;
    struct listener l = {0};
    uint32_t local = htonl(INADDR_LOOPBACK);
    assert_true(listener_find(proc_net_tcp6, local, 443, &l)); /* [::] takes IPv4 connections too */
    assert_int_equal(l.uid, 101);
    assert_false(listener_find(proc_net_tcp6, local, 8191, &l)); /* [::1] doesn't */
    assert_true(listener_find(proc_net_tcp6, local, 8192, &l));
    assert_int_equal(l.inode, 33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listener_find),
        cmocka_unit_test(test_listener_find_ipv6),
    };
    return cmocka_run_group_tests_name("ports_in_use", tests, NULL, NULL);
}
