/* SPDX-License-Identifier: MIT
 *
 * What containers cost in a running session, beside the bare loop of limit.c. Both sides work in the same lab
 * host, turn by turn, so that what else the machine does falls on both.
 *
 * usage: bench LIMIT [ROUNDS]     LIMIT: the program made from limit.c
 */
#include "ask.h"
#include "limit.h"
#include "measure.h"

#include "nslab/birth.h"
#include "nslab/call.h"
#include "nslab/container.h"
#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 50
#define WARM_UP 3
#define LAB_HOST_NAMESPACES                                                                                  \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

struct bare {
    int to, from; /* a byte there, a struct limit_times back */
    int pidfd;
};

enum {
    CYCLE,
    CYCLE_BARE,
    REMAPPED,
    EXEC,
    EXEC_BARE,
    NGINX_READY,
    NGINX_ANSWER,
    NGINX_ALL,
    NGINX_BARE_ANSWER,
    NGINX_BARE_ALL,
    CABLE_ANSWER,
    CABLE_REMOVE,
    LAB_START,
    LAB_STOP,
    SERIES_COUNT
};

struct bench {
    struct host *host;
    struct container *running; /* for exec */
    struct bare bare_true, bare_nginx, bare_exec;
    struct series series[SERIES_COUNT];
};

/* --- the bare loop --- */

struct bare_child {
    int program, fd, in, out;
    const char *mode;
};

static int bare_main(void *arg, int sock, struct nslab_error *e)
{
    const struct bare_child *c = arg;
    char number[16];
    (void)sock;
    snprintf(number, sizeof number, "%d", c->fd);
    char *const arguments[] = {(char[]){"limit"}, xstrdup(c->mode), number, NULL};
    die_with_parent();
    if (dup2(c->in, STDIN_FILENO) < 0 || dup2(c->out, STDOUT_FILENO) < 0 || fcntl(c->fd, F_SETFD, 0) < 0)
        return error_sys(e, errno, "prepare", "the bare loop");
    fexecve(c->program, arguments, environ);
    return error_sys(e, errno, "execute", "the bare loop");
}

