/* SPDX-License-Identifier: MIT */
#include "forms.h"
#include "format.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

/* --- checks --- */

static bool only_of(const char *text, size_t n, const char *also)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(also, text[i]))
            return false;
    return n > 0;
}

bool form_is_name(const char *value)
{
    return isalnum((unsigned char)value[0]) && only_of(value, strlen(value), "_.-");
}

static bool is_viewpoint(const char *value)
{
    return !strcmp(value, "host") || !strcmp(value, "machine");
}

static int check_viewpoint(const char *value, struct nslab_error *e)
{
    if (form_is_name(value))
        return 0;
    error_say(e, "`%s` can't be a container's name", value);
    return error_hint(e, "A name begins with a letter or a digit; letters, digits, `_`, `.` and `-` follow.");
}

static int check_new_name(const char *value, struct nslab_error *e)
{
    if (check_viewpoint(value, e) < 0)
        return -1;
    if (strlen(value) > HOST_NAME_MAX - 1) {
        error_say(e, "the name `%.20s...` is too long: it becomes the container's hostname", value);
        return error_hint(e, "Use at most %d characters.", HOST_NAME_MAX - 1);
    }
    if (is_viewpoint(value)) {
        error_say(e, "`%s` can't be a container's name: it is the viewpoint of that name", value);
        return error_hint(e, "Take another name.");
    }
    return 0;
}

static int check_container(const char *value, struct nslab_error *e)
{
    if (check_viewpoint(value, e) < 0)
        return -1;
    if (!is_viewpoint(value))
        return 0;
    error_say(e, "`%s` is not a container", value);
    return error_hint(e, "For a command on the lab host type `host CMD...`; for its namespaces `ns`.");
}

int form_image(const char *value, char **ret_name, struct nslab_error *e)
{
    size_t n = strcspn(value, ":");
    if (strchr(value, '/')) {
        error_say(e, "`%s`: images have plain names here, and no registry stands behind them", value);
        return error_hint(e, "Type `run nginx`; `nslab image list` shows what there is.");
    }
    if (value[n] && strcmp(value + n, ":latest") != 0) {
        error_say(e, "`%s`: there is one version of each image", value);
        return error_hint(e, "Type `%.*s` or `%.*s:latest`.", (int)n, value, (int)n, value);
    }
    if (!only_of(value, n, "_.-") || !isalnum((unsigned char)value[0])) {
        error_say(e, "`%s` can't be an image's name", value);
        return error_hint(e, "`nslab image list` shows what there is.");
    }
    if (ret_name)
        *ret_name = xstrndup(value, n);
    return 0;
}

static int check_image(const char *value, struct nslab_error *e)
{
    return form_image(value, NULL, e);
}

static int unknown_signal(const char *value, struct nslab_error *e)
{
    const char *names[NSIG];
    size_t n = 0;
    for (int signo = 1; signo < NSIG; signo++)
        if (sigabbrev_np(signo))
            names[n++] = sigabbrev_np(signo);
    const char *plain = strncasecmp(value, "SIG", 3) ? value : value + 3;
    const char *nearest = nearest_word(plain, names, n);
    error_say(e, "unknown signal `%s`", value);
    return nearest ? error_hint(e, "Did you mean `%s`?", nearest)
                   : error_hint(e, "Write a name, as TERM or SIGTERM, or a number from 1 to %d.", SIGRTMAX);
}

int form_signal(const char *value, struct nslab_error *e)
{
    unsigned long number = 0;
    if (parse_unsigned(value, (unsigned long)SIGRTMAX, &number) && number > 0)
        return (int)number;
    const char *plain = strncasecmp(value, "SIG", 3) ? value : value + 3;
    for (int signo = 1; signo < NSIG; signo++) {
        const char *name = sigabbrev_np(signo);
        if (name && !strcasecmp(name, plain))
            return signo;
    }
    return unknown_signal(value, e);
}

static int check_signal(const char *value, struct nslab_error *e)
{
    return form_signal(value, e) < 0 ? -1 : 0;
}

static int check_capability(const char *value, struct nslab_error *e)
{
    return strcasecmp(value, "ALL") && capability_by_name(value, e) < 0 ? -1 : 0;
}

static int check_ports(const char *value, struct nslab_error *e)
{
    return form_ports(value, NULL, e);
}

static int check_bind(const char *value, struct nslab_error *e)
{
    return form_bind(value, NULL, e);
}

static int check_env(const char *value, struct nslab_error *e)
{
    size_t n = strcspn(value, "=");
    if (n > 0 && value[n] == '=')
        return 0;
    error_say(e, "`%s` sets no variable", value);
    return error_hint(e, "The form is -e NAME=VALUE. nslab hands none of your own environment on.");
}

static int check_user(const char *value, struct nslab_error *e)
{
    size_t user = strcspn(value, ":");
    const char *group = value[user] ? value + user + 1 : NULL;
    if (only_of(value, user, "_.-") && (!group || only_of(group, strlen(group), "_.-")))
        return 0;
    error_say(e, "`%s` is not a user", value);
    return error_hint(e, "The form is -u NAME or -u UID[:GID], as they are inside.");
}

