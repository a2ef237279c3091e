/* SPDX-License-Identifier: MIT
 *
 * nslab beside its peers: the same things done by each, turn by turn in an order that is drawn anew for every
 * round, so that what one of them leaves to the kernel to do doesn't always fall on the same one.
 *
 * usage: peers OWN MARK LIMIT RESULTS     OWN: what tests/bench/peers has prepared; it calls this
 */
#include "peers.h"

#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 16
#define WARM_UP 2
#define MEMORY_ROUNDS 10
#define PAUSE_MS 10 /* between two: the kernel takes away what the one before has left */

static const struct {
    const char *key, *title;
    size_t rounds;
} things[THING_COUNT] = {
    [THING_TRUE] = {"true", "create, /bin/true, remove", 40},
    [THING_USERNS] = {"userns", "the same with a user namespace", 40},
    [THING_NGINX] = {"nginx", "nginx: start, first answer, removed", 30},
    [THING_EXEC] = {"exec", "exec /bin/true in a running one", 40},
};

enum memory_kind { RESIDENT, PROPORTIONAL, WITHOUT_NGINX, MEMORY_KINDS };
static const struct {
    const char *key, *title;
} memory_kinds[MEMORY_KINDS] = {
    {"rss", "peak memory while nginx runs: each process's resident pages, added"},
    {"pss", "the same, a page that several have counted once"},
    {"pss_without_nginx", "the same without nginx itself"},
};

/* What was found of one peer. */
static struct found {
    bool there;
    char version[80];
    struct running running; /* for exec */
    struct series times[THING_COUNT], memory[MEMORY_KINDS];
    bool failed[THING_COUNT], memory_failed;
} found[PEERS_MAX];

/* --- measuring --- */

static const char *line_of(const struct peer *p, enum thing thing)
{
    const char *const lines[THING_COUNT] = {
        [THING_TRUE] = p->whole_true,
        [THING_USERNS] = p->userns,
        [THING_NGINX] = p->start,
        [THING_EXEC] = p->exec,
    };
    return lines[thing];
}

static bool can(size_t i, enum thing thing)
{
    return found[i].there && !found[i].failed[thing] && (peers[i].measure || line_of(&peers[i], thing));
}

static void failed(size_t i, const char *title, const struct nslab_error *e)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    fprintf(stderr, "%s, %s: %s\n", peers[i].name, title, error_text(e, text, sizeof text));
}

static int nginx_cycle(const struct peer *p, struct nslab_error *e)
{
    struct running running;
    struct nslab_error ignored = {0};
    int rc = peer_start(p, &running, e);
    if (rc == 0)
        rc = peer_ask(&running, e);
    return peer_remove(&running, rc < 0 ? &ignored : e) < 0 ? -1 : rc;
}

static int measure_one(size_t i, enum thing thing, double *ms, struct nslab_error *e)
{
    const struct peer *p = &peers[i];
    if (p->measure)
        return p->measure(thing, ms, e);
    double start = bench_now_ms();
    int rc = thing == THING_NGINX  ? nginx_cycle(p, e)
             : thing == THING_EXEC ? peer_exec(&found[i].running, e)
                                   : peer_command(line_of(p, thing), e);
    *ms = bench_now_ms() - start;
    return rc;
}

/* An order of 0..n-1, from a generator that begins the same in every run. */
static void shuffle(size_t *order, size_t n)
{
    static uint32_t state = 2463534242u;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        size_t other = state % i, kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* PEERS_ROUNDS: fewer, to try something out. */
static size_t rounds_of(enum thing thing)
{
    const char *wanted = getenv("PEERS_ROUNDS");
    return wanted ? strtoul(wanted, NULL, 10) : things[thing].rounds;
}

static void measure_thing(enum thing thing)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    for (size_t round = 0; round < rounds_of(thing) + WARM_UP; round++) {
        size_t order[PEERS_MAX];
        shuffle(order, peer_count);
        for (size_t k = 0; k < peer_count; k++) {
            size_t i = order[k];
            struct nslab_error e = {0};
            double ms;
            if (!can(i, thing))
                continue;
            nanosleep(&pause, NULL);
            found[i].failed[thing] = measure_one(i, thing, &ms, &e) < 0;
            if (found[i].failed[thing])
                failed(i, things[thing].title, &e);
            else if (round >= WARM_UP)
                series_add(&found[i].times[thing], ms);
        }
    }
}

