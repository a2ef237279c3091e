/* SPDX-License-Identifier: MIT
 *
 * What nslab could have left on this machine. It is looked for, not remembered: one row a kind of thing, each
 * with how it is known to be of nslab. What a running nslab has is found too, and is in use. What belongs
 * where it is (images, their shifted copies, the workbook with its lock, history, what the doctor saw last)
 * is none of it.
 */
#ifndef NSLAB_LEAKS_H
#define NSLAB_LEAKS_H

#include "nslab/procfs.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct leak_row;

struct leak {
    const struct leak_row *row;
    char *what; /* "process 4711: nslab: lab host init" */
    pid_t user; /* the running nslab that has it, -1 where its PID can't be seen; 0: nobody, it is left */
    const char *command; /* what takes it away, "kill -KILL", and of what; NULL: see the row's remedy */
    char *argument;
};

struct leaks {
    struct leak *items;
    size_t n;
    char **unseen; /* parallel to leak_table: what could not be looked at and why; NULL: all was */
};

struct leak_search;
struct leak_row {
    const char *name;   /* "mounts" */
    const char *what;   /* "mounts of an image's files" */
    const char *how;    /* where it is looked for, and how it is known: a sentence */
    const char *remedy; /* a sentence */
    void (*look)(struct leak_search *search);
};
extern const struct leak_row leak_table[];
extern const size_t leak_count;

void leaks_find(struct leaks *ret);
void leaks_free(struct leaks *leaks);
size_t leaks_left(const struct leaks *leaks, const struct leak_row *row); /* of one row; NULL: of all */

/* --- pure, for tests --- */

enum leak_kind {
    LEAK_NONE,
    LEAK_NSLAB, /* a program that somebody started: it is running, and has what is below it */
    LEAK_HELPER /* made by nslab for itself: its init, proxies, sessions, workers, and what it forks */
};
/* args: its command line; is_program: it executes this very nslab; forked: it has executed nothing since it
 * was forked (PF_FORKNOEXEC among the flags of proc_pid_stat(5)). */
enum leak_kind leak_process_kind(const char *args, bool is_program, bool forked);
/* PF_FORKNOEXEC in a text of /proc/PID/stat */
bool leak_stat_is_forked(const char *stat);
/* The nearest one that is LEAK_NSLAB among a process's ancestors and itself; 0: none. kinds is parallel to
 * processes. */
pid_t leak_user(const struct process_info *processes, const enum leak_kind *kinds, size_t n, pid_t pid);
/* Whose temporary file: "workbook.yaml.new-4711" is of 4711, as is ".nginx.gone-4711"; 0: it is none. */
pid_t leak_file_writer(const char *name);
/* "@nslab/1000/4711" in a line of /proc/net/unix is of 4711, where it listens; 0: it is another socket. *name
 * lies in the line.
 */
pid_t leak_socket_owner(const char *line, const char **name);

#endif