static int check_hostname(const char *value, struct nslab_error *e)
{
    if (form_is_name(value) && strlen(value) < HOST_NAME_MAX)
        return 0;
    error_say(e, "`%s` can't be a hostname", value);
    return error_hint(e, "Use letters, digits, `-` and `.`, at most %d.", HOST_NAME_MAX - 1);
}

static int check_pid_mode(const char *value, struct nslab_error *e)
{
    return form_mode(ARG_PID_MODE, value, NULL, e);
}

static int check_net_mode(const char *value, struct nslab_error *e)
{
    return form_mode(ARG_NET_MODE, value, NULL, e);
}

static int check_userns_mode(const char *value, struct nslab_error *e)
{
    return form_mode(ARG_USERNS_MODE, value, NULL, e);
}

static int check_uts_mode(const char *value, struct nslab_error *e)
{
    return form_mode(ARG_UTS_MODE, value, NULL, e);
}

static int check_ipc_mode(const char *value, struct nslab_error *e)
{
    return form_mode(ARG_IPC_MODE, value, NULL, e);
}

/* --- candidates --- */

static void container_names(const struct command_context *c, struct strv *out)
{
    for (const struct container *it = c && c->host ? c->host->containers : NULL; it; it = it->next)
        strv_add(out, it->spec.name);
}

static void viewpoint_names(const struct command_context *c, struct strv *out)
{
    strv_add(out, "host");
    strv_add(out, "machine");
    container_names(c, out);
}

static void image_names(const struct command_context *c, struct strv *out)
{
    struct nslab_error ignored = {0};
    (void)c;
    image_list(out, &ignored);
}

static void signal_names(const struct command_context *c, struct strv *out)
{
    (void)c;
    for (int signo = 1; signo < NSIG; signo++)
        if (sigabbrev_np(signo))
            strv_add(out, sigabbrev_np(signo));
}

static void capability_names(const struct command_context *c, struct strv *out)
{
    (void)c;
    for (cap_value_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
        char *name = cap_to_name(cap);
        if (!name)
            continue;
        size_t at = out->len;
        strv_add(out, starts_with(name, "cap_") ? name + 4 : name);
        for (char *p = out->items[at]; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        cap_free(name);
    }
}

static void verb_names(const struct command_context *c, struct strv *out)
{
    const struct verb_set *set = c ? &c->verbs : &lab_verbs;
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            strv_add(out, set->tables[t][i].name);
}

static void formats(const struct command_context *c, struct strv *out)
{
    (void)c;
    strv_add(out, "'{{.State.Pid}}'");
    strv_add(out, "'{{.NetworkSettings.IPAddress}}'");
}

static void pictures(const struct command_context *c, struct strv *out)
{
    (void)c;
    picture_names(out);
}

/* --- the table --- */

struct form {
    int (*check)(const char *value, struct nslab_error *e); /* NULL: anything goes */
    void (*candidates)(const struct command_context *c,
                       struct strv *out); /* NULL: none, or modes.c knows them */
};

static const struct form form_table[] = {
    [ARG_CONTAINER] = {check_container, container_names},
    [ARG_NEW_NAME] = {check_new_name, NULL},
    [ARG_IMAGE] = {check_image, image_names},
    [ARG_VIEWPOINT] = {check_viewpoint, viewpoint_names},
    [ARG_SIGNAL] = {check_signal, signal_names},
    [ARG_CAPABILITY] = {check_capability, capability_names},
    [ARG_PORTS] = {check_ports, NULL},
    [ARG_BIND] = {check_bind, NULL},
    [ARG_ENV] = {check_env, NULL},
    [ARG_USER] = {check_user, NULL},
    [ARG_FORMAT] = {format_check, formats},
    [ARG_PID_MODE] = {check_pid_mode, NULL},
    [ARG_NET_MODE] = {check_net_mode, NULL},
    [ARG_USERNS_MODE] = {check_userns_mode, NULL},
    [ARG_UTS_MODE] = {check_uts_mode, NULL},
    [ARG_IPC_MODE] = {check_ipc_mode, NULL},
    [ARG_VERB] = {NULL, verb_names},
    [ARG_HOSTNAME] = {check_hostname, NULL},
    [ARG_PICTURE] = {form_picture, pictures},
};

int form_check(enum arg_kind kind, const char *value, struct nslab_error *e)
{
    if ((size_t)kind >= ARRAY_LEN(form_table) || !form_table[kind].check || strstr(value, "${"))
        return 0;
    return form_table[kind].check(value, e);
}

void form_candidates(enum arg_kind kind, const struct command_context *c, struct strv *out)
{
    cleanup_strv struct strv containers = {0};
    if ((size_t)kind < ARRAY_LEN(form_table) && form_table[kind].candidates)
        form_table[kind].candidates(c, out);
    container_names(c, &containers);
    mode_candidates(kind, &containers, out);
}
