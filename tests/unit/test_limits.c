/* SPDX-License-Identifier: MIT
 *
 * The table of limits and docs/security.md say the same; what the watch reads; what a process gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"
#include "nslab/watch.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_texts(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    limit_text(&limits_grading, LIMIT_PROCESSES, &text);
    assert_string_equal(buf_text(&text), "processes (256)");
    buf_truncate(&text, 0);
    limit_text(&limits_grading, LIMIT_MEMORY, &text);
    assert_string_equal(buf_text(&text), "memory (1 GiB)");
    buf_truncate(&text, 0);
    limit_sentence(&limits_grading, LIMIT_LINE_TIME, &text);
    assert_string_equal(buf_text(&text),
                        "the limit of time of a line (10 s) was reached: the command was killed");
    for (enum limit which = 0; which < LIMIT_COUNT; which++) {
        buf_truncate(&text, 0);
        limit_text(&limits_learning, which, &text);
        assert_true(text.len > 0);
    }
}

/* --- docs/security.md --- */

static void add_bytes(struct buf *row, uint64_t bytes)
{
    if (!bytes)
        buf_adds(row, " none |");
    else if (bytes % (1u << 30) == 0)
        buf_addf(row, " %llu GiB |", (unsigned long long)bytes >> 30);
    else
        buf_addf(row, " %llu MiB |", (unsigned long long)bytes >> 20);
}

static void add_number(struct buf *row, unsigned number, const char *unit)
{
    if (number)
        buf_addf(row, " %u%s |", number, unit);
    else
        buf_adds(row, " none |");
}

static void assert_row(const char *docs, struct buf *row)
{
    if (!strstr(docs, buf_text(row)))
        fail_msg("docs/security.md has no row `%s`", buf_text(row));
    buf_truncate(row, 0);
}

static void test_docs_have_the_numbers(void **state)
{
    (void)state;
    static const struct limits *const both[] = {&limits_learning, &limits_grading};
    cleanup_buf struct buf docs = {0}, row = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "docs/security.md", &docs, 0), 0);
#define ROW(name, add)                                                                                       \
    do {                                                                                                     \
        buf_adds(&row, "| " name " |");                                                                      \
        for (size_t i = 0; i < ARRAY_LEN(both); i++) {                                                       \
            const struct limits *l = both[i];                                                                \
            add;                                                                                             \
        }                                                                                                    \
        assert_row(buf_text(&docs), &row);                                                                   \
    } while (0)
    ROW("`line`", add_number(&row, (unsigned)l->line_ms / 1000, " s"));
    ROW("`lab`", add_number(&row, (unsigned)l->lab_ms / 1000, " s"));
    ROW("`processes`", add_number(&row, l->processes, ""));
    ROW("`containers`", add_number(&row, l->containers, ""));
    ROW("`memory`", add_bytes(&row, l->memory_bytes));
    ROW("`held`", add_bytes(&row, l->held_bytes));
    ROW("`descriptors`", add_number(&row, l->descriptors, ""));
    ROW("`address`", add_bytes(&row, l->address_bytes));
    ROW("`reserve`", add_bytes(&row, l->reserve_bytes));
    ROW("`output`", add_bytes(&row, l->output_bytes));
    ROW("`disk`", add_bytes(&row, l->disk_bytes));
    ROW("`files`", add_number(&row, l->files, ""));
    ROW("`nice`", add_number(&row, (unsigned)l->nice, ""));
    ROW("`oom`", add_number(&row, (unsigned)l->oom_score, ""));
    /* and what the formula makes of them */
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        const struct limits *l = both[i];
        buf_addf(&row, "%llu GiB when %s", (unsigned long long)(l->memory_bytes + l->held_bytes) >> 30,
                 l->name);
        assert_row(buf_text(&docs), &row);
        buf_addf(&row, "%u when %s", l->processes + LIMIT_PID_SLACK, l->name);
        assert_row(buf_text(&docs), &row);
    }
}

/* --- the watch --- */

static void test_stat(void **state)
{
    (void)state;
    unsigned threads = 0;
    uint64_t pages = 0;
    assert_true(watch_parse_stat("7 (a) R 1 (b) ) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 17 0 999 4096 42 "
                                 "18446744073709551615 1 1",
                                 &threads, &pages));
    assert_int_equal(threads, 17);
    assert_int_equal(pages, 42);
    assert_false(watch_parse_stat("7 (sh) S 1 7", &threads, &pages));
    assert_false(watch_parse_stat("", &threads, &pages));
}