static void measure_exec(void)
{
    struct nslab_error e = {0};
    for (size_t i = 0; i < peer_count; i++)
        if (!peers[i].measure && can(i, THING_EXEC) && peer_start(&peers[i], &found[i].running, &e) < 0) {
            found[i].failed[THING_EXEC] = true;
            failed(i, things[THING_EXEC].title, &e);
        }
    measure_thing(THING_EXEC);
    for (size_t i = 0; i < peer_count; i++)
        if (peer_remove(&found[i].running, &e) < 0)
            failed(i, "remove", &e);
}

static void measure_memory(void)
{
    for (size_t round = 0; round < MEMORY_ROUNDS; round++)
        for (size_t i = 0; i < peer_count; i++) {
            struct nslab_error e = {0};
            struct memory m;
            if (peers[i].measure || !can(i, THING_NGINX) || found[i].memory_failed)
                continue;
            found[i].memory_failed = memory_watch(&peers[i], &m, &e) < 0;
            if (found[i].memory_failed)
                failed(i, "memory", &e);
            series_add(&found[i].memory[RESIDENT], m.resident);
            series_add(&found[i].memory[PROPORTIONAL], m.proportional);
            series_add(&found[i].memory[WITHOUT_NGINX], m.without_nginx);
        }
}

static void look_around(void)
{
    for (size_t i = 0; i < peer_count; i++) {
        struct nslab_error e = {0};
        found[i].running = NOT_RUNNING;
        found[i].there = !peers[i].asked ||
                         peer_first_line(peers[i].asked, found[i].version, sizeof found[i].version, &e) == 0;
    }
}

/* --- showing --- */

static double median_of(size_t i, enum thing thing)
{
    return series_quantile(&found[i].times[thing], 0.5);
}

/* Why there is no time. */
static const char *gap_of(size_t i, enum thing thing)
{
    if (!found[i].there)
        return "not there";
    if (found[i].failed[thing])
        return "fails";
    return thing == THING_USERNS && peers[i].userns_gap ? peers[i].userns_gap : "can't";
}

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < peer_count && strcmp(peers[i].name, name) != 0)
        i++;
    return i;
}

static void ratio_text(char *text, size_t size, double ours, double theirs)
{
    *text = '\0';
    if (ours > 0 && theirs > 0)
        snprintf(text, size, ours / theirs < 10 ? "%.2f" : "%.1f", ours / theirs);
}

#define LINE "| %-20s | %-40s | %10s | %7s | %6s | %7s | %10s |\n"

static void show_thing(enum thing thing)
{
    size_t bare = 0, session = 1, whole = index_of("nslab");
    printf("\n**%s**\n\n" LINE, things[thing].title, "by", "", "median", "p90", "x bare", "x nslab",
           "x session");
    puts("|----------------------|------------------------------------------|-----------:|--------:|-------:|"
         "--------:"
         "|-----------:|");
    for (size_t i = 0; i < peer_count; i++) {
        const struct series *s = &found[i].times[thing];
        char median[32] = "", p90[32] = "", x[3][32];
        double ours = found[i].failed[thing] ? 0 : median_of(i, thing);
        const size_t beside[3] = {bare, whole, session};
        for (size_t k = 0; k < ARRAY_LEN(beside); k++)
            ratio_text(x[k], sizeof x[k], ours, median_of(beside[k], thing));
        if (ours > 0) {
            snprintf(median, sizeof median, "%.2f ms", ours);
            snprintf(p90, sizeof p90, "%.2f", series_quantile(s, 0.9));
        } else {
            snprintf(median, sizeof median, "%s", gap_of(i, thing));
        }
        printf(LINE, peers[i].name, peers[i].detail ? peers[i].detail : "", median, p90, x[0], x[1], x[2]);
    }
}

static void show_memory(void)
{
    printf("\n**%s**\n\n| %-20s | %11s | %11s | %13s |\n", memory_kinds[RESIDENT].title, "by", "RSS, added",
           "PSS, added", "without nginx");
    puts("|----------------------|------------:|------------:|--------------:|");
    for (size_t i = 0; i < peer_count; i++) {
        if (peers[i].measure || !found[i].memory[0].n || found[i].memory_failed)
            continue;
        printf("| %-20s | %8.1f MB | %8.1f MB | %10.1f MB |\n", peers[i].name,
               series_quantile(&found[i].memory[RESIDENT], 0.5),
               series_quantile(&found[i].memory[PROPORTIONAL], 0.5),
               series_quantile(&found[i].memory[WITHOUT_NGINX], 0.5));
    }
}

/* How much longer they take for nginx than a line in a session. */
static const struct {
    const char *peer;
    double at_least;
} targets[] = {{"crun", 5}, {"docker", 40}};

