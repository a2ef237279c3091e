/* SPDX-License-Identifier: MIT
 *
 * inspect: what is known of a container, with Docker's field names where Docker has them, and nslab's own
 * Pids and Namespaces beside them.
 */
#include "format.h"
#include "nslab/json_text.h"
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/text.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#define NETWORK_GATEWAY BRIDGE_ADDRESS

static json_t *list_json(const struct strv *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->len; i++)
        json_array_append_new(array, harmless_json(list->items[i]));
    return array;
}

static json_t *share_json(const struct share_choice *choice, const char *private_name)
{
    switch (choice->share) {
    case SHARE_HOST:
        return json_string("host");
    case SHARE_NONE:
        return json_string("none");
    case SHARE_CONTAINER:
        return json_sprintf("container:%s", choice->container);
    case SHARE_PRIVATE:
        break;
    }
    return json_string(private_name);
}

static json_t *state_json(const struct container *container, pid_t host_pid)
{
    bool running = container->state == CONTAINER_RUNNING;
    json_t *state = json_object();
    json_object_set_new(state, "Status", json_string(running ? "running" : "exited"));
    json_object_set_new(state, "Running", json_boolean(running));
    json_object_set_new(state, "Pid", json_integer(host_pid));
    json_object_set_new(state, "ExitCode", json_integer(running ? 0 : container->exit_status));
    return state;
}

static json_t *config_json(const struct container_spec *spec)
{
    json_t *config = json_object();
    json_object_set_new(config, "Hostname", harmless_json(spec->hostname));
    json_object_set_new(config, "User", harmless_json(spec->user ? spec->user : ""));
    json_object_set_new(config, "Env", list_json(&spec->env));
    json_object_set_new(config, "Cmd", list_json(&spec->command));
    json_object_set_new(config, "Image", harmless_json(spec->image));
    return config;
}

static json_t *host_config_json(const struct container_spec *spec)
{
    json_t *config = json_object();
    json_object_set_new(config, "PidMode", share_json(&spec->pid, ""));
    json_object_set_new(config, "NetworkMode", share_json(&spec->net, "bridge"));
    json_object_set_new(config, "UsernsMode", json_string(spec->remap ? "remap" : "host"));
    json_object_set_new(config, "UTSMode", share_json(&spec->uts, ""));
    json_object_set_new(config, "IpcMode", share_json(&spec->ipc, "private"));
    json_object_set_new(config, "Privileged", json_boolean(spec->privileged));
    json_object_set_new(config, "CapAdd", list_json(&spec->cap_add));
    json_object_set_new(config, "AutoRemove", json_boolean(spec->remove_after));
    return config;
}

static json_t *ports_json(const struct container_spec *spec)
{
    json_t *ports = json_object();
    for (size_t i = 0; i < spec->n_ports; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u/tcp", spec->ports[i].container);
        if (!json_object_get(ports, key))
            json_object_set_new(ports, key, json_array());
        json_t *binding = json_object();
        json_object_set_new(binding, "HostIp", json_string(spec->ports[i].address));
        json_object_set_new(binding, "HostPort", json_sprintf("%u", spec->ports[i].host));
        json_array_append_new(json_object_get(ports, key), binding);
    }
    return ports;
}

static json_t *network_json(const struct container *container)
{
    bool own = container->address[0] != '\0';
    json_t *network = json_object();
    json_object_set_new(network, "IPAddress", json_string(container->address));
    json_object_set_new(network, "IPPrefixLen", json_integer(own ? NETWORK_PREFIX : 0));
    json_object_set_new(network, "Gateway", json_string(own ? NETWORK_GATEWAY : ""));
    json_object_set_new(network, "Ports", own ? ports_json(&container->spec) : json_object());
    return network;
}

static json_t *mounts_json(const struct container_spec *spec)
{
    json_t *mounts = json_array();
    for (size_t i = 0; i < spec->n_binds; i++) {
        json_t *mount = json_object();
        json_object_set_new(mount, "Type", json_string("bind"));
        json_object_set_new(mount, "Source", harmless_json(spec->binds[i].source));
        json_object_set_new(mount, "Destination", harmless_json(spec->binds[i].target));
        json_object_set_new(mount, "RW", json_boolean(!spec->binds[i].read_only));
        json_array_append_new(mounts, mount);
    }
    return mounts;
}

static json_t *pids_json(const struct container_pids *pids)
{
    json_t *object = json_object();
    json_object_set_new(object, "machine", json_integer(pids->machine));
    json_object_set_new(object, "host", json_integer(pids->host));
    json_object_set_new(object, "inside", json_integer(pids->inside));
    return object;
}

static json_t *namespaces_json(const struct container *container)
{
    json_t *object = json_object();
    struct place place = container_place(container);
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        char link[64];
        struct nslab_error ignored = {0};
        /* A kernel without time namespaces has no such link; an ended process has none at all. */
        bool there = container->state == CONTAINER_RUNNING &&
                     place_ns_link(&place, type, link, sizeof link, &ignored) == 0;
        json_object_set_new(object, ns_table[type].name, there ? json_string(link) : json_null());
    }
    return object;
}

static json_t *container_json(const struct container *container)
{
    struct container_pids pids = container_pids(container);
    json_t *root = json_object();
    json_object_set_new(root, "Name", harmless_json(container->spec.name));
    json_object_set_new(root, "State", state_json(container, pids.host));
    json_object_set_new(root, "Config", config_json(&container->spec));
    json_object_set_new(root, "HostConfig", host_config_json(&container->spec));
    json_object_set_new(root, "NetworkSettings", network_json(container));
    json_object_set_new(root, "Mounts", mounts_json(&container->spec));
    json_object_set_new(root, "Pids", pids_json(&pids));
    json_object_set_new(root, "Namespaces", namespaces_json(container));
    return root;
}

static void json_free_p(json_t **value)
{
    json_decref(*value);
}

int verb_run_inspect(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_buf struct buf out = {0};
    const char *format = line_value(line, "format");
    (void)status;
    if (command_host(c, e) < 0)
        return -1;
    struct container *container = container_get(c->host, line->args.items[0], e);
    if (!container)
        return -1;
    cleanup_with(json_free_p) json_t *root = container_json(container);
    if (format) {
        if (format_expand(format, root, &out, e) < 0)
            return -1;
    } else {
        cleanup_free char *text = json_dumps(root, JSON_INDENT(4));
        buf_adds(&out, text ? text : "");
    }
    buf_addc(&out, '\n');
    sink_harmless(c->sink, &out);
    return 0;
}
