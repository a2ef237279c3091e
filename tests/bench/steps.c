/* SPDX-License-Identifier: MIT
 *
 * Where a launch's time goes: nginx is run over and over in three ways, and each time the journal of its
 * container is read, which `trace NAME` shows. A launch's time is divided among its steps without a rest: to
 * each belongs what passed since the step before ended.
 *
 * usage: steps [--json] [ROUNDS]
 */
#include "measure.h"

#include "nslab/container.h"
#include "nslab/journal.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 100
#define WARM_UP 3

enum way { ALONE, REMAPPED, CABLE, WAYS };
static const char *const way_names[WAYS] = {
    [ALONE] = "--network none", [REMAPPED] = "with --userns remap", [CABLE] = "with a cable"};

/* The kinds of steps, by the call and a word of its arguments; the first that fits. */
static const struct kind {
    const char *title, *call, *word;
} kinds[] = {
    {"clone3, and all before it", "clone3", NULL},
    {"id maps: uid_map, gid_map", "write", NULL},
    {"cable: veth, bridge, its port", "RTM_NEWLINK", NULL},
    {"cable: veth, bridge, its port", "ioctl", NULL},
    {"mounts made private", "mount", "MS_PRIVATE"},
    {"overlay, and its files", "mount", "overlay"},
    {"shifted image", "move_mount", NULL},
    {"proc", "mount", "root/proc, proc"},
    {"sysfs, read only", "mount", "root/sys"},
    {"six devices, bound", "mount", "root/dev/null"},
    {"six devices, bound", "mount", "MS_BIND"},
    {"devpts", "mount", "devpts"},
    {"mqueue", "mount", "mqueue"},
    {"tmpfs: upper layer, /dev, shm", "mount", "tmpfs"},
    {"other mounts", "mount", NULL},
    {"pivot_root", "pivot_root", NULL},
    {"umount of the old root", "umount2", NULL},
    {"hostname", "sethostname", NULL},
    {"lo up", "RTM_SETLINK", "lo"},
    {"links, addresses, routes", "RTM_", NULL},
    {"capabilities", "prctl", NULL},
    {"capabilities", "capset", NULL},
    {"execve, prepared", "execve", NULL},
    {"other steps", "", NULL},
};
/* After the journal. */
enum { READY = ARRAY_LEN(kinds), WHOLE, LINES };

static const char *title_of(size_t line)
{
    return line < ARRAY_LEN(kinds) ? kinds[line].title
           : line == READY         ? "execve, and nginx until it answers"
                                   : "all of it";
}

static struct measured {
    struct series spent; /* µs, with what led to it */
    struct series calls; /* µs, in the kernel calls themselves */
} measured[WAYS][LINES];

/* Kinds with the same title are one line: the first of them. */
static size_t line_of(const struct journal_entry *entry)
{
    size_t i = 0;
    while (strncmp(entry->call, kinds[i].call, strlen(kinds[i].call)) != 0 ||
           (kinds[i].word && !strstr(entry->args, kinds[i].word)))
        i++;
    size_t first = 0;
    while (strcmp(kinds[first].title, kinds[i].title) != 0)
        first++;
    return first;
}

static int by_end(const void *a, const void *b)
{
    const struct journal_entry *x = a, *y = b;
    uint64_t x_end = x->start_us + x->took_us, y_end = y->start_us + y->took_us;
    return (x_end > y_end) - (x_end < y_end);
}

/* One launch. begin_ns: when it was asked for. */
static void divide(const struct container *c, uint64_t begin_ns, enum way way)
{
    static struct journal journal;
    double spent[LINES] = {0}, calls[LINES] = {0};
    journal = *c->journal;
    qsort(journal.entries, journal.n, sizeof *journal.entries, by_end);
    double offset = ((double)journal.made_ns - (double)begin_ns) / 1e3, before = 0;
    for (size_t i = 0; i < journal.n; i++) {
        const struct journal_entry *entry = &journal.entries[i];
        size_t line = line_of(entry);
        double end = offset + (double)entry->start_us + entry->took_us;
        spent[line] += end - before;
        calls[line] += entry->took_us;
        before = end;
    }
    spent[READY] = ((double)c->ready_ns - (double)begin_ns) / 1e3 - before;
    spent[WHOLE] = ((double)c->ready_ns - (double)begin_ns) / 1e3;
    for (size_t i = 0; i < LINES; i++) {
        series_add(&measured[way][i].spent, spent[i]);
        series_add(&measured[way][i].calls, calls[i]);
    }
}

