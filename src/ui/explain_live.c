/* SPDX-License-Identifier: MIT
 *
 * Id maps, mounts, cables and PIDs as they are now.
 */
#include "../command/picture_live.h"
#include "../observe/mount_fields.h"
#include "explain.h"
#include "nslab/container.h"
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/text.h"

#include <string.h>

/* --- id maps --- */

static int explain_map(struct explaining *x, const char *name, const char *file, struct buf *out,
                       struct nslab_error *e)
{
    struct subject s, lab_host;
    struct id_map map, outer;
    char link[48], host_link[48];
    if (subject_find(x, name, &s, e) < 0 || subject_find(x, "host", &lab_host, e) < 0 ||
        place_ns_link(&s.place, NS_USER, link, sizeof link, e) < 0 ||
        place_ns_link(&lab_host.place, NS_USER, host_link, sizeof host_link, e) < 0)
        return -1;
    bool own = s.container && strcmp(link, host_link) != 0;
    const struct place *reader = own ? &lab_host.place : &machine_place;
    if (id_map_of(reader, s.pid, file, &map, e) < 0 ||
        id_map_of(&machine_place, lab_host.pid, file, &outer, e) < 0)
        return -1;
    struct map_facts facts = {
        .name = s.container || s.is_machine ? name : "the lab host",
        .file = file,
        .pid = s.pid,
        .map = &map,
        .reader = own ? "the lab host" : "the machine",
        .outer = own ? &outer : NULL,
        .link = link,
        .shared_with = s.container && !own ? "the lab host" : NULL,
        .nobody = overflow_id(),
    };
    map_text(&facts, out);
    return 0;
}

int explain_uid_map(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    return explain_map(x, argument, "uid_map", out, e);
}

int explain_gid_map(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    return explain_map(x, argument, "gid_map", out, e);
}

/* --- mounts --- */

/* The mount that a path lies on: the nearest mount point at or above it. */
static const struct mount_info *mount_above(const char *path, const struct mount_info *mounts, size_t n)
{
    cleanup_free char *at = xstrdup(path);
    for (;;) {
        const struct mount_info *found = mount_at(at, mounts, n);
        char *slash = strrchr(at, '/');
        if (found || !slash || !at[1])
            return found;
        slash[slash == at] = '\0';
    }
}

static const struct mount_info *mount_by_id(int id, const struct mount_info *mounts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (mounts[i].id == id)
            return &mounts[i];
    return NULL;
}

int explain_mount(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    struct subject s;
    struct mount_info *mounts;
    cleanup_buf struct buf text = {0};
    cleanup_free char *name = xstrndup(argument, strcspn(argument, ":"));
    const char *path = argument + strlen(name) + 1;
    if (!argument[strlen(name)] || *path != '/') {
        error_say(e, "`%s` names no path in a place", argument);
        return error_hint(e, "The form is `explain mount NAME:PATH`, as `explain mount host:/proc`.");
    }
    if (subject_find(x, name, &s, e) < 0 || proc_text(&machine_place, s.pid, "mountinfo", &text, e) < 0)
        return -1;
    int n = mountinfo_parse(buf_text(&text), &mounts);
    if (n < 0)
        return error_say(e, "/proc/%d/mountinfo has a line that isn't a mount's", (int)s.pid);
    const struct mount_info *mount = mount_above(path, mounts, (size_t)n);
    if (mount) {
        struct mount_facts facts = {.name = s.is_machine || s.container ? name : "the lab host",
                                    .path = path,
                                    .pid = s.pid,
                                    .mount = mount,
                                    .parent = mount_by_id(mount->parent, mounts, (size_t)n)};
        mount_text(&facts, out);
    } else {
        error_say(e, "no mount that %s lies on is seen from %s", path, name);
    }
    mounts_free(mounts, (size_t)n);
    return mount ? 0 : -1;
}

/* --- cables --- */

