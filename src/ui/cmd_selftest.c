/* SPDX-License-Identifier: MIT
 *
 * nslab selftest: whether a lab's checks can fail, in plain lines.
 */
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/selftest.h"
#include "nslab/text.h"
#include "subcommands.h"
#include "workers.h"

#include <string.h>
#include <unistd.h>

struct tally {
    size_t labs, expectations, proven, unproven, unsupported, violations;
    enum verdict worst;
};

/* One paragraph, wrapped. Its texts come from labs and from what runs in them. */
static void add_line(struct buf *out, const struct look *look, const char *first, const char *rest,
                     const struct buf *text)
{
    cleanup_buf struct buf harmless = {0};
    cleanup_styled struct styled styled = {0};
    add_harmless(&harmless, buf_text(text), text->len);
    styled_adds(&styled, STYLE_PLAIN, buf_text(&harmless));
    layout_text(&styled, look, BREAK_WORDS, first, rest, out);
}

static void add_score(struct buf *out, size_t proven, size_t all)
{
    buf_addf(out,
             one_or_many(all, "%zu of %zu expectation is proven able to fail",
                         "%zu of %zu expectations are proven able to fail"),
             proven, all);
    if (all)
        buf_addf(out, " (%zu %%)", proven * 100 / all);
}

static void add_lab(struct buf *out, const struct look *look, const struct selftest_result *r)
{
    cleanup_buf struct buf text = {0};
    size_t baseline = 0, contrast = 0;
    for (size_t i = 0; i < r->n; i++) {
        unsigned proof = selftest_proof(&r->items[i]);
        baseline += (proof & PROOF_BASELINE) != 0;
        contrast += (proof & PROOF_CONTRAST) != 0;
    }
    buf_addf(&text, "%s: ", r->lab);
    add_score(&text, r->proven, r->n);
    buf_addf(&text, ": %zu did not hold before their step, %zu fail under a contrast; %.1f s", baseline,
             contrast, r->ms / 1000);
    add_line(out, look, "", "  ", &text);
}

/* Which of the proofs are missing, and why. */
static const char *why_unproven(const struct selftest_item *item)
{
    for (unsigned i = 0; i < SELFTEST_ROUNDS; i++)
        if (item->rounds[i].after != SIGHT_HELD)
            return item->rounds[i].after == SIGHT_NONE ? "its step, or one before it, was not carried out"
                                                       : "it doesn't hold after its step";
    if (item->flips)
        return "the contrast that should make it fail doesn't";
    return item->has_contrast ? "it holds before its step, and the contrast doesn't make it fail"
                              : "it holds before its step, and the step has no contrast";
}

static void add_items(struct buf *out, const struct look *look, const struct selftest_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct selftest_item *item = &r->items[i];
        cleanup_buf struct buf text = {0};
        if (selftest_proof(item))
            continue;
        if (item->cause)
            buf_addf(&text, "unsupported (%s): %s/%s: %s", item->cause, item->step, item->id, item->say);
        else
            buf_addf(&text, "not proven: %s/%s: %s (%s)", item->step, item->id, item->say,
                     why_unproven(item));
        add_line(out, look, "  ", "    ", &text);
    }
    if (r->unsupported) {
        cleanup_buf struct buf text = {0};
        buf_addf(&text, "unsupported: %s", r->unsupported);
        add_line(out, look, "  ", "    ", &text);
    }
}

static const char *const violation_phrases[] = {
    [VIOLATION_LINES] = "it could not be carried out",
    [VIOLATION_BASELINE] = "holds before the step already, and isn't marked `always`",
    [VIOLATION_POSITIVE] = "doesn't hold after the step",
    [VIOLATION_CONTRAST] = "its contrast could not be carried out",
    [VIOLATION_FLIP] = "is in `flips`, and holds under the contrast",
    [VIOLATION_KEEP] = "isn't in `flips`, and fails under the contrast",
};

static void add_violations(struct buf *out, const struct look *look, const struct selftest_result *r)
{
    static const char *const when[] = {"", " (the first time only)", " (the second time only)", ""};
    for (size_t i = 0; i < r->n_violations; i++) {
        const struct selftest_violation *v = &r->violations[i];
        cleanup_buf struct buf text = {0};
        buf_addf(&text, "FAIL: %s", v->step);
        if (v->id)
            buf_addf(&text, "/%s", v->id);
        buf_addf(&text, ": %s%s; %s%s", violation_phrases[v->kind], when[v->rounds & 3],
                 v->kind == VIOLATION_LINES || v->kind == VIOLATION_CONTRAST ? "" : "seen: ", v->saw);
        add_line(out, look, "  ", "    ", &text);
    }
}

