/* SPDX-License-Identifier: MIT
 *
 * The presenter's keys. A remote control sends PageDown and PageUp.
 */
#ifndef NSLAB_UI_DEMO_KEYS_H
#define NSLAB_UI_DEMO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum demo_key {
    DEMO_NONE,      /* the time was over; or a key that means nothing */
    DEMO_NEXT,      /* space, Enter, right, down, PageDown, n */
    DEMO_BACK,      /* left, up, PageUp, Backspace */
    DEMO_PROMPT,    /* p, : */
    DEMO_HELP,      /* ? h */
    DEMO_QUIT,      /* q, Ctrl-D, or the terminal is gone */
    DEMO_INTERRUPT, /* Ctrl-C, SIGTERM */
};

struct keyboard {
    bool open;
    struct termios before;
};

/* Keys come one by one and aren't shown, until it is closed. Without a terminal nothing is done. */
void keyboard_open(struct keyboard *k);
void keyboard_close(struct keyboard *k);
void keyboard_flush(const struct keyboard *k); /* forgets what was pressed before it was asked */
/* Waits so long for a key; -1: for ever. One without a meaning doesn't end it. */
enum demo_key keyboard_wait(const struct keyboard *k, int timeout_ms);

/* Pure: the first key with a meaning in what a terminal has sent. No letter goes back: in front of a
 * question, `b` would be taken for an answer. */
enum demo_key demo_key_of(const char *bytes, size_t n);

#endif
