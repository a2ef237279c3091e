/* SPDX-License-Identifier: MIT
 *
 * {namespace: pid, of: web}: the link /proc/PID/ns/pid of its first process. Two processes are in the same
 * namespace exactly when their links say the same.
 */
#include "probing.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The link text of an open namespace. */
static int fd_link(int fd, char text[static NS_LINK_MAX], struct nslab_error *e)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, text, NS_LINK_MAX - 1);
    if (n < 0)
        return error_sys(e, errno, "read the link", "%s", path);
    text[n] = '\0';
    return 0;
}

static int read_owner(const struct viewpoint *v, enum ns_type type, struct observation *ret,
                      struct nslab_error *e)
{
    char link[NS_LINK_MAX];
    cleanup_fd int fd = place_ns_open(&v->place, type, e);
    if (fd < 0)
        return -1;
    cleanup_fd int owner = ioctl(fd, NS_GET_USERNS);
    if (owner < 0) {
        error_sys(e, errno, "ask who owns", "the %s namespace of %s", ns_table[type].name, v->words);
        if (e->errnum == EPERM)
            error_hint(
                e, "Its owner lies outside nslab's own user namespace, and the kernel names only this one "
                   "and those inside it (ioctl_ns(2)).");
        return -1;
    }
    if (fd_link(owner, link, e) < 0)
        return -1;
    observe_text(ret, "%s", link);
    observe_how(ret, "NS_GET_USERNS of %s/ns/%s", v->proc, ns_table[type].name);
    return 0;
}

int read_namespace(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    char link[NS_LINK_MAX];
    enum ns_type type = ns_by_name(see->subject);
    if (type == NS_INVALID)
        return error_say(e, "there is no kind of namespace called `%s`", see->subject);
    int there = subject_open(host, see_key(see, SEE_OF), &v, ret, e);
    if (there <= 0)
        return there;
    if (see_key(see, SEE_FIELD)) /* the only field is owner */
        return read_owner(&v, type, ret, e);
    if (viewpoint_ns(&v, type, link, ret, e) < 0)
        return -1;
    observe_text(ret, "%s", link);
    return 0;
}