/* where: the lab host, or the machine. */
static int bare_start(const struct place *where, const char *program, const char *mode, int fd,
                      struct bare *ret, struct nslab_error *e)
{
    int in[2], out[2];
    struct birth b = {.pidfd = -1, .sock = -1};
    cleanup_fd int program_fd = open(program, O_RDONLY | O_CLOEXEC);
    if (program_fd < 0 || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return error_sys(e, errno, "open", "%s", program);
    struct bare_child child = {.program = program_fd, .fd = fd, .in = in[0], .out = out[1], .mode = mode};
    int rc;
    if (where->pidfd < 0) {
        pid_t pid = clone_process(0, &b.pidfd);
        if (pid == 0) {
            bare_main(&child, -1, e);
            _exit(127);
        }
        rc = pid < 0 ? error_sys(e, errno, "start", "the bare loop") : 0;
    } else {
        char none;
        rc = birth_in(where, LAB_HOST_NAMESPACES, BIRTH_COPIED, bare_main, &child, &b, e);
        if (rc == 0)
            rc = birth_receive(&b, &none, sizeof none, NULL, 0, e);
    }
    close(in[0]);
    close(out[1]);
    close_fd_p(&b.sock);
    *ret = (struct bare){.to = in[1], .from = out[0], .pidfd = b.pidfd};
    return rc;
}

static int bare_round(const struct bare *b, struct limit_times *ret, struct nslab_error *e)
{
    if (write(b->to, "!", 1) == 1 && read(b->from, ret, sizeof *ret) == (ssize_t)sizeof *ret)
        return 0;
    error_say(e, "the bare loop gave no answer");
    return error_hint(e, "What it said is above.");
}

static void bare_stop(struct bare *b)
{
    close_fd_p(&b->to);
    wait_child(b->pidfd, NULL);
    close_fd_p(&b->from);
    close_fd_p(&b->pidfd);
}

/* --- nslab's side --- */

static struct container_spec spec_of(const char *name, enum share net, bool detach)
{
    return (struct container_spec){.name = xstrdup(name),
                                   .image = xstrdup("nginx"),
                                   .net.share = net,
                                   .detach = detach,
                                   .stdio = detach ? STDIO_LOG : STDIO_PIPES};
}

/* As `run --rm --network none nginx /bin/true`. */
static int run_true(struct bench *b, bool remap, struct series *s, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("cycle", SHARE_NONE, false);
    struct container *c = NULL;
    int status = -1;
    spec.remap = remap;
    strv_add(&spec.command, "/bin/true");
    double start = bench_now_ms();
    if (container_run(b->host, &spec, &c, e) < 0 ||
        process_communicate(&c->process, NULL, 0, &status, e) < 0 || container_reap(c, e) < 0 ||
        container_remove(c, false, e) < 0)
        return -1;
    series_add(s, bench_now_ms() - start);
    return status == 0 ? 0 : error_say(e, "/bin/true ended with status %d", status);
}

static int cycle_round(struct bench *b, struct nslab_error *e)
{
    return run_true(b, false, &b->series[CYCLE], e);
}

/* Where the machine grants a single id there is nothing to remap to. */
static int remapped_round(struct bench *b, struct nslab_error *e)
{
    return b->host->ids.remap_count ? run_true(b, true, &b->series[REMAPPED], e) : 0;
}

static int exec_round(struct bench *b, struct nslab_error *e)
{
    struct exec_spec spec = {.stdio = STDIO_PIPES};
    struct process process;
    int status = -1;
    strv_add(&spec.command, "/bin/true");
    double start = bench_now_ms();
    int rc = container_exec(b->host, b->running, &spec, &process, e);
    if (rc == 0)
        rc = process_communicate(&process, NULL, 0, &status, e);
    process_finish(&process);
    series_add(&b->series[EXEC], bench_now_ms() - start);
    strv_free(&spec.command);
    return rc < 0 || status == 0 ? rc : error_say(e, "exec of /bin/true ended with status %d", status);
}

static int ask_inside(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg;
    (void)out;
    (void)ret_fd;
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ask_until_answered(sock, 80) < 0 ? error_sys(e, errno, "ask", "nginx") : 0;
}

/* As the bare loop asks, where we may; else as nslab's own probes do, with a process more. */
static int ask_nginx(const struct container *c, struct nslab_error *e)
{
    struct place place = container_place(c);
    cleanup_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (setns(place.pidfd, CLONE_NEWNET) < 0)
        return call_in(&place, CLONE_NEWUSER | CLONE_NEWNET, ask_inside, NULL, 0, NULL, NULL, e);
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (setns(own, CLONE_NEWNET) < 0)
        return error_sys(e, errno, "come back from", "the container's network namespace");
    return ask_until_answered(sock, 80) < 0 ? error_sys(e, errno, "ask", "nginx") : 0;
}

static int nginx_round(struct bench *b, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("alone", SHARE_NONE, true);
    struct container *c = NULL;
    double start = bench_now_ms();
    if (container_run(b->host, &spec, &c, e) < 0)
        return -1;
    double ready = bench_now_ms();
    if (ask_nginx(c, e) < 0)
        return -1;
    double answered = bench_now_ms();
    if (container_remove(c, true, e) < 0)
        return -1;
    series_add(&b->series[NGINX_READY], ready - start);
    series_add(&b->series[NGINX_ANSWER], answered - start);
    series_add(&b->series[NGINX_ALL], bench_now_ms() - start);
    return 0;
}

static uint16_t free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(sock, (struct sockaddr *)&a, sizeof a) < 0 ||
        getsockname(sock, (struct sockaddr *)&a, &size) < 0)
        return 0;
    return ntohs(a.sin_port);
}

/* As `run -d -p PORT:80 nginx`, asked from the machine. */
static int cable_round(struct bench *b, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("web", SHARE_PRIVATE, true);
    struct container *c = NULL;
    spec.ports = xcalloc(1, sizeof *spec.ports);
    spec.n_ports = 1;
    spec.ports[0] = (struct port_choice){.address = "127.0.0.1", .host = free_port(), .container = 80};
    double start = bench_now_ms();
    if (container_run(b->host, &spec, &c, e) < 0)
        return -1;
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ask_until_answered(sock, spec.ports[0].host) < 0)
        return error_sys(e, errno, "ask nginx through", "port %u", spec.ports[0].host);
    double answered = bench_now_ms();
    if (container_remove(c, true, e) < 0)
        return -1;
    series_add(&b->series[CABLE_ANSWER], answered - start);
    series_add(&b->series[CABLE_REMOVE], bench_now_ms() - answered);
    return 0;
}

static int lab_round(struct bench *b, struct nslab_error *e)
{
    struct host *host = NULL;
    double start = bench_now_ms();
    if (host_start(&limits_learning, &host, e) < 0)
        return -1;
    double up = bench_now_ms();
    host_stop(host);
    series_add(&b->series[LAB_START], up - start);
    series_add(&b->series[LAB_STOP], bench_now_ms() - up);
    return 0;
}

/* --- turn by turn --- */

static int bare_sample(const struct bare *bare, struct series *answer, struct series *all,
                       struct nslab_error *e)
{
    struct limit_times times;
    if (bare_round(bare, &times, e) < 0)
        return -1;
    if (answer)
        series_add(answer, (double)times.answer_ns / 1e6);
    series_add(all, (double)times.all_ns / 1e6);
    return 0;
}