static bool show_targets(void)
{
    bool all_met = true;
    double ours = median_of(index_of("nslab, in a session"), THING_NGINX);
    puts("");
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        double theirs = median_of(index_of(targets[i].peer), THING_NGINX);
        if (theirs <= 0 || ours <= 0)
            continue;
        bool met = theirs >= targets[i].at_least * ours;
        printf("nginx by %s takes %.1f times as long as by nslab in a session; target: at least %g. %s\n",
               targets[i].peer, theirs / ours, targets[i].at_least, met ? "met" : "MISSED");
        all_met &= met;
    }
    return all_met;
}

/* --- the figures, for whoever draws them --- */

static json_t *series_json(const struct series *s)
{
    return json_pack("{s:f, s:f, s:i}", "median", series_quantile(s, 0.5), "p90", series_quantile(s, 0.9),
                     "n", (int)s->n);
}

static json_t *peer_json(size_t i)
{
    json_t *gaps = json_object();
    json_t *ret = json_pack("{s:s, s:s, s:b, s:s}", "name", peers[i].name, "detail",
                            peers[i].detail ? peers[i].detail : "", "there", found[i].there, "version",
                            found[i].version);
    for (size_t t = 0; t < THING_COUNT; t++)
        if (found[i].times[t].n && !found[i].failed[t])
            json_object_set_new(ret, things[t].key, series_json(&found[i].times[t]));
        else
            json_object_set_new(gaps, things[t].key, json_string(gap_of(i, (enum thing)t)));
    for (size_t k = 0; k < MEMORY_KINDS; k++)
        if (found[i].memory[k].n && !found[i].memory_failed)
            json_object_set_new(ret, memory_kinds[k].key, series_json(&found[i].memory[k]));
    json_object_set_new(ret, "gaps", gaps);
    return ret;
}

/* The value of a line that begins so; "" when there is none. */
static void line_value_of(const char *path, const char *key, char *text, size_t size)
{
    char line[256];
    cleanup_file FILE *f = fopen(path, "re");
    *text = '\0';
    while (f && !*text && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key)))
            snprintf(text, size, "%s", line + strlen(key) + strspn(line + strlen(key), " \t:=\""));
    text[strcspn(text, "\"\n")] = '\0';
}

static json_t *machine_json(void)
{
    char cpu[128], os[128], date[32];
    struct utsname u;
    time_t now = time(NULL);
    struct tm tm;
    uname(&u);
    line_value_of("/proc/cpuinfo", "model name", cpu, sizeof cpu);
    line_value_of("/etc/os-release", "PRETTY_NAME", os, sizeof os);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &tm));
    int release = (int)strspn(u.release, "0123456789.");
    return json_pack("{s:s, s:i, s:s, s:s#, s:s}", "cpu", cpu, "processors",
                     (int)sysconf(_SC_NPROCESSORS_ONLN), "system", os, "kernel", u.release, release, "date",
                     date);
}

static int write_results(const char *path, struct nslab_error *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < peer_count; i++)
        json_array_append_new(list, peer_json(i));
    json_t *all = json_pack("{s:o, s:o}", "machine", machine_json(), "peers", list);
    cleanup_free char *text = json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(5));
    json_decref(all);
    if (!text)
        return error_say(e, "the results make no JSON");
    return write_file_atomically(path, text, strlen(text), 0644, e);
}

int main(int argc, char **argv)
{
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    if (argc != 5 || !getenv("NSLAB")) {
        fputs("usage: peers OWN MARK LIMIT RESULTS, and NSLAB in the environment\n", stderr);
        return 2;
    }
    setting = (struct setting){.own = argv[1], .mark = argv[2], .nslab = getenv("NSLAB")};
    if (chdir(setting.own) < 0) {
        perror(setting.own);
        return 5;
    }
    signal(SIGPIPE, SIG_IGN);
    look_around();
    int rc = own_open(argv[3], &e);
    if (rc == 0) {
        measure_thing(THING_TRUE);
        measure_thing(THING_USERNS);
        measure_thing(THING_NGINX);
        measure_exec();
    }
    own_close();
    if (rc == 0) {
        measure_memory();
        rc = write_results(argv[4], &e);
    }
    if (rc < 0) {
        fprintf(stderr, "peers: %s\n", error_text(&e, text, sizeof text));
        return 5;
    }
    for (size_t t = 0; t < THING_COUNT; t++)
        show_thing((enum thing)t);
    show_memory();
    return show_targets() ? 0 : 1;
}
