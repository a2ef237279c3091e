/* SPDX-License-Identifier: MIT */
#include "nslab/watch.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 50
#define PAUSE_ENDING_MS 5
#define SETTLE_MS 2000
#define BLIND_LOOKS 3   /* a shortage of the machine's passes; what a process of the lab has done stays */
#define ENTRIES_CALM 40 /* more than there are containers in grading, and far from every limit */
#define STAT_MAX 1024
#define MEMINFO_MAX 512 /* MemAvailable is the third line */

struct watch *watch_new(void)
{
    struct watch *watch =
        mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return watch == MAP_FAILED ? NULL : watch;
}

void watch_free(struct watch *watch)
{
    if (watch)
        munmap(watch, sizeof *watch);
}

unsigned watch_take(struct watch *watch)
{
    return __atomic_exchange_n(&watch->struck, 0, __ATOMIC_SEQ_CST);
}

static void wait_for(const unsigned *word, bool to_be_set, int ms)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    for (; ms > 0 && (__atomic_load_n(word, __ATOMIC_SEQ_CST) != 0) != to_be_set; ms -= 2)
        nanosleep(&moment, NULL);
}

void watch_settle(struct watch *watch)
{
    wait_for(&watch->ending, false, SETTLE_MS);
}

void watch_await(struct watch *watch)
{
    wait_for(&watch->struck, true, 2 * WATCH_PAUSE_MAX_MS);
}

static void strike(struct watcher *w, enum limit which)
{
    __atomic_or_fetch(&w->watch->struck, limit_bit(which), __ATOMIC_SEQ_CST);
}

/* --- reading --- */

bool watch_parse_stat(const char *text, unsigned *threads, uint64_t *pages)
{
    const char *after_name = strrchr(text, ')');
    long count, resident;
    /* state is field 3, num_threads 20, rss 24: proc_pid_stat(5) */
    if (!after_name || sscanf(after_name,
                              ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld "
                              "%*s %*s %*s %ld",
                              &count, &resident) != 2)
        return false;
    *threads = count > 0 ? (unsigned)count : 0;
    *pages = resident > 0 ? (uint64_t)resident : 0;
    return true;
}

uint64_t watch_parse_available(const char *meminfo)
{
    const char *line = strstr(meminfo, "MemAvailable:");
    unsigned long long kib = 0;
    return line && sscanf(line, "MemAvailable: %llu kB", &kib) == 1 ? kib << 10 : 0;
}

/* -1 with errno when it can't be read. */
static int read_available(int proc_fd, uint64_t *bytes)
{
    cleanup_buf struct buf text = {0};
    if (read_file_at(proc_fd, "meminfo", &text, MEMINFO_MAX) < 0)
        return -1;
    *bytes = watch_parse_available(buf_text(&text));
    return 0;
}

/* One that has ended meanwhile counts for nothing; -1 with errno when one that is there can't be looked at.
 */
static int add_process(int proc_fd, const char *pid, unsigned *processes, uint64_t *pages)
{
    char path[64], text[STAT_MAX];
    unsigned threads;
    uint64_t resident;
    snprintf(path, sizeof path, "%.20s/stat", pid);
    cleanup_fd int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0)
        return n == 0 || errno == ENOENT || errno == ESRCH ? 0 : -1;
    text[n] = '\0';
    if (!watch_parse_stat(text, &threads, &resident))
        return 0;
    *processes += threads;
    *pages += resident;
    return 0;
}

/* -1 with errno when it can't be read. */
static int count(struct watcher *w, unsigned *processes, uint64_t *pages)
{
    int fd = openat(w->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        close_fd_p(&fd);
        return -1;
    }
    w->entries = 0;
    int errnum = 0;
    held_begin(&w->held);
    for (const struct dirent *entry; !errnum && (errno = 0, entry = readdir(directory));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        w->entries++;
        if (add_process(w->proc_fd, entry->d_name, processes, pages) < 0)
            errnum = errno;
        held_add_process(&w->held, w->proc_fd, entry->d_name, w->limits->descriptors);
    }
    if (!errnum)
        errnum = errno;
    closedir(directory);
    errno = errnum;
    return errnum ? -1 : 0;
}

/* --- the watch --- */

/* Where a fresh proc was refused, the one that is there has other PIDs in it, and strangers. */
static bool is_own_proc(int proc_fd)
{
    char link[16] = "";
    ssize_t n = readlinkat(proc_fd, "self", link, sizeof link - 1);
    return n == 1 && link[0] == '1';
}

