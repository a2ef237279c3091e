/* SPDX-License-Identifier: MIT
 *
 * Measured series and the table that is made from them.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SAMPLES_MAX 1000

struct series {
    double values[SAMPLES_MAX];
    size_t n;
};

void series_add(struct series *s, double value);
double series_quantile(const struct series *s, double q); /* 0.5: the median. 0 when there is nothing */
double bench_now_ms(void);
double bench_resident_mb(pid_t pid); /* VmRSS of a process; 0 when it is gone */

/* From one program of a run to the next: a median, by its name. 0: nobody has left it. */
void bench_note(const char *name, const struct series *s);
double bench_noted(const char *name);

/* Waits until the kernel has taken away all network namespaces that have died by now. Returns how many ms
 * that took; -1: not seen. For who may make network namespaces, in one of their own. */
double bench_networks_gone(void);

/* One line of the table. */
struct row {
    const char *what, *unit;
    const struct series *ours;
    const struct series *beside; /* what it is compared with; NULL: nothing */
    double ratio_max;            /* target: the median of ours to the other's; 0: none */
    double value_max;            /* target: the median of ours; 0: none */
    bool nothing;                /* target: 0 */
};

void table_head(void);
/* Returns whether the target is met; true where there is none. */
bool table_row(const struct row *r);
/* The line of something that couldn't be measured. Returns whether nothing was asked of it. */
bool table_gap(const struct row *r, const char *why);

#endif
