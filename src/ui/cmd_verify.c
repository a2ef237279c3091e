/* SPDX-License-Identifier: MIT
 *
 * nslab verify: read all the labs, run them, report.
 */
#include "grading.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "reports.h"
#include "subcommands.h"
#include "workers.h"

#include <unistd.h>

struct verify {
    struct reports reports;
    size_t jobs;
    struct lab **labs;
    size_t n;
    struct result result;
};

static void verify_free(struct verify *v)
{
    labs_free(v->labs, v->n);
    result_free(&v->result);
}

static int read_options(const struct sub_args *args, struct verify *v, struct nslab_error *e)
{
    if (reports_options(args, &v->reports, e) < 0)
        return -1;
    return jobs_option(args, &v->jobs, e);
}

/* What is wrong with them is said at once and whole; the reports tell how it begins. */
static int find_labs(struct verify *v, const struct strv *words)
{
    struct nslab_error e = {0};
    bool told;
    int status = read_named_labs(words, &v->labs, &v->n, &told, &e);
    return status ? reports_fail(&v->reports, &v->result, &e, told, status) : status;
}

static int run_labs(struct verify *v, const char *learner)
{
    struct nslab_error e = {0};
    /* Nobody's variables, and so ports of its own: a run beside this one, or a shell, holds others. What is
     * to be the same from run to run has the same variables. */
    cleanup_free char *nobody = v->reports.stable
                                    ? xstrdup("nobody")
                                    : xasprintf("run %d, %llu", (int)getpid(), (unsigned long long)now_ns());
    const struct engine_options options = {.learner = learner ? learner : nobody, .limits = &limits_grading};
    uint64_t start = now_ns();
    int rc = verify_labs(v->labs, v->n, &options, v->jobs, &v->result, &e);
    v->result.ms = (double)(now_ns() - start) / 1e6;
    if (rc < 0)
        return reports_fail(&v->reports, &v->result, &e, false, status_interrupted_or(STATUS_BROKEN));
    int status = reports_write(&v->reports, &v->result);
    return status ? status : result_exit_status(&v->result, v->reports.require_all);
}

int sub_verify(const struct sub_args *args)
{
    cleanup_with(verify_free) struct verify v = {0};
    struct nslab_error e = {0};
    const char *workbook = sub_value(args, "workbook");
    int is_class = workbook ? grading_is_class(workbook, &e) : 0;
    if (is_class < 0)
        return say_error(&e, STATUS_USAGE);
    if (sub_has(args, "shard") && !is_class) {
        error_say(&e, "verify: --shard is for a directory of workbooks: it needs --workbook DIR");
        return say_error(&e, STATUS_USAGE);
    }
    if (is_class)
        return verify_class(args);
    if (read_options(args, &v, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    int status = reports_begin(&v.reports);
    if (status == STATUS_PASSED)
        status = find_labs(&v, &args->words);
    if (status)
        return status;
    return workbook ? verify_workbook(args, &v.reports, v.labs, v.n) : run_labs(&v, sub_value(args, "as"));
}
