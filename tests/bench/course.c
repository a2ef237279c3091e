/* SPDX-License-Identifier: MIT
 *
 * Where the time of the course goes: each lab as `nslab verify` plays it, in this process, with a clock at
 * every call by which the engine reaches the kernel.
 *
 * usage: course [--lines] [ROUNDS]     --lines: each line of the labs too, the slowest first
 */
#include "../../src/engine/internal.h"
#include "measure.h"

#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 10
#define WARM_UP 1
#define SLOWEST 40

enum part {
    LAB_HOST_START,
    LAUNCH,
    NGINX_READY,
    COMMANDS,
    WAITING_COMMANDS,
    OBSERVATION,
    PAUSES,
    REMOVAL,
    LAB_HOST_STOP,
    REST,
    PART_COUNT
};

static const char *const part_names[PART_COUNT] = {
    [LAB_HOST_START] = "lab host: start",
    [LAUNCH] = "launch, to the execve of the first process",
    [NGINX_READY] = "nginx, from there until it can answer",
    [COMMANDS] = "`exec`, `host` and other lines",
    [WAITING_COMMANDS] = "lines with `sleep` or `top`, which take their time",
    [OBSERVATION] = "observation",
    [PAUSES] = "pauses until something holds",
    [REMOVAL] = "teardown: `kill`, `rm`",
    [LAB_HOST_STOP] = "teardown: lab host",
    [REST] = "the rest: the engine itself",
};

struct line_time {
    char *text;
    double ms;
};

static struct bench {
    double ms[PART_COUNT];
    size_t count[PART_COUNT];
    struct line_time *lines; /* of one round */
    size_t n_lines;
    bool keep_lines;
    size_t execs; /* `exec` and `host` lines, and commands that are looked at */
} bench;

static void spent(enum part part, double ms)
{
    bench.ms[part] += ms;
    bench.count[part]++;
}

/* --- the engine's calls, with a clock --- */

static int timed_start(struct command_context *c, struct nslab_error *e)
{
    bool is_new = !c->host;
    double start = bench_now_ms();
    int rc = engine_calls_real.start(c, e);
    if (is_new)
        spent(LAB_HOST_START, bench_now_ms() - start);
    return rc;
}

/* Of a `run`: how long its container took from execve to readiness. 0 where nobody waited for it. */
static double ready_ms(const struct command_context *c, uint64_t since_ns)
{
    const struct container *last = NULL;
    for (const struct container *k = c->host ? c->host->containers : NULL; k; k = k->next)
        last = k;
    bool waited = last && last->started_ns >= since_ns && last->ready_ns;
    return waited ? (double)(last->ready_ns - last->started_ns) / 1e6 : 0;
}

static enum part part_of(const char *verb, const char *text)
{
    if (!strcmp(verb, "run"))
        return LAUNCH;
    if (!strcmp(verb, "rm") || !strcmp(verb, "kill"))
        return REMOVAL;
    return strstr(text, "sleep ") || strstr(text, "top ") ? WAITING_COMMANDS : COMMANDS;
}

static void keep_line(const char *text, double ms)
{
    if (!bench.keep_lines)
        return;
    bench.lines = xrealloc(bench.lines, bench.n_lines + 1, sizeof *bench.lines);
    bench.lines[bench.n_lines++] = (struct line_time){xstrdup(text), ms};
}

static int timed_line(struct command_context *c, const char *text, int *status, struct nslab_error *e)
{
    struct line line = {0};
    struct nslab_error ignored = {0};
    enum part part = COMMANDS;
    if (line_parse(&lab_verbs, text, &line, NULL, &ignored) == 0) {
        part = part_of(line.verb->name, text);
        bench.execs += !strcmp(line.verb->name, "exec") || !strcmp(line.verb->name, "host");
        line_free(&line);
    }
    uint64_t since_ns = now_ns();
    double start = bench_now_ms();
    int rc = engine_calls_real.line(c, text, status, e);
    double ms = bench_now_ms() - start, ready = part == LAUNCH ? ready_ms(c, since_ns) : 0;
    if (ready > 0)
        spent(NGINX_READY, ready);
    spent(part, ms - ready);
    keep_line(text, ms);
    return rc;
}

static int timed_observe(struct host *host, const struct see *see, struct observation *ret,
                         struct nslab_error *e)
{
    double start = bench_now_ms();
    int rc = engine_calls_real.observe(host, see, ret, e);
    double ms = bench_now_ms() - start;
    cleanup_free char *text = xasprintf("see %s: %s", see->probe->name, see->subject);
    spent(OBSERVATION, ms);
    bench.execs += !strcmp(see->probe->name, "output") || !strcmp(see->probe->name, "exit");
    keep_line(text, ms);
    return rc;
}

static void timed_stop(struct host *host)
{
    double start = bench_now_ms();
    engine_calls_real.stop(host);
    spent(LAB_HOST_STOP, bench_now_ms() - start);
}

static void timed_pause(int ms)
{
    double start = bench_now_ms();
    engine_calls_real.pause(ms);
    spent(PAUSES, bench_now_ms() - start);
}

/* --- the course --- */

static int read_course(struct lab ***ret, size_t *n, struct nslab_error *e)
{
    cleanup_strv struct strv paths = {0};
    if (labs_list(&paths, e) < 0)
        return -1;
    *ret = xcalloc(paths.len, sizeof **ret);
    for (*n = 0; *n < paths.len; ++*n) {
        cleanup_with(diagnostics_free) struct diagnostics d = {0};
        if (lab_read_file(paths.items[*n], &(*ret)[*n], &d, e) < 0)
            return d.n ? error_say(e, "%s is invalid: nslab lint says why", paths.items[*n]) : -1;
    }
    return 0;
}

