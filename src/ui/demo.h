/* SPDX-License-Identifier: MIT
 *
 * A lab from the front of a room: its lines are typed at a human pace, the presenter's key goes on, and what
 * runs is the real thing. demo.c         the steps and their phases demo_screen.c  what is shown: typed
 * lines, one screen at a time, the stop demo_keys.c    the presenter's keys demo_pace.c    how long things
 * take
 */
#ifndef NSLAB_UI_DEMO_H
#define NSLAB_UI_DEMO_H

#include "demo_keys.h"
#include "demo_pace.h"
#include "shell_private.h"

struct demo_options {
    const char *lab;  /* an id or a path */
    const char *from; /* the step to begin with, its id or number; NULL: the first */
    const char *learner;
    bool automatic; /* goes on without keys */
    bool plain;
    double speed; /* factor; PACE_AT_ONCE */
    const struct recorder *recorder;
};
/* Returns the exit status: 1 when a step failed, 4 when this machine can't show one, 130 after Ctrl-C. */
int demo_main(const struct demo_options *o);

/* What the terminal holds since the presenter last went on. More than a screen is kept back until they do. */
struct screen {
    unsigned rows, columns; /* rows 0: no terminal, and so no end */
    bool moves;             /* the cursor may be moved: a line can be taken back, the screen cleared */
    bool fresh;             /* nothing has been shown on it yet */
    size_t used;            /* rows */
    size_t characters;      /* for how long it takes to read them */
    struct held {
        int stream;
        struct buf text;
    } * held;
    size_t n_held;
};

struct demo {
    struct shell sh;
    const struct demo_options *options;
    struct script script;
    struct pace pace;
    struct keyboard keyboard;
    struct screen screen;
    size_t phase, line; /* what is played next: of the phases, and of the step's lines */
    bool step_over;     /* it failed, or can't be shown here: what follows in it has no sense */
    bool failed, unsupported;
    bool over;
    int ended_by;        /* the status, when a signal ended it; 0 */
    enum demo_key asked; /* while a line was typed */
};

/* demo_screen.c */
void screen_open(struct demo *d);
void screen_close(struct demo *d);
void screen_clear(struct demo *d); /* where it can be */
void screen_gap(struct demo *d);   /* an empty line, unless the screen is fresh */
/* Shows what was kept back, and waits for the presenter; without them as long as it takes to read. `next`:
 * what comes then. NULL: nothing does, so that only what was kept back is shown. */
enum demo_key screen_stop(struct demo *d, const char *next);

#endif