int watcher_begin(struct watcher *w, const struct limits *limits, struct watch *watch, struct nslab_error *e)
{
    char pid_max[16];
    int n = snprintf(pid_max, sizeof pid_max, "%u", limits->processes + LIMIT_PID_SLACK + 1);
    *w = (struct watcher){.limits = limits, .watch = watch, .pause_ms = PAUSE_MIN_MS};
    w->policy = sched_getscheduler(0);
    w->nice = getpriority(PRIO_PROCESS, 0);
    w->proc_fd = proc_detached("/proc"); /* not a fifo that was mounted over a part of it, to wait for */
    if (w->proc_fd < 0 && is_shortage(errno))
        return error_sys(e, errno, "begin to watch", "the lab host");
    if (w->proc_fd >= 0 && !is_own_proc(w->proc_fd))
        close_fd_p(&w->proc_fd);
    if (w->proc_fd < 0) {
        w->pause_ms = -1;
        return 0;
    }
    uint64_t available = 0;
    if (read_available(w->proc_fd, &available) < 0)
        return error_sys(e, errno, "read how much memory is available for", "the lab host");
    w->heeds_reserve = available > 2 * limits->reserve_bytes;
    /* Before Linux 6.14 there is one pid_max for the whole machine, and to write it is refused here. */
    if (limits->processes)
        write_once("/proc/sys/kernel/pid_max", pid_max, (size_t)n);
    return 0;
}

/* More often while something grows. */
static void set_pause(struct watcher *w, unsigned processes, uint64_t pages, uint64_t held)
{
    bool calm = processes <= w->last_processes && pages <= w->last_pages && held <= w->last_held;
    w->pause_ms = calm ? w->pause_ms * 2 : PAUSE_MIN_MS;
    if (w->pause_ms > WATCH_PAUSE_MAX_MS)
        w->pause_ms = WATCH_PAUSE_MAX_MS;
    w->last_processes = processes;
    w->last_pages = pages;
    w->last_held = held;
}

static void end_all(struct watcher *w, enum limit why)
{
    if (!__atomic_exchange_n(&w->watch->ending, 1, __ATOMIC_SEQ_CST))
        strike(w, why);
    w->pause_ms = PAUSE_ENDING_MS;
    /* One call that no fork outruns: all of this PID namespace but its init. Outside of one it would be all
     * of the machine. */
    if (getpid() == 1)
        kill(-1, SIGKILL);
}

/* Ended and reaped, but for those that nslab has yet to reap. */
static void note_settled(struct watcher *w)
{
    if (!__atomic_load_n(&w->watch->ending, __ATOMIC_SEQ_CST))
        return;
    if (w->entries <= ENTRIES_CALM)
        __atomic_store_n(&w->watch->ending, 0, __ATOMIC_SEQ_CST);
    else
        w->pause_ms = PAUSE_ENDING_MS;
}

/* Root of the lab may let this process wait for all others (chrt -i, renice), and it can't take that back. */
static bool is_slowed(const struct watcher *w)
{
    return sched_getscheduler(0) != w->policy || getpriority(PRIO_PROCESS, 0) > w->nice;
}

/* What lies in files stays when all processes are ended: it goes with the mounts, and these with the lab
 * host. */
static void check_held(struct watcher *w, uint64_t held)
{
    const struct limits *l = w->limits;
    if ((!l->held_bytes || held <= l->held_bytes) && !(l->all_bounded && w->held.unbounded))
        return;
    strike(w, LIMIT_HELD);
    _exit(1);
}

void watch_note_blind(struct watch *watch, int errnum)
{
    __atomic_store_n(&watch->blind, errnum, __ATOMIC_SEQ_CST);
}

/* Who can't look any more (its descriptors were limited by a process of the same id) ends the lab. */
static void note_blind(struct watcher *w, int errnum)
{
    w->pause_ms = PAUSE_MIN_MS;
    if (++w->blind < BLIND_LOOKS)
        return;
    watch_note_blind(w->watch, errnum);
    _exit(1);
}

void watcher_look(struct watcher *w)
{
    const struct limits *l = w->limits;
    unsigned processes = 0;
    uint64_t pages = 0, available = UINT64_MAX;
    if (l->nice && is_slowed(w)) /* among hostile work, who would look too late ends the lab */
        _exit(1);
    int counted = count(w, &processes, &pages);
    if (w->held.lost) {
        watch_note_blind(w->watch, w->held.lost);
        _exit(1);
    }
    if (counted < 0 || (w->heeds_reserve && read_available(w->proc_fd, &available) < 0)) {
        note_blind(w, errno);
        return;
    }
    uint64_t held = held_sum(&w->held);
    w->blind = 0;
    set_pause(w, processes, pages, held);
    check_held(w, held);
    if (available < l->reserve_bytes) {
        strike(w, LIMIT_RESERVE);
        _exit(1);
    }
    bool too_many = l->processes && processes > l->processes;
    bool too_much = l->memory_bytes && pages * (uint64_t)sysconf(_SC_PAGESIZE) > l->memory_bytes;
    bool too_open = l->descriptors && w->held.descriptors > l->descriptors;
    if (too_many || too_much || too_open)
        end_all(w, too_many ? LIMIT_PROCESSES : too_much ? LIMIT_MEMORY : LIMIT_DESCRIPTORS);
    else
        note_settled(w);
}
