/* SPDX-License-Identifier: MIT
 *
 * Reading procfs: parsers over text, so that tests feed recorded files (pure), and readers over a /proc
 * directory.
 */
#ifndef NSLAB_PROCFS_H
#define NSLAB_PROCFS_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_info {
    pid_t pid, ppid;
    uint32_t uid, gid; /* effective */
    char state;        /* R S D Z T ... */
    pid_t nspid[8];    /* the reader's own number first */
    size_t n_nspid;
    uint64_t cap_effective, cap_permitted, cap_bounding;
    uint32_t groups[32];
    size_t n_groups;
    char *args; /* the command line with spaces, "[name]" of a kernel thread or zombie */
};
void process_info_free(struct process_info *p);
/* /proc/PID/status. args is "[name]" then, until there is a command line. */
bool procfs_parse_status(const char *text, struct process_info *p);
/* The number of the line "NAME:" in the reader's own /proc/self/status; -1 where there is none. */
long procfs_self_number(const char *name);
void procfs_parse_cmdline(const char *bytes, size_t n, struct process_info *p);

/* All processes of the /proc mount at proc_dir ("/proc"), by pid. The caller frees each and the list. */
int procfs_list(const char *proc_dir, struct process_info **ret, size_t *n, struct nslab_error *e);
/* The same of an open one, but only of those that are wanted is more read than their number. A machine has
 * many processes. */
int procfs_list_wanted(int proc_fd, bool (*wanted)(const void *context, pid_t pid), const void *context,
                       struct process_info **ret, size_t *n, struct nslab_error *e);
/* One; 1 found, 0 gone, -1 error. */
int procfs_read(const char *proc_dir, pid_t pid, struct process_info *ret, struct nslab_error *e);

struct mount_info {
    char *root, *target, *type, *source; /* unescaped */
    char *optional;                      /* "shared:1 master:2" */
    char *options,
        *super_options; /* by commas; a comma or a space in a value is still written as \054, \040 */
    unsigned major, minor;
    int id, parent;
};
/* proc_pid_mountinfo(5). Returns the number of mounts, -1 on a malformed line. The caller frees with
 * mounts_free(). */
int mountinfo_parse(const char *text, struct mount_info **ret);
void mounts_free(struct mount_info *mounts, size_t n);
/* "\040" becomes a space. The caller frees. */
char *mountinfo_unescaped(const char *s, size_t n);

/* "tcp 0.0.0.0:80" for each listening socket of /proc/net/tcp or tcp6 text, appended. */
void sockets_parse_listening(const char *text, const char *protocol, struct strv *out);

#endif
