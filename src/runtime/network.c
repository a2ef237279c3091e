/* SPDX-License-Identifier: MIT
 *
 * The two halves of a lab's network. Between them lies one cable:
 *
 *   lab host      nslab0 172.17.0.1/16  ── port ── veth0002 ═══ eth0 172.17.0.2/16      container
 *                 (bridge)                         (a veth pair)                default via 172.17.0.1
 */
#include "nslab/network.h"
#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/netlink.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Locally administered addresses. The first is the one that Docker gives to containers. */
#define MAC_CONTAINER 0x02
#define MAC_CABLE_END 0x06 /* the lab host's end of a container's veth pair */
#define PEER_NAME "eth0"
#define BY_NAME 0u  /* instead of an index */
#define LO_INDEX 1u /* in every network namespace: it is made with it */

struct network {
    int sock;
    struct journal *journal;
    enum journal_actor actor;
    struct nslab_error *e;
};

struct step {
    const char *call;           /* "RTM_NEWLINK" */
    const char *why;            /* for `trace` */
    const char *doing, *object; /* for the error: "create" "bridge nslab0" */
};

static int take_step(const struct network *net, struct nl_message *m, struct step step,
                     const char *args_format, ...) __attribute__((format(printf, 4, 5)));

static int take_step(const struct network *net, struct nl_message *m, struct step step,
                     const char *args_format, ...)
{
    char args[160];
    va_list ap;
    va_start(ap, args_format);
    vsnprintf(args, sizeof args, args_format, ap);
    va_end(ap);
    uint64_t start = now_ns();
    int rc = nl_transact(net->sock, m, step.doing, step.object, net->e);
    journal_add(net->journal, net->actor, start, rc, rc < 0 ? net->e->errnum : 0, step.call, step.why, "%s",
                args);
    return rc;
}

/* The kernel says EOPNOTSUPP for a kind of link that it has no code for. */
static int explain_no_such_kind(struct nslab_error *e, const char *kind)
{
    return e->errnum == EOPNOTSUPP ? error_needs(e, kind) : -1;
}

static int parse_address(const char *text, uint32_t *ret_be, struct nslab_error *e)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return error_say(e, "'%s' is not an IPv4 address", text);
    *ret_be = address.s_addr;
    return 0;
}

/* 02:42:ac:11:00:02 for 172.17.0.2: whoever knows the address knows the MAC, and needn't ask for it. */
static void mac_of(uint32_t address_be, uint8_t first, uint8_t mac[6])
{
    mac[0] = first;
    mac[1] = 0x42;
    memcpy(mac + 2, &address_be, 4);
}

#define MAC_FORMAT "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_ARGS(mac) (mac)[0], (mac)[1], (mac)[2], (mac)[3], (mac)[4], (mac)[5]

static int link_up(const struct network *net, uint32_t index, const char *name, const char *why)
{
    struct nl_message m;
    nl_build_link_up(&m, index);
    if (index == BY_NAME)
        nl_attr_text(&m, IFLA_IFNAME, name);
    return take_step(net, &m, (struct step){"RTM_SETLINK", why, "set up the link", name}, "%s up", name);
}

/* Without this the kernel gives every link an fe80:: address and announces it: noise in `ip addr`. A kernel
 * without IPv6 refuses, and is right. */
static void no_ipv6_address(const struct network *net, uint32_t index, const char *name)
{
    struct nl_message m;
    struct nslab_error ignored = {0};
    struct network quiet = *net;
    quiet.e = &ignored;
    nl_build_no_ipv6_address(&m, index);
    if (index == BY_NAME)
        nl_attr_text(&m, IFLA_IFNAME, name);
    take_step(
        &quiet, &m,
        (struct step){"RTM_SETLINK", "no IPv6 address of the link's own making", "quieten IPv6 on", name},
        "%s addrgenmode none", name);
}

static int find_link(const char *name, uint32_t *ret_index, struct nslab_error *e)
{
    /* if_nametoindex(3) does the same, but says that the link isn't there when there is no descriptor left.
     */
    struct ifreq request = {0};
    cleanup_fd int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (sock < 0 || ioctl(sock, SIOCGIFINDEX, &request) < 0) {
        error_sys(e, errno, "find the network link", "%s", name);
        return -1;
    }
    *ret_index = (uint32_t)request.ifr_ifindex;
    return 0;
}

static int add_address(const struct network *net, uint32_t index, const char *link, const char *address,
                       const char *why)
{
    struct nl_message m;
    uint32_t address_be = 0;
    if (parse_address(address, &address_be, net->e) < 0)
        return -1;
    nl_build_address(&m, index, address_be, NETWORK_PREFIX);
    return take_step(net, &m, (struct step){"RTM_NEWADDR", why, "add an address to", link}, "%s/%d dev %s",
                     address, NETWORK_PREFIX, link);
}

