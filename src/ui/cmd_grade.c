/* SPDX-License-Identifier: MIT
 *
 * nslab verify --workbook: one workbook gives the reports that a lab gives; a directory of them gives those
 * of a class. nslab submit: the learner's own workbook, as it will be graded.
 */
#include "grading.h"
#include "nslab/class.h"
#include "nslab/interrupt.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/term.h"
#include "reports.h"
#include "subcommands.h"
#include "workers.h"

#include <stdio.h>
#include <string.h>

static const struct engine_options grading_options = {.limits = &limits_grading};

/* --- one workbook --- */

static void take_result(void *context, struct result *taken)
{
    struct result *result = context;
    *result = *taken;
    *taken = (struct result){0};
}

static bool is_damaged(const struct result *r)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (!strcmp(r->findings[i].name, finding_names[FINDING_DAMAGED]))
            return true;
    return false;
}

static int status_of(const struct result *r, bool require_all)
{
    return is_damaged(r) ? STATUS_INVALID : result_exit_status(r, require_all);
}

int grade_workbook(const struct strv *files, struct lab *const *labs, size_t n_labs, const char *learner,
                   size_t jobs, const struct reports *reports, struct result *result)
{
    struct nslab_error e = {0};
    const struct grading_work work = {.labs = labs,
                                      .n_labs = n_labs,
                                      .files = files,
                                      .learner = learner,
                                      .options = &grading_options,
                                      .done = take_result,
                                      .context = result};
    if (grading_run(&work, jobs, &e) < 0)
        return reports_fail(reports, result, &e, false,
                            interrupt_signal() ? STATUS_INTERRUPTED : STATUS_BROKEN);
    int status = reports_write(reports, result);
    return status ? status : status_of(result, reports->require_all);
}

/* --- a class --- */

#define CLASS_TARGETS_MAX 8
struct class_run {
    struct class class;
    struct strv learners; /* parallel to the results, for who is there twice */
    bool require_all;
    int status; /* the worst of all, as far as it is known */
    struct {
        const struct class_report *report;
        const char *file; /* NULL: standard output */
    } targets[CLASS_TARGETS_MAX];
    size_t n_targets;
};

static void class_run_free(struct class_run *run)
{
    class_free(&run->class);
    strv_free(&run->learners);
}

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

static void find_twin(const struct class_run *run, struct result *r)
{
    for (size_t i = 0; i < run->class.n; i++)
        if (!strcmp(run->learners.items[i], r->learner)) {
            /* The first is enough: of many copies each would name all others. */
            findings_add(&r->findings, &r->n_findings, finding_names[FINDING_SWAPPED], NULL,
                         "%s says that it is of %s too", run->class.results[i].workbook, r->learner);
            return;
        }
}

static void take_one_of_many(void *context, struct result *taken)
{
    struct class_run *run = context;
    find_twin(run, taken);
    strv_add(&run->learners, taken->learner);
    run->status = worse(run->status, status_of(taken, run->require_all));
    class_add(&run->class, taken);
}

static int add_target(struct class_run *run, const char *format, const char *file, struct nslab_error *e)
{
    const struct class_report *report = class_report_by_name(format);
    if (!report) {
        cleanup_strv struct strv names = {0};
        cleanup_buf struct buf all = {0};
        for (size_t i = 0; i < class_report_count; i++)
            strv_add(&names, class_report_table[i].name);
        strv_join(&names, ", ", &all);
        error_say(e, "verify: no format of a class is named `%s`", format);
        return error_hint(
            e, "A directory of workbooks is reported as %s; one workbook as `nslab help verify` says.",
            buf_text(&all));
    }
    if (run->n_targets == CLASS_TARGETS_MAX)
        return error_say(e, "verify: more than %d reports", CLASS_TARGETS_MAX);
    file = file && strcmp(file, "-") != 0 ? file : NULL;
    for (size_t i = 0; i < run->n_targets; i++)
        if (same_place(run->targets[i].file, file))
            return error_say(e, "verify: two reports go to %s", file ? file : "standard output");
    run->targets[run->n_targets].report = report;
    run->targets[run->n_targets++].file = file;
    return 0;
}

