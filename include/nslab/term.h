/* SPDX-License-Identifier: MIT
 *
 * The terminal: what is known of it, decided once; and the way of foreign bytes to it.
 */
#ifndef NSLAB_TERM_H
#define NSLAB_TERM_H

#include "nslab/buf.h"
#include "nslab/style.h"

#include <stdbool.h>
#include <stddef.h>

struct term {
    struct look look;
    bool input, output; /* standard input, standard output is a terminal */
};

#define TERM_WIDTH_DEFAULT 80u
#define TERM_WIDTH_MIN 20u

void term_probe(struct term *term, bool plain);
/* TERM says that this is none, or one that knows nothing but lines. */
bool term_is_dumb(void);
/* Its width may change while we run: SIGWINCH. */
void term_refresh_width(struct term *term);
/* Pure, for tests. kernel: what TIOCGWINSZ said, 0 if nothing. environment: COLUMNS, or NULL. */
unsigned term_width_from(unsigned kernel, const char *environment);
/* Pure. no_color: NO_COLOR (set to anything but the empty text, colours are off), name: TERM; both may be
 * NULL. */
bool term_colour_from(bool plain, bool is_terminal, const char *no_color, const char *name);

/* Bytes of a process on their way to the terminal, in chunks: add_harmless() with what is cut at a chunk's
 * end kept back until the rest arrives. Starts as all zeroes. */
struct harmless_stream {
    char kept[4];
    size_t n;
    bool line_open; /* the last byte shown wasn't a newline */
};
void harmless_feed(struct harmless_stream *s, const char *bytes, size_t n, struct buf *out);
/* No more is to come: what was kept is shown as the bytes that it is, and an open line is ended. */
void harmless_finish(struct harmless_stream *s, struct buf *out);

#endif
