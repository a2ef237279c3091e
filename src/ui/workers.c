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
#define AGAIN_MS 300 /* timeout(1) sends its signal twice at once: that is one */
#define RETRY_MS 100 /* no process could be made: until the next try */
#define TRIES_MAX 20 /* in a row of which none succeeds while no worker runs */

struct worker {
    int pidfd, pipe; /* -1: not running */
    uint64_t end_ns; /* 0: it may take as long as it likes */
    int failed;      /* errno: it could not be made, or had to be killed; 0: neither */
    bool begun;      /* it was made */
    int status;      /* with which it ended */
    struct buf found;
};

struct pool {
    const struct work *work;
    struct worker *workers; /* one a job, in their order */
    size_t next, running, told;
    size_t tries; /* in a row that made no worker */
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

/* Its last words: what it could not do. With this status they are the end of what it sends. */
static void __attribute__((noreturn)) worker_fail(int out, int errnum, const char *step, const char *object)
{
    struct nslab_error e;
    error_sys(&e, errnum, step, "%s", object);
    (void)!write_all(out, &e, sizeof e);
    _exit(STATUS_BROKEN);
}

static void __attribute__((noreturn)) worker_main(const struct work *work, size_t i, int out, pid_t parent)
{
    struct buf found = {0};
    die_with_parent();
    if (getppid() != parent)
        _exit(STATUS_BROKEN);
    if (interrupt_renew() < 0)
        worker_fail(out, errno, "make a pipe in", "a process that runs this lab");
    title_set("nslab: %s %s", work->name, work->label(work->context, i));
    int rc = work->job(work->context, i, &found);
    /* What it found then is the interruption's work. */
    if (interrupt_signal())
        _exit(STATUS_INTERRUPTED);
    if (rc < 0)
        _exit(STATUS_BROKEN);
    if (write_all(out, buf_text(&found), found.len) < 0)
        worker_fail(out, errno, "send", "what was found of this lab");
    _exit(0);
}

/* 0, or errno. */
static int worker_start(struct pool *pool, struct worker *w)
{
    const struct work *work = pool->work;
    int limit_ms = work->limit_ms ? work->limit_ms(work->context, pool->next) : 0, ends[2];
    pid_t self = getpid();
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    pid_t pid = clone_process(0, &w->pidfd);
    if (pid == 0)
        worker_main(work, pool->next, ends[1], self);
    int saved = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        w->pidfd = -1;
        return saved;
    }
    w->pipe = ends[0];
    w->begun = true;
    w->end_ns = limit_ms ? now_ns() + (uint64_t)limit_ms * 1000000 : 0;
    pool->running++;
    return 0;
}

/* As many as there may be at once. Where no process can be made (what runs in a lab counts among the user's),
 * those that run are waited for; a job for which that doesn't help has failed, and the others go on. */
static void start_workers(struct pool *pool, size_t at_once)
{
    while (pool->running < at_once && pool->next < pool->work->n && !interrupt_pending()) {
        struct worker *w = &pool->workers[pool->next];
        int failed = worker_start(pool, w);
        if (!failed)
            pool->tries = 0;
        else if (pool->running || pool->tries++ < TRIES_MAX)
            return;
        w->failed = failed;
        pool->next++;
    }
}

/* Its part is over. It may have to wait long until it is told, and holds no descriptor meanwhile: there may
 * be more such than a process may have open. */
static void worker_close(struct pool *pool, struct worker *w)
{
    close_fd_p(&w->pipe);
    wait_child(w->pidfd, &w->status);
    close_fd_p(&w->pidfd);
    pool->running--;
}

static void worker_kill(struct pool *pool, struct worker *w, int why)
{
    pidfd_signal(w->pidfd, SIGKILL);
    w->failed = why;
    worker_close(pool, w);
}

