/* SPDX-License-Identifier: MIT
 *
 * The labs of `nslab verify`, each in a worker.
 */
#include "nslab/interrupt.h"
#include "subcommands.h"
#include "workers.h"

struct verifying {
    struct lab *const *labs;
    const struct engine_options *options;
    struct result *result;
};

static const char *lab_id(void *context, size_t i)
{
    const struct verifying *v = context;
    return v->labs[i]->id;
}

static int verify_one(void *context, size_t i, struct buf *out)
{
    const struct verifying *v = context;
    struct lab_result result = {0};
    lab_verify(v->labs[i], v->options, &result);
    lab_result_pack(&result, out);
    lab_result_free(&result);
    return 0;
}

static int add_result(void *context, size_t i, const struct buf *found, const struct nslab_error *why)
{
    const struct verifying *v = context;
    struct lab_result result = {0};
    struct nslab_error damaged = {0};
    if (!why && lab_result_unpack(buf_text(found), found->len, &result) < 0) {
        error_say(&damaged, "the process that ran this lab ended without a whole result");
        why = &damaged;
    }
    if (why)
        lab_verify_failed(v->labs[i], v->options, why, &result);
    result_add(v->result, &result);
    return 0;
}

int verify_labs(struct lab *const *labs, size_t n, const struct engine_options *o, size_t jobs,
                struct result *ret, struct nslab_error *e)
{
    struct result found = {0};
    struct verifying v = {labs, o, &found};
    const struct work work = {.name = "verify",
                              .n = n,
                              .job = verify_one,
                              .label = lab_id,
                              .done = add_result,
                              .context = &v,
                              .shows_progress = true};
    int rc = work_do(&work, jobs, e);
    /* Interrupted: the rest has not been run, and there is no report of a part. */
    for (size_t i = 0; rc == 0 && i < found.n; i++)
        result_add(ret, &found.labs[i]);
    result_free(&found);
    return rc;
}
