/* SPDX-License-Identifier: MIT
 *
 * The parts of a lab, each read by one file.
 */
#ifndef NSLAB_LAB_READ_H
#define NSLAB_LAB_READ_H

#include "reader.h"

void read_step(struct reader *r, const yaml_node_t *node, void *target);        /* struct step */
void read_expectation(struct reader *r, const yaml_node_t *node, void *target); /* struct expectation */
void read_see(struct reader *r, const char *name, const yaml_node_t *node, struct see *ret);

#endif
