/* SPDX-License-Identifier: MIT
 *
 * Talking to the kernel. rtnetlink does its work inside our send(2): when that returns, the answer is
 * waiting. So messages are sent one by one, each with a time of its own in the journal: a batch would save a
 * microsecond a step.
 */
#include "netlink_parse.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 32768 /* the kernel fills dumps in pieces of at most this size */
#define WORDS_MAX 256
#define DUMP_TRIES 8

int nl_open(struct nslab_error *e)
{
    int yes = 1;
    cleanup_fd int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (sock < 0)
        return error_sys(e, errno, "open", "a netlink socket");
    /* Older kernels have neither: then errors come without words, and with our message in them. */
    setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
    setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
    return take_fd(sock);
}

/* The number that answers carry back. Every question has another, so that a late answer isn't taken for ours.
 */
static uint32_t stamp(struct nl_message *m, uint16_t more_flags)
{
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)m->bytes;
    h->nlmsg_flags |= more_flags;
    h->nlmsg_seq = (uint32_t)now_ns();
    return h->nlmsg_seq;
}

static int send_message(int sock, const struct nl_message *m)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (m->len > sizeof m->bytes) {
        errno = EMSGSIZE;
        return -1;
    }
    ssize_t sent;
    do
        sent = sendto(sock, m->bytes, m->len, 0, (struct sockaddr *)&kernel, sizeof kernel);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* One datagram from the kernel: other processes may write to a netlink socket too. */
static ssize_t receive(int sock, char *bytes, size_t size)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof from;
        ssize_t n = recvfrom(sock, bytes, size, MSG_TRUNC, (struct sockaddr *)&from, &from_size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n >= 0 && from.nl_pid != 0)
            continue;
        if (n >= 0 && (size_t)n > size) {
            errno = EMSGSIZE;
            return -1;
        }
        return n;
    }
}

static int no_answer(struct nslab_error *e, int errnum, const char *step, const char *object)
{
    error_sys(e, errnum, step, "%s", object);
    return error_detail(e, "the kernel's answer could not be read");
}

static int answered(const struct nlmsghdr *h, const char *step, const char *object, struct nslab_error *e)
{
    char words[WORDS_MAX];
    int errnum = nl_parse_answer(h, words, sizeof words);
    if (errnum < 0)
        return no_answer(e, EBADMSG, step, object);
    if (!errnum)
        return 0;
    error_sys(e, errnum, step, "%s", object);
    if (words[0])
        error_detail(e, "%s", words);
    return -1;
}

int nl_transact(int sock, struct nl_message *m, const char *step, const char *object, struct nslab_error *e)
{
    _Alignas(NLMSG_ALIGNTO) char bytes[ANSWER_MAX];
    uint32_t number = stamp(m, NLM_F_ACK);
    if (send_message(sock, m) < 0)
        return error_sys(e, errno, step, "%s", object);
    for (;;) {
        ssize_t n = receive(sock, bytes, sizeof bytes);
        if (n <= 0)
            return no_answer(e, n < 0 ? errno : EBADMSG, step, object);
        ssize_t left = n;
        for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
            if (h->nlmsg_seq == number && h->nlmsg_type == NLMSG_ERROR)
                return answered(h, step, object, e);
    }
}

/* --- lists --- */

struct dump {
    const char *what; /* "network links" */
    size_t item_size;
    bool (*parse)(const struct nlmsghdr *h, void *item);
    void *items;
    size_t n;
    uint32_t number;
    bool changed; /* something was added or removed while the kernel went through its list */
};

static void add_item(struct dump *d, const struct nlmsghdr *h)
{
    d->items = xrealloc(d->items, d->n + 1, d->item_size);
    if (d->parse(h, (char *)d->items + d->n * d->item_size))
        d->n++;
}

