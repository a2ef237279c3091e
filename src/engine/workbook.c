/* SPDX-License-Identifier: MIT
 *
 * The model of a workbook: finding, beginning, resetting, merging. No file is touched here.
 */
#include "nslab/workbook.h"
#include "nslab/engine.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define VALUE_MAX 1000u /* bytes of an observed value that are kept */

const char *const work_state_names[WORK_STATE_COUNT] = {
    [WORK_BEGUN] = "begun",     [WORK_PASSED] = "passed",
    [WORK_FAILED] = "failed",   [WORK_UNSUPPORTED] = "unsupported",
    [WORK_SKIPPED] = "skipped",
};

/* --- memory --- */

static void evidence_free(struct work_step *s)
{
    for (size_t i = 0; i < s->n_evidence; i++) {
        free(s->evidence[i].id);
        free(s->evidence[i].observed);
        free(s->evidence[i].from);
        free(s->evidence[i].how);
    }
    free(take_ptr(s->evidence));
    s->n_evidence = 0;
}

static void step_free(struct work_step *s)
{
    free(s->id);
    free(s->prediction);
    strv_free(&s->lines);
    strv_free(&s->after);
    evidence_free(s);
    free(s->begun);
    free(s->ended);
}

static void steps_free(struct work_lab *work)
{
    for (size_t i = 0; i < work->n; i++)
        step_free(&work->steps[i]);
    free(take_ptr(work->steps));
    work->n = 0;
}

static void lab_work_free(struct work_lab *work)
{
    free(work->id);
    free(work->digest);
    free(work->file);
    free(work->at);
    strv_free(&work->vars);
    steps_free(work);
}

struct workbook *workbook_new(const char *learner)
{
    struct workbook *w = xcalloc(1, sizeof *w);
    w->learner = xstrdup(learner);
    return w;
}

void workbook_free(struct workbook *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        lab_work_free(&w->labs[i]);
    free(w->labs);
    free(w->learner);
    free(w->at);
    free(w);
}

void workbook_free_p(struct workbook **w)
{
    workbook_free(*w);
    *w = NULL;
}

/* --- labs and steps --- */

struct work_lab *workbook_lab(const struct workbook *w, const char *id)
{
    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->labs[i].id, id))
            return &w->labs[i];
    return NULL;
}

struct work_lab *workbook_lab_begin(struct workbook *w, const char *id, const char *digest)
{
    struct work_lab *found = workbook_lab(w, id);
    if (found)
        return found;
    w->labs = xrealloc(w->labs, w->n + 1, sizeof *w->labs);
    w->labs[w->n] = (struct work_lab){.id = xstrdup(id), .digest = xstrdup(digest), .unsaved = true};
    return &w->labs[w->n++];
}

struct work_step *work_lab_step(const struct work_lab *lab, const char *id)
{
    for (size_t i = 0; i < lab->n; i++)
        if (!strcmp(lab->steps[i].id, id))
            return &lab->steps[i];
    return NULL;
}

static struct work_step *insert_step(struct work_lab *work, size_t at, const char *id)
{
    work->steps = xrealloc(work->steps, work->n + 1, sizeof *work->steps);
    memmove(&work->steps[at + 1], &work->steps[at], (work->n - at) * sizeof *work->steps);
    work->n++;
    work->steps[at] = (struct work_step){.id = xstrdup(id), .unsaved = true};
    return &work->steps[at];
}

/* Behind the nearest of the lab's earlier steps that is there. Steps that the lab doesn't have any more stay
 * where they are. */
struct work_step *work_lab_step_begin(struct work_lab *work, const struct lab *lab, size_t step)
{
    struct work_step *found = work_lab_step(work, lab->steps[step].id);
    if (found)
        return found;
    size_t at = 0;
    for (size_t i = 0; i < step; i++) {
        const struct work_step *earlier = work_lab_step(work, lab->steps[i].id);
        if (earlier)
            at = (size_t)(earlier - work->steps) + 1;
    }
    return insert_step(work, at, lab->steps[step].id);
}

void work_step_reset(struct work_step *s)
{
    s->state = WORK_BEGUN;
    s->fresh = s->elsewhere = false;
    strv_free(&s->lines);
    strv_free(&s->after);
    evidence_free(s);
    free(take_ptr(s->ended));
    s->unsaved = true;
}

void work_lab_reset(struct work_lab *work)
{
    steps_free(work);
    work->unsaved = work->replaced = true;
}

/* The lab host is left in the state that the next step begins with: the lines of a step without any led there
 * too. */
static bool leads_on(const struct step *step, const struct work_step *s)
{
    return s && s->state != WORK_SKIPPED && (s->lines.len || (!step->run.n && !step->task));
}

