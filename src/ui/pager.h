/* SPDX-License-Identifier: MIT
 *
 * The pager: text that doesn't fit on the screen stops where the screen is full, until a key. It counts the
 * rows that were written since the learner last pressed a key, whoever wrote them.
 */
#ifndef NSLAB_PAGER_H
#define NSLAB_PAGER_H

#include "nslab/buf.h"
#include "nslab/style.h"

#include <stdbool.h>
#include <stddef.h>

struct pager {
    bool on;     /* somebody sits at a terminal that can be read a page at a time */
    size_t used; /* rows of the screen */
    bool left;   /* `q`: what comes before the next prompt isn't shown */
};

enum page_key { PAGE_NEXT, PAGE_LEAVE };
/* Where pages go, and who is asked. Tests have their own. */
struct pager_calls {
    void (*write)(void *context, const char *text, size_t n);
    enum page_key (*ask)(void *context, const struct look *look);
    unsigned (*rows)(void *context); /* of the screen now; 0: not known, nothing stops */
    void *context;
};

/* A key was pressed at the prompt: the screen below it is free. */
void pager_reset(struct pager *p);
/* Somebody else has written this. */
void pager_count(struct pager *p, const struct look *look, const char *text, size_t n);
/* Writes whole lines, and asks whenever the screen is full. */
void pager_show(struct pager *p, const struct look *look, const struct pager_calls *calls, const char *text,
                size_t n);

/* How many bytes of the text are lines that fit into so many rows; *ret_rows: how many they take. Escape
 * sequences take no columns. Pure. */
size_t page_length(const char *text, size_t n, unsigned width, size_t rows, size_t *ret_rows);

/* On the terminal: shows the question, waits for a key and takes the question away. Ctrl-C leaves. */
enum page_key pager_ask_terminal(const struct look *look);
unsigned pager_terminal_rows(void);

#endif
