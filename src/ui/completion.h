/* SPDX-License-Identifier: MIT
 *
 * Completion of nslab's own command line, for the shells: what may stand where the cursor is, from the tables
 * of subcommands and of verbs.
 */
#ifndef NSLAB_UI_COMPLETION_H
#define NSLAB_UI_COMPLETION_H

#include "nslab/buf.h"

#include <stdbool.h>

struct completion {
    struct strv words, helps; /* parallel; a help may be "" */
    bool files;               /* a name of a file may stand there too */
    bool open;                /* what is added goes on: no blank after it */
};
void completion_free(struct completion *c);
/* words: what follows `nslab`, as typed, the last one up to the cursor; "" where a new one begins. */
void complete_words(const struct strv *words, struct completion *ret);
/* Whether it is known what completes a placeholder, as "LAB|FILE". For tests. */
bool completion_knows(const char *placeholder);

/* What a shell has to read to complete nslab's words; NULL: no such shell. */
const char *completion_script(const char *shell);
extern const char *const completion_shells[]; /* ends at NULL */

#endif
