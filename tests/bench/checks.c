/* SPDX-License-Identifier: MIT
 *
 * What a learner waits for after `check`: each step of the course is played, and looked at as the shell does.
 * A task is looked at after its solution.
 *
 * usage: checks [ROUNDS]
 */
#include "measure.h"

#include "nslab/engine.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 10
#define STEPS_MAX 200
#define SHOWN 3
#define TARGET_MS 150

struct timed_step {
    char *name;
    struct series ms;
};
static struct timed_step timed[STEPS_MAX];
static size_t n_timed;

static struct series *series_of(const char *lab, const char *step)
{
    cleanup_free char *name = xasprintf("%s/%s", lab, step);
    for (size_t i = 0; i < n_timed; i++)
        if (!strcmp(timed[i].name, name))
            return &timed[i].ms;
    if (n_timed == STEPS_MAX)
        abort();
    timed[n_timed].name = take_ptr(name);
    return &timed[n_timed++].ms;
}

/* What this machine can't show isn't measured. */
static void play_step(struct lab_run *run, const struct lab *lab, size_t step)
{
    struct nslab_error e = {0};
    struct step_result result = {0};
    if (lab_run_do(run, step, &e) < 0 || lab_run_solution(run, step, &e) < 0)
        return;
    double start = bench_now_ms();
    lab_run_check(run, step, &result);
    double ms = bench_now_ms() - start;
    if (result.verdict == VERDICT_PASS)
        series_add(series_of(lab->id, lab->steps[step].id), ms);
    else
        fprintf(stderr, "checks: %s/%s doesn't pass\n", lab->id, lab->steps[step].id);
    step_result_free(&result);
}

static int play_lab(const char *path)
{
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_with(lab_run_close_p) struct lab_run *run = NULL;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    const struct engine_options options = {.learner = "bench"};
    struct nslab_error e = {0};
    if (lab_read_file(path, &lab, &d, &e) < 0 || lab_run_open(lab, &options, &run, &e) < 0)
        return -1;
    for (size_t i = 0; i < lab->n_steps; i++)
        if (lab->steps[i].n_expect)
            play_step(run, lab, i);
    return 0;
}

static int slower_first(const void *a, const void *b)
{
    const struct timed_step *x = a, *y = b;
    double left = series_quantile(&x->ms, 0.5), right = series_quantile(&y->ms, 0.5);
    return left < right ? 1 : left > right ? -1 : 0;
}

static bool report(void)
{
    static struct series all;
    bool met = true;
    for (size_t i = 0; i < n_timed; i++)
        series_add(&all, series_quantile(&timed[i].ms, 0.5));
    qsort(timed, n_timed, sizeof *timed, slower_first);
    puts("");
    table_head();
    for (size_t i = 0; i < SHOWN && i < n_timed; i++) {
        cleanup_free char *what = xasprintf("check: %s", timed[i].name);
        const struct row row = {.what = what, .unit = "ms", .ours = &timed[i].ms, .value_max = TARGET_MS};
        met &= table_row(&row);
    }
    const struct row row = {.what = "check: all steps of the course", .unit = "ms", .ours = &all};
    return table_row(&row) && met;
}

int main(int argc, char **argv)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error e = {0};
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    title_init(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (interrupt_install() < 0 || labs_list(&paths, &e) < 0) {
        fputs("checks: the labs can't be listed\n", stderr);
        return 5;
    }
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < paths.len; i++)
            if (play_lab(paths.items[i]) < 0) {
                fprintf(stderr, "checks: %s can't be played\n", paths.items[i]);
                return 5;
            }
    return report() ? 0 : 1;
}
