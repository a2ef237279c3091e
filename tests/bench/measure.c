/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include "nslab/netlink.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void series_add(struct series *s, double value)
{
    if (s->n < SAMPLES_MAX)
        s->values[s->n++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_quantile(const struct series *s, double q)
{
    double sorted[SAMPLES_MAX];
    if (!s->n)
        return 0;
    memcpy(sorted, s->values, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, by_value);
    /* Between two samples: their mean, weighted. */
    double at = q * (double)(s->n - 1);
    size_t below = (size_t)at, above = below + 1 < s->n ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

double bench_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A line each, in the file that tests/bench/run names. */
void bench_note(const char *name, const struct series *s)
{
    const char *path = getenv("NSLAB_BENCH_NOTES");
    FILE *f = path ? fopen(path, "ae") : NULL;
    if (!f)
        return;
    fprintf(f, "%s %.6f\n", name, series_quantile(s, 0.5));
    fclose(f);
}

double bench_noted(const char *name)
{
    const char *path = getenv("NSLAB_BENCH_NOTES");
    FILE *f = path ? fopen(path, "re") : NULL;
    char word[32];
    double value, found = 0;
    while (f && fscanf(f, "%31s %lf", word, &value) == 2)
        if (!strcmp(word, name))
            found = value;
    if (f)
        fclose(f);
    return found;
}

#define SENTINEL "sentinel"
#define SENTINEL_MS 20000

/* A network namespace that dies at once, and holds an end of a cable to ours. */
static bool leave_sentinel(void)
{
    static const uint8_t mac[] = {2, 0x42, 0, 0, 0, 1}, peer_mac[] = {2, 0x42, 0, 0, 0, 2};
    int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct nl_message m;
        struct nslab_error e = {0};
        int sock = unshare(CLONE_NEWNET) < 0 ? -1 : nl_open(&e);
        nl_build_veth(&m, "other", mac, 0, SENTINEL, peer_mac, ours);
        _exit(sock < 0 || nl_transact(sock, &m, "create", "a cable", &e) < 0);
    }
    close(ours);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The kernel takes dead network namespaces away in the order in which they died: when the last one's end of
 * the cable is gone, all are. */
double bench_networks_gone(void)
{
    const struct timespec pause = {.tv_nsec = 500000};
    double start = bench_now_ms();
    if (!leave_sentinel())
        return -1;
    while (if_nametoindex(SENTINEL)) {
        if (bench_now_ms() - start > SENTINEL_MS)
            return -1;
        nanosleep(&pause, NULL);
    }
    return bench_now_ms() - start;
}

double bench_resident_mb(pid_t pid)
{
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %lf", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb / 1024;
}

#define LINE "| %-54s | %10s | %7s | %7s | %5s | %10s | %-6s |\n"

void table_head(void)
{
    printf(LINE, "what", "median", "p90", "beside", "ratio", "target", "");
    printf("|%.56s|%.11s:|%.8s:|%.8s:|%.6s:|%.11s:|%.8s|\n",
           "--------------------------------------------------------", "-----------", "--------", "--------",
           "------", "-----------", "--------");
}

bool table_gap(const struct row *r, const char *why)
{
    printf(LINE, r->what, why, "", "", "", "", "");
    fflush(stdout);
    return r->ratio_max <= 0 && r->value_max <= 0;
}

bool table_row(const struct row *r)
{
    char median[32], p90[32], beside[32] = "", ratio[32] = "", target[32] = "";
    double ours = series_quantile(r->ours, 0.5);
    double theirs = r->beside ? series_quantile(r->beside, 0.5) : 0;
    bool met = true;
    snprintf(median, sizeof median, "%.2f %s", ours, r->unit);
    snprintf(p90, sizeof p90, "%.2f", series_quantile(r->ours, 0.9));
    if (r->beside) {
        snprintf(beside, sizeof beside, "%.2f", theirs);
        snprintf(ratio, sizeof ratio, "%.2f", theirs > 0 ? ours / theirs : 0);
    }
    if (r->nothing) {
        snprintf(target, sizeof target, "0");
        met = r->ours->n && ours <= 0;
    } else if (r->ratio_max > 0) {
        snprintf(target, sizeof target, "<= %.2f x", r->ratio_max);
        met = theirs > 0 && ours <= r->ratio_max * theirs;
    } else if (r->value_max > 0) {
        snprintf(target, sizeof target, "<= %g %s", r->value_max, r->unit);
        met = r->ours->n && ours <= r->value_max;
    }
    printf(LINE, r->what, median, p90, beside, ratio, target, !*target ? "" : met ? "met" : "MISSED");
    fflush(stdout);
    return met;
}
