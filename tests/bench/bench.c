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

static struct series cycle, cycle_limit, execute, execute_limit, nginx_answer, nginx_all, nginx_ready,
    limit_answer, limit_all, cable_answer, cable_remove, lab_start, lab_stop;

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
        rc = birth_in(where, LAB_HOST_NAMESPACES, 0, bare_main, &child, &b, e);
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
static int cycle_round(struct host *host, struct series *s, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("cycle", SHARE_NONE, false);
    struct container *c = NULL;
    int status = -1;
    strv_add(&spec.command, "/bin/true");
    double start = bench_now_ms();
    if (container_run(host, &spec, &c, e) < 0 || process_communicate(&c->process, NULL, 0, &status, e) < 0 ||
        container_reap(c, e) < 0 || container_remove(c, false, e) < 0)
        return -1;
    series_add(s, bench_now_ms() - start);
    return status == 0 ? 0 : error_say(e, "/bin/true ended with status %d", status);
}

static int exec_round(struct host *host, struct container *c, struct series *s, struct nslab_error *e)
{
    struct exec_spec spec = {.stdio = STDIO_PIPES};
    struct process process;
    int status = -1;
    strv_add(&spec.command, "/bin/true");
    double start = bench_now_ms();
    int rc = container_exec(host, c, &spec, &process, e);
    if (rc == 0)
        rc = process_communicate(&process, NULL, 0, &status, e);
    process_finish(&process);
    series_add(s, bench_now_ms() - start);
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

static int nginx_round(struct host *host, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("alone", SHARE_NONE, true);
    struct container *c = NULL;
    double start = bench_now_ms();
    if (container_run(host, &spec, &c, e) < 0)
        return -1;
    double ready = bench_now_ms();
    struct place place = container_place(c);
    if (call_in(&place, CLONE_NEWUSER | CLONE_NEWNET, ask_inside, NULL, 0, NULL, NULL, e) < 0)
        return -1;
    double answered = bench_now_ms();
    if (container_remove(c, true, e) < 0)
        return -1;
    series_add(&nginx_ready, ready - start);
    series_add(&nginx_answer, answered - start);
    series_add(&nginx_all, bench_now_ms() - start);
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
static int cable_round(struct host *host, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("web", SHARE_PRIVATE, true);
    struct container *c = NULL;
    spec.ports = xcalloc(1, sizeof *spec.ports);
    spec.n_ports = 1;
    spec.ports[0] = (struct port_choice){.address = "127.0.0.1", .host = free_port(), .container = 80};
    double start = bench_now_ms();
    if (container_run(host, &spec, &c, e) < 0)
        return -1;
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ask_until_answered(sock, spec.ports[0].host) < 0)
        return error_sys(e, errno, "ask nginx through", "port %u", spec.ports[0].host);
    double answered = bench_now_ms();
    if (container_remove(c, true, e) < 0)
        return -1;
    series_add(&cable_answer, answered - start);
    series_add(&cable_remove, bench_now_ms() - answered);
    return 0;
}

static int lab_round(struct nslab_error *e)
{
    struct host *host = NULL;
    double start = bench_now_ms();
    if (host_start(&host, e) < 0)
        return -1;
    double up = bench_now_ms();
    host_stop(host);
    series_add(&lab_start, up - start);
    series_add(&lab_stop, bench_now_ms() - up);
    return 0;
}

/* --- turn by turn --- */

static int bare_sample(const struct bare *b, struct series *answer, struct series *all, struct nslab_error *e)
{
    struct limit_times times;
    if (bare_round(b, &times, e) < 0)
        return -1;
    if (answer)
        series_add(answer, (double)times.answer_ns / 1e6);
    series_add(all, (double)times.all_ns / 1e6);
    return 0;
}

static void forget_warm_up(size_t round)
{
    struct series *all[] = {&cycle,        &cycle_limit, &execute,      &execute_limit, &nginx_answer,
                            &nginx_all,    &nginx_ready, &limit_answer, &limit_all,     &cable_answer,
                            &cable_remove, &lab_start,   &lab_stop};
    for (size_t i = 0; round + 1 == WARM_UP && i < ARRAY_LEN(all); i++)
        all[i]->n = 0;
}

static int compare(struct host *host, struct container *running, const char *program, size_t rounds,
                   struct nslab_error *e)
{
    const struct place lab = host_place(host);
    struct bare bare_true, bare_nginx, bare_exec;
    if (bare_start(&lab, program, "true", host->lower_fd, &bare_true, e) < 0 ||
        bare_start(&lab, program, "nginx", host->lower_fd, &bare_nginx, e) < 0 ||
        bare_start(&machine_place, program, "exec", running->process.pidfd, &bare_exec, e) < 0)
        return -1;
    for (size_t i = 0; i < rounds + WARM_UP; i++) {
        if (cycle_round(host, &cycle, e) < 0 || bare_sample(&bare_true, NULL, &cycle_limit, e) < 0 ||
            exec_round(host, running, &execute, e) < 0 ||
            bare_sample(&bare_exec, NULL, &execute_limit, e) < 0 || nginx_round(host, e) < 0 ||
            bare_sample(&bare_nginx, &limit_answer, &limit_all, e) < 0 || cable_round(host, e) < 0 ||
            lab_round(e) < 0)
            return -1;
        forget_warm_up(i);
    }
    bare_stop(&bare_true);
    bare_stop(&bare_nginx);
    bare_stop(&bare_exec);
    return 0;
}

static int measure(const char *program, size_t rounds, struct nslab_error *e)
{
    cleanup_with(host_stop_p) struct host *host = NULL;
    cleanup_with(container_spec_free) struct container_spec spec = spec_of("running", SHARE_NONE, true);
    struct container *running = NULL;
    if (host_start(&host, e) < 0 || container_run(host, &spec, &running, e) < 0)
        return -1;
    return compare(host, running, program, rounds, e);
}

static bool report(void)
{
    const struct row rows[] = {
        {"run --rm --network none, /bin/true, beside: bare", "ms", &cycle, &cycle_limit, 1.5, 0},
        {"exec, /bin/true, beside: bare", "ms", &execute, &execute_limit, 2, 0},
        {"run -d, nginx: it is ready, beside: bare, first answer", "ms", &nginx_ready, &limit_answer, 0, 0},
        {"run -d, nginx: first answer, beside: bare", "ms", &nginx_answer, &limit_answer, 0, 0},
        {"run -d, nginx: answered and removed, beside: bare", "ms", &nginx_all, &limit_all, 0, 0},
        {"with cable and port: first answer, beside: without", "ms", &cable_answer, &nginx_answer, 0, 0},
        {"with cable and port: rm -f", "ms", &cable_remove, NULL, 0, 0},
        {"lab host: start", "ms", &lab_start, NULL, 0, 0},
        {"lab host: stop", "ms", &lab_stop, NULL, 0, 0},
    };
    bool all_met = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        all_met &= table_row(&rows[i]);
    return all_met;
}

int main(int argc, char **argv)
{
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : ROUNDS;
    if (argc < 2 || rounds < 1 || rounds > SAMPLES_MAX - WARM_UP) {
        fputs("usage: bench LIMIT [ROUNDS]\n", stderr);
        return 2;
    }
    title_init(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (measure(argv[1], (size_t)rounds, &e) < 0) {
        fprintf(stderr, "bench: %s\n", error_text(&e, text, sizeof text));
        return 5;
    }
    table_head();
    return report() ? 0 : 1;
}
