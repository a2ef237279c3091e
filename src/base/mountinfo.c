/* SPDX-License-Identifier: MIT
 *
 * /proc/PID/mountinfo, proc_pid_mountinfo(5):
 *   36 35 98:0 /root /target rw,noatime master:1 - ext3 /dev/sda1 rw,errors=continue
 * Fields are separated by one space each; a space, tab, newline or backslash in a name is written as \040
 * ...; between the options and the "-" there is any number of optional fields.
 */
#include "nslab/mem.h"
#include "nslab/procfs.h"

#include <string.h>

/* Takes the next field off *p. An empty field is one too: a mount's source may be "". NULL at the end of the
 * line. */
static char *next_field(char **p)
{
    char *field = *p;
    if (!field)
        return NULL;
    char *space = strchr(field, ' ');
    if (space)
        *space = '\0';
    *p = space ? space + 1 : NULL;
    return field;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

char *mountinfo_unescaped(const char *s, size_t n)
{
    char *copy = xstrndup(s, n), *to = copy;
    for (const char *from = copy; *from; to++) {
        if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) && is_octal(from[3])) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
    return copy;
}

static char *unescaped(const char *s)
{
    return mountinfo_unescaped(s, strlen(s));
}

static bool parse_ids(const char *id, const char *parent, const char *device, struct mount_info *m)
{
    char extra;
    return id && parent && device && sscanf(id, "%d%c", &m->id, &extra) == 1 &&
           sscanf(parent, "%d%c", &m->parent, &extra) == 1 &&
           sscanf(device, "%u:%u%c", &m->major, &m->minor, &extra) == 2;
}

/* The optional fields up to the "-", joined by spaces. NULL when there is no "-". */
static char *optional_fields(char **p)
{
    cleanup_buf struct buf all = {0};
    for (char *field; (field = next_field(p));) {
        if (!strcmp(field, "-"))
            return buf_take(&all);
        if (all.len)
            buf_addc(&all, ' ');
        buf_adds(&all, field);
    }
    return NULL;
}

static bool parse_line(char *line, struct mount_info *m)
{
    char *p = line;
    char *id = next_field(&p), *parent = next_field(&p), *device = next_field(&p);
    char *root = next_field(&p), *target = next_field(&p), *options = next_field(&p);
    *m = (struct mount_info){0};
    if (!options || !parse_ids(id, parent, device, m))
        return false;
    m->optional = optional_fields(&p);
    char *type = m->optional ? next_field(&p) : NULL;
    char *source = type ? next_field(&p) : NULL;
    if (!source || !p)
        return false;
    m->root = unescaped(root);
    m->target = unescaped(target);
    m->options = xstrdup(options);
    m->type = unescaped(type);
    m->source = unescaped(source);
    m->super_options = xstrdup(p);
    return true;
}

void mounts_free(struct mount_info *mounts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct mount_info *m = &mounts[i];
        char *owned[] = {m->root, m->target, m->options, m->optional, m->type, m->source, m->super_options};
        for (size_t j = 0; j < ARRAY_LEN(owned); j++)
            free(owned[j]);
    }
    free(mounts);
}

int mountinfo_parse(const char *text, struct mount_info **ret)
{
    cleanup_strv struct strv lines = {0};
    strv_split_lines(&lines, text);
    struct mount_info *mounts = xcalloc(lines.len + 1, sizeof *mounts);
    *ret = NULL;
    for (size_t i = 0; i < lines.len; i++)
        if (!parse_line(lines.items[i], &mounts[i])) {
            mounts_free(mounts, i + 1);
            return -1;
        }
    *ret = mounts;
    return (int)lines.len;
}
