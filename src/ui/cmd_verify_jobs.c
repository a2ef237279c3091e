/* SPDX-License-Identifier: MIT
 *
 * Each lab runs in a worker, a forked nslab with a lab host of its own, which sends its result through a
 * pipe. A worker that dies takes its lab host along and is one lab's failing, not the end of the others.
 */
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "subcommands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STOP_MS 3000 /* for a worker to end its lab after Ctrl-C, before SIGKILL */

struct worker {
    const struct lab *lab;
    int pidfd, pipe; /* -1: not running */
    struct buf bytes;
};

struct pool {
    struct worker *workers; /* one a lab, in the labs' order */
    size_t n, next, running, jobs;
    const struct engine_options *options;
};

static void pool_free(struct pool *pool)
{
    for (size_t i = 0; i < pool->n; i++) {
        struct worker *w = &pool->workers[i];
        if (w->pidfd >= 0) {
            pidfd_signal(w->pidfd, SIGKILL);
            wait_child(w->pidfd, NULL);
        }
        close_fd_p(&w->pidfd);
        close_fd_p(&w->pipe);
        buf_free(&w->bytes);
    }
    free(pool->workers);
}

static void __attribute__((noreturn))
worker_main(const struct worker *w, const struct engine_options *o, int out, pid_t parent)
{
    struct lab_result result = {0};
    struct buf bytes = {0};
    die_with_parent();
    if (getppid() != parent || interrupt_renew() < 0)
        _exit(STATUS_BROKEN);
    title_set("nslab: verify %s", w->lab->id);
    lab_verify(w->lab, o, &result);
    lab_result_pack(&result, &bytes);
    _exit(write_all(out, buf_text(&bytes), bytes.len) < 0 ? STATUS_BROKEN : 0);
}

static int worker_start(struct pool *pool, struct nslab_error *e)
{
    struct worker *w = &pool->workers[pool->next];
    pid_t self = getpid();
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make a pipe for", "the worker of lab %s", w->lab->id);
    pid_t pid = clone_process(0, &w->pidfd);
    if (pid == 0)
        worker_main(w, pool->options, ends[1], self);
    int saved = errno;
    close(ends[1]);
    w->pipe = ends[0];
    if (pid < 0) {
        w->pidfd = -1;
        return error_sys(e, saved, "start", "the worker of lab %s", w->lab->id);
    }
    pool->next++;
    pool->running++;
    return 0;
}

/* Takes what has come. At the end of the pipe the worker is reaped. */
static void worker_read(struct pool *pool, struct worker *w)
{
    char chunk[16384];
    ssize_t n = read(w->pipe, chunk, sizeof chunk);
    if (n > 0) {
        buf_add(&w->bytes, chunk, (size_t)n);
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
    struct pollfd *polled = xcalloc(pool->n + 1, sizeof *polled);
    for (size_t i = 0; i < pool->n; i++)
        polled[i] = (struct pollfd){.fd = pool->workers[i].pipe, .events = POLLIN};
    polled[pool->n] = (struct pollfd){.fd = heed_interrupt ? interrupt_fd() : -1, .events = POLLIN};
    int ready = poll(polled, pool->n + 1, timeout_ms);
    for (size_t i = 0; ready > 0 && i < pool->n; i++)
        if (polled[i].revents)
            worker_read(pool, &pool->workers[i]);
    free(polled);
    return ready == 0 || (heed_interrupt && interrupt_pending()) ? -1 : 0;
}

static int stop_workers(struct pool *pool, struct nslab_error *e)
{
    uint64_t end = now_ns() + STOP_MS * 1000000ull;
    for (size_t i = 0; i < pool->n; i++)
        if (pool->workers[i].pidfd >= 0)
            pidfd_signal(pool->workers[i].pidfd, SIGTERM);
    while (pool->running && now_ns() < end)
        if (pool_wait(pool, false, (int)((end - now_ns()) / 1000000) + 1) < 0)
            break;
    return error_say(e, "interrupted; no lab is left running");
}

/* What a worker sent, or how it ended without. */
static void worker_result(struct worker *w, const struct engine_options *o, struct lab_result *ret)
{
    struct nslab_error e = {0};
    int status = 0;
    wait_child(w->pidfd, &status);
    close_fd_p(&w->pidfd);
    if (!status && lab_result_unpack(buf_text(&w->bytes), w->bytes.len, ret) == 0)
        return;
    if (status > 128)
        error_say(&e, "the process that ran this lab was ended by signal %d (%s)", status - 128,
                  strsignal(status - 128));
    else
        error_say(&e, "the process that ran this lab ended with status %d and without a result", status);
    lab_verify_failed(w->lab, o, &e, ret);
}

static int pool_run(struct pool *pool, struct nslab_error *e)
{
    while (pool->running || pool->next < pool->n) {
        while (pool->running < pool->jobs && pool->next < pool->n && !interrupt_pending())
            if (worker_start(pool, e) < 0)
                return -1;
        if (pool_wait(pool, true, -1) < 0)
            return stop_workers(pool, e);
    }
    return 0;
}

int verify_labs(struct lab *const *labs, size_t n, const struct engine_options *o, size_t jobs,
                struct result *ret, struct nslab_error *e)
{
    cleanup_with(pool_free) struct pool pool = {.n = n, .jobs = jobs, .options = o};
    pool.workers = xcalloc(n, sizeof *pool.workers);
    for (size_t i = 0; i < n; i++)
        pool.workers[i] = (struct worker){.lab = labs[i], .pidfd = -1, .pipe = -1};
    if (pool_run(&pool, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct lab_result result = {0};
        worker_result(&pool.workers[i], o, &result);
        result_add(ret, &result);
    }
    return 0;
}
