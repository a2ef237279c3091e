/* SPDX-License-Identifier: MIT
 *
 * Publishing a port: the listening sockets. A socket belongs to the network namespace in which it was made,
 * whoever holds it: so the proxy, in the lab host, can accept what comes in on the machine.
 */
#include "nslab/ports.h"
#include "nslab/fd.h"
#include "ports_in_use.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#define BACKLOG 128

int port_listen(struct in_addr address, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address};
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return -1;
    /* Connections of an earlier run that are still in TIME_WAIT don't keep the port busy then. */
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sock, (struct sockaddr *)&name, sizeof name) < 0 || listen(sock, BACKLOG) < 0)
        return -1;
    return take_fd(sock);
}

/* A port near the wanted one that nobody listens on, or any free one. 0: none was found. */
static uint16_t propose_port(struct in_addr address, uint16_t wanted)
{
    unsigned first = wanted < 10000 ? wanted + 10000u : wanted + 1u;
    for (unsigned port = first; port < first + 16 && port <= UINT16_MAX; port++) {
        cleanup_fd int sock = port_listen(address, (uint16_t)port);
        if (sock >= 0)
            return (uint16_t)port;
    }
    struct sockaddr_in name = {0};
    socklen_t size = sizeof name;
    cleanup_fd int any = port_listen(address, 0);
    if (any < 0 || getsockname(any, (struct sockaddr *)&name, &size) < 0)
        return 0;
    return ntohs(name.sin_port);
}

static int explain_in_use(const char *text, struct in_addr address, uint16_t port, struct nslab_error *e)
{
    char user[128];
    port_user(address.s_addr, port, user, sizeof user);
    error_say(e, "port %u of %s is in use on this machine, by %s", (unsigned)port, text, user);
    e->errnum = EADDRINUSE;
    uint16_t other = propose_port(address, port);
    if (other)
        error_hint(e, "Publish another one: %u is free, as in `-p %u:80`.", (unsigned)other, (unsigned)other);
    else
        error_hint(e, "Publish another one; `ss -ltn` shows which are taken.");
    return error_cause(e, "port");
}

int port_listen_on_machine(const char *address, uint16_t port, struct nslab_error *e)
{
    struct in_addr parsed;
    if (inet_pton(AF_INET, address, &parsed) != 1) {
        error_say(e, "'%s' is not an IPv4 address", address);
        return error_hint(e, "Write it as in `-p 127.0.0.1:8080:80`, or leave it out: then it is 127.0.0.1.");
    }
    int sock = port_listen(parsed, port);
    if (sock >= 0)
        return sock;
    if (errno == EADDRINUSE)
        return explain_in_use(address, parsed, port, e);
    error_sys(e, errno, "listen on", "port %u of %s", (unsigned)port, address);
    if (e->errnum == EACCES)
        error_hint(e, "Ports below the one in /proc/sys/net/ipv4/ip_unprivileged_port_start are root's. "
                      "Publish one above "
                      "it, as in `-p 8080:80`.");
    else if (e->errnum == EADDRNOTAVAIL)
        error_hint(e,
                   "No network interface of this machine has that address: `ip addr` lists those there are.");
    else
        return -1;
    return error_cause(e, "port");
}
