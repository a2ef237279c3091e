/* SPDX-License-Identifier: MIT
 *
 * nslab generate: files that an installation has and that are made from the program's own tables.
 */
#include "nslab/doctor.h"
#include "nslab/mem.h"
#include "roff.h"
#include "subcommands.h"

#include <string.h>

static void apparmor(const char *program, struct buf *out)
{
    static const char before[] = "# Lets nslab make user namespaces where AppArmor takes them from programs "
                                 "without a profile.\n# It confines nothing.\n";
    cleanup_free char *profile = doctor_apparmor_profile(program, before, "\n", "\n");
    buf_adds(out, profile ? profile : "");
}

static const struct {
    const char *name, *word; /* its second word, and what that is if it isn't given; NULL: it must be */
    void (*make)(const char *word, struct buf *out);
} files[] = {
    {"nslab.1", "", manual_program},
    {"nslab-lab.5", "", manual_lab},
    {"apparmor", NULL, apparmor},
};

int sub_generate(const struct sub_args *args)
{
    const char *name = args->words.items[0];
    struct nslab_error e = {0};
    cleanup_buf struct buf text = {0};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        const char *word = args->words.len > 1 ? args->words.items[1] : files[i].word;
        if (!strcmp(files[i].name, name) && word)
            files[i].make(word, &text);
    }
    if (text.len)
        return say_out(&text);
    error_say(&e, "cannot generate `%s`%s%s", name, args->words.len > 1 ? " for " : "",
              args->words.len > 1 ? args->words.items[1] : "");
    error_hint(
        &e,
        "Usage: nslab generate nslab.1|nslab-lab.5 [DATE], or: nslab generate apparmor PROGRAM, an absolute "
        "path without quotes and blanks.");
    return say_error(&e, STATUS_USAGE);
}