static char *addresses_of(const struct net_view *view, uint32_t index)
{
    cleanup_buf struct buf text = {0};
    for (size_t i = 0; i < view->n_addresses; i++)
        if (view->addresses[i].index == index)
            buf_addf(&text, "%s%s", text.len ? ", " : "", view->addresses[i].text);
    return buf_take(&text);
}

/* The other end, in the lab host or in a container. The view that it is in is the caller's to free. */
static const struct link_info *find_other(struct explaining *x, const struct subject *s,
                                          const struct link_info *link, struct net_view *view,
                                          const char **ret_name)
{
    const struct container *c = x->context->host->containers;
    struct place place = host_place(x->context->host);
    struct nslab_error ended = {0};
    bool is_host = !s->container && !s->is_machine;
    for (bool first = true; first || c; first = false) {
        if (!first) {
            place = container_place(c);
            *ret_name = c->spec.name;
            bool runs = c->state == CONTAINER_RUNNING && c != s->container;
            c = c->next;
            if (!runs)
                continue;
        } else {
            *ret_name = "the lab host";
            if (is_host)
                continue;
        }
        if (net_view_of(&place, view, &ended) < 0)
            continue;
        const struct link_info *other = link_peer_in(view, link);
        if (other)
            return other;
        net_view_free(view);
    }
    return NULL;
}

static void explain_cable(struct explaining *x, const struct subject *s, const struct net_view *own,
                          const struct link_info *link, struct buf *out)
{
    struct net_view view = {0};
    const char *other_name = NULL;
    const struct link_info *other = find_other(x, s, link, &view, &other_name);
    cleanup_free char *addresses = addresses_of(own, link->index);
    const struct link_info *master = link->master             ? link_by_index(own, link->master)
                                     : other && other->master ? link_by_index(&view, other->master)
                                                              : NULL;
    const struct link_info *same = link_by_index(own, link->peer_index);
    struct veth_facts facts = {.name = s->container || s->is_machine ? s->name : "the lab host",
                               .other_name = other_name,
                               .link = link,
                               .other = other,
                               .addresses = addresses,
                               .master = master ? master->name : NULL,
                               .same_index = same ? same->name : NULL};
    veth_text(&facts, out);
    net_view_free(&view);
}

int explain_veth(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    struct subject s;
    struct net_view view;
    if (subject_find(x, argument, &s, e) < 0 || net_view_of(&s.place, &view, e) < 0)
        return -1;
    size_t cables = 0;
    for (size_t i = 0; i < view.n_links; i++) {
        if (!view.links[i].peer_index || strcmp(view.links[i].kind, "veth") != 0)
            continue;
        buf_adds(out, cables++ ? "\n" : "");
        explain_cable(x, &s, &view, &view.links[i], out);
    }
    if (!cables)
        buf_addf(
            out,
            one_or_many(view.n_links,
                        "No cable ends in %s: it has %zu link, and that is no end of a veth pair. `map "
                        "network` draws what there is.\n",
                        "No cable ends in %s: it has %zu links, and none is one end of a veth pair. `map "
                        "network` draws what there is.\n"),
            argument, view.n_links);
    net_view_free(&view);
    return 0;
}

/* --- PIDs --- */

int explain_pid(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    struct subject s;
    struct process_info info;
    if (subject_find(x, argument, &s, e) < 0)
        return -1;
    int found = procfs_read("/proc", s.pid, &info, e);
    if (found <= 0)
        return found < 0 ? -1 : error_say(e, "%s has ended meanwhile", argument);
    struct pid_facts facts = {.name = s.is_machine  ? "nslab's own place, the machine,"
                                      : s.container ? argument
                                                    : "the lab host",
                              .args = info.args,
                              .n = info.n_nspid,
                              .is_container = s.container != NULL};
    memcpy(facts.numbers, info.nspid, sizeof facts.numbers);
    if (facts.n)
        pid_text(&facts, out);
    process_info_free(&info);
    return facts.n ? 0 : error_say(e, "/proc/%d/status has no line NSpid", (int)s.pid);
}