static int play(struct lab *const *labs, size_t n, struct nslab_error *e)
{
    static const struct engine_calls *const real = &engine_calls_real;
    const struct engine_calls calls = {.start = timed_start,
                                       .line = timed_line,
                                       .observe = timed_observe,
                                       .container_fact = real->container_fact,
                                       .views = real->views,
                                       .struck = real->struck,
                                       .stop = timed_stop,
                                       .now = real->now,
                                       .pause = timed_pause};
    cleanup_free char *learner = xasprintf("bench %llu", (unsigned long long)now_ns());
    const struct engine_options options = {.learner = learner};
    for (size_t i = 0; i < n; i++) {
        struct lab_result result = {0};
        lab_verify_with(labs[i], &options, &calls, &result);
        bool failed = result.verdict == VERDICT_FAIL;
        lab_result_free(&result);
        if (interrupt_signal())
            return error_say(e, "interrupted");
        if (failed)
            return error_say(e, "lab %s fails: nslab verify says why", labs[i]->id);
    }
    return 0;
}

/* --- what is printed --- */

static int slowest_first(const void *a, const void *b)
{
    const struct line_time *x = a, *y = b;
    return (x->ms < y->ms) - (x->ms > y->ms);
}

static void print_lines(void)
{
    if (!bench.n_lines)
        return;
    qsort(bench.lines, bench.n_lines, sizeof *bench.lines, slowest_first);
    puts("");
    for (size_t i = 0; i < bench.n_lines && i < SLOWEST; i++)
        printf("%9.2f ms  %.90s\n", bench.lines[i].ms, bench.lines[i].text);
}

static void print_parts(const struct series *parts, const struct series *whole)
{
    double all = series_quantile(whole, 0.5);
    printf("\n| %-54s | %10s | %7s | %7s | %9s |\n", "nslab verify, the whole course: where its time goes",
           "median", "p90", "share", "how often");
    printf("|%.56s|%.11s:|%.8s:|%.8s:|%.10s:|\n", "--------------------------------------------------------",
           "-----------", "--------", "--------", "----------");
    for (size_t i = 0; i < PART_COUNT; i++) {
        double median = series_quantile(&parts[i], 0.5);
        char count[24] = "";
        if (i != REST)
            snprintf(count, sizeof count, "%zu", bench.count[i]);
        printf("| %-54s | %7.2f ms | %7.2f | %5.0f %% | %9s |\n", part_names[i], median,
               series_quantile(&parts[i], 0.9), all > 0 ? 100 * median / all : 0, count);
    }
    printf("| %-54s | %7.2f ms | %7.2f | %7s | %9s |\n", "all of it", all, series_quantile(whole, 0.9), "",
           "");
}

/* `verify` beside its launches and its commands, made by the bare loop one after the other: each nginx from
 * its start to its end, each other container and each command as if it ran /bin/true. Lines that wait take as
 * long as they take. */
static bool print_limit(double waiting_ms)
{
    static struct series verify, bare;
    double nginx = (double)bench.count[NGINX_READY], other = (double)bench.count[LAUNCH] - nginx;
    if (bench_noted("verify") <= 0 || bench_noted("nginx") <= 0)
        return true;
    series_add(&verify, bench_noted("verify"));
    series_add(&bare, nginx * bench_noted("nginx") + other * bench_noted("true") +
                          (double)bench.execs * bench_noted("exec") + waiting_ms);
    cleanup_free char *what =
        xasprintf("nslab verify (%.0f nginx, %.0f others, %zu commands, bare)", nginx, other, bench.execs);
    const struct row row = {.what = what, .unit = "ms", .ours = &verify, .beside = &bare, .ratio_max = 2};
    puts("");
    table_head();
    return table_row(&row);
}

static void note_round(double all, struct series *parts, struct series *whole)
{
    bench.ms[REST] = all;
    for (size_t i = 0; i < REST; i++)
        bench.ms[REST] -= bench.ms[i];
    for (size_t i = 0; i < PART_COUNT; i++)
        series_add(&parts[i], bench.ms[i]);
    series_add(whole, all);
}

static int measure(long rounds, struct series *parts, struct series *whole, struct nslab_error *e)
{
    struct lab **labs = NULL;
    size_t n = 0;
    int rc = read_course(&labs, &n, e);
    bool keep_lines = bench.keep_lines;
    for (long i = 0; rc == 0 && i < rounds + WARM_UP; i++) {
        memset(bench.ms, 0, sizeof bench.ms);
        memset(bench.count, 0, sizeof bench.count);
        bench.execs = 0;
        bench.keep_lines = keep_lines && i == rounds + WARM_UP - 1;
        double start = bench_now_ms();
        rc = play(labs, n, e);
        if (i >= WARM_UP)
            note_round(bench_now_ms() - start, parts, whole);
    }
    for (size_t i = 0; i < n; i++)
        lab_free(labs[i]);
    free(labs);
    return rc;
}

int main(int argc, char **argv)
{
    static struct series parts[PART_COUNT], whole;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    bench.keep_lines = argc > 1 && !strcmp(argv[1], "--lines");
    int at = 1 + bench.keep_lines;
    long rounds = argc > at ? strtol(argv[at], NULL, 10) : ROUNDS;
    if (rounds < 1 || rounds > SAMPLES_MAX) {
        fputs("usage: course [--lines] [ROUNDS]\n", stderr);
        return 2;
    }
    title_init(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (interrupt_install() < 0 || measure(rounds, parts, &whole, &e) < 0) {
        fprintf(stderr, "course: %s\n", error_text(&e, text, sizeof text));
        return 5;
    }
    print_parts(parts, &whole);
    print_lines();
    return print_limit(series_quantile(&parts[WAITING_COMMANDS], 0.5)) ? 0 : 1;
}