static int add_neighbour(const struct network *net, uint32_t index, const char *link, uint32_t address_be,
                         const uint8_t mac[6], const char *why)
{
    struct nl_message m;
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address_be, address, sizeof address);
    nl_build_neighbour(&m, index, address_be, mac);
    return take_step(net, &m, (struct step){"RTM_NEWNEIGH", why, "add a neighbour to", link},
                     "%s lladdr " MAC_FORMAT " dev %s permanent", address, MAC_ARGS(mac), link);
}

/* --- the lab host's half --- */

static int create_bridge(const struct network *net)
{
    struct nl_message m;
    uint8_t mac[6];
    uint32_t address_be = 0;
    if (parse_address(BRIDGE_ADDRESS, &address_be, net->e) < 0)
        return -1;
    mac_of(address_be, MAC_CONTAINER, mac);
    nl_build_bridge(&m, BRIDGE_NAME, mac);
    struct step step = {"RTM_NEWLINK", "the switch that containers are plugged into", "create bridge",
                        BRIDGE_NAME};
    if (take_step(net, &m, step, "%s type bridge address " MAC_FORMAT, BRIDGE_NAME, MAC_ARGS(mac)) < 0)
        return explain_no_such_kind(net->e, "bridge");
    return 0;
}

static int allow_forwarding(const struct network *net, uint32_t bridge)
{
    struct nl_message m;
    nl_build_forwarding(&m, bridge);
    return take_step(net, &m,
                     (struct step){"RTM_SETLINK", "the lab host is a router for its containers",
                                   "allow forwarding on", BRIDGE_NAME},
                     "%s inet forwarding on", BRIDGE_NAME);
}

int network_host_setup(struct journal *j, struct nslab_error *e)
{
    uint32_t bridge;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    struct network net = {.sock = sock, .journal = j, .actor = ACTOR_CONTAINER, .e = e};
    if (link_up(&net, LO_INDEX, "lo", "127.0.0.1 of the lab host: a new network namespace has it down") < 0)
        return -1;
    if (create_bridge(&net) < 0 || find_link(BRIDGE_NAME, &bridge, e) < 0)
        return -1;
    no_ipv6_address(&net, bridge, BRIDGE_NAME);
    if (add_address(&net, bridge, BRIDGE_NAME, BRIDGE_ADDRESS, "the lab host's own address in this network") <
        0)
        return -1;
    if (link_up(&net, bridge, BRIDGE_NAME, "the switch begins to work") < 0)
        return -1;
    return allow_forwarding(&net, bridge);
}

static int create_cable(const struct network *net, const char *name, uint32_t bridge, uint32_t address_be,
                        int netns_fd)
{
    struct nl_message m;
    uint8_t mac[6], peer_mac[6];
    mac_of(address_be, MAC_CABLE_END, mac);
    mac_of(address_be, MAC_CONTAINER, peer_mac);
    nl_build_veth(&m, name, mac, bridge, PEER_NAME, peer_mac, netns_fd);
    struct step step = {"RTM_NEWLINK",
                        "a cable: one end is a port of the bridge, the other is born as eth0 inside",
                        "create veth pair", name};
    return take_step(net, &m, step, "%s master %s up type veth peer eth0 address " MAC_FORMAT " netns fd %d",
                     name, BRIDGE_NAME, MAC_ARGS(peer_mac), netns_fd);
}

/* Nobody has this address, and so a cable of its name is of a container that could not be taken away whole.
 */
static int replace_cable(const struct network *net, const char *name, uint32_t bridge, uint32_t address_be,
                         int netns_fd)
{
    uint32_t index;
    struct nslab_error there = *net->e;
    if (find_link(name, &index, net->e) == 0 && network_disconnect(index, net->e) < 0) {
        *net->e = there;
        return -1;
    }
    error_clear(net->e);
    return create_cable(net, name, bridge, address_be, netns_fd);
}

static int connect_cable(const struct network *net, const char *name, uint32_t bridge, uint32_t address_be,
                         int netns_fd)
{
    int rc = create_cable(net, name, bridge, address_be, netns_fd);
    if (rc < 0 && net->e->errnum == EEXIST)
        rc = replace_cable(net, name, bridge, address_be, netns_fd);
    return rc < 0 ? explain_no_such_kind(net->e, "veth") : 0;
}

/* A netlink socket belongs to the network namespace in which it was made, whoever uses it. */
static int open_in(int netns_fd, struct nslab_error *e)
{
    cleanup_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(netns_fd, CLONE_NEWNET) < 0)
        return error_sys(e, errno, "enter", "the container's network namespace");
    cleanup_fd int sock = nl_open(e);
    if (setns(own, CLONE_NEWNET) < 0)
        return error_sys(e, errno, "come back from", "the container's network namespace");
    return take_fd(sock);
}

