/* SPDX-License-Identifier: MIT
 *
 * The proxy's loop: one process, poll(2), and two small buffers a connection. What one side sends is read,
 * kept until the other side takes it, and written there; only so much is read as there is room for, so that a
 * slow receiver slows the sender down, as without a proxy.
 */
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ports.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 128 /* further ones wait in the backlog */
#define BUFFER_SIZE 32768
#define CONNECT_LIMIT_NS 5000000000u
#define PAUSE_NS 100000000u /* when descriptors have run out: how long the listeners rest */

enum side { CLIENT, SERVER };

/* What flows from one side to the other. */
struct flow {
    char bytes[BUFFER_SIZE];
    size_t start, end; /* of what waits to be written */
    bool ended;        /* the source has sent its FIN */
    bool passed_on;    /* and the other side has got it */
};

struct connection {
    int fd[2];
    bool connecting;
    uint64_t deadline_ns; /* of connecting */
    struct flow from[2];  /* from[CLIENT] is read from the client and written to the server */
};

struct proxy_loop {
    const int *listeners;
    size_t n_listeners;
    struct in_addr address;
    const struct port_choice *ports;
    struct connection *connections[CONNECTIONS_MAX];
    size_t n;
    uint64_t paused_until_ns;
    struct pollfd *polls; /* the listeners', then two a connection */
};

static struct connection *connection_new(int client, int server)
{
    struct connection *c =
        xmalloc(sizeof *c); /* not cleared: the buffers are large, and are written before read */
    c->fd[CLIENT] = client;
    c->fd[SERVER] = server;
    c->connecting = true;
    c->deadline_ns = now_ns() + CONNECT_LIMIT_NS;
    for (int side = CLIENT; side <= SERVER; side++) {
        c->from[side].start = c->from[side].end = 0;
        c->from[side].ended = c->from[side].passed_on = false;
    }
    return c;
}

static void connection_free(struct connection *c)
{
    close_fd_p(&c->fd[CLIENT]);
    close_fd_p(&c->fd[SERVER]);
    free(c);
}

/* --- one connection --- */

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Each of these: false when the connection is broken. */
static bool fill(struct flow *f, int fd)
{
    if (f->start == f->end)
        f->start = f->end = 0;
    if (f->ended || f->end == BUFFER_SIZE)
        return true;
    ssize_t n = recv(fd, f->bytes + f->end, BUFFER_SIZE - f->end, 0);
    if (n < 0)
        return would_block();
    f->ended = n == 0;
    f->end += (size_t)n;
    return true;
}

static bool drain(struct flow *f, int fd)
{
    if (f->start < f->end) {
        ssize_t n = send(fd, f->bytes + f->start, f->end - f->start, MSG_NOSIGNAL);
        if (n < 0)
            return would_block();
        f->start += (size_t)n;
    }
    /* Half a close is passed on as half a close: whoever has sent all of its request still waits for the
     * answer. */
    if (f->ended && !f->passed_on && f->start == f->end) {
        f->passed_on = true;
        return shutdown(fd, SHUT_WR) == 0 || errno == ENOTCONN;
    }
    return true;
}

static enum side other(enum side side)
{
    return side == CLIENT ? SERVER : CLIENT;
}

static short wanted_events(const struct connection *c, enum side side)
{
    const struct flow *in = &c->from[side], *out = &c->from[other(side)];
    if (c->connecting)
        return side == SERVER ? POLLOUT : 0;
    short events = 0;
    if (!in->ended && (in->end < BUFFER_SIZE || in->start == in->end))
        events |= POLLIN;
    if (out->start < out->end)
        events |= POLLOUT;
    return events;
}

/* poll(2) reports POLLHUP unasked, and for as long as it lasts: a socket from which nothing is wanted may be
 * in the set only while POLLHUP would be news. It is until we have shut down our half; then it is how the end
 * looks. */
static void prepare_poll(const struct connection *c, enum side side, struct pollfd *p)
{
    short events = wanted_events(c, side);
    bool listen_for_reset = !c->from[other(side)].passed_on;
    *p = (struct pollfd){.fd = events || listen_for_reset ? c->fd[side] : -1, .events = events};
}

static bool finish_connecting(struct connection *c)
{
    int errnum = 0;
    socklen_t size = sizeof errnum;
    if (getsockopt(c->fd[SERVER], SOL_SOCKET, SO_ERROR, &errnum, &size) < 0 || errnum)
        return false;
    c->connecting = false;
    return true;
}

