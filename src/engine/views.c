/* SPDX-License-Identifier: MIT
 *
 * Who shares which namespaces after a step, for the pictures of reports.
 */
#include "internal.h"
#include "nslab/container.h"
#include "nslab/mem.h"

#include <stdio.h>
#include <string.h>

static uint64_t inode_of(const struct place *place, enum ns_type type)
{
    char link[64];
    struct nslab_error ignored = {0};
    if (place_ns_link(place, type, link, sizeof link, &ignored) < 0)
        return 0;
    const char *open = strchr(link, '[');
    return open ? strtoull(open + 1, NULL, 10) : 0;
}

static void add_view(struct step_result *step, struct place place, const char *name)
{
    step->views = xrealloc(step->views, step->n_views + 1, sizeof *step->views);
    struct ns_view *view = &step->views[step->n_views++];
    *view = (struct ns_view){.viewpoint = xstrdup(name)};
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        view->inodes[type] = inode_of(&place, type);
}

void views_read(struct host *host, struct step_result *step)
{
    containers_refresh(host);
    add_view(step, machine_place, "machine");
    add_view(step, host_place(host), "host");
    for (const struct container *it = host->containers; it; it = it->next)
        if (it->state == CONTAINER_RUNNING)
            add_view(step, container_place(it), it->spec.name);
}
