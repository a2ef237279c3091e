/* SPDX-License-Identifier: MIT
 *
 * {links: F, from: V}, {link: eth0, field: F, from: V}, {addresses: eth0, from: V}, {routes: default, from:
 * V}: asked by netlink in the place's network namespace. {sockets: listen, from: V}: asked there too, with
 * sock_diag.
 */
#include "link_fields.h"
#include "nslab/listeners.h"
#include "nslab/procfs.h"
#include "probing.h"

#include <sched.h>
#include <stdio.h>

/* --- reading a network namespace --- */

static int look_at_net(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    struct net_view view = {0};
    (void)arg;
    (void)ret_fd;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    int rc = -1;
    if (nl_links(sock, &view.links, &view.n_links, e) == 0 &&
        nl_addresses(sock, &view.addresses, &view.n_addresses, e) == 0 &&
        nl_routes(sock, &view.routes, &view.n_routes, e) == 0) {
        net_view_pack(&view, out);
        rc = 0;
    }
    net_view_free(&view);
    return rc;
}

static int net_view_read(const struct viewpoint *v, struct net_view *ret, struct nslab_error *e)
{
    cleanup_buf struct buf bytes = {0};
    *ret = (struct net_view){0};
    if (call_in(&v->place, CLONE_NEWUSER | CLONE_NEWNET, look_at_net, NULL, 0, &bytes, NULL, e) < 0)
        return -1;
    if (!net_view_unpack(buf_text(&bytes), bytes.len, ret))
        return error_say(e, "the links seen from %s came back incomplete", v->words);
    return 0;
}

static int open_net(struct host *host, const struct see *see, const char *request, struct viewpoint *v,
                    struct net_view *view, struct observation *ret, struct nslab_error *e)
{
    if (viewpoint_open(host, see_key(see, SEE_FROM), v, e) < 0 || net_view_read(v, view, e) < 0)
        return -1;
    observe_how(ret, "%s in %s's network namespace", request, v->words);
    return 0;
}

/* --- the other ends of veth pairs --- */

/* The other network namespaces of the lab, in which an other end may be: the lab host's, each container's.
 * Those that end meanwhile, or are the viewpoint's own, are left out. */
struct other_nets {
    struct net_view *views;
    size_t n;
};

static void other_nets_free(struct other_nets *others)
{
    for (size_t i = 0; i < others->n; i++)
        net_view_free(&others->views[i]);
    free(others->views);
    *others = (struct other_nets){0};
}

static void add_net(struct host *host, const char *name, const char *own_link, struct other_nets *others)
{
    struct viewpoint v;
    struct net_view view;
    char link[NS_LINK_MAX];
    struct nslab_error ignored;
    if (viewpoint_open(host, name, &v, &ignored) < 0 || viewpoint_ns(&v, NS_NET, link, NULL, &ignored) < 0 ||
        !strcmp(link, own_link) || net_view_read(&v, &view, &ignored) < 0)
        return;
    others->views = xrealloc(others->views, others->n + 1, sizeof *others->views);
    others->views[others->n++] = view;
}

static void other_nets_read(struct host *host, const struct viewpoint *from, struct other_nets *ret)
{
    char own_link[NS_LINK_MAX];
    struct nslab_error ignored;
    *ret = (struct other_nets){0};
    if (!host || viewpoint_ns(from, NS_NET, own_link, NULL, &ignored) < 0)
        return;
    cleanup_strv struct strv names = {0};
    strv_add(&names, "host");
    for (struct container *c = host->containers; c; c = c->next)
        if (c->state == CONTAINER_RUNNING)
            strv_add(&names, c->spec.name);
    for (size_t i = 0; i < names.len; i++)
        add_net(host, names.items[i], own_link, ret);
}

static const struct link_info *find_peer(const struct other_nets *others, const struct net_view *own,
                                         const struct link_info *link)
{
    const struct link_info *peer = link_peer_in(own, link); /* both ends may be in one namespace */
    for (size_t i = 0; i < others->n && !peer; i++)
        peer = link_peer_in(&others->views[i], link);
    return peer;
}

/* --- the probes --- */

