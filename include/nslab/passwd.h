/* SPDX-License-Identifier: MIT
 *
 * The lines of a tree's own /etc/passwd and /etc/group: passwd(5), group(5). Who launches a container has
 * read the file as text: the C library's getpwnam would load the image's NSS modules, and its fgetpwent takes
 * 50 microseconds for the first line.
 */
#ifndef NSLAB_PASSWD_H
#define NSLAB_PASSWD_H

#include <stdbool.h>
#include <sys/types.h>

struct passwd_line {
    uid_t uid;
    gid_t gid;
    const char *home; /* points into the text */
};

/* The first line of that name, or where name is NULL of that uid. The text is cut up on the way. What isn't a
 * line of passwd, a comment among them, is passed over. */
bool passwd_find(char *text, const char *name, uid_t uid, struct passwd_line *ret);
bool group_find(char *text, const char *name, gid_t *ret);
/* The name of an id in a text of either; NULL if there is none. The caller frees. */
char *name_of_id(const char *text, unsigned id);

#endif
