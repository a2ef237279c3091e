/* SPDX-License-Identifier: MIT
 *
 * Measured series and the table that is made from them.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_MAX 1000

struct series {
    double values[SAMPLES_MAX];
    size_t n;
};

void series_add(struct series *s, double value);
double series_quantile(const struct series *s, double q); /* 0.5: the median. 0 when there is nothing */
double bench_now_ms(void);

/* One line of the table. Either `limit` and `ratio_max`, or `value_max`, or neither: then there is no target. */
struct row {
    const char *what, *unit;
    const struct series *ours, *limit;
    double ratio_max; /* median of ours to median of the limit's */
    double value_max; /* median of ours */
};

void table_head(void);
/* Returns whether the target is met; true where there is none. */
bool table_row(const struct row *r);

#endif
