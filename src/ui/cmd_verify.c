/* SPDX-License-Identifier: MIT
 *
 * nslab verify: read all the labs, run them, report.
 */
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/report.h"
#include "subcommands.h"
#include "workers.h"

#include <string.h>
#include <unistd.h>

struct verify {
    const struct report *report;
    const char *output; /* NULL: standard output */
    size_t jobs;
    struct lab **labs;
    size_t n;
};

static void verify_free(struct verify *v)
{
    labs_free(v->labs, v->n);
}

static int read_options(const struct sub_args *args, struct verify *v, struct nslab_error *e)
{
    const char *format = sub_value(args, "format");
    v->report = format ? report_by_name(format) : &report_table[0];
    v->output = sub_value(args, "output");
    if (!v->report) {
        const char *names[8];
        size_t n = 0;
        for (; n < report_count && n < ARRAY_LEN(names); n++)
            names[n] = report_table[n].name;
        const char *nearest = nearest_word(format, names, n);
        error_say(e, "verify: no format is named `%s`", format);
        return nearest ? error_hint(e, "Did you mean %s?", nearest)
                       : error_hint(e, "There are pretty, tap and json.");
    }
    return jobs_option(args, &v->jobs, e);
}

static int write_report(const struct verify *v, const struct result *result)
{
    cleanup_buf struct buf text = {0};
    struct nslab_error e = {0};
    struct term term = {0};
    term_probe(&term, v->output != NULL);
    const struct report_options options = {
        .colour = term.look.colour,
        .width = v->output ? TERM_WIDTH_DEFAULT : term.look.width,
    };
    v->report->write(result, &options, &text);
    if (!v->output)
        return say_out(&text);
    if (write_file_atomically(v->output, buf_text(&text), text.len, 0666, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    return STATUS_PASSED;
}

int sub_verify(const struct sub_args *args)
{
    cleanup_with(verify_free) struct verify v = {0};
    cleanup_with(result_free) struct result result = {0};
    cleanup_strv struct strv course = {0};
    struct nslab_error e = {0};
    if (read_options(args, &v, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    if (!args->words.len && labs_list(&course, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    int status = read_labs(args->words.len ? &args->words : &course, &v.labs, &v.n);
    if (status != STATUS_PASSED)
        return status;
    /* Nobody's variables, and so ports of its own: a run beside this one, or a shell, holds others. */
    cleanup_free char *nobody = xasprintf("run %d, %llu", (int)getpid(), (unsigned long long)now_ns());
    const char *learner = sub_value(args, "as");
    const struct engine_options options = {.learner = learner ? learner : nobody, .limits = &limits_grading};
    if (verify_labs(v.labs, v.n, &options, v.jobs, &result, &e) < 0)
        return say_error(&e, interrupt_signal() ? STATUS_INTERRUPTED : STATUS_BROKEN);
    status = write_report(&v, &result);
    return status ? status : result_exit_status(&result, sub_has(args, "require-all"));
}
