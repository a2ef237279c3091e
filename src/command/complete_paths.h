/* SPDX-License-Identifier: MIT
 *
 * Candidates that are files: of the lab host, of a container, of the machine.
 */
#ifndef NSLAB_COMMAND_COMPLETE_PATHS_H
#define NSLAB_COMMAND_COMPLETE_PATHS_H

#include "nslab/buf.h"
#include "nslab/call.h"

#define PATHS_TIME_MS 50 /* a key was pressed: who waits longer thinks that it hangs */
#define PATHS_MAX 500

/* Adds the paths there that begin with the typed text; directories end with '/'. What can't be read, or takes
 * too long, has none. */
void paths_there(const struct place *where, const char *typed, struct strv *out);
/* Adds the names of programs there that begin with the typed text. */
void programs_there(const struct place *where, const char *typed, struct strv *out);

/* --- a word that is being typed (pure) --- */

/* What the word says so far: quotes and backslashes taken away, an open quote too. */
char *word_typed(const char *raw);
/* How to go on typing `text` in a word that began as `raw`: within the same quote if it began with one, else
 * with backslashes. A directory's quote stays open. */
char *word_continued(const char *raw, const char *text);

#endif
