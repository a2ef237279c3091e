/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/listeners.h"
#include "nslab/mem.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

struct answer {
    struct nlmsghdr header;
    struct inet_diag_msg body;
};

static struct answer make_answer(uint8_t family, uint16_t port)
{
    struct answer a;
    memset(&a, 0, sizeof a);
    a.header.nlmsg_len = sizeof a;
    a.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    a.body.idiag_family = family;
    a.body.idiag_state = TCP_LISTEN;
    a.body.id.idiag_sport = htons(port);
    return a;
}

static void parses_both_families(void **state)
{
    char text[64];
    (void)state;
    struct answer a = make_answer(AF_INET, 80);
    assert_true(listener_parse(&a.header, text, sizeof text));
    assert_string_equal(text, "tcp 0.0.0.0:80");
    a.body.id.idiag_src[0] = htonl(0x7f000001);
    a.body.id.idiag_sport = htons(65535);
    assert_true(listener_parse(&a.header, text, sizeof text));
    assert_string_equal(text, "tcp 127.0.0.1:65535");
    a = make_answer(AF_INET6, 8080);
    assert_true(listener_parse(&a.header, text, sizeof text));
    assert_string_equal(text, "tcp [::]:8080");
}

static void takes_nothing_else(void **state)
{
    char text[64] = "untouched";
    (void)state;
    struct answer a = make_answer(AF_INET, 80);
    a.body.idiag_state = TCP_ESTABLISHED;
    assert_false(listener_parse(&a.header, text, sizeof text));
    a = make_answer(AF_UNIX, 80);
    assert_false(listener_parse(&a.header, text, sizeof text));
    a = make_answer(AF_INET, 80);
    a.header.nlmsg_len = sizeof a - 1;
    assert_false(listener_parse(&a.header, text, sizeof text));
    a = make_answer(AF_INET, 80);
    a.header.nlmsg_type = NLMSG_DONE;
    assert_false(listener_parse(&a.header, text, sizeof text));
    assert_string_equal(text, "untouched");
}

/* The kernel's own answer, for a socket that listens here. */
static void finds_a_listener(void **state)
{
    struct nslab_error e = {0};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    cleanup_strv struct strv before = {0}, during = {0};
    (void)state;
    cleanup_fd int diag = listeners_open(&machine_place, &e);
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(diag >= 0);
    assert_int_equal(bind(sock, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(sock, (struct sockaddr *)&a, &size), 0);
    cleanup_free char *wanted = xasprintf("tcp 127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
    if (listeners_read(diag, &before, &e) < 0) {
        assert_string_equal(e.step, "list");
        skip(); /* a kernel without inet_diag */
    }
    assert_false(strv_contains(&before, wanted)); /* bound, but not listening yet */
    assert_int_equal(listen(sock, 1), 0);
    assert_int_equal(listeners_read(diag, &during, &e), 0);
    assert_true(strv_contains(&during, wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_both_families),
        cmocka_unit_test(takes_nothing_else),
        cmocka_unit_test(finds_a_listener),
    };
    return cmocka_run_group_tests_name("listeners", tests, NULL, NULL);
}
