/* SPDX-License-Identifier: MIT
 *
 * Proves a lab: that its expectations hold after their step, and that each can fail. An expectation that
 * can't fail checks nothing.
 */
#ifndef NSLAB_SELFTEST_H
#define NSLAB_SELFTEST_H

#include "nslab/engine.h"

#define SELFTEST_ROUNDS 2 /* what holds once may be luck */

enum sighting { SIGHT_NONE, SIGHT_HELD, SIGHT_FAILED, SIGHT_UNSUPPORTED };

struct selftest_round {
    enum sighting before; /* the step has not been carried out yet; of a task: its solution */
    enum sighting after;
    enum sighting bare; /* under the step's contrast */
};
struct selftest_item { /* one expectation */
    char *step, *id, *say;
    bool always, has_contrast, flips; /* as the lab says */
    struct selftest_round rounds[SELFTEST_ROUNDS];
    char *cause; /* the need for want of which it could not be tried in full; NULL: none */
};
/* Proven: it held after its step, and failed before it or under the contrast, in every round. A bit set. */
enum selftest_proof { PROOF_BASELINE = 1, PROOF_CONTRAST = 2 };
unsigned selftest_proof(const struct selftest_item *item); /* pure; 0: not proven */

enum violation_kind {
    VIOLATION_LINES,    /* the step, or what is needed before it, could not be carried out */
    VIOLATION_BASELINE, /* it holds before the step */
    VIOLATION_POSITIVE, /* it doesn't hold after the step */
    VIOLATION_CONTRAST, /* the contrast itself could not be carried out */
    VIOLATION_FLIP,     /* it should fail under the contrast and holds */
    VIOLATION_KEEP,     /* it should hold under the contrast and fails */
};
struct selftest_violation {
    enum violation_kind kind;
    char *step, *id; /* id NULL: of the whole step */
    char *saw;       /* when it was first found */
    unsigned rounds; /* bits 1 << round */
};
struct selftest_result {
    char *lab, *title;
    struct selftest_item *items;
    size_t n;
    struct selftest_violation *violations;
    size_t n_violations;
    char *unsupported; /* what a step that this machine can't show said first; NULL: none */
    size_t proven, unproven, n_unsupported; /* items */
    double ms;
};
/* -1: interrupted. All else is in the result. */
int lab_selftest(const struct lab *lab, const struct engine_options *o, struct selftest_result *ret,
                 struct nslab_error *e);
void selftest_result_free(struct selftest_result *r);
/* VERDICT_FAIL: a violation, or an expectation that isn't proven. */
enum verdict selftest_verdict(const struct selftest_result *r);

#endif