static void test_available(void **state)
{
    (void)state;
    assert_int_equal(watch_parse_available("MemTotal: 9 kB\nMemFree: 8 kB\nMemAvailable:      4 kB\n"), 4096);
    assert_int_equal(watch_parse_available("MemTotal: 9 kB\n"), 0);
}

/* A /proc of our own making: what the init would see. */
static void write_proc(const char *directory, const char *name, const char *text)
{
    cleanup_free char *path = xasprintf("%s/%s", directory, name);
    cleanup_free char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    mkdir(parent, 0700);
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static char directory[64];

static int make_proc(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/nslab-unit-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    write_proc(directory, "1/stat", "1 (nslab) S 0 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9 4096 100 0");
    write_proc(directory, "7/stat", "7 (x) y) S 1 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 255 0 9 4096 1000 0");
    write_proc(directory, "meminfo", "MemTotal: 9 kB\nMemFree: 8 kB\nMemAvailable: 300000 kB\n");
    return 0;
}

static int remove_proc(void **state)
{
    (void)state;
    static const char *const names[] = {"1/stat", "7/stat", "meminfo", "1", "7", "."};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *path = xasprintf("%s/%s", directory, names[i]);
        if (unlink(path) < 0)
            rmdir(path);
    }
    return rmdir(directory);
}

/* The init ends, and with it the lab: seen from outside. */
static void assert_look_ends(struct watcher *w, int slower, unsigned struck)
{
    int pidfd, status = 0;
    if (clone_process(0, &pidfd) == 0) {
        setpriority(PRIO_PROCESS, 0, w->nice + slower);
        watcher_look(w);
        _exit(0);
    }
    assert_int_equal(wait_child(pidfd, &status), 0);
    assert_int_equal(status, 1);
    assert_int_equal(watch_take(w->watch), struck);
    close(pidfd);
}