static int peer_up(struct journal *j, int netns_fd, struct nslab_error *e)
{
    cleanup_fd int sock = open_in(netns_fd, e);
    if (sock < 0)
        return -1;
    struct network net = {.sock = sock, .journal = j, .actor = ACTOR_LAUNCHER, .e = e};
    no_ipv6_address(&net, BY_NAME, PEER_NAME);
    return link_up(&net, BY_NAME, PEER_NAME, "inside: both ends are up, the cable carries");
}

/* When a link comes up, the kernel leaves work for later: until it is done, the port doesn't forward and the
 * bridge drops what it should send, and a connection that begins in that moment waits a second before it
 * tries again. To be asked for a link's state makes the kernel do that work first: of the port, then of the
 * bridge, which depends on it. */
static void settle(int any_socket, const char *name)
{
    struct ethtool_value state = {.cmd = ETHTOOL_GLINK};
    struct ifreq request = {.ifr_data = (char *)&state};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    ioctl(any_socket, SIOCETHTOOL, &request);
}

static void settle_cable(struct journal *j, const char *name)
{
    uint64_t start = now_ns();
    cleanup_fd int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    settle(sock, name);
    settle(sock, BRIDGE_NAME);
    journal_add(j, ACTOR_LAUNCHER, start, 0, 0, "ioctl",
                "the kernel finishes what it left for later: the port forwards",
                "SIOCETHTOOL, ETHTOOL_GLINK of %s and %s", name, BRIDGE_NAME);
}

int network_connect(struct journal *j, int netns_fd, const char *address, uint32_t *ret_index,
                    struct nslab_error *e)
{
    uint32_t bridge, cable, address_be = 0;
    uint8_t mac[6];
    char name[IFNAMSIZ];
    if (parse_address(address, &address_be, e) < 0)
        return -1;
    mac_of(address_be, MAC_CONTAINER, mac);
    snprintf(name, sizeof name, "veth%04x", (unsigned)(ntohl(address_be) & 0xffff));
    cleanup_fd int sock = nl_open(e);
    if (sock < 0 || find_link(BRIDGE_NAME, &bridge, e) < 0)
        return -1;
    struct network net = {.sock = sock, .journal = j, .actor = ACTOR_LAUNCHER, .e = e};
    if (connect_cable(&net, name, bridge, address_be, netns_fd) < 0 || find_link(name, &cable, e) < 0)
        return -1;
    *ret_index = cable; /* from here on it has to be waited for when the container goes */
    no_ipv6_address(&net, cable, name);
    if (add_neighbour(&net, bridge, BRIDGE_NAME, address_be, mac,
                      "the lab host needn't ask who has this address") < 0)
        return -1;
    if (peer_up(j, netns_fd, e) < 0)
        return -1;
    settle_cable(j, name);
    return 0;
}

/* --- the container's half --- */

static int add_default_route(const struct network *net, uint32_t gateway_be)
{
    struct nl_message m;
    nl_build_default_route(&m, gateway_be);
    return take_step(net, &m,
                     (struct step){"RTM_NEWROUTE", "all that is further away goes through the lab host",
                                   "add the default route via", BRIDGE_ADDRESS},
                     "default via %s", BRIDGE_ADDRESS);
}

int network_container_setup(struct journal *j, const char *address, struct nslab_error *e)
{
    uint32_t eth0, gateway_be = 0;
    uint8_t mac[6];
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    struct network net = {.sock = sock, .journal = j, .actor = ACTOR_CONTAINER, .e = e};
    if (link_up(&net, LO_INDEX, "lo", "127.0.0.1 of the container: a new network namespace has it down") < 0)
        return -1;
    if (!address)
        return 0;
    if (find_link("eth0", &eth0, e) < 0 || parse_address(BRIDGE_ADDRESS, &gateway_be, e) < 0)
        return -1;
    if (add_address(&net, eth0, "eth0", address, "the container's address") < 0)
        return -1;
    mac_of(gateway_be, MAC_CONTAINER, mac);
    if (add_neighbour(&net, eth0, "eth0", gateway_be, mac, "the container needn't ask who the gateway is") <
        0)
        return -1;
    return add_default_route(&net, gateway_be);
}

/* --- taking apart --- */

int network_disconnect(uint32_t index, struct nslab_error *e)
{
    struct nl_message m;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    nl_build_delete_link(&m, index);
    if (nl_transact(sock, &m, "delete", "the peer link", e) == 0)
        return 0;
    if (e->errnum != ENODEV)
        return -1;
    error_clear(e);
    return 0;
}
