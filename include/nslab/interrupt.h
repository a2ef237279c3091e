/* SPDX-License-Identifier: MIT
 *
 * Ctrl-C as data. The handler only notes it; whoever waits polls interrupt_fd() beside what it waits for.
 */
#ifndef NSLAB_INTERRUPT_H
#define NSLAB_INTERRUPT_H

#include <stdbool.h>

int interrupt_install(void); /* SIGINT and SIGTERM; 0, or -1 with errno */
int interrupt_fd(void);      /* readable while an interrupt is pending; -1 before interrupt_install() */
bool interrupt_pending(void);
bool interrupt_take(void);      /* true once for each time that it was pending */
unsigned interrupt_count(void); /* seen so far, also those that somebody has taken */
int interrupt_signal(void);     /* the last signal seen, SIGINT or SIGTERM; 0 if none */
/* In a forked child that handles interrupts itself: a wake-up of its own, since the one it has inherited is
 * its parent's too, and nothing pending. 0, or -1 with errno. */
int interrupt_renew(void);

#endif
