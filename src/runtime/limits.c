/* SPDX-License-Identifier: MIT */
#include "nslab/limits.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* tests/unit/test_limits.c compares these with docs/security.md. */
const struct limits limits_learning = {
    .name = "learning",
    .processes = 1024,
    .containers = 32,
    .memory_bytes = 4 * GIB,
    .held_bytes = 4 * GIB,
    .reserve_bytes = 256 * MIB,
    .disk_bytes = 128 * MIB,
};
const struct limits limits_grading = {
    .name = "grading",
    .line_ms = 10000,
    .lab_ms = 120000,
    .processes = 256,
    .containers = 16,
    .memory_bytes = GIB,
    .held_bytes = GIB,
    .all_bounded = true,
    .descriptors = 4096,
    .address_bytes = 2 * GIB,
    .reserve_bytes = 256 * MIB,
    .output_bytes = MIB,
    .disk_bytes = 64 * MIB,
    .files = 1024,
    .nice = 10,
    .oom_score = 500,
    .private_ports = true,
};

/* --- in words --- */

enum unit { UNIT_SECONDS, UNIT_BYTES, UNIT_COUNT };

static const struct {
    const char *name, *consequence;
    enum unit unit;
} words[LIMIT_COUNT] = {
    [LIMIT_LINE_TIME] = {"time of a line", "the command was killed", UNIT_SECONDS},
    [LIMIT_LAB_TIME] = {"time of a lab", "no further line is run", UNIT_SECONDS},
    [LIMIT_PROCESSES] = {"processes", "everything in the lab was ended", UNIT_COUNT},
    [LIMIT_MEMORY] = {"memory", "everything in the lab was ended", UNIT_BYTES},
    [LIMIT_HELD] = {"memory in files", "the lab host was ended", UNIT_BYTES},
    [LIMIT_DESCRIPTORS] = {"open descriptors", "everything in the lab was ended", UNIT_COUNT},
    [LIMIT_RESERVE] = {"memory left on the machine", "the lab host was ended", UNIT_BYTES},
    [LIMIT_OUTPUT] = {"output of a line", "the rest was dropped, and the command killed", UNIT_BYTES},
    [LIMIT_DISK] = {"disk", "nothing more can be written there", UNIT_BYTES},
    [LIMIT_CONTAINERS] = {"containers", "no further one is started", UNIT_COUNT},
};

static uint64_t amount(const struct limits *l, enum limit which)
{
    const uint64_t amounts[LIMIT_COUNT] = {
        [LIMIT_LINE_TIME] = (uint64_t)l->line_ms,
        [LIMIT_LAB_TIME] = (uint64_t)l->lab_ms,
        [LIMIT_PROCESSES] = l->processes,
        [LIMIT_MEMORY] = l->memory_bytes,
        [LIMIT_HELD] = l->held_bytes,
        [LIMIT_DESCRIPTORS] = l->descriptors,
        [LIMIT_RESERVE] = l->reserve_bytes,
        [LIMIT_OUTPUT] = l->output_bytes,
        [LIMIT_DISK] = l->disk_bytes,
        [LIMIT_CONTAINERS] = l->containers,
    };
    return amounts[which];
}

void limit_text(const struct limits *l, enum limit which, struct buf *out)
{
    uint64_t n = amount(l, which);
    buf_addf(out, "%s", words[which].name);
    if (!n)
        return;
    if (words[which].unit == UNIT_SECONDS)
        buf_addf(out, " (%g s)", (double)n / 1000);
    else if (words[which].unit == UNIT_COUNT)
        buf_addf(out, " (%llu)", (unsigned long long)n);
    else if (n % GIB == 0)
        buf_addf(out, " (%llu GiB)", (unsigned long long)(n / GIB));
    else
        buf_addf(out, " (%llu MiB)", (unsigned long long)(n / MIB));
}

void limit_sentence(const struct limits *l, enum limit which, struct buf *out)
{
    buf_adds(out, "the limit of ");
    limit_text(l, which, out);
    buf_addf(out, " was reached: %s", words[which].consequence);
}

/* --- set --- */

static int lower(__rlimit_resource_t resource, uint64_t value)
{
    struct rlimit now;
    if (getrlimit(resource, &now) < 0)
        return -1;
    if (now.rlim_max > value)
        now.rlim_max = value;
    if (now.rlim_cur > now.rlim_max)
        now.rlim_cur = now.rlim_max;
    return setrlimit(resource, &now);
}

int limits_apply(const struct limits *l)
{
    /* 1 and not 0: the kernel still runs a core_pattern that is a program for 0, on the machine and as its
     * root. With 1 it doesn't (core(5)), and no file is written either. */
    if (lower(RLIMIT_CORE, 1) < 0)
        return -1;
    /* Counted for each id of the lab's user namespace: what holds for all ids together is pid_max, and the
     * watch. */
    if (l->processes && lower(RLIMIT_NPROC, l->processes + LIMIT_PID_SLACK) < 0)
        return -1;
    if (l->address_bytes && lower(RLIMIT_AS, l->address_bytes) < 0)
        return -1;
    if (l->files && lower(RLIMIT_NOFILE, l->files) < 0)
        return -1;
    if (l->nice)
        setpriority(PRIO_PROCESS, 0, l->nice); /* refused where it is nicer already */
    return 0;
}

void limits_apply_oom(const struct limits *l)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d", l->oom_score);
    if (l->oom_score)
        write_once("/proc/self/oom_score_adj", text, (size_t)n); /* a courtesy: without it all works */
}
