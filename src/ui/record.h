/* SPDX-License-Identifier: MIT
 *
 * Records what a terminal shows: a function of nslab runs in a child with a pseudo-terminal of its own, and
 * all that passes there is copied to the real terminal and to a file (asciicast v2). So everything is in it
 * that a learner sees: readline's line, the terminal of a container, what the line discipline echoes.
 */
#ifndef NSLAB_UI_RECORD_H
#define NSLAB_UI_RECORD_H

#define RECORD_SECRET_LENGTH 32
/* The child's end: how it says that a chapter begins. */
struct recorder {
    char secret[RECORD_SECRET_LENGTH + 1];
};

/* Runs body(context, recorder) and returns its status. Without a path it is called as it is, with NULL. What
 * is wrong with the file is said; the body goes on, and the status is then at least 5. A file that isn't
 * empty is refused. */
int record_run(const char *path, const char *title,
               int (*body)(void *context, const struct recorder *recorder), void *context);
/* A chapter "STEP: PHASE" begins here. NULL: nobody records. */
void record_mark(const struct recorder *recorder, const char *step, const char *phase);

#endif