static int launch(struct host *host, enum way way, bool counts, struct nslab_error *e)
{
    cleanup_with(container_spec_free) struct container_spec spec = {.name = xstrdup("steps"),
                                                                    .image = xstrdup("nginx"),
                                                                    .net.share = way == CABLE ? SHARE_PRIVATE
                                                                                              : SHARE_NONE,
                                                                    .remap = way == REMAPPED,
                                                                    .detach = true,
                                                                    .stdio = STDIO_LOG};
    struct container *c = NULL;
    uint64_t begin = now_ns();
    if (container_run(host, &spec, &c, e) < 0)
        return -1;
    if (counts)
        divide(c, begin, way);
    return container_remove(c, true, e);
}

static int measure(size_t rounds, struct nslab_error *e)
{
    struct host *host = NULL;
    int rc = host_start(&limits_learning, &host, e);
    for (size_t round = 0; rc == 0 && round < rounds + WARM_UP; round++)
        for (int way = 0; rc == 0 && way < WAYS; way++)
            /* Where the machine grants a single id there is nothing to remap to. */
            if (way != REMAPPED || host->ids.remap_count)
                rc = launch(host, (enum way)way, round >= WARM_UP, e);
    if (host)
        host_stop(host);
    return rc;
}

static double median(enum way way, size_t line)
{
    return series_quantile(&measured[way][line].spent, 0.5);
}

/* A line is there when any of the ways has it. */
static bool is_there(size_t line)
{
    for (int way = 0; way < WAYS; way++)
        if (median((enum way)way, line) > 0)
            return true;
    return false;
}

static void show(void)
{
    printf("\n| %-34s ", "a launch of nginx: microseconds");
    for (int way = 0; way < WAYS; way++)
        printf("| %20s | %7s | %7s ", way_names[way], "p90", "share");
    printf("|\n|------------------------------------");
    for (int way = 0; way < WAYS; way++)
        printf("|---------------------:|--------:|--------:");
    puts("|");
    for (size_t line = 0; line < LINES; line++) {
        if (!is_there(line))
            continue;
        printf("| %-34s ", title_of(line));
        for (int way = 0; way < WAYS; way++) {
            double m = median((enum way)way, line), all = median((enum way)way, WHOLE);
            if (m > 0)
                printf("| %20.0f | %7.0f | %5.1f %% ", m, series_quantile(&measured[way][line].spent, 0.9),
                       100 * m / all);
            else
                printf("| %20s | %7s | %7s ", "", "", "");
        }
        puts("|");
    }
}

static void show_json(void)
{
    json_t *all = json_object();
    for (int way = 0; way < WAYS; way++) {
        json_t *lines = json_array();
        for (size_t line = 0; line < LINES; line++)
            if (median((enum way)way, line) > 0)
                json_array_append_new(lines, json_pack("{s:s, s:f, s:f, s:f}", "step", title_of(line),
                                                       "median_us", median((enum way)way, line), "p90_us",
                                                       series_quantile(&measured[way][line].spent, 0.9),
                                                       "in_calls_us",
                                                       series_quantile(&measured[way][line].calls, 0.5)));
        json_object_set_new(all, way_names[way], lines);
    }
    json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    json_decref(all);
    puts("");
}

int main(int argc, char **argv)
{
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    bool json = argc > 1 && !strcmp(argv[1], "--json");
    long rounds = argc > 1 + json ? strtol(argv[1 + json], NULL, 10) : ROUNDS;
    if (argc > 2 + json || rounds < 1 || rounds > SAMPLES_MAX) {
        fputs("usage: steps [--json] [ROUNDS]\n", stderr);
        return 2;
    }
    title_init(argc, argv);
    if (measure((size_t)rounds, &e) < 0) {
        fprintf(stderr, "steps: %s\n", error_text(&e, text, sizeof text));
        return 5;
    }
    if (json)
        show_json();
    else
        show();
    return 0;
}
