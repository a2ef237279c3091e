/* SPDX-License-Identifier: MIT
 *
 * What a parsed line says: its values, the containers it names, and for `run` the container it asks for.
 */
#include "forms.h"
#include "nslab/mem.h"
#include "verb.h"

#include <string.h>

/* --- values --- */

const struct strv *line_values(const struct line *line, const char *option_name)
{
    const struct verb_option *option = verb_option_long(line->verb, option_name, strlen(option_name));
    if (!option && strlen(option_name) == 1)
        option = verb_option_short(line->verb, *option_name);
    return option ? &line->values[option - line->verb->options] : NULL;
}

bool line_has(const struct line *line, const char *option_name)
{
    const struct strv *values = line_values(line, option_name);
    return values && values->len > 0;
}

const char *line_value(const struct line *line, const char *option_name)
{
    const struct strv *values = line_values(line, option_name);
    return values && values->len > 0 ? values->items[values->len - 1] : NULL;
}

/* --- names, for lint --- */

static void add_used(const char *name, struct strv *uses)
{
    if (name && !strstr(name, "${") && strcmp(name, "host") != 0 && strcmp(name, "machine") != 0)
        strv_add(uses, name);
}

void line_names(const struct line *line, struct strv *makes, struct strv *uses)
{
    const struct verb *verb = line->verb;
    for (size_t i = 0; i < VERB_OPTIONS_MAX && (verb->options[i].letter || verb->options[i].name); i++) {
        const struct strv *values = &line->values[i];
        for (size_t k = 0; k < values->len; k++) {
            if (verb->options[i].arg == ARG_NEW_NAME && !strstr(values->items[k], "${"))
                strv_add(makes, values->items[k]);
            if (verb->options[i].arg == ARG_PID_MODE || verb->options[i].arg == ARG_NET_MODE)
                add_used(mode_container(values->items[k]), uses);
        }
    }
    for (size_t i = 0; i < line->args.len; i++) {
        const struct verb_arg *arg = verb_arg_at(verb, i);
        if (arg->kind == ARG_CONTAINER || arg->kind == ARG_VIEWPOINT)
            add_used(line->args.items[i], uses);
    }
}

/* --- run's container --- */

static char *copy_value(const struct line *line, const char *option)
{
    const char *value = line_value(line, option);
    return value ? xstrdup(value) : NULL;
}

static int read_mode(const struct line *line, const char *option, enum arg_kind kind,
                     struct share_choice *ret, struct nslab_error *e)
{
    const char *value = line_value(line, option);
    return value ? form_mode(kind, value, ret, e) : 0;
}

static int read_modes(const struct line *line, struct container_spec *spec, struct nslab_error *e)
{
    struct share_choice userns = {.share = SHARE_HOST};
    if (read_mode(line, "pid", ARG_PID_MODE, &spec->pid, e) < 0 ||
        read_mode(line, "network", ARG_NET_MODE, &spec->net, e) < 0 ||
        read_mode(line, "uts", ARG_UTS_MODE, &spec->uts, e) < 0 ||
        read_mode(line, "ipc", ARG_IPC_MODE, &spec->ipc, e) < 0 ||
        read_mode(line, "userns", ARG_USERNS_MODE, &userns, e) < 0)
        return -1;
    spec->remap = userns.share == SHARE_PRIVATE;
    return 0;
}

static int read_ports(const struct line *line, struct container_spec *spec, struct nslab_error *e)
{
    const struct strv *values = line_values(line, "publish");
    spec->ports = xcalloc(values->len, sizeof *spec->ports);
    for (; spec->n_ports < values->len; spec->n_ports++)
        if (form_ports(values->items[spec->n_ports], &spec->ports[spec->n_ports], e) < 0)
            return -1;
    return 0;
}

static int read_binds(const struct line *line, struct container_spec *spec, struct nslab_error *e)
{
    const struct strv *values = line_values(line, "volume");
    spec->binds = xcalloc(values->len, sizeof *spec->binds);
    for (; spec->n_binds < values->len; spec->n_binds++)
        if (form_bind(values->items[spec->n_binds], &spec->binds[spec->n_binds], e) < 0)
            return -1;
    return 0;
}

static void read_rest(const struct line *line, struct container_spec *spec)
{
    spec->name = copy_value(line, "name");
    spec->hostname = copy_value(line, "hostname");
    spec->user = copy_value(line, "user");
    strv_copy(&spec->env, line_values(line, "env"));
    strv_copy(&spec->cap_add, line_values(line, "cap-add"));
    spec->privileged = line_has(line, "privileged");
    spec->remove_after = line_has(line, "rm");
    spec->detach = line_has(line, "detach");
    spec->stdio = spec->detach ? STDIO_LOG : line->interactive_terminal ? STDIO_PTY : STDIO_PIPES;
    for (size_t i = 1; i < line->args.len; i++)
        strv_add(&spec->command, line->args.items[i]);
}

/* --- what Docker doesn't allow together --- */

#define REMAP_HINT                                                                                           \
    "That is Docker's policy, not the kernel's: the host's user namespace owns that namespace, so that the " \
    "container's "                                                                                           \
    "root would have no rights over it. "

static bool remap_and_network(const struct container_spec *s)
{
    return s->remap && s->net.share == SHARE_HOST;
}

static bool remap_and_pid(const struct container_spec *s)
{
    return s->remap && s->pid.share == SHARE_HOST;
}

static bool remap_and_privileged(const struct container_spec *s)
{
    return s->remap && s->privileged;
}

static bool ports_of_another(const struct container_spec *s)
{
    return s->n_ports > 0 && s->net.share == SHARE_CONTAINER;
}

static bool hostname_of_host(const struct container_spec *s)
{
    return s->hostname && s->uts.share == SHARE_HOST;
}

static const struct conflict {
    bool (*applies)(const struct container_spec *spec);
    const char *docker_says;
    const char *hint;
} conflict_table[] = {
    {remap_and_network, "cannot share the host's network namespace when user namespaces are enabled",
     REMAP_HINT "Leave --userns remap or --network host out."},
    {remap_and_pid, "cannot share the host PID namespace when user namespaces are enabled",
     REMAP_HINT "Leave --userns remap or --pid host out."},
    {remap_and_privileged,
     "privileged mode is incompatible with user namespaces. You must run the container in the host "
     "namespace when running privileged mode",
     "Leave --userns remap or --privileged out."},
    {ports_of_another, "conflicting options: port publishing and the container type network mode",
     "The network belongs to the other container: give -p to that one."},
    {hostname_of_host, "conflicting options: hostname and the UTS mode",
     "The hostname belongs to the UTS namespace, which --uts host shares. Leave one of the two out."},
};

static int check_conflicts(const struct container_spec *spec, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(conflict_table); i++) {
        if (!conflict_table[i].applies(spec))
            continue;
        error_say(e, "%s", conflict_table[i].docker_says);
        return error_hint(e, "%s", conflict_table[i].hint);
    }
    return 0;
}

int line_to_spec(const struct line *line, struct container_spec *spec, struct nslab_error *e)
{
    *spec = (struct container_spec){0};
    read_rest(line, spec);
    if (form_image(line->args.items[0], &spec->image, e) < 0 || read_modes(line, spec, e) < 0 ||
        read_ports(line, spec, e) < 0 || read_binds(line, spec, e) < 0 || check_conflicts(spec, e) < 0) {
        container_spec_free(spec);
        return -1;
    }
    return 0;
}
