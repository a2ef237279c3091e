/* SPDX-License-Identifier: MIT
 *
 * The parts of a lab, each read by one file.
 */
#ifndef NSLAB_LAB_READ_H
#define NSLAB_LAB_READ_H

#include "reader.h"

/* The tables by which the parts are read, for whoever describes the format. */
struct key_table {
    const struct key *keys;
    size_t n;
};
extern const struct key_table lab_table, var_table, step_table, line_table, choice_table, predict_table,
    with_table, contrast_table;
extern const struct key_table expectation_table; /* and the matchers */

void read_step(struct reader *r, const yaml_node_t *node, void *target);        /* struct step */
void read_expectation(struct reader *r, const yaml_node_t *node, void *target); /* struct expectation */
void read_see(struct reader *r, const char *name, const yaml_node_t *node, struct see *ret);

#endif