int read_link(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    struct net_view view;
    struct other_nets others = {0};
    const char *field = see_key(see, SEE_FIELD);
    if (open_net(host, see, "RTM_GETLINK", &v, &view, ret, e) < 0)
        return -1;
    int rc = 0;
    const struct link_info *link = link_by_name(&view, see->subject);
    if (!strcmp(field, "peer"))
        other_nets_read(host, &v, &others);
    if (link)
        rc = link_field_read(field, &view, link, find_peer(&others, &view, link), ret, e);
    else
        observe_absent(ret, "there is no link %s as seen from %s", see->subject, v.words);
    other_nets_free(&others);
    net_view_free(&view);
    return rc;
}

/* One item a link, so that the lists of two fields go together: what a link doesn't have is "none". */
int read_links(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    struct net_view view;
    struct other_nets others = {0};
    if (open_net(host, see, "RTM_GETLINK", &v, &view, ret, e) < 0)
        return -1;
    if (!strcmp(see->subject, "peer"))
        other_nets_read(host, &v, &others);
    observe_list(ret);
    int rc = 0;
    for (size_t i = 0; i < view.n_links && rc == 0; i++) {
        struct observation one = {0};
        const struct link_info *link = &view.links[i];
        rc = link_field_read(see->subject, &view, link, find_peer(&others, &view, link), &one, e);
        strv_add(&ret->list, one.kind == VALUE_TEXT ? one.text : "none");
        observation_free(&one);
    }
    other_nets_free(&others);
    net_view_free(&view);
    return rc;
}

/* What isn't there isn't there for this viewpoint. */
static void add_viewpoint(const struct viewpoint *v, struct observation *ret)
{
    if (ret->kind != VALUE_ABSENT)
        return;
    cleanup_free char *what = take_ptr(ret->absent);
    observe_absent(ret, "%s as seen from %s", what, v->words);
}

int read_addresses(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    struct net_view view;
    if (open_net(host, see, "RTM_GETADDR", &v, &view, ret, e) < 0)
        return -1;
    addresses_read(&view, see->subject, ret);
    add_viewpoint(&v, ret);
    net_view_free(&view);
    return 0;
}

int read_routes(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    struct net_view view;
    if (open_net(host, see, "RTM_GETROUTE", &v, &view, ret, e) < 0)
        return -1;
    route_read(&view, see->subject, ret);
    add_viewpoint(&v, ret);
    net_view_free(&view);
    return 0;
}

/* --- who listens --- */

static int ask_listeners(const struct viewpoint *v, struct observation *ret)
{
    struct nslab_error ignored = {0};
    cleanup_fd int sock = listeners_open(&v->place, &ignored);
    if (sock >= 0 && listeners_read(sock, &ret->list, &ignored) == 0) {
        if (stands_for_machine(v))
            observe_how(ret, "sock_diag(7) in the network namespace that stands for the machine's");
        else
            observe_how(ret, "sock_diag(7) in %s/ns/net, as `ss -ltn` asks there", v->proc);
        return 0;
    }
    strv_free(&ret->list);
    return -1;
}

/* Where the kernel has no sock_diag. */
static int look_at_listeners(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct viewpoint *v = arg;
    static const char *const files[] = {"tcp", "tcp6"};
    observe_list(ret);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[64];
        cleanup_buf struct buf text = {0};
        snprintf(path, sizeof path, "%s/net/%s", v->proc, files[i]);
        int got = read_text(path, &text, e);
        if (got < 0)
            return -1;
        if (!got && i == 0) /* without IPv6 there is no tcp6; tcp is always there */
            return error_say(e, "%s isn't there: %s is just ending", path, v->words);
        sockets_parse_listening(buf_text(&text), "tcp", &ret->list);
    }
    observe_how(ret, "%s/net/tcp and tcp6", v->proc);
    return 0;
}

static int read_listening(struct viewpoint *v, struct observation *ret, struct nslab_error *e)
{
    if (ask_listeners(v, ret) == 0)
        return 0;
    /* With another network namespace our own /proc entry, which the machine's is, shows that one's. */
    return stands_for_machine(v) ? look_from(v, CLONE_NEWUSER | CLONE_NEWNET, look_at_listeners, v, ret, e)
                                 : look_at_listeners(v, ret, e);
}

static int by_number(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

int read_sockets(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    if (viewpoint_of_ports(host, see_key(see, SEE_FROM), &v, e) < 0)
        return -1;
    observe_list(ret);
    if (read_listening(&v, ret, e) < 0)
        return -1;
    /* The kernel's order is that of its hash table. */
    if (ret->list.len)
        qsort(ret->list.items, ret->list.len, sizeof *ret->list.items, by_number);
    return 0;
}
