/* SPDX-License-Identifier: MIT
 *
 * Labs side by side. Each job is done by a worker, a forked nslab with a lab host of its own, which sends
 * what it found through a pipe. A worker that dies takes its lab host along and is one job's failing, not the
 * end of the others.
 */
#ifndef NSLAB_UI_WORKERS_H
#define NSLAB_UI_WORKERS_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/subcommand.h"

struct work {
    const char *name; /* in the worker's title, which ps shows: "nslab: verify pid" */
    size_t n;
    /* In the worker: does job i and puts what it found into out. -1: there is nothing to send. */
    int (*job)(void *context, size_t i, struct buf *out);
    const char *(*label)(void *context, size_t i); /* what the job is about, "pid"; used at once */
    /* How long job i may take, whatever its worker does: then that is killed, and its lab with it (ETIME).
     * NULL or 0: as long as it likes. */
    int (*limit_ms)(void *context, size_t i);
    /* In nslab, once a job, in their order, as soon as all before it are done. why: it sent nothing, for this
     * reason; else NULL. Not 0: no more is to be done. */
    int (*done)(void *context, size_t i, const struct buf *found, const struct nslab_error *why);
    /* After Ctrl-C (SIGTERM): those that are not done are told to `done` too, with EINTR. */
    bool tells_interrupted;
    void *context;
    bool shows_progress; /* a line on the terminal */
};

/* More than this from one worker isn't meant: it is killed. */
#define WORK_FOUND_MAX (64u << 20)

/* Does all of it, so many jobs at a time. 0, what `done` returned, or -1: interrupted. Then workers have 3 s
 * to end their labs, unless a second Ctrl-C comes. A worker that can't be made is told to `done` as one that
 * has died. */
int work_do(const struct work *work, size_t at_once, struct nslab_error *e);

#define JOBS_MAX 64
#define JOBS_WAITING 2
/* The value of --jobs; if there is none, one a processor that nslab may run on and JOBS_WAITING more, so that
 * others run while some wait. -1: it isn't a number. */
int jobs_option(const struct sub_args *args, size_t *ret, struct nslab_error *e);

#endif