static int bare_true_round(struct bench *b, struct nslab_error *e)
{
    return bare_sample(&b->bare_true, NULL, &b->series[CYCLE_BARE], e);
}

static int bare_exec_round(struct bench *b, struct nslab_error *e)
{
    return bare_sample(&b->bare_exec, NULL, &b->series[EXEC_BARE], e);
}

static int bare_nginx_round(struct bench *b, struct nslab_error *e)
{
    return bare_sample(&b->bare_nginx, &b->series[NGINX_BARE_ANSWER], &b->series[NGINX_BARE_ALL], e);
}

typedef int (*round_fn)(struct bench *b, struct nslab_error *e);

/* The two of a pair are compared; which comes first changes with every round. */
static const round_fn pairs[][2] = {
    {cycle_round, bare_true_round}, {exec_round, bare_exec_round}, {nginx_round, bare_nginx_round},
    {cycle_round, remapped_round},  {cable_round, lab_round},
};

static int go_round(struct bench *b, size_t round, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        size_t first = round % 2;
        if (pairs[i][first](b, e) < 0 || pairs[i][1 - first](b, e) < 0)
            return -1;
    }
    return 0;
}

static int compare(struct bench *b, const char *program, size_t rounds, struct nslab_error *e)
{
    const struct place lab = host_place(b->host);
    if (bare_start(&lab, program, "true", b->host->lower_fd, &b->bare_true, e) < 0 ||
        bare_start(&lab, program, "nginx", b->host->lower_fd, &b->bare_nginx, e) < 0 ||
        bare_start(&machine_place, program, "exec", b->running->process.pidfd, &b->bare_exec, e) < 0)
        return -1;
    for (size_t i = 0; i < rounds + WARM_UP; i++) {
        for (size_t j = 0; i == WARM_UP && j < SERIES_COUNT; j++)
            b->series[j].n = 0;
        if (go_round(b, i, e) < 0)
            return -1;
    }
    bare_stop(&b->bare_true);
    bare_stop(&b->bare_nginx);
    bare_stop(&b->bare_exec);
    return 0;
}

static int measure(struct bench *b, const char *program, size_t rounds, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("running", SHARE_NONE, true);
    if (host_start(&limits_learning, &b->host, e) < 0)
        return -1;
    int rc = container_run(b->host, &spec, &b->running, e);
    if (rc == 0)
        rc = compare(b, program, rounds, e);
    host_stop(b->host);
    return rc;
}

static bool report(const struct bench *b)
{
    static const struct {
        const char *what;
        int ours, beside; /* -1: beside nothing */
        double ratio_max;
    } lines[] = {
        {"run --rm --network none, /bin/true (bare)", CYCLE, CYCLE_BARE, 1.35},
        {"the same with --userns remap (without)", REMAPPED, CYCLE, 1.4},
        {"exec, /bin/true (bare)", EXEC, EXEC_BARE, 1.5},
        {"run -d, nginx: ready (bare: first answer)", NGINX_READY, NGINX_BARE_ANSWER, 0},
        {"run -d, nginx: first answer (bare)", NGINX_ANSWER, NGINX_BARE_ANSWER, 0},
        {"run -d, nginx: answered, removed (bare)", NGINX_ALL, NGINX_BARE_ALL, 1.25},
        {"with cable and port: first answer (without)", CABLE_ANSWER, NGINX_ANSWER, 1.6},
        {"with cable and port: rm -f", CABLE_REMOVE, -1, 0},
        {"lab host: start", LAB_START, -1, 0},
        {"lab host: stop", LAB_STOP, -1, 0},
    };
    bool all_met = true;
    table_head();
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const struct series *ours = &b->series[lines[i].ours];
        const struct row row = {.what = lines[i].what,
                                .unit = "ms",
                                .ours = ours,
                                .beside = lines[i].beside < 0 ? NULL : &b->series[lines[i].beside],
                                .ratio_max = lines[i].ratio_max};
        all_met &= ours->n ? table_row(&row) : table_gap(&row, "one id");
    }
    return all_met;
}

int main(int argc, char **argv)
{
    static struct bench bench; /* too large for the stack */
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : ROUNDS;
    if (argc < 2 || rounds < 1 || rounds > SAMPLES_MAX / 2 - WARM_UP) {
        fputs("usage: bench LIMIT [ROUNDS]\n", stderr);
        return 2;
    }
    title_init(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (measure(&bench, argv[1], (size_t)rounds, &e) < 0) {
        fprintf(stderr, "bench: %s\n", error_text(&e, text, sizeof text));
        return 5;
    }
    bench_note("true", &bench.series[CYCLE_BARE]);
    bench_note("exec", &bench.series[EXEC_BARE]);
    bench_note("nginx", &bench.series[NGINX_BARE_ALL]);
    return report(&bench) ? 0 : 1;
}
