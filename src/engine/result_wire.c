/* SPDX-License-Identifier: MIT
 *
 * A lab's result as bytes, for the pipe between a worker and nslab. The same walk over the tree writes and
 * reads, so that the two can't disagree. Both ends are the same program: no byte order, no versions.
 */
#include "nslab/mem.h"
#include "nslab/result.h"

#include <stdint.h>
#include <string.h>

#define COUNT_MAX 100000u /* more steps than this in a result aren't meant: the bytes are damaged */

struct wire {
    struct buf *out; /* writing; else reading from: */
    const char *in;
    size_t left;
    bool broken;
};

static void pass_bytes(struct wire *w, void *bytes, size_t n)
{
    if (w->out) {
        buf_add(w->out, bytes, n);
    } else if (w->broken || n > w->left) {
        w->broken = true;
        memset(bytes, 0, n);
    } else {
        memcpy(bytes, w->in, n);
        w->in += n;
        w->left -= n;
    }
}

static void pass_text(struct wire *w, char **text)
{
    uint64_t n = w->out && *text ? strlen(*text) : UINT64_MAX; /* UINT64_MAX: NULL */
    pass_bytes(w, &n, sizeof n);
    if (w->out) {
        if (*text)
            buf_add(w->out, *text, n);
        return;
    }
    if (w->broken || n == UINT64_MAX)
        return;
    if (n > w->left) {
        w->broken = true;
        return;
    }
    *text = xstrndup(w->in, n);
    w->in += n;
    w->left -= n;
}

static size_t pass_count(struct wire *w, size_t n)
{
    uint32_t count = (uint32_t)n;
    pass_bytes(w, &count, sizeof count);
    if (count > COUNT_MAX)
        w->broken = true;
    return w->broken ? 0 : count;
}

static void pass_verdict(struct wire *w, enum verdict *verdict)
{
    uint32_t number = (uint32_t)*verdict;
    pass_bytes(w, &number, sizeof number);
    if (number >= VERDICT_COUNT)
        w->broken = true;
    *verdict = w->broken ? VERDICT_FAIL : (enum verdict)number;
}

static void pass_expectation(struct wire *w, struct expectation_result *x)
{
    char **texts[] = {&x->id,   &x->say,   &x->expected, &x->observed,   &x->from,           &x->how,
                      &x->fact, &x->cause, &x->hint,     &x->other_from, &x->other_observed, &x->look};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        pass_text(w, texts[i]);
    pass_verdict(w, &x->verdict);
    pass_bytes(w, &x->line, sizeof x->line);
    pass_bytes(w, &x->ms, sizeof x->ms);
}

static void pass_views(struct wire *w, struct step_result *step)
{
    step->n_views = pass_count(w, step->n_views);
    if (!w->out)
        step->views = xcalloc(step->n_views, sizeof *step->views);
    for (size_t i = 0; i < step->n_views; i++) {
        pass_text(w, &step->views[i].viewpoint);
        pass_bytes(w, step->views[i].inodes, sizeof step->views[i].inodes);
    }
}

static void pass_step(struct wire *w, struct step_result *step)
{
    pass_text(w, &step->id);
    pass_text(w, &step->title);
    pass_text(w, &step->error);
    pass_text(w, &step->prediction);
    pass_bytes(w, &step->not_attempted, sizeof step->not_attempted);
    pass_bytes(w, &step->hints, sizeof step->hints);
    pass_bytes(w, &step->seconds, sizeof step->seconds);
    pass_verdict(w, &step->verdict);
    pass_bytes(w, &step->points_earned, sizeof step->points_earned);
    pass_bytes(w, &step->points_max, sizeof step->points_max);
    pass_bytes(w, &step->line, sizeof step->line);
    pass_bytes(w, &step->ms, sizeof step->ms);
    pass_views(w, step);
    step->n = pass_count(w, step->n);
    if (!w->out)
        step->expectations = xcalloc(step->n, sizeof *step->expectations);
    for (size_t i = 0; i < step->n; i++)
        pass_expectation(w, &step->expectations[i]);
}

static void pass_finding(struct wire *w, struct finding *finding)
{
    pass_text(w, &finding->name);
    pass_text(w, &finding->step);
    pass_text(w, &finding->text);
}

static void pass_lab(struct wire *w, struct lab_result *lab)
{
    char **texts[] = {&lab->id, &lab->title, &lab->file, &lab->digest, &lab->learner};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        pass_text(w, texts[i]);
    pass_verdict(w, &lab->verdict);
    pass_bytes(w, &lab->ms, sizeof lab->ms);
    lab->n_findings = pass_count(w, lab->n_findings);
    if (!w->out)
        lab->findings = xcalloc(lab->n_findings, sizeof *lab->findings);
    for (size_t i = 0; i < lab->n_findings; i++)
        pass_finding(w, &lab->findings[i]);
    lab->n = pass_count(w, lab->n);
    if (!w->out)
        lab->steps = xcalloc(lab->n, sizeof *lab->steps);
    for (size_t i = 0; i < lab->n; i++)
        pass_step(w, &lab->steps[i]);
}

void lab_result_pack(struct lab_result *r, struct buf *out)
{
    struct wire w = {.out = out};
    pass_lab(&w, r);
}

int lab_result_unpack(const char *bytes, size_t n, struct lab_result *ret)
{
    struct wire w = {.in = bytes, .left = n};
    *ret = (struct lab_result){0};
    pass_lab(&w, ret);
    if (!w.broken && !w.left)
        return 0;
    lab_result_free(ret);
    return -1;
}
