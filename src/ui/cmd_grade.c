/* SPDX-License-Identifier: MIT
 *
 * nslab verify --workbook FILE, and nslab submit: one workbook gives the reports that labs give.
 */
#include "grading.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "reports.h"
#include "subcommands.h"
#include "workers.h"

static void take_result(void *context, struct result *taken)
{
    struct result *result = context;
    *result = *taken;
    *taken = (struct result){0};
}

int grade_workbook(const struct strv *files, struct lab *const *labs, size_t n_labs, const char *learner,
                   size_t jobs, const struct reports *reports, struct result *result)
{
    struct nslab_error e = {0};
    const struct grading_work work = {.labs = labs,
                                      .n_labs = n_labs,
                                      .files = files,
                                      .learner = learner,
                                      .done = take_result,
                                      .context = result};
    if (grading_labs_check(labs, n_labs, &e) < 0)
        return reports_fail(reports, result, &e, false, STATUS_USAGE);
    uint64_t start = now_ns();
    int rc = grading_run(&work, jobs, &e);
    result->ms = (double)(now_ns() - start) / 1e6;
    if (rc < 0)
        return reports_fail(reports, result, &e, false, status_interrupted_or(STATUS_BROKEN));
    int status = reports_write(reports, result);
    return status ? status : grading_status(result, reports->require_all);
}

int verify_workbook(const struct sub_args *args, const struct reports *reports, struct lab *const *labs,
                    size_t n_labs)
{
    cleanup_strv struct strv files = {0};
    cleanup_with(result_free) struct result result = {0};
    struct nslab_error e = {0};
    size_t jobs;
    if (jobs_option(args, &jobs, &e) < 0 || grading_files(sub_value(args, "workbook"), &files, &e) < 0)
        return reports_fail(reports, &result, &e, false, STATUS_USAGE);
    return grade_workbook(&files, labs, n_labs, sub_value(args, "as"), jobs, reports, &result);
}
