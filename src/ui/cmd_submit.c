/* SPDX-License-Identifier: MIT
 *
 * nslab submit: the learner's own workbook, run again as it will be graded.
 */
#include "grading.h"
#include "keep.h"
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/term.h"
#include "reports.h"
#include "subcommands.h"
#include "workers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The labs that were begun: those of the course by their ids, others by their files. */
static void begun_labs(const struct workbook *w, struct strv *names)
{
    for (size_t i = 0; i < w->n; i++)
        strv_add(names, w->labs[i].file ? w->labs[i].file : w->labs[i].id);
}

/* Also what isn't there yet is said before anything is run. */
static int open_own(const struct sub_args *args, char **ret_path, struct workbook **ret)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_free char *path = NULL;
    struct nslab_error e = {0};
    path = keep_path(sub_value(args, "workbook"), sub_value(args, "as"), &e);
    if (!path)
        return say_error(&e, STATUS_USAGE);
    if (workbook_read_file(path, ret, &d, &e) == 0) {
        *ret_path = take_ptr(path);
        return STATUS_PASSED;
    }
    if (d.n) {
        cleanup_buf struct buf text = {0};
        diagnostics_show(&d, &text);
        (void)!write(STDERR_FILENO, buf_text(&text), text.len);
        return STATUS_INVALID;
    }
    if (e.errnum == ENOENT)
        error_hint(&e, "It is written when you begin a lab: `nslab` starts the course.");
    return say_error(&e, STATUS_USAGE);
}

/* Where the learner is to look, in a sentence. */
static const char *reason(const struct step_result *step)
{
    if (step->not_attempted)
        return "It was not begun.";
    if (step->error && !step->n)
        return "It was skipped, or none of its lines was run.";
    if (step->verdict == VERDICT_UNSUPPORTED)
        return "This machine can't show it; the one that grades may.";
    if (step->verdict == VERDICT_FAIL)
        return "What it asks for was not there when your lines were run again.";
    return "Its question was not answered.";
}

static void add_reasons(const struct result *r, struct buf *out)
{
    for (size_t l = 0; l < r->n; l++)
        for (size_t s = 0; s < r->labs[l].n; s++) {
            const struct step_result *step = &r->labs[l].steps[s];
            if (step->points_earned == step->points_max)
                continue;
            buf_addf(out, "- %s, step %s: %d of %d. %s\n", r->labs[l].id, step->id, step->points_earned,
                     step->points_max, reason(step));
        }
}

static int say_summary(const struct result *r, const char *path)
{
    cleanup_buf struct buf markdown = {0}, out = {0};
    struct term term = {0};
    struct points points = result_points(r);
    term_probe(&term, false);
    buf_addc(&out, '\n');
    buf_addf(&markdown, "**%d of %d points would be scored.**\n\n", points.earned, points.max);
    add_reasons(r, &markdown);
    buf_addf(&markdown, "\nThe file to hand in:\n\n    %s\n", path);
    markdown_render(buf_text(&markdown), &term.look, &out);
    return say_out(&out);
}

int sub_submit(const struct sub_args *args)
{
    cleanup_with(workbook_free_p) struct workbook *w = NULL;
    cleanup_with(result_free) struct result result = {0};
    cleanup_strv struct strv names = {0}, files = {0};
    cleanup_free char *path = NULL;
    const char *as = sub_value(args, "as");
    struct reports reports;
    struct nslab_error e = {0};
    struct lab **labs = NULL;
    size_t jobs, n_labs = 0;
    if (reports_options(args, &reports, &e) < 0 || jobs_option(args, &jobs, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    int status = open_own(args, &path, &w);
    if (status || !w)
        return status;
    begun_labs(w, &names);
    status = read_labs(args->words.len ? &args->words : &names, &labs, &n_labs);
    strv_add(&files, path);
    if (status == STATUS_PASSED && !n_labs) {
        error_say(&e, "no lab was begun yet in %s", path);
        error_hint(&e, "`nslab` starts the course.");
        status = say_error(&e, STATUS_USAGE);
    } else if (status == STATUS_PASSED) {
        status = grade_workbook(&files, labs, n_labs, as ? as : w->learner, jobs, &reports, &result);
        if (!result.error && !reports.to.items[0].file && reports.to.items[0].format == REPORT_FOR_PEOPLE)
            say_summary(&result, path);
    }
    labs_free(labs, n_labs);
    return status;
}
