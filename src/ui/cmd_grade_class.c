/* SPDX-License-Identifier: MIT
 *
 * nslab verify --workbook DIR: a class, with the formats that a class has.
 */
#include "grading.h"
#include "nslab/class.h"
#include "nslab/mem.h"
#include "nslab/term.h"
#include "reports.h"
#include "subcommands.h"
#include "workers.h"

#include <stdio.h>
#include <stdlib.h>

struct class_run {
    struct class class;
    struct report_targets to;
    bool require_all, stable;
    size_t jobs;
    unsigned part, parts; /* of the files: --shard */
    int status;           /* the worst of all, as far as it is known */
    struct lab **labs;
    size_t n_labs;
};

static void class_run_free(struct class_run *run)
{
    class_free(&run->class);
    labs_free(run->labs, run->n_labs);
}

/* --- options --- */

static const char *format_name(size_t i)
{
    return class_report_table[i].name;
}

/* "2/8": the second of eight parts. */
static int read_shard(const char *shard, struct class_run *run, struct nslab_error *e)
{
    char rest;
    run->part = run->parts = 1;
    if (!shard)
        return 0;
    if (sscanf(shard, "%5u/%5u%c", &run->part, &run->parts, &rest) != 2 || !run->part ||
        run->part > run->parts)
        return error_say(e, "verify: --shard takes I/N, as 2/8 for the second of eight parts, not `%s`",
                         shard);
    return 0;
}

static int read_options(const struct sub_args *args, struct class_run *run, struct nslab_error *e)
{
    const struct report_formats formats = {.name = format_name,
                                           .n = class_report_count,
                                           .these = "A directory of workbooks is reported as",
                                           .rest = "; one workbook as `nslab help verify` says"};
    run->require_all = sub_has(args, "require-all");
    run->stable = sub_has(args, "stable");
    if (report_targets_read(args, &formats, &run->to, e) < 0 || jobs_option(args, &run->jobs, e) < 0)
        return -1;
    return read_shard(sub_value(args, "shard"), run, e);
}

/* --- reports --- */

static int write_class(const struct class_run *run)
{
    struct term term = {0};
    int status = STATUS_PASSED;
    term_probe(&term, false);
    for (size_t i = 0; i < run->to.n; i++) {
        cleanup_buf struct buf text = {0};
        const char *file = run->to.items[i].file;
        /* Who reads the terminal has been told on standard error. */
        if (!file && run->to.items[i].format == REPORT_FOR_PEOPLE && run->class.error && !run->class.n)
            continue;
        const struct report_options o = {.colour = !file && term.look.colour,
                                         .width = file ? TERM_WIDTH_DEFAULT : term.look.width,
                                         .require_all = run->require_all};
        class_report_table[run->to.items[i].format].write(&run->class, &o, &text);
        int written = report_text_write(file, &text);
        status = status ? status : written;
    }
    return status;
}

/* What is done is not lost, and what isn't is said to be so: nobody takes the reports for those of a class
 * that was graded. */
static int class_fail(struct class_run *run, const struct nslab_error *e, bool told, int status)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    run->class.error = xstrdup(error_text(e, text, sizeof text));
    if (!told)
        say_error(e, status);
    write_class(run);
    return status;
}

/* Before hours of work, and not after them. */
static int try_places(const struct class_run *run)
{
    for (size_t i = 0; i < run->to.n; i++)
        if (report_place_try(run->to.items[i].file) != STATUS_PASSED)
            return STATUS_BROKEN;
    return STATUS_PASSED;
}

/* --- grading --- */

/* Which of the two says more to whoever reads only the status: invalid, failed, unsupported, passed. */
static int worse(int a, int b)
{
    static const int order[] = {STATUS_PASSED, STATUS_UNSUPPORTED, STATUS_FAILED, STATUS_INVALID};
    size_t rank_a = 0, rank_b = 0;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        rank_a = order[i] == a ? i : rank_a;
        rank_b = order[i] == b ? i : rank_b;
    }
    return rank_a > rank_b ? a : b;
}

static void take_one_of_many(void *context, struct result *taken)
{
    struct class_run *run = context;
    run->status = worse(run->status, grading_status(taken, run->require_all));
    if (run->stable)
        result_stabilise(taken);
    class_add(&run->class, taken);
}

static int grade_class(struct class_run *run, const struct sub_args *args, const struct strv *files)
{
    struct nslab_error e = {0};
    const struct grading_work work = {.labs = run->labs,
                                      .n_labs = run->n_labs,
                                      .files = files,
                                      .directory = sub_value(args, "workbook"),
                                      .learner = sub_value(args, "as"),
                                      .done = take_one_of_many,
                                      .context = run};
    int rc = grading_run(&work, run->jobs, &e);
    class_find_twins(&run->class);
    if (rc < 0)
        return class_fail(run, &e, false, status_interrupted_or(STATUS_BROKEN));
    int written = write_class(run);
    return written ? written : run->status;
}

int verify_class(const struct sub_args *args)
{
    cleanup_with(class_run_free) struct class_run run = {0};
    cleanup_strv struct strv files = {0};
    struct nslab_error e = {0};
    bool told;
    if (read_options(args, &run, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    int status = try_places(&run);
    if (status)
        return status;
    status = read_named_labs(&args->words, &run.labs, &run.n_labs, &told, &e);
    if (status)
        return class_fail(&run, &e, told, status);
    run.class.labs = run.labs;
    run.class.n_labs = run.n_labs;
    if (grading_labs_check(run.labs, run.n_labs, &e) < 0 ||
        grading_files(sub_value(args, "workbook"), &files, &e) < 0)
        return class_fail(&run, &e, false, STATUS_USAGE);
    grading_shard(&files, run.part, run.parts);
    return grade_class(&run, args, &files);
}
