/* SPDX-License-Identifier: MIT
 *
 * Namespaces: who is in one, and which user namespace owns it. ioctl_nsfs(2) answers the second.
 */
#include "../command/walls.h"
#include "explain.h"
#include "nslab/container.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define SHOWN_MAX 8

static const char *words_of(const struct sides *s, size_t index)
{
    return index == SIDE_MACHINE ? "the machine" : index == SIDE_HOST ? "the lab host" : s->items[index].name;
}

/* Of an open namespace. */
static void add_owner(int fd, enum ns_type type, const struct sides *s, struct buf *out)
{
    cleanup_fd int owner = ioctl(fd, NS_GET_USERNS);
    struct stat st;
    char link[48];
    const char *whose = NULL;
    if (owner < 0 || fstat(owner, &st) < 0) {
        buf_adds(out, type == NS_USER ? "Nslab can see no user namespace around it."
                                      : "Its owner is a user namespace that nslab can't see.");
        return;
    }
    snprintf(link, sizeof link, "user:[%lu]", (unsigned long)st.st_ino);
    for (size_t i = 0; i < s->n && !whose; i++)
        if (!strcmp(s->items[i].links[NS_USER], link))
            whose = words_of(s, i);
    if (type == NS_USER)
        buf_addf(out, "The user namespace around it is `%s`", link);
    else
        buf_addf(out, "`%s` owns it", link);
    if (whose)
        buf_addf(out, ", that of %s", whose);
    buf_adds(out, type == NS_USER
                      ? "."
                      : ": only capabilities in that user namespace, or in one around it, count here.");
}

static void add_sides(const struct sides *s, enum ns_type type, const char *link, struct buf *out)
{
    size_t n = 0;
    buf_adds(out, "In it: ");
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->items[i].links[type], link))
            buf_addf(out, "%s%s", n++ ? ", " : "", words_of(s, i));
    buf_adds(out,
             n ? ".\n\n" : "neither the machine, nor the lab host, nor a container's first process.\n\n");
}

/* Returns one of them, or 0. Those whose links nslab may not read are counted. */
static pid_t add_processes(enum ns_type type, const char *link, struct buf *out, struct nslab_error *e)
{
    struct process_info *list;
    size_t n, inside = 0, closed = 0;
    pid_t one = 0;
    cleanup_buf struct buf rows = {0};
    if (procfs_list("/proc", &list, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char its[48];
        struct nslab_error unreadable = {0};
        if (ns_link(list[i].pid, type, its, sizeof its, &unreadable) < 0) {
            closed += unreadable.errnum == EACCES;
        } else if (!strcmp(its, link)) {
            one = one ? one : list[i].pid;
            if (inside++ < SHOWN_MAX)
                buf_addf(&rows, "- %d `%s`\n", (int)list[i].pid, list[i].args ? list[i].args : "");
        }
        process_info_free(&list[i]);
    }
    free(list);
    if (inside)
        buf_addf(out,
                 one_or_many(inside,
                             "Of the processes that nslab may look into, %zu is in it (numbers of the "
                             "machine):\n\n",
                             "Of the processes that nslab may look into, %zu are in it (numbers of the "
                             "machine):\n\n"),
                 inside);
    else
        buf_adds(out, "Of the processes that nslab may look into, none is in it.\n\n");
    buf_add(out, buf_text(&rows), rows.len);
    if (inside > SHOWN_MAX)
        buf_addf(out, "- and %zu more\n", inside - SHOWN_MAX);
    if (closed)
        buf_addf(out, "\nNot looked into, since their links may not be read: %zu.\n", closed);
    return one;
}

static int open_namespace(struct explaining *x, const struct sides *s, enum ns_type type, const char *link,
                          pid_t pid)
{
    struct nslab_error ignored = {0};
    for (size_t i = 0; i < s->n; i++) {
        struct place place;
        if (!strcmp(s->items[i].links[type], link) &&
            place_by_name(x->context->host, s->items[i].name, &place, &ignored) == 0)
            return place_ns_open(&place, type, &ignored);
    }
    cleanup_free char *path = xasprintf("/proc/%d/ns/%s", (int)pid, ns_table[type].name);
    return pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static int explain_link(struct explaining *x, const struct sides *s, const char *link, struct buf *out,
                        struct nslab_error *e)
{
    cleanup_free char *name = xstrndup(link, strcspn(link, ":"));
    enum ns_type type = ns_by_name(name);
    cleanup_buf struct buf processes = {0};
    if (type == NS_INVALID || link[strlen(name) + 1] != '[' || link[strlen(link) - 1] != ']') {
        error_say(e, "`%s` is no namespace", link);
        return error_hint(e, "A link is like `pid:[4026531836]`: `ns` has the numbers, `host ls -l "
                             "/proc/self/ns` the links.");
    }
    pid_t one = add_processes(type, link, &processes, e);
    if (one < 0)
        return -1;
    cleanup_fd int fd = open_namespace(x, s, type, link, one);
    if (fd < 0) {
        error_say(e, "nothing that nslab may look into is in `%s`", link);
        return error_hint(e, "A namespace ends with its last process; `ns` shows those that there are.");
    }
    buf_addf(out,
             "`%s` is a namespace of the type %s: %s. The number is its inode, by which the kernel tells "
             "namespaces of this type apart.\n\n",
             link, name, ns_table[type].isolates);
    add_sides(s, type, link, out);
    add_owner(fd, type, s, out);
    buf_addf(out, "\n\n%s", buf_text(&processes));
    return 0;
}

static void explain_side(struct explaining *x, const struct sides *s, size_t index, struct buf *out)
{
    buf_addf(out, "The namespaces of %s, as the links in /proc/PID/ns name them:\n\n", words_of(s, index));
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        const char *link = s->items[index].links[type];
        struct nslab_error ignored = {0};
        struct place place;
        if (!link[0])
            continue;
        buf_addf(out, "- `%s`: %s. ", link, ns_table[type].isolates);
        const char *other = side_same(s, index, type);
        if (index > SIDE_MACHINE && !other)
            buf_adds(out, "Its own. ");
        else if (index > SIDE_MACHINE && !strcmp(other, "host"))
            buf_adds(out, "The same as that of the lab host. ");
        else if (index > SIDE_MACHINE && !strcmp(other, "machine"))
            buf_adds(out, "The same as that of the machine. ");
        else if (index > SIDE_MACHINE)
            buf_addf(out, "The same as that of %s. ", other);
        cleanup_fd int fd = place_by_name(x->context->host, s->items[index].name, &place, &ignored) == 0
                                ? place_ns_open(&place, type, &ignored)
                                : -1;
        if (fd >= 0)
            add_owner(fd, type, s, out);
        buf_addc(out, '\n');
    }
    buf_adds(out, "\n`explain LINK` says who is in one of them.\n");
}

int explain_ns(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    static const struct strv all_containers = {0};
    cleanup_with(sides_free) struct sides s = {0};
    struct subject subject;
    if (command_host(x->context, e) < 0)
        return -1;
    if (strchr(argument, ':'))
        return sides_read(x->context->host, &all_containers, &s, e) < 0
                   ? -1
                   : explain_link(x, &s, argument, out, e);
    if (subject_find(x, argument, &subject, e) < 0 ||
        sides_read(x->context->host, &all_containers, &s, e) < 0)
        return -1;
    for (size_t i = 0; i < s.n; i++)
        if (!strcmp(s.items[i].name, argument))
            explain_side(x, &s, i, out);
    return 0;
}
