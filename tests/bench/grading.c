/* SPDX-License-Identifier: MIT
 *
 * What grading costs: a workbook of the whole course beside `verify` of it, and a class of copies of one
 * small workbook beside what one of them takes, with the memory that nslab itself needs for it.
 *
 * usage: grading NSLAB WORKBOOK LAB     WORKBOOK: the program that prints a perfect one; LAB: the small lab
 */
#include "measure.h"

#include "nslab/buf.h"
#include "nslab/lab.h"
#include "nslab/mem.h"
#include "nslab/netlink.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 10
#define CLASS_ROUNDS 3
#define FEW 30
#define MANY 300
#define COURSES 20
#define WORDS_MAX 16

static const char *nslab, *printer, *small_lab;
static char directory[] = "/tmp/nslab-bench.XXXXXX";

/* Runs it to its end, with its output in a file; returns its status. *kb: its own greatest resident memory.
 */
static int run(const char *const *words, const char *output, double *kb)
{
    struct rusage usage = {0};
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        char *arguments[WORDS_MAX] = {0};
        for (size_t i = 0; i < WORDS_MAX - 1 && words[i]; i++)
            arguments[i] = strdup(words[i]);
        int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        dup2(out, STDOUT_FILENO);
        execv(arguments[0], arguments);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
        return -1;
    if (kb)
        *kb = (double)usage.ru_maxrss;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool timed(const char *const *words, struct series *ms, double *kb)
{
    double start = bench_now_ms();
    int status = run(words, "/dev/null", kb);
    if (ms)
        series_add(ms, bench_now_ms() - start);
    if (status)
        fprintf(stderr, "grading: %s %s ended with status %d\n", words[0], words[1], status);
    return status == 0;
}

/* --- one workbook of the whole course --- */

static char *print_workbook(const char *name, const struct strv *labs)
{
    const char *words[WORDS_MAX] = {printer, name};
    cleanup_free char *path = xasprintf("%s/%s", directory, name);
    for (size_t i = 0; i < labs->len && i + 3 < WORDS_MAX; i++)
        words[i + 2] = labs->items[i];
    return run(words, path, NULL) == 0 ? take_ptr(path) : NULL;
}

static bool measure_course(struct series *graded, struct series *verified)
{
    cleanup_strv struct strv labs = {0};
    struct nslab_error e = {0};
    if (labs_list(&labs, &e) < 0)
        return false;
    cleanup_free char *workbook = print_workbook("course.yaml", &labs);
    const char *const grade[WORDS_MAX] = {nslab, "verify", "--workbook", workbook};
    const char *const verify[WORDS_MAX] = {nslab, "verify"};
    for (size_t i = 0; workbook && i < ROUNDS; i++)
        if (!timed(i % 2 ? grade : verify, i % 2 ? graded : verified, NULL) ||
            !timed(i % 2 ? verify : grade, i % 2 ? verified : graded, NULL))
            return false;
    return workbook;
}

/* --- a class --- */

/* Each is another learner's, with variables of its own. */
static bool make_class(size_t n, const struct strv *labs, char **ret)
{
    *ret = xasprintf("%s/%zu", directory, n);
    if (mkdir(*ret, 0700) < 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        cleanup_free char *name = xasprintf("%zu/%04zu.yaml", n, i);
        cleanup_free char *path = print_workbook(name, labs);
        if (!path)
            return false;
    }
    return true;
}

static size_t count_cores(void)
{
    cpu_set_t processors;
    return sched_getaffinity(0, sizeof processors, &processors) == 0 ? (size_t)CPU_COUNT(&processors) : 1;
}

/* --- the networks of a class, and nothing else --- */

#define NETWORKS 60
#define CONTAINERS 2 /* that the small lab starts */

/* In a new network namespace, which *netns then is; a socket for it. */
static int new_network(int *netns, struct nslab_error *e)
{
    struct nl_message m;
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    *netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int sock = nl_open(e);
    nl_build_link_up(&m, if_nametoindex("lo"));
    return nl_transact(sock, &m, "set up", "lo", e) < 0 ? -1 : sock;
}

/* What the kernel has to make for one run of the small lab: a lab host with its bridge, a network namespace
 * for its ports, and containers with cables. */
static bool make_networks(void)
{
    static const uint8_t mac[] = {2, 0x42, 0, 0, 0, 1}, peer_mac[] = {2, 0x42, 0, 0, 0, 2};
    struct nslab_error e = {0};
    struct nl_message m;
    int host, other, sock = new_network(&host, &e);
    nl_build_bridge(&m, "bridge", mac);
    if (sock < 0 || nl_transact(sock, &m, "create", "a bridge", &e) < 0)
        return false;
    uint32_t bridge = if_nametoindex("bridge");
    nl_build_link_up(&m, bridge);
    if (nl_transact(sock, &m, "set up", "a bridge", &e) < 0 || new_network(&other, &e) < 0)
        return false;
    for (int i = 0; i < CONTAINERS; i++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof name, "veth%d", i);
        if (new_network(&other, &e) < 0)
            return false;
        nl_build_veth(&m, name, mac, bridge, "eth0", peer_mac, other);
        if (nl_transact(sock, &m, "create", "a cable", &e) < 0)
            return false;
    }
    return true;
}

/* As many at a time as labs are graded; ms for each, until the kernel has taken all of them away. Where that
 * can't be done, nothing is added. */
