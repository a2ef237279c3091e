/* SPDX-License-Identifier: MIT */
#include "mount_fields.h"
#include "probing.h"

/* "/demo/" is "/demo"; "/" stays. */
static bool same_path(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b);
    while (n_a > 1 && a[n_a - 1] == '/')
        n_a--;
    while (n_b > 1 && b[n_b - 1] == '/')
        n_b--;
    return n_a == n_b && !memcmp(a, b, n_a);
}

static bool is_covered(const struct mount_info *m, const struct mount_info *mounts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (&mounts[i] != m && mounts[i].parent == m->id && same_path(mounts[i].target, m->target))
            return true;
    return false;
}

const struct mount_info *mount_at(const char *path, const struct mount_info *mounts, size_t n)
{
    for (size_t i = n; i-- > 0;)
        if (same_path(mounts[i].target, path) && !is_covered(&mounts[i], mounts, n))
            return &mounts[i];
    return NULL;
}

static size_t count_at(const char *path, const struct mount_info *mounts, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += same_path(mounts[i].target, path);
    return count;
}

static void add_options(struct strv *out, const char *options)
{
    while (*options) {
        size_t n = strcspn(options, ",");
        cleanup_free char *option = mountinfo_unescaped(options, n);
        bool access = !strcmp(option, "ro") || !strcmp(option, "rw");
        if (n && !access && !strv_contains(out, option))
            strv_add(out, option);
        options += n + (options[n] == ',');
    }
}

static bool has_option(const char *options, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = options; *p; p += strcspn(p, ","), p += *p == ',')
        if (!strncmp(p, name, n) && (p[n] == ',' || !p[n]))
            return true;
    return false;
}

/* Those of the mount, then those of the filesystem. It can be written to when both say so. */
static void show_options(const struct mount_info *m, struct observation *ret)
{
    bool read_only = has_option(m->options, "ro") || has_option(m->super_options, "ro");
    observe_list(ret);
    strv_add(&ret->list, read_only ? "ro" : "rw");
    add_options(&ret->list, m->options);
    add_options(&ret->list, m->super_options);
}

/* mount_namespaces(7): without any of the three tags a mount is private. */
static void show_propagation(const struct mount_info *m, struct observation *ret)
{
    bool shared = strstr(m->optional, "shared:"), slave = strstr(m->optional, "master:");
    if (shared && slave)
        observe_text(ret, "shared,slave");
    else
        observe_text(ret, "%s",
                     shared                              ? "shared"
                     : slave                             ? "slave"
                     : strstr(m->optional, "unbindable") ? "unbindable"
                                                         : "private");
}

int mount_field_read(const char *field, const char *path, const struct mount_info *mounts, size_t n,
                     struct observation *ret, struct nslab_error *e)
{
    const struct mount_info *m = mount_at(path, mounts, n);
    if (!strcmp(field, "exists"))
        observe_bool(ret, m != NULL);
    else if (!strcmp(field, "count"))
        observe_text(ret, "%zu", count_at(path, mounts, n));
    else if (!m)
        observe_absent(ret, "nothing is mounted at %s", path);
    else if (!strcmp(field, "type"))
        observe_text(ret, "%s", m->type);
    else if (!strcmp(field, "source"))
        observe_text(ret, "%s", m->source);
    else if (!strcmp(field, "options"))
        show_options(m, ret);
    else if (!strcmp(field, "propagation"))
        show_propagation(m, ret);
    else
        return error_say(e, "a mount has no field `%s`", field);
    return 0;
}
