/* SPDX-License-Identifier: MIT
 *
 * Prints the workbook of a learner who did everything right: each lab's lines, solutions and predictions. For
 * the tests and benchmarks of grading. usage: workbook LEARNER LAB|FILE...
 */
#include "nslab/workbook.h"
#include "nslab/lab.h"
#include "nslab/mem.h"

#include <stdio.h>
#include <string.h>

static void add_step(struct work_lab *work, const struct lab *lab, size_t index)
{
    const struct step *step = &lab->steps[index];
    struct work_step *s = work_lab_step_begin(work, lab, index);
    s->state = WORK_PASSED;
    for (size_t i = 0; i < step->predict.n && !s->prediction; i++)
        if (step->predict.choices[i].right)
            s->prediction = xstrdup(step->predict.choices[i].id);
    if (step->run.n)
        strv_add(&s->lines, WORK_DO);
    for (size_t i = 0; i < step->solution.n; i++)
        strv_add(&s->lines, step->solution.items[i].text);
}

static int add_lab(struct workbook *w, const char *name, struct nslab_error *e)
{
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_free char *path = NULL;
    if (lab_find(name, &path, e) < 0 || lab_read_file(path, &lab, &d, e) < 0)
        return -1;
    struct work_lab *work = workbook_lab_begin(w, lab->id, lab->digest);
    for (size_t i = 0; i < lab->n_vars; i++)
        if (!lab->vars[i].value)
            strv_addf(&work->vars, "%s=%ld", lab->vars[i].name,
                      pick_value(w->learner, lab->id, lab->vars[i].name, lab->vars[i].pick_from,
                                 lab->vars[i].pick_to));
    for (size_t i = 0; i < lab->n_steps; i++)
        add_step(work, lab, i);
    return 0;
}

int main(int argc, char **argv)
{
    cleanup_with(workbook_free_p) struct workbook *w = workbook_new(argc > 1 ? argv[1] : "nobody");
    cleanup_buf struct buf text = {0};
    struct nslab_error e = {0};
    for (int i = 2; i < argc; i++) {
        char why[NSLAB_ERROR_TEXT_MAX];
        if (add_lab(w, argv[i], &e) == 0)
            continue;
        fprintf(stderr, "workbook: %s\n", error_text(&e, why, sizeof why));
        return 1;
    }
    workbook_write(w, &text);
    return fputs(buf_text(&text), stdout) < 0;
}
