/* SPDX-License-Identifier: MIT
 *
 * What the rows of the table of leaks share while they look.
 */
#ifndef NSLAB_LEAKS_SEARCH_H
#define NSLAB_LEAKS_SEARCH_H

#include "nslab/leaks.h"

struct leak_search {
    const struct leak_row *row; /* whose turn it is */
    struct leaks *found;
    char *data;                     /* the data directory; NULL: there is none */
    struct process_info *processes; /* all that can be seen */
    enum leak_kind *kinds;
    size_t n_processes;
    bool all_users; /* root's rights: all users' things are looked at */
};

/* user as in struct leak; command and argument may be NULL. Takes what and argument over. */
void leak_add(struct leak_search *s, char *what, pid_t user, const char *command, char *argument);
void leak_unseen(struct leak_search *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Is this an nslab that runs? Its PID, or 0. */
pid_t leak_running(const struct leak_search *s, pid_t pid);
/* Calls fn for each entry of the directory but . and ..; one that isn't there has none. */
void leak_each_file(struct leak_search *s, const char *directory,
                    void (*fn)(struct leak_search *s, const char *directory, const char *name));

typedef void leak_fn(struct leak_search *search);
leak_fn leaks_processes, leaks_sockets;              /* leaks_processes.c */
leak_fn leaks_mounts, leaks_cgroups;                 /* leaks_mounts.c */
leak_fn leaks_links, leaks_nft;                      /* leaks_net.c */
leak_fn leaks_copies, leaks_temporary, leaks_memory; /* leaks_files.c */
void leaks_read_processes(struct leak_search *s);

#endif
