/* SPDX-License-Identifier: MIT
 *
 * asciicast v2: what a terminal showed, as lines of JSON. Pure: from bytes and times to text.
 *
 * Where a chapter begins is told within the bytes, by an escape sequence with a word that nobody else knows:
 * so it stands in its place among them, whatever buffers they went through. It is in no recording and on no
 * terminal.
 */
#ifndef NSLAB_UI_RECORD_CAST_H
#define NSLAB_UI_RECORD_CAST_H

#include "nslab/buf.h"

struct cast_header {
    unsigned width, height;
    long long timestamp; /* seconds since 1970 */
    const char *title;
    const char *term, *shell; /* of the environment nothing else is told; NULL: not set */
};
/* What nothing happens for longer than this, a player skips. */
#define CAST_IDLE_LIMIT_S 4
void cast_header(const struct cast_header *h, struct buf *out);
void cast_resize(double seconds, unsigned width, unsigned height, struct buf *events);

struct cast {
    char *secret;     /* of the marks; not owned */
    struct buf bytes; /* of the terminal, not yet looked at: they may be the beginning of a mark */
    struct buf text;  /* not yet in an event: a character whose last bytes are to come */
};
/* Takes n bytes of a terminal. What it would show goes to `shown`, whole lines of events to `events`. What
 * isn't UTF-8 stands in an event as U+FFFD. */
void cast_feed(struct cast *c, double seconds, const char *bytes, size_t n, struct buf *shown,
               struct buf *events);
/* No more is to come for now: what was kept back is no mark. */
void cast_flush(struct cast *c, double seconds, struct buf *shown, struct buf *events);
void cast_free(struct cast *c);

/* The escape sequence of a mark. */
void cast_mark(const char *secret, const char *label, struct buf *out);

#endif