/* Takes what has come. */
static void worker_read(struct pool *pool, struct worker *w)
{
    char chunk[16384];
    ssize_t n = read(w->pipe, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return;
    if (n < 0)
        worker_kill(pool, w, errno);
    else if (n == 0)
        worker_close(pool, w);
    else if (w->found.len + (size_t)n > WORK_FOUND_MAX)
        worker_kill(pool, w, EFBIG);
    else
        buf_add(&w->found, chunk, (size_t)n);
}

static int ms_until(uint64_t end_ns, uint64_t now)
{
    return end_ns <= now ? 0 : (int)((end_ns - now) / 1000000) + 1;
}

/* Until the first of them has no time left, or another can be tried; -1: there is nothing to wait for. */
static int time_left(const struct pool *pool)
{
    int least = pool->tries ? RETRY_MS : -1;
    uint64_t now = now_ns();
    for (size_t i = pool->told; i < pool->next; i++) {
        const struct worker *w = &pool->workers[i];
        if (w->pipe >= 0 && w->end_ns && (least < 0 || ms_until(w->end_ns, now) < least))
            least = ms_until(w->end_ns, now);
    }
    return least;
}

static void kill_overdue(struct pool *pool)
{
    uint64_t now = now_ns();
    for (size_t i = pool->told; i < pool->next; i++) {
        struct worker *w = &pool->workers[i];
        if (w->pipe >= 0 && w->end_ns && now >= w->end_ns)
            worker_kill(pool, w, ETIME);
    }
}

/* Waits until something has come from a worker, or the time is over. -1: interrupted. Only those that
 * run are asked: poll(2) takes no more descriptors than a process may have open, and there may be thousands
 * of jobs. */
static int pool_wait(struct pool *pool, bool heed_interrupt, int timeout_ms)
{
    size_t n = 0;
    cleanup_free struct pollfd *polled = xcalloc(pool->running + 1, sizeof *polled);
    cleanup_free struct worker **asked = xcalloc(pool->running + 1, sizeof *asked);
    for (size_t i = pool->told; i < pool->next; i++) {
        if (pool->workers[i].pipe < 0)
            continue;
        asked[n] = &pool->workers[i];
        polled[n++] = (struct pollfd){.fd = pool->workers[i].pipe, .events = POLLIN};
    }
    polled[n] = (struct pollfd){.fd = heed_interrupt ? interrupt_fd() : -1, .events = POLLIN};
    int ready = poll(polled, n + 1, timeout_ms);
    for (size_t i = 0; ready > 0 && i < n; i++)
        if (polled[i].revents)
            worker_read(pool, asked[i]);
    return heed_interrupt && interrupt_pending() ? -1 : 0;
}

/* Who is not ready when the time is over, or when there is a second Ctrl-C, is killed, and its lab with it.
 */
static void stop_workers(struct pool *pool)
{
    uint64_t begin = now_ns(), end = begin + STOP_MS * 1000000ull;
    for (size_t i = 0; i < pool->work->n; i++) {
        if (pool->workers[i].pidfd < 0)
            continue;
        pidfd_signal(pool->workers[i].pidfd, SIGTERM);
        pool->workers[i].failed = EINTR;
    }
    for (interrupt_take(); pool->running && now_ns() < end; interrupt_take())
        if (pool_wait(pool, true, ms_until(end, now_ns())) < 0 && now_ns() - begin > AGAIN_MS * 1000000ull)
            break;
    for (size_t i = 0; i < pool->work->n; i++)
        if (pool->workers[i].pidfd >= 0)
            worker_kill(pool, &pool->workers[i], EINTR);
}

/* The error that a worker has sent last. It comes from where a hostile lab ran: its texts may have no end. */
static bool last_words(const struct worker *w, struct nslab_error *e)
{
    if (w->status != STATUS_BROKEN || w->found.len < sizeof *e)
        return false;
    memcpy(e, w->found.data + w->found.len - sizeof *e, sizeof *e);
    e->step[sizeof e->step - 1] = e->object[sizeof e->object - 1] = e->detail[sizeof e->detail - 1] = '\0';
    e->hint[sizeof e->hint - 1] = e->cause[0] = '\0';
    return error_is_set(e) && e->errnum != EINTR && e->errnum != ETIME; /* these two are nslab's to say */
}

/* Why there is nothing of this one that could be believed. */
static void say_why(const struct work *work, size_t i, const struct worker *w, struct nslab_error *e)
{
    int status = w->status, failed = status == STATUS_INTERRUPTED ? EINTR : w->failed;
    if (!failed && last_words(w, e))
        return;
    if (failed == EINTR)
        error_say(e, "not graded (interrupted)");
    else if (failed == ETIME)
        error_say(e, "the process that ran this lab did not end within %d s, and was killed",
                  work->limit_ms(work->context, i) / 1000);
    else if (failed == EFBIG)
        error_say(e, "the process that ran this lab sent more than %u MiB, and was killed",
                  WORK_FOUND_MAX >> 20);
    else if (failed)
        error_sys(e, failed, w->begun ? "read what was found by" : "start", "a process that runs this lab");
    else if (status > 128)
        error_say(e, "the process that ran this lab was ended by signal %d (%s)", status - 128,
                  strsignal(status - 128));
    else if (status)
        error_say(e, "the process that ran this lab ended with status %d and without a result", status);
    e->errnum = failed;
}

/* What a worker sent, or how it ended without. */
static int tell(const struct work *work, size_t i, struct worker *w)
{
    struct nslab_error e = {0};
    say_why(work, i, w, &e);
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

/* What is done is told as it is, also of those that came after one that isn't; the rest as interrupted. */
static int interrupted(struct pool *pool, struct nslab_error *e)
{
    stop_workers(pool);
    for (size_t i = pool->next; i < pool->work->n; i++)
        pool->workers[i].failed = EINTR;
    pool->next = pool->work->n;
    int rc = pool->work->tells_interrupted ? tell_in_order(pool) : 0;
    return rc ? rc : error_say(e, "interrupted; no lab is left running");
}

static void show_progress(const struct pool *pool)
{
    cleanup_buf struct buf running = {0};
    for (size_t i = pool->told; i < pool->next; i++)
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
        start_workers(&pool, at_once);
        if (work->shows_progress)
            show_progress(&pool);
        int waited =
            pool.running || pool.tries || interrupt_pending() ? pool_wait(&pool, true, time_left(&pool)) : 0;
        progress_clear();
        if (waited < 0)
            return interrupted(&pool, e);
        kill_overdue(&pool);
        rc = tell_in_order(&pool);
    }
    return rc;
}

/* A lab waits for half of its time: for a program that takes its time, and for the kernel, which takes one
 * dead network after the other away. */
static unsigned long jobs_by_default(void)
{
    cpu_set_t processors;
    bool known = sched_getaffinity(0, sizeof processors, &processors) == 0;
    return (known ? (unsigned long)CPU_COUNT(&processors) : 1) + JOBS_WAITING;
}

int jobs_option(const struct sub_args *args, size_t *ret, struct nslab_error *e)
{
    const char *jobs = sub_value(args, "jobs");
    unsigned long number = jobs_by_default();
    if (jobs && (!parse_unsigned(jobs, JOBS_MAX, &number) || !number))
        return error_say(e, "%s: --jobs takes a number from 1 to %d, not `%s`", args->sub->name, JOBS_MAX,
                         jobs);
    *ret = number < JOBS_MAX ? number : JOBS_MAX;
    return 0;
}