/* One datagram of a dump. 1: it was the last one. */
static int take_part(struct dump *d, char *bytes, size_t n, struct nslab_error *e)
{
    /* signed: the last message's padding may lie beyond the end */
    ssize_t left = (ssize_t)n;
    for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
        if (h->nlmsg_seq != d->number)
            continue;
        if (h->nlmsg_flags & NLM_F_DUMP_INTR)
            d->changed = true;
        if (h->nlmsg_type == NLMSG_DONE)
            return 1;
        if (h->nlmsg_type == NLMSG_ERROR)
            return answered(h, "list the", d->what, e) < 0 ? -1 : 1;
        add_item(d, h);
    }
    return 0;
}

static int dump_once(int sock, struct nl_message *m, struct dump *d, struct nslab_error *e)
{
    _Alignas(NLMSG_ALIGNTO) char bytes[ANSWER_MAX];
    d->n = 0;
    d->changed = false;
    d->number = stamp(m, NLM_F_DUMP);
    if (send_message(sock, m) < 0)
        return error_sys(e, errno, "list the", "%s", d->what);
    for (;;) {
        ssize_t n = receive(sock, bytes, sizeof bytes);
        if (n <= 0)
            return no_answer(e, n < 0 ? errno : EBADMSG, "list the", d->what);
        int last = take_part(d, bytes, (size_t)n, e);
        if (last)
            return last < 0 ? -1 : 0;
    }
}

static int dump(int sock, struct nl_message *m, struct dump *d, struct nslab_error *e)
{
    for (int i = 0; i < DUMP_TRIES; i++) {
        if (dump_once(sock, m, d, e) < 0) {
            free(take_ptr(d->items));
            return -1;
        }
        if (!d->changed)
            return 0;
    }
    free(take_ptr(d->items));
    error_sys(e, EAGAIN, "list the", "%s", d->what);
    return error_hint(e,
                      "They changed each time while they were read. Try again when the network is at rest.");
}

static bool parse_link(const struct nlmsghdr *h, void *item)
{
    return nl_parse_link(h, item);
}

static bool parse_address(const struct nlmsghdr *h, void *item)
{
    return nl_parse_address(h, item);
}

static bool parse_route(const struct nlmsghdr *h, void *item)
{
    return nl_parse_route(h, item);
}

static int by_link_index(const void *a, const void *b)
{
    const struct link_info *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* Of one link IPv4 comes first; otherwise as the kernel has them, which qsort alone wouldn't keep. */
static int by_address_index(const void *a, const void *b)
{
    const struct address_info *x = a, *y = b;
    if (x->index != y->index)
        return x->index > y->index ? 1 : -1;
    if (x->family != y->family)
        return x->family > y->family ? 1 : -1;
    return strcmp(x->text, y->text);
}

int nl_links(int sock, struct link_info **ret, size_t *n, struct nslab_error *e)
{
    struct nl_message m;
    struct ifinfomsg all = {0};
    struct dump d = {.what = "network links", .item_size = sizeof **ret, .parse = parse_link};
    nl_begin(&m, RTM_GETLINK, 0, &all, sizeof all);
    if (dump(sock, &m, &d, e) < 0)
        return -1;
    if (d.n)
        qsort(d.items, d.n, d.item_size, by_link_index);
    *ret = d.items;
    *n = d.n;
    return 0;
}

int nl_addresses(int sock, struct address_info **ret, size_t *n, struct nslab_error *e)
{
    struct nl_message m;
    struct ifaddrmsg all = {0};
    struct dump d = {.what = "network addresses", .item_size = sizeof **ret, .parse = parse_address};
    nl_begin(&m, RTM_GETADDR, 0, &all, sizeof all);
    if (dump(sock, &m, &d, e) < 0)
        return -1;
    if (d.n)
        qsort(d.items, d.n, d.item_size, by_address_index);
    *ret = d.items;
    *n = d.n;
    return 0;
}

int nl_routes(int sock, struct route_info **ret, size_t *n, struct nslab_error *e)
{
    struct nl_message m;
    struct rtmsg ipv4 = {.rtm_family = AF_INET};
    struct dump d = {.what = "routes", .item_size = sizeof **ret, .parse = parse_route};
    nl_begin(&m, RTM_GETROUTE, 0, &ipv4, sizeof ipv4);
    if (dump(sock, &m, &d, e) < 0)
        return -1;
    *ret = d.items;
    *n = d.n;
    return 0;
}
