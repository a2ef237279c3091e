/* SPDX-License-Identifier: MIT
 *
 * nslab and its peers: what each is told, and how it is done.
 */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "measure.h"

#include "nslab/container.h"
#include "nslab/error.h"

#include <sys/types.h>

/* What is measured. */
enum thing { THING_TRUE, THING_USERNS, THING_NGINX, THING_EXEC, THING_COUNT };

/* How one of them does it. A line is split into words as sh does. In it stand
 *   {own}      the directory of what was prepared (tests/bench/peers), and the working directory
 *   {nslab}    the program
 *   {nginx}    the words that start nginx
 *   {pid}      nginx's first process
 *   {started}  what `start` started, where it stays
 * NULL: it can't do that. */
struct peer {
    const char *name;
    const char *detail;                /* what is different about it; NULL: nothing */
    const char *asked;                 /* it is there when this succeeds; the first line has its version */
    const char *whole_true;            /* create, /bin/true, remove */
    const char *userns;                /* the same with a user namespace of its own */
    const char *userns_gap;            /* why not */
    const char *start;                 /* nginx */
    bool stays;                        /* as long as the container; else `remove` ends it */
    const char *told_start, *told_end; /* of one that stays: lines on its standard input */
    const char *remove;
    const char *exec;       /* /bin/true in a running container */
    const char *daemons[4]; /* names of processes that do its work without having been started by it */
    /* Not a program of its own: measured by this instead. */
    int (*measure)(enum thing thing, double *ms, struct nslab_error *e);
};

extern const struct peer peers[];
extern const size_t peer_count;

/* Of this run. */
struct setting {
    const char *own, *mark, *nslab; /* mark: a word in the arguments of our nginx, and of no other */
};
extern struct setting setting;

/* --- peer_run.c --- */
/* Runs the line to its end; its output is dropped, what it says on standard error is kept for the message. 0
 * when its status is 0. */
int peer_command(const char *line, struct nslab_error *e);
/* The same for its first line of output, at most size - 1 bytes. */
int peer_first_line(const char *line, char *text, size_t size, struct nslab_error *e);

/* A container with nginx. */
struct running {
    const struct peer *peer;
    pid_t started; /* the process that stays, our child; 0: none */
    int pidfd, in; /* its pidfd, its standard input; -1: none */
    pid_t nginx;   /* its first process, as the machine counts */
};
#define NOT_RUNNING                                                                                          \
    (struct running)                                                                                         \
    {                                                                                                        \
        .pidfd = -1, .in = -1                                                                                \
    }
int peer_start(const struct peer *peer, struct running *ret, struct nslab_error *e);
int peer_ask(const struct running *running, struct nslab_error *e); /* until nginx has answered */
int peer_exec(const struct running *running, struct nslab_error *e);
int peer_remove(struct running *running, struct nslab_error *e);

/* --- peer_own.c: the bare loop, and a running session of nslab's --- */
int own_open(const char *limit, struct nslab_error *e);
void own_close(void);
int bare_measure(enum thing thing, double *ms, struct nslab_error *e);
int session_measure(enum thing thing, double *ms, struct nslab_error *e);

/* --- peer_memory.c --- */
/* Megabytes, at the moment when they were most, of all processes together. */
struct memory {
    double resident;     /* what each of them has, added */
    double proportional; /* a page that several have is counted once */
    double without_nginx;
};
/* One cycle of nginx, watched. */
int memory_watch(const struct peer *peer, struct memory *ret, struct nslab_error *e);

#endif