/* --format, --output and --report, with the formats that a class has. */
static int class_options(const struct sub_args *args, struct class_run *run, struct nslab_error *e)
{
    const char *format = sub_value(args, "format"), *output = sub_value(args, "output");
    const struct strv *further = sub_values(args, "report");
    bool taken = format || output;
    run->require_all = sub_has(args, "require-all");
    if (taken && add_target(run, format ? format : "pretty", output, e) < 0)
        return -1;
    for (size_t i = 0; i < further->len; i++) {
        const char *value = further->items[i];
        size_t n = strcspn(value, "=");
        cleanup_free char *name = xstrndup(value, n);
        if (!value[n] || !value[n + 1])
            return error_say(e, "verify: --report takes FORMAT=FILE, not `%s`", value);
        if (add_target(run, name, value + n + 1, e) < 0)
            return -1;
        taken = taken || !run->targets[run->n_targets - 1].file;
    }
    return taken ? 0 : add_target(run, "pretty", NULL, e);
}

static int write_class(const struct class_run *run)
{
    struct term term = {0};
    int status = STATUS_PASSED;
    term_probe(&term, false);
    for (size_t i = 0; i < run->n_targets; i++) {
        cleanup_buf struct buf text = {0};
        const char *file = run->targets[i].file;
        const struct report_options o = {.colour = !file && term.look.colour,
                                         .width = file ? TERM_WIDTH_DEFAULT : term.look.width,
                                         .require_all = run->require_all};
        run->targets[i].report->write(&run->class, &o, &text);
        int written = report_text_write(file, &text);
        status = status ? status : written;
    }
    return status;
}

static int grade_class(const struct sub_args *args, struct class_run *run, const struct strv *files,
                       struct lab *const *labs, size_t n_labs, size_t jobs)
{
    struct nslab_error e = {0};
    /* Before hours of work, and not after them. */
    for (size_t i = 0; i < run->n_targets; i++)
        if (report_place_try(run->targets[i].file) != STATUS_PASSED)
            return STATUS_BROKEN;
    run->class.labs = labs;
    run->class.n_labs = n_labs;
    const struct grading_work work = {.labs = labs,
                                      .n_labs = n_labs,
                                      .files = files,
                                      .learner = sub_value(args, "as"),
                                      .options = &grading_options,
                                      .done = take_one_of_many,
                                      .context = run};
    int rc = grading_run(&work, jobs, &e);
    /* Interrupted, what is done is not lost, and what isn't is said to be so. */
    int status = rc < 0 ? say_error(&e, interrupt_signal() ? STATUS_INTERRUPTED : STATUS_BROKEN) : 0;
    int written = write_class(run);
    return status ? status : written ? written : run->status;
}

/* --- the options of both --- */

/* "2/8": the second of eight parts. */
static int cut_shard(const struct sub_args *args, struct strv *files, struct nslab_error *e)
{
    const char *shard = sub_value(args, "shard");
    unsigned i = 0, n = 0;
    char rest;
    if (!shard)
        return 0;
    if (sscanf(shard, "%5u/%5u%c", &i, &n, &rest) != 2 || !i || i > n)
        return error_say(e, "verify: --shard takes I/N, as 2/8 for the second of eight parts, not `%s`",
                         shard);
    grading_shard(files, i, n);
    return 0;
}

int verify_workbooks(const struct sub_args *args, const struct reports *reports, struct lab *const *labs,
                     size_t n_labs)
{
    const char *path = sub_value(args, "workbook");
    cleanup_strv struct strv files = {0};
    cleanup_with(class_run_free) struct class_run run = {0};
    struct nslab_error e = {0};
    size_t jobs;
    if (jobs_option(args, &jobs, &e) < 0 || (is_directory(path) && class_options(args, &run, &e) < 0))
        return say_error(&e, STATUS_USAGE);
    if (grading_files(path, &files, &e) < 0 || cut_shard(args, &files, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    if (is_directory(path))
        return grade_class(args, &run, &files, labs, n_labs, jobs);
    cleanup_with(result_free) struct result result = {0};
    return grade_workbook(&files, labs, n_labs, sub_value(args, "as"), jobs, reports, &result);
}
