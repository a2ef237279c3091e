/* SPDX-License-Identifier: MIT */
#include "workers.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STOP_MS 3000 /* for a worker to end its lab after Ctrl-C, before SIGKILL */

struct worker {
    int pidfd, pipe; /* -1: not running */
    struct buf found;
};

struct pool {
    const struct work *work;
    struct worker *workers; /* one a job, in their order */
    size_t next, running, told;
};

static void pool_free(struct pool *pool)
{
    for (size_t i = 0; i < pool->work->n; i++) {
        struct worker *w = &pool->workers[i];
        if (w->pidfd >= 0) {
            pidfd_signal(w->pidfd, SIGKILL);
            wait_child(w->pidfd, NULL);
        }
        close_fd_p(&w->pidfd);
        close_fd_p(&w->pipe);
        buf_free(&w->found);
    }
    free(pool->workers);
}

static void __attribute__((noreturn)) worker_main(const struct work *work, size_t i, int out, pid_t parent)
{
    struct buf found = {0};
    die_with_parent();
    if (getppid() != parent || interrupt_renew() < 0)
        _exit(STATUS_BROKEN);
    title_set("nslab: %s %s", work->name, work->label(work->context, i));
    if (work->job(work->context, i, &found) < 0 || write_all(out, buf_text(&found), found.len) < 0)
        _exit(STATUS_BROKEN);
    _exit(0);
}

static int worker_start(struct pool *pool, struct nslab_error *e)
{
    const struct work *work = pool->work;
    struct worker *w = &pool->workers[pool->next];
    const char *label = work->label(work->context, pool->next);
    pid_t self = getpid();
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make a pipe for", "the worker of lab %s", label);
    pid_t pid = clone_process(0, &w->pidfd);
    if (pid == 0)
        worker_main(work, pool->next, ends[1], self);
    int saved = errno;
    close(ends[1]);
    w->pipe = ends[0];
    if (pid < 0) {
        w->pidfd = -1;
        return error_sys(e, saved, "start", "the worker of lab %s", label);
    }
    pool->next++;
    pool->running++;
    return 0;
}

/* Takes what has come. At the end of the pipe the worker's part is over. */
static void worker_read(struct pool *pool, struct worker *w)
{
    char chunk[16384];
    ssize_t n = read(w->pipe, chunk, sizeof chunk);
    if (n > 0) {
        buf_add(&w->found, chunk, (size_t)n);
        return;
    }
    if (n < 0 && errno == EINTR)
        return;
    close_fd_p(&w->pipe);
    pool->running--;
}

/* Waits until something has come from a worker. 0, or -1: interrupted, or the time is over. */
static int pool_wait(struct pool *pool, bool heed_interrupt, int timeout_ms)
{
    size_t n = pool->work->n;
    struct pollfd *polled = xcalloc(n + 1, sizeof *polled);
    for (size_t i = 0; i < n; i++)
        polled[i] = (struct pollfd){.fd = pool->workers[i].pipe, .events = POLLIN};
    polled[n] = (struct pollfd){.fd = heed_interrupt ? interrupt_fd() : -1, .events = POLLIN};
    int ready = poll(polled, n + 1, timeout_ms);
    for (size_t i = 0; ready > 0 && i < n; i++)
        if (polled[i].revents)
            worker_read(pool, &pool->workers[i]);
    free(polled);
    return ready == 0 || (heed_interrupt && interrupt_pending()) ? -1 : 0;
}

static int stop_workers(struct pool *pool, struct nslab_error *e)
{
    uint64_t end = now_ns() + STOP_MS * 1000000ull;
    for (size_t i = 0; i < pool->work->n; i++)
        if (pool->workers[i].pidfd >= 0)
            pidfd_signal(pool->workers[i].pidfd, SIGTERM);
    while (pool->running && now_ns() < end)
        if (pool_wait(pool, false, (int)((end - now_ns()) / 1000000) + 1) < 0)
            break;
    return error_say(e, "interrupted; no lab is left running");
}

/* What a worker sent, or how it ended without. */
static int tell(const struct work *work, size_t i, struct worker *w)
{
    struct nslab_error e = {0};
    int status = 0;
    wait_child(w->pidfd, &status);
    close_fd_p(&w->pidfd);
    if (status > 128)
        error_say(&e, "the process that ran this lab was ended by signal %d (%s)", status - 128,
                  strsignal(status - 128));
    else if (status)
        error_say(&e, "the process that ran this lab ended with status %d and without a result", status);
    int rc = work->done(work->context, i, &w->found, error_is_set(&e) ? &e : NULL);
    buf_free(&w->found); /* there may be thousands */
    return rc;
}

static int tell_in_order(struct pool *pool)
{
    int rc = 0;
    while (!rc && pool->told < pool->next && pool->workers[pool->told].pipe < 0) {
        rc = tell(pool->work, pool->told, &pool->workers[pool->told]);
        pool->told++;
    }
    return rc;
}

static void show_progress(const struct pool *pool)
{
    cleanup_buf struct buf running = {0};
    for (size_t i = 0; i < pool->next; i++)
        if (pool->workers[i].pipe >= 0)
            buf_addf(&running, "%s%s", running.len ? ", " : "", pool->work->label(pool->work->context, i));
    progress_show(pool->next - pool->running, pool->work->n, buf_text(&running));
}

int work_do(const struct work *work, size_t at_once, struct nslab_error *e)
{
    cleanup_with(pool_free) struct pool pool = {.work = work};
    int rc = 0;
    pool.workers = xcalloc(work->n, sizeof *pool.workers);
    for (size_t i = 0; i < work->n; i++)
        pool.workers[i] = (struct worker){.pidfd = -1, .pipe = -1};
    while (!rc && pool.told < work->n) {
        while (pool.running < at_once && pool.next < work->n && !interrupt_pending())
            if (worker_start(&pool, e) < 0)
                return -1;
        if (work->shows_progress)
            show_progress(&pool);
        int waited = pool_wait(&pool, true, -1);
        progress_clear();
        if (waited < 0)
            return stop_workers(&pool, e);
        rc = tell_in_order(&pool);
    }
    return rc;
}

int jobs_option(const struct sub_args *args, size_t *ret, struct nslab_error *e)
{
    const char *jobs = sub_value(args, "jobs");
    unsigned long number = 1;
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0)
        number = (unsigned long)CPU_COUNT(&processors);
    if (jobs && (!parse_unsigned(jobs, JOBS_MAX, &number) || !number))
        return error_say(e, "%s: --jobs takes a number from 1 to %d, not `%s`", args->sub->name, JOBS_MAX,
                         jobs);
    *ret = number < JOBS_MAX ? number : JOBS_MAX;
    return 0;
}