static void measure_networks(size_t at_once, struct series *ms)
{
    double start = bench_now_ms();
    for (size_t i = 0; i < at_once; i++) {
        if (fork())
            continue;
        for (size_t done = i; done < NETWORKS; done += at_once) {
            pid_t pid = fork();
            if (!pid)
                _exit(!make_networks());
            waitpid(pid, NULL, 0);
        }
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    if (bench_networks_gone() >= 0)
        series_add(ms, (bench_now_ms() - start) / NETWORKS);
}

struct class_series {
    struct series many;  /* ms for each workbook of a class */
    struct series one;   /* ms for one workbook alone, divided by the cores */
    struct series whole; /* the same until the kernel has taken its networks away, as for a class */
    struct series bare;  /* ms for the networks of one, made and gone */
    struct series kb[2]; /* nslab's memory: FEW, MANY */
};

/* What the kernel has been left to do belongs to who left it: the networks of one measurement are gone before
 * the next begins, and a class isn't done before its last one is. */
static double now_and_settled(bool own_network)
{
    if (own_network)
        bench_networks_gone();
    return bench_now_ms();
}

static bool measure_one(const char *const *words, bool own_network, struct class_series *s)
{
    double cores = (double)count_cores();
    for (size_t i = 0; i < ROUNDS; i++) {
        double start = now_and_settled(own_network);
        if (!timed(words, NULL, NULL))
            return false;
        series_add(&s->one, (bench_now_ms() - start) / cores);
        series_add(&s->whole, (now_and_settled(own_network) - start) / cores);
    }
    return true;
}

/* Workbooks as a course has them: 20 of all its labs, beside one of them on one processor divided by the
 * processors. */
static bool measure_courses(struct series *each, struct series *alone)
{
    cleanup_strv struct strv labs = {0};
    struct nslab_error e = {0};
    cleanup_free char *class = NULL;
    if (labs_list(&labs, &e) < 0 || !make_class(COURSES, &labs, &class))
        return false;
    cleanup_free char *first = xasprintf("%s/0000.yaml", class);
    const char *const one[WORDS_MAX] = {nslab, "verify", "--workbook", first, "--jobs", "1"};
    const char *const all[WORDS_MAX] = {nslab, "verify", "--workbook", class};
    struct series one_ms = {0}, all_ms = {0};
    for (size_t round = 0; round < CLASS_ROUNDS; round++)
        if (!timed(one, &one_ms, NULL) || !timed(all, &all_ms, NULL))
            return false;
    for (size_t round = 0; round < CLASS_ROUNDS; round++) {
        series_add(alone, one_ms.values[round] / (double)count_cores());
        series_add(each, all_ms.values[round] / COURSES);
    }
    return true;
}

static bool measure_class(bool own_network, struct class_series *s)
{
    cleanup_strv struct strv labs = {0};
    strv_add(&labs, small_lab);
    cleanup_free char *workbook = print_workbook("one.yaml", &labs), *few = NULL, *many = NULL;
    double kb;
    if (!workbook || !make_class(FEW, &labs, &few) || !make_class(MANY, &labs, &many))
        return false;
    const char *const grade_one[WORDS_MAX] = {nslab, "verify", small_lab, "--workbook", workbook};
    const char *const grade_few[WORDS_MAX] = {nslab, "verify", small_lab, "--workbook", few};
    const char *const grade_many[WORDS_MAX] = {nslab, "verify", small_lab, "--workbook", many};
    for (size_t round = 0; round < CLASS_ROUNDS; round++) {
        if (!measure_one(grade_one, own_network, s) || !timed(grade_few, NULL, &kb))
            return false;
        series_add(&s->kb[0], kb / 1024);
        double start = now_and_settled(own_network);
        if (!timed(grade_many, NULL, &kb))
            return false;
        series_add(&s->many, (now_and_settled(own_network) - start) / MANY);
        series_add(&s->kb[1], kb / 1024);
        if (own_network)
            measure_networks(count_cores(), &s->bare);
    }
    return true;
}

static void remove_all(void)
{
    cleanup_free char *command = xasprintf("rm -r %s", directory);
    if (system(command) != 0)
        fprintf(stderr, "grading: %s is left\n", directory);
}

int main(int argc, char **argv)
{
    static struct series graded, verified, of_course, course_alone;
    static struct class_series class;
    if (argc != 4) {
        fputs("usage: grading NSLAB WORKBOOK LAB\n", stderr);
        return 2;
    }
    nslab = argv[1], printer = argv[2], small_lab = argv[3];
    if (!mkdtemp(directory))
        return 5;
    bool done = measure_course(&graded, &verified) && measure_courses(&of_course, &course_alone) &&
                measure_class(unshare(CLONE_NEWNET) == 0, &class);
    remove_all();
    if (!done)
        return 5;
    puts("");
    table_head();
    const struct row rows[] = {
        {.what = "verify --workbook, the whole course (verify)",
         .unit = "ms",
         .ours = &graded,
         .beside = &verified,
         .ratio_max = 1.2},
        {.what = "each of 20 workbooks of the course (one / processors)",
         .unit = "ms",
         .ours = &of_course,
         .beside = &course_alone,
         .ratio_max = 1.25},
        {.what = "each of 300 small ones, and their networks gone (one)",
         .unit = "ms",
         .ours = &class.many,
         .beside = &class.whole,
         .ratio_max = 1.25},
        {.what = "the same (one, as long as nslab itself runs)",
         .unit = "ms",
         .ours = &class.many,
         .beside = &class.one},
        {.what = "the same (the kernel, for their networks alone)",
         .unit = "ms",
         .ours = &class.many,
         .beside = &class.bare},
        {.what = "nslab's memory for 300 workbooks (for 30)",
         .unit = "MB",
         .ours = &class.kb[1],
         .beside = &class.kb[0],
         .ratio_max = 1.1},
    };
    bool met = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        met &= rows[i].beside->n ? table_row(&rows[i]) : table_gap(&rows[i], "only root");
    return met ? 0 : 1;
}
