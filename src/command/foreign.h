/* SPDX-License-Identifier: MIT
 *
 * Lines that belong to a shell or to Docker rather than to nslab: what to type instead, and why.
 */
#ifndef NSLAB_COMMAND_FOREIGN_H
#define NSLAB_COMMAND_FOREIGN_H

#include "nslab/command.h"

/* Where the verb begins: behind blanks and the words docker and sudo. */
size_t foreign_skip_prefix(const char *text);
/* -1 with the answer when the line's first word is no verb of the set but a known word of elsewhere; else 0.
 */
int foreign_answer(const struct verb_set *set, const char *text, size_t *ret_offset, struct nslab_error *e);
/* A verb whose name is also a program's (ps, kill, rm) was given what only the program knows: says so in the
 * hint. */
void foreign_namesake(const struct verb *verb, const char *text, struct nslab_error *e);

#endif
