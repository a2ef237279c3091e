/* SPDX-License-Identifier: MIT
 *
 * nslab export: a lab as a handout, with what it showed on this machine.
 */
#include "nslab/fd.h"
#include "nslab/handout.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/proc.h"
#include "subcommands.h"

#include <string.h>
#include <unistd.h>

/* The one that is named, else by the file's name, else the first. NULL: e says what there is. */
static const struct handout_format *find_format(const char *name, const char *output, struct nslab_error *e)
{
    for (size_t i = 0; i < handout_format_count; i++) {
        cleanup_free char *ending = xasprintf("*.%s", handout_formats[i].name);
        if (name ? !strcmp(name, handout_formats[i].name) : output && glob_matches(ending, output))
            return &handout_formats[i];
    }
    if (!name)
        return &handout_formats[0];
    error_say(e, "export: no format is named `%s`", name);
    error_hint(e, "There are md and html.");
    return NULL;
}

static int write_out(const char *output, const struct buf *text)
{
    struct nslab_error e = {0};
    if (!output)
        return say_out(text);
    return write_file_atomically(output, buf_text(text), text->len, 0666, &e) < 0
               ? say_error(&e, STATUS_BROKEN)
               : STATUS_PASSED;
}

static int export_lab(const struct lab *lab, const struct sub_args *args, const struct handout_format *format)
{
    cleanup_with(handout_free) struct handout handout = {0};
    cleanup_buf struct buf text = {0};
    struct nslab_error e = {0};
    /* Nobody's variables, and so ports of its own: a run beside this one, or a shell, holds others. */
    cleanup_free char *nobody = xasprintf("run %d, %llu", (int)getpid(), (unsigned long long)now_ns());
    const char *learner = sub_value(args, "as");
    const struct engine_options engine = {.learner = learner ? learner : nobody};
    const struct handout_options options = {.no_solutions = sub_has(args, "no-solutions")};
    if (handout_make(lab, &engine, &handout, &e) < 0)
        return say_error(&e, status_interrupted_or(STATUS_BROKEN));
    format->write(&handout, &options, &text);
    int status = write_out(sub_value(args, "output"), &text);
    if (status)
        return status;
    if (handout.verdict == VERDICT_PASS)
        return STATUS_PASSED;
    bool failed = handout.verdict == VERDICT_FAIL;
    error_say(&e,
              failed ? "a step of %s failed, and stands so in the handout"
                     : "a step of %s can't be shown on this machine, and stands so in the handout",
              lab->id);
    return say_error(&e, failed ? STATUS_FAILED : STATUS_UNSUPPORTED);
}

int sub_export(const struct sub_args *args)
{
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_buf struct buf problems = {0};
    struct nslab_error e = {0};
    const struct handout_format *format =
        find_format(sub_value(args, "format"), sub_value(args, "output"), &e);
    if (!format)
        return say_error(&e, STATUS_USAGE);
    int status = read_lab(args->words.items[0], &lab, &problems);
    if (status == STATUS_PASSED)
        return export_lab(lab, args, format);
    (void)!out_write(STDERR_FILENO, buf_text(&problems), problems.len);
    return status;
}
