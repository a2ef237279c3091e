/* SPDX-License-Identifier: MIT
 *
 * What the files that make up the container module tell each other, and nobody else.
 */
#ifndef NSLAB_CONTAINER_INTERNAL_H
#define NSLAB_CONTAINER_INTERNAL_H

#include "nslab/container.h"

/* container_ports.c: the machine's sockets before the launch (a port in use is found before anything is
 * made), the proxy after it. */
int container_publish_prepare(struct container *c, struct nslab_error *e);
int container_publish(struct container *c, struct nslab_error *e);

/* container_ready.c */
int container_wait_ready(struct container *c, struct nslab_error *e);

/* A process that is to keep the host's limits. */
struct process process_limited(struct host *host);

/* container_life.c */
void containers_note_ends(struct host *host); /* reaps those that have ended, without removing any */
/* Kills and reaps its first process, what it left behind, and its proxy. */
void container_end(struct container *c);
/* Once it has ended: what it has left behind, where that couldn't be ended then. */
int container_end_rest(struct container *c, struct nslab_error *e);

#endif
