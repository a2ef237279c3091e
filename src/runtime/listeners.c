/* SPDX-License-Identifier: MIT */
#include "nslab/listeners.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_MAX 32768

static int open_socket(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg;
    (void)out;
    *ret_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return *ret_fd < 0 ? error_sys(e, errno, "open", "a socket to ask for listeners") : 0;
}

int listeners_open(const struct place *where, struct nslab_error *e)
{
    int fd = -1;
    return call_in(where, CLONE_NEWUSER | CLONE_NEWNET, open_socket, NULL, 0, NULL, &fd, e) < 0 ? -1 : fd;
}

bool listener_parse(const struct nlmsghdr *h, char *text, size_t size)
{
    char address[INET6_ADDRSTRLEN];
    if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return false;
    const struct inet_diag_msg *m = (const void *)(h + 1);
    int family = m->idiag_family;
    if ((family != AF_INET && family != AF_INET6) || m->idiag_state != TCP_LISTEN ||
        !inet_ntop(family, m->id.idiag_src, address, sizeof address))
        return false;
    snprintf(text, size, family == AF_INET ? "tcp %s:%u" : "tcp [%s]:%u", address,
             (unsigned)ntohs(m->id.idiag_sport));
    return true;
}

/* seq: what the answers carry back. */
static int ask(int sock, int family, uint32_t seq)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } m = {
        .header = {.nlmsg_len = sizeof m,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                   .nlmsg_seq = seq},
        .request = {.sdiag_family = (uint8_t)family,
                    .sdiag_protocol = IPPROTO_TCP,
                    .idiag_states = 1u << TCP_LISTEN},
    };
    return send(sock, &m, sizeof m, 0) < 0 ? -1 : 0;
}

/* 1 when the list has ended, 0 when more is to come, -1 with errno. */
static int take_answers(char *bytes, size_t n, uint32_t seq, struct strv *out)
{
    ssize_t left = (ssize_t)n; /* signed: the last message's padding may lie beyond the end */
    for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
        char text[INET6_ADDRSTRLEN + 16];
        if (h->nlmsg_seq != seq)
            continue;
        if (h->nlmsg_type == NLMSG_DONE)
            return 1;
        if (h->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *answer = NLMSG_DATA(h);
            errno = h->nlmsg_len < NLMSG_LENGTH(sizeof *answer) ? EBADMSG : -answer->error;
            return -1;
        }
        if (listener_parse(h, text, sizeof text))
            strv_add(out, text);
    }
    return 0;
}

/* One datagram from the kernel. A container with CAP_NET_ADMIN may send to this socket too: it says who sent.
 */
static ssize_t receive(int sock, char *bytes, size_t size)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof from;
        ssize_t n = recvfrom(sock, bytes, size, 0, (struct sockaddr *)&from, &from_size);
        if (n < 0 ? errno != EINTR : from.nl_pid == 0)
            return n;
    }
}

int listeners_read(int sock, struct strv *out, struct nslab_error *e)
{
    static const int families[] = {AF_INET, AF_INET6};
    _Alignas(NLMSG_ALIGNTO) char bytes[ANSWER_MAX];
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        uint32_t seq = (uint32_t)now_ns();
        int last = ask(sock, families[i], seq);
        while (last == 0) {
            ssize_t n = receive(sock, bytes, sizeof bytes);
            last = n <= 0 ? -1 : take_answers(bytes, (size_t)n, seq, out);
        }
        if (last < 0)
            return error_sys(e, errno, "list", "who listens");
    }
    return 0;
}