size_t work_replay_from(const struct work_lab *work, const struct lab *lab, size_t step)
{
    while (step > 0) {
        const struct work_step *s = work_lab_step(work, lab->steps[step].id);
        const struct work_step *before = work_lab_step(work, lab->steps[step - 1].id);
        if ((s && s->fresh) || !leads_on(&lab->steps[step - 1], before))
            break;
        step--;
    }
    return step;
}

/* --- what a check showed --- */

/* The observed bytes may be anything, and of any length. */
static char *kept_value(const char *value)
{
    cleanup_buf struct buf harmless = {0};
    if (!value)
        return NULL;
    size_t n = strlen(value);
    add_harmless(&harmless, value, n < VALUE_MAX ? n : VALUE_MAX);
    if (n > VALUE_MAX)
        buf_addf(&harmless, " ... (%zu bytes more)", n - VALUE_MAX);
    return buf_take(&harmless);
}

static enum work_state state_of(enum verdict verdict)
{
    return verdict == VERDICT_PASS ? WORK_PASSED : verdict == VERDICT_FAIL ? WORK_FAILED : WORK_UNSUPPORTED;
}

void work_step_note_check(struct work_step *s, const struct step_result *r)
{
    if (s->state == WORK_PASSED && r->verdict != VERDICT_PASS)
        return;
    evidence_free(s);
    s->evidence = xcalloc(r->n, sizeof *s->evidence);
    s->n_evidence = r->n;
    for (size_t i = 0; i < r->n; i++) {
        const struct expectation_result *x = &r->expectations[i];
        s->evidence[i] = (struct work_evidence){.id = xstrdup(x->id),
                                                .verdict = x->verdict,
                                                .observed = kept_value(x->observed),
                                                .from = kept_value(x->from),
                                                .how = kept_value(x->how)};
    }
    s->state = state_of(r->verdict);
    s->unsaved = true;
}

/* --- two writers --- */

static char *copy(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static void copy_step(struct work_step *to, const struct work_step *from)
{
    step_free(to);
    *to = (struct work_step){.id = xstrdup(from->id),
                             .state = from->state,
                             .prediction = copy(from->prediction),
                             .fresh = from->fresh,
                             .elsewhere = from->elsewhere,
                             .hints = from->hints,
                             .n_evidence = from->n_evidence,
                             .evidence = xcalloc(from->n_evidence, sizeof *to->evidence),
                             .begun = copy(from->begun),
                             .ended = copy(from->ended),
                             .seconds = from->seconds};
    strv_copy(&to->lines, &from->lines);
    strv_copy(&to->after, &from->after);
    for (size_t i = 0; i < from->n_evidence; i++) {
        const struct work_evidence *x = &from->evidence[i];
        to->evidence[i] =
            (struct work_evidence){copy(x->id), x->verdict, copy(x->observed), copy(x->from), copy(x->how)};
    }
}

/* Ours at i has none in theirs: behind the nearest of ours before it that is there too. */
static struct work_step *place_for(struct work_lab *theirs, const struct work_lab *ours, size_t i)
{
    for (size_t before = i; before-- > 0;) {
        const struct work_step *there = work_lab_step(theirs, ours->steps[before].id);
        if (there)
            return insert_step(theirs, (size_t)(there - theirs->steps) + 1, ours->steps[i].id);
    }
    return insert_step(theirs, 0, ours->steps[i].id);
}

static void merge_lab(struct work_lab *theirs, const struct work_lab *ours)
{
    if (ours->replaced)
        steps_free(theirs);
    if (ours->unsaved) {
        free(theirs->digest);
        free(theirs->file);
        free(theirs->at);
        theirs->digest = copy(ours->digest);
        theirs->file = copy(ours->file);
        theirs->at = copy(ours->at);
        strv_free(&theirs->vars);
        strv_copy(&theirs->vars, &ours->vars);
    }
    for (size_t i = 0; i < ours->n; i++) {
        const struct work_step *mine = &ours->steps[i];
        struct work_step *there = work_lab_step(theirs, mine->id);
        if (!mine->unsaved || (there && there->state == WORK_PASSED && mine->state != WORK_PASSED))
            continue;
        copy_step(there ? there : place_for(theirs, ours, i), mine);
    }
}

void workbook_merge(struct workbook *theirs, const struct workbook *ours)
{
    if (ours->at) {
        free(theirs->at);
        theirs->at = xstrdup(ours->at);
    }
    for (size_t i = 0; i < ours->n; i++) {
        const struct work_lab *mine = &ours->labs[i];
        bool changed = mine->unsaved;
        for (size_t s = 0; s < mine->n; s++)
            changed = changed || mine->steps[s].unsaved;
        if (changed)
            merge_lab(workbook_lab_begin(theirs, mine->id, mine->digest), mine);
    }
}