static struct watcher watcher_of(const struct limits *limits, struct watch *watch)
{
    return (struct watcher){.limits = limits,
                            .watch = watch,
                            .policy = sched_getscheduler(0),
                            .nice = getpriority(PRIO_PROCESS, 0),
                            .pause_ms = 50,
                            .proc_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

/* Not as PID 1, and so nothing is ended. */
static void test_looks(void **state)
{
    (void)state;
    struct watch *watch = watch_new();
    assert_non_null(watch);
    struct limits limits = limits_grading;
    struct watcher w = watcher_of(&limits, watch);
    watcher_look(&w);
    assert_int_equal(watch_take(watch), 0);
    assert_int_equal(w.last_processes, 256);
    limits.processes = 255;
    watcher_look(&w);
    assert_int_equal(watch_take(watch), limit_bit(LIMIT_PROCESSES));
    assert_int_equal(watch_take(watch), 0);
    watcher_look(&w);
    assert_int_equal(watch_take(watch), 0); /* they are ending: that is one stroke */
    limits.processes = 256;
    watcher_look(&w);
    assert_int_equal(watch->ending, 0);
    limits.memory_bytes = 1099 * (uint64_t)sysconf(_SC_PAGESIZE);
    watcher_look(&w);
    assert_int_equal(watch_take(watch), limit_bit(LIMIT_MEMORY));
    limits.memory_bytes = 0;
    for (int i = 0; i < 8; i++)
        watcher_look(&w);
    assert_int_equal(w.pause_ms, WATCH_PAUSE_MAX_MS);
    close(w.proc_fd);
    watch_free(watch);
}

static void test_slowed(void **state)
{
    (void)state;
    struct watch *watch = watch_new();
    struct watcher w = watcher_of(&limits_grading, watch);
    if (w.nice > 18)
        skip();
    assert_look_ends(&w, 1, 0);
    close(w.proc_fd);
    watch_free(watch);
}

static void test_reserve(void **state)
{
    (void)state;
    struct watch *watch = watch_new();
    struct limits limits = {.reserve_bytes = 200000ull << 10};
    struct watcher w = watcher_of(&limits, watch);
    w.heeds_reserve = true;
    watcher_look(&w);
    assert_int_equal(watch_take(watch), 0);
    limits.reserve_bytes = 300001ull << 10;
    assert_look_ends(&w, 0, limit_bit(LIMIT_RESERVE));
    write_proc(directory, "meminfo", ""); /* as when something hides it */
    assert_look_ends(&w, 0, limit_bit(LIMIT_RESERVE));
    close(w.proc_fd);
    watch_free(watch);
}

/* --- rlimits --- */

static rlim_t hard_limit(__rlimit_resource_t resource)
{
    struct rlimit limit = {0};
    getrlimit(resource, &limit);
    return limit.rlim_max;
}

static void test_apply(void **state)
{
    (void)state;
    int pidfd, status = 0;
    if (clone_process(0, &pidfd) == 0) {
        struct limits few = limits_grading, many = limits_grading;
        few.files = 64;
        many.files = 65;
        bool right = limits_apply(&few) == 0 && limits_apply(&many) == 0 && hard_limit(RLIMIT_NOFILE) == 64 &&
                     hard_limit(RLIMIT_CORE) == 1 && hard_limit(RLIMIT_NPROC) == 556 &&
                     hard_limit(RLIMIT_AS) == 2ull << 30 && getpriority(PRIO_PROCESS, 0) == 10;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(wait_child(pidfd, &status), 0);
    assert_int_equal(status, 0);
    close(pidfd);
}

/* --- memory that no process has --- */

static void test_which_mounts_are_memory(void **state)
{
    (void)state;
    static const char table[] = "1 0 0:5 / / rw - overlay overlay rw,lowerdir=a,upperdir=b,workdir=c\n"
                                "2 1 0:6 / /ro rw - overlay overlay ro,lowerdir=a:b\n"
                                "3 1 0:7 / /t rw - tmpfs none rw,size=8k\n"
                                "4 1 0:8 / /r rw - ramfs none rw\n"
                                "5 1 0:9 / /p rw - proc proc rw\n";
    static const bool wanted[] = {true, false, true, true, false};
    struct mount_info *mounts;
    assert_int_equal(mountinfo_parse(table, &mounts), ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        assert_int_equal(held_is_memory(&mounts[i]), wanted[i]);
    mounts_free(mounts, ARRAY_LEN(wanted));
}

static void test_sysv_table(void **state)
{
    (void)state;
    assert_int_equal(
        held_parse_sysv("       key      shmid perms                  size  cpid  lpid nattch   uid   gid  "
                        "cuid  cgid      atime      dtime      ctime                   rss "
                        "                 swap\n"
                        "         0          1   600 1048576 7 7 0 0 0 0 0 1 2 3 8192 4096\n"
                        "        -5          2  1666 1048576 7 7 0 0 0 0 0 1 2 3 1000 0\n"),
        13288);
    assert_int_equal(held_parse_sysv(""), 0);
}

static uint64_t held_now(struct held *held)
{
    cleanup_fd int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    held_begin(held);
    held_add_process(held, proc_fd, "self", 0);
    return held_sum(held);
}

static void test_what_this_process_holds(void **state)
{
    (void)state;
    static struct held held;
    char *mib = xcalloc(1, 1u << 20);
    uint64_t before = held_now(&held);
    unsigned descriptors = held.descriptors;
    cleanup_fd int fd = memfd_create("held", MFD_CLOEXEC);
    cleanup_fd int again = dup(fd);
    assert_true(again >= 0);
    assert_int_equal(write_all(fd, mib, 1u << 20), 0);
    uint64_t now = held_now(&held);
    assert_in_range(now, before + (1u << 20),
                    before + (1u << 20) + 65536); /* once, however often it is open */
    assert_int_equal(held.descriptors, descriptors + 2);
    int id = shmget(IPC_PRIVATE, 1u << 20, IPC_CREAT | 0600);
    void *there = shmat(id, NULL, 0);
    memset(there, 1, 1u << 20);
    shmdt(there);
    uint64_t shared = held_now(&held);
    shmctl(id, IPC_RMID, NULL);
    if (geteuid() == 0) /* to enter an IPC namespace, be it one's own, needs rights */
        assert_in_range(shared, now + (1u << 20), now + (1u << 20) + 65536);
    free(mib);
}

/* More mount tables than are kept in mind: what isn't read isn't nothing. */
static void test_too_many_tables(void **state)
{
    (void)state;
    static struct held held;
    cleanup_fd int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    held_begin(&held);
    held.n_read = HELD_MAX;
    held_add_process(&held, proc_fd, "self", 0);
    assert_int_equal(held.n_read, HELD_MAX);
    assert_true(held.unbounded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_mounts_are_memory),
        cmocka_unit_test(test_sysv_table),
        cmocka_unit_test(test_too_many_tables),
        cmocka_unit_test(test_what_this_process_holds),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_docs_have_the_numbers),
        cmocka_unit_test(test_stat),
        cmocka_unit_test(test_available),
        cmocka_unit_test_setup_teardown(test_looks, make_proc, remove_proc),
        cmocka_unit_test_setup_teardown(test_slowed, make_proc, remove_proc),
        cmocka_unit_test_setup_teardown(test_reserve, make_proc, remove_proc),
        cmocka_unit_test(test_apply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