/* false: it is over, in one way or the other. */
static bool serve(struct connection *c, const struct pollfd polls[2])
{
    for (enum side side = CLIENT; side <= SERVER; side++)
        if (!polls[side].events && polls[side].revents & (POLLERR | POLLHUP | POLLNVAL))
            return false;
    if (!polls[CLIENT].revents && !polls[SERVER].revents && !c->connecting)
        return true;
    if (c->connecting) {
        if (!polls[SERVER].revents)
            return now_ns() < c->deadline_ns;
        if (!finish_connecting(c))
            return false;
    }
    for (enum side side = CLIENT; side <= SERVER; side++) {
        struct flow *f = &c->from[side];
        if (polls[side].revents & ~POLLOUT && polls[side].events & POLLIN && !fill(f, c->fd[side]))
            return false;
        if ((f->start < f->end || f->ended) && !drain(f, c->fd[other(side)]))
            return false;
    }
    return !(c->from[CLIENT].passed_on && c->from[SERVER].passed_on);
}

/* --- accepting --- */

static bool out_of_resources(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

static void no_delay(int fd)
{
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* The socket towards the container is made first: when descriptors have run out, the client stays in the
 * backlog and is served later, instead of being accepted and dropped. */
static int accept_one(struct proxy_loop *l, size_t which, struct nslab_error *e)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(l->ports[which / 2].container), .sin_addr = l->address};
    cleanup_fd int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cleanup_fd int client =
        server < 0 ? -1 : accept4(l->listeners[which], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) {
        if (out_of_resources())
            l->paused_until_ns = now_ns() + PAUSE_NS;
        else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
            return error_sys(e, errno, "accept connections for", "port %u",
                             (unsigned)l->ports[which / 2].host);
        return 0; /* all else is the end of that one connection, before it began */
    }
    no_delay(client);
    no_delay(server);
    if (connect(server, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        return 0;
    l->connections[l->n++] = connection_new(take_fd(client), take_fd(server));
    return 0;
}

static bool accepts(const struct proxy_loop *l, uint64_t now)
{
    return l->n < CONNECTIONS_MAX && now >= l->paused_until_ns;
}

/* --- the loop --- */

static int milliseconds_until(uint64_t time_ns, uint64_t now)
{
    return time_ns <= now ? 0 : (int)((time_ns - now + 999999) / 1000000);
}

/* Until the next thing that happens by itself: a connection attempt gives up, or the listeners' rest is over.
 */
static int poll_timeout(const struct proxy_loop *l, uint64_t now)
{
    uint64_t next = l->paused_until_ns > now ? l->paused_until_ns : UINT64_MAX;
    for (size_t i = 0; i < l->n; i++)
        if (l->connections[i]->connecting && l->connections[i]->deadline_ns < next)
            next = l->connections[i]->deadline_ns;
    return next == UINT64_MAX ? -1 : milliseconds_until(next, now);
}

static size_t prepare_polls(struct proxy_loop *l, uint64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < l->n_listeners; i++)
        l->polls[count++] = (struct pollfd){.fd = accepts(l, now) ? l->listeners[i] : -1, .events = POLLIN};
    for (size_t i = 0; i < l->n; i++)
        for (enum side side = CLIENT; side <= SERVER; side++)
            prepare_poll(l->connections[i], side, &l->polls[count++]);
    return count;
}

/* Connections first: the polls are in their order, and accepting appends to them. */
static int serve_all(struct proxy_loop *l, struct nslab_error *e)
{
    size_t kept = 0, polled = l->n;
    for (size_t i = 0; i < polled; i++) {
        struct connection *c = l->connections[i];
        if (serve(c, &l->polls[l->n_listeners + 2 * i]))
            l->connections[kept++] = c;
        else
            connection_free(c);
    }
    l->n = kept;
    for (size_t i = 0; i < l->n_listeners; i++)
        if (l->polls[i].revents && accepts(l, now_ns()) && accept_one(l, i, e) < 0)
            return -1;
    return 0;
}

int port_proxy_loop(const int *listeners, size_t n_listeners, const char *address,
                    const struct port_choice *ports, struct nslab_error *e)
{
    struct proxy_loop l = {.listeners = listeners, .n_listeners = n_listeners, .ports = ports};
    if (inet_pton(AF_INET, address, &l.address) != 1)
        return error_say(e, "'%s' is not an IPv4 address", address);
    l.polls = xcalloc(n_listeners + (size_t)2 * CONNECTIONS_MAX, sizeof *l.polls);
    int rc = 0;
    while (rc == 0) {
        uint64_t now = now_ns();
        size_t count = prepare_polls(&l, now);
        if (poll(l.polls, count, poll_timeout(&l, now)) >= 0)
            rc = serve_all(&l, e);
        else if (errno != EINTR)
            rc = error_sys(e, errno, "wait for connections of", "the port proxy");
    }
    for (size_t i = 0; i < l.n; i++)
        connection_free(l.connections[i]);
    free(l.polls);
    return rc;
}
