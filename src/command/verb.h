/* SPDX-License-Identifier: MIT
 *
 * What the parts of src/command share about a verb's row.
 */
#ifndef NSLAB_COMMAND_VERB_H
#define NSLAB_COMMAND_VERB_H

#include "nslab/command.h"

int verb_unknown(const struct verb_set *set, const char *word, struct nslab_error *e);
bool verb_has_command(const struct verb *verb); /* its last words are a command, with options of its own */
const struct verb_option *verb_option_long(const struct verb *verb, const char *name, size_t length);
const struct verb_option *verb_option_short(const struct verb *verb, char letter);
const struct verb_arg *verb_arg_at(const struct verb *verb, size_t index); /* NULL: takes no more */
const struct strv *line_values(const struct line *line,
                               const char *option_name); /* NULL: it has no such option */

#endif