static struct tally tally_of(const struct selftest_result *r)
{
    return (struct tally){.labs = 1,
                          .expectations = r->n,
                          .proven = r->proven,
                          .unproven = r->unproven,
                          .unsupported = r->n_unsupported,
                          .violations = r->n_violations,
                          .worst = selftest_verdict(r)};
}

static void tally_add(struct tally *t, const struct tally *one)
{
    t->labs += one->labs;
    t->expectations += one->expectations;
    t->proven += one->proven;
    t->unproven += one->unproven;
    t->unsupported += one->unsupported;
    t->violations += one->violations;
    t->worst = verdict_worst(t->worst, one->worst);
}

static int show_tally(const struct tally *t, double ms, const struct look *look)
{
    cleanup_buf struct buf text = {0}, out = {0};
    buf_addf(&text, one_or_many(t->labs, "%zu lab in %.1f s: ", "%zu labs in %.1f s: "), t->labs, ms / 1000);
    add_score(&text, t->proven, t->expectations);
    buf_addf(&text,
             one_or_many(t->violations, "; %zu not proven, %zu unsupported, %zu violation",
                         "; %zu not proven, %zu unsupported, %zu violations"),
             t->unproven, t->unsupported, t->violations);
    add_line(&out, look, "", "  ", &text);
    return say_out(&out);
}

/* --- the labs, each in a worker, which sends its tally and then its text --- */

struct testing {
    struct lab *const *labs;
    const struct engine_options *options;
    const struct look *look;
    struct tally tally;
};

static const char *lab_id(void *context, size_t i)
{
    const struct testing *t = context;
    return t->labs[i]->id;
}

static int test_one(void *context, size_t i, struct buf *out)
{
    const struct testing *t = context;
    cleanup_with(selftest_result_free) struct selftest_result result = {0};
    struct nslab_error e = {0};
    if (lab_selftest(t->labs[i], t->options, &result, &e) < 0)
        return -1;
    const struct tally tally = tally_of(&result);
    buf_add(out, &tally, sizeof tally);
    add_lab(out, t->look, &result);
    add_violations(out, t->look, &result);
    add_items(out, t->look, &result);
    return 0;
}

static int show_lab(void *context, size_t i, const struct buf *found, const struct nslab_error *why)
{
    struct testing *t = context;
    struct tally one = {.labs = 1, .worst = VERDICT_FAIL};
    cleanup_buf struct buf text = {0};
    if (why) {
        cleanup_buf struct buf line = {0};
        char words[NSLAB_ERROR_TEXT_MAX];
        buf_addf(&line, "FAIL: %s: %s", t->labs[i]->id, error_text(why, words, sizeof words));
        add_line(&text, t->look, "", "  ", &line);
    } else if (found->len >= sizeof one) {
        memcpy(&one, found->data, sizeof one);
        buf_add(&text, found->data + sizeof one, found->len - sizeof one);
    }
    tally_add(&t->tally, &one);
    /* Each as soon as it is known: a course takes its time. */
    return say_out(&text);
}

static int test_labs(struct lab *const *labs, size_t n, const struct engine_options *o, size_t jobs)
{
    static const int statuses[VERDICT_COUNT] = {[VERDICT_PASS] = STATUS_PASSED,
                                                [VERDICT_FAIL] = STATUS_FAILED,
                                                [VERDICT_UNSUPPORTED] = STATUS_UNSUPPORTED};
    struct nslab_error e = {0};
    struct term term = {0};
    term_probe(&term, true);
    struct testing t = {.labs = labs, .options = o, .look = &term.look, .tally.worst = VERDICT_PASS};
    const struct work work = {
        .name = "selftest", .n = n, .job = test_one, .label = lab_id, .done = show_lab, .context = &t};
    uint64_t start = now_ns();
    int rc = work_do(&work, jobs, &e);
    if (rc < 0)
        return say_error(&e, status_interrupted_or(STATUS_BROKEN));
    if (rc == 0)
        rc = show_tally(&t.tally, (double)(now_ns() - start) / 1e6, &term.look);
    return rc ? rc : statuses[t.tally.worst];
}

int sub_selftest(const struct sub_args *args)
{
    cleanup_strv struct strv course = {0};
    struct nslab_error e = {0};
    struct lab **labs = NULL;
    size_t n = 0, jobs;
    if (jobs_option(args, &jobs, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    if (!args->words.len && labs_list(&course, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    int status = read_labs(args->words.len ? &args->words : &course, &labs, &n);
    /* Nobody's variables, and so ports of its own: a run beside this one, or a shell, holds others. */
    cleanup_free char *nobody = xasprintf("run %d, %llu", (int)getpid(), (unsigned long long)now_ns());
    const char *learner = sub_value(args, "as");
    const struct engine_options options = {.learner = learner ? learner : nobody, .limits = &limits_grading};
    if (status == STATUS_PASSED)
        status = test_labs(labs, n, &options, jobs);
    labs_free(labs, n);
    return status;
}
