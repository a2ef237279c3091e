/* SPDX-License-Identifier: MIT
 *
 * The line language: any line is understood, or refused with a message and a place within it.
 *
 * covers: src/command/words.c src/command/line.c src/command/forms.c src/command/mappings.c
 * src/command/modes.c src/command/spec.c
 */
#include "fuzz.h"
#include "nslab/command.h"
#include "nslab/container.h"
#include "nslab/shell.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cleanup_free char *text = text_of(bytes, n);
    cleanup_with(line_free) struct line line = {0};
    cleanup_strv struct strv makes = {0}, uses = {0};
    struct nslab_error e = {0};
    struct shell_verbs verbs;
    size_t offset = 0;
    shell_verbs_init(&verbs);
    if (line_parse(&verbs.all, text, &line, &offset, &e) < 0) {
        HOLDS(error_is_set(&e) && offset <= strlen(text));
        return 0;
    }
    line_names(&line, &makes, &uses);
    if (!strcmp(line.verb->name, "run")) {
        struct container_spec spec = {0};
        if (line_to_spec(&line, &spec, &e) < 0)
            HOLDS(error_is_set(&e));
        container_spec_free(&spec);
    }
    return 0;
}
