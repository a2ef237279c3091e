/* SPDX-License-Identifier: MIT
 *
 * The step again with one wall taken away, in a lab host of its own: what the wall did is what changes.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

int contrast_rewrite(const char *text, const char *extra, bool *is_run, char **ret, struct nslab_error *e)
{
    struct line line = {0};
    struct words words = {0};
    size_t offset = 0;
    int rc = -1;
    if (line_parse(&lab_verbs, text, &line, &offset, e) < 0)
        return -1;
    *is_run = !strcmp(line.verb->name, "run");
    if (!*is_run || !extra) {
        *ret = xstrdup(text);
        rc = 0;
    } else if (words_split(text, &words, &offset, e) == 0) {
        /* The image and its command are the last words of the line: IMAGE takes all that follows. */
        size_t image = words.offsets[words.words.len - line.args.len];
        *ret = xasprintf("%.*s%s %s", (int)image, text, extra, text + image);
        rc = 0;
    }
    words_free(&words);
    line_free(&line);
    return rc;
}

/* A line that makes a container has to work, or there is nothing to look at. Any other may end as it will:
 * what it then says is part of what changes. */
static int contrast_line(struct lab_run *run, const struct lab_line *line, const char *extra,
                         struct contrast_result *ret, struct nslab_error *e)
{
    cleanup_free char *expanded = NULL, *text = NULL;
    bool is_run = false;
    int status = 0;
    if (lab_run_expand(run, line->text, &expanded, e) < 0 ||
        contrast_rewrite(expanded, extra, &is_run, &text, e) < 0)
        return line->fails ? 0 : -1;
    if (run->options.on_line)
        run->options.on_line(run->options.context, text);
    strv_add(&ret->lines, text);
    if (is_run && !line->fails)
        return lab_run_judged(run, text, NULL, e);
    if (run->calls->line(&run->context, text, &status, e) < 0 && e->cause[0])
        return -1;
    error_clear(e);
    return 0;
}

static int contrast_lines(struct lab_run *run, const struct lab_lines *lines, const char *extra,
                          struct contrast_result *ret, struct nslab_error *e)
{
    for (size_t i = 0; i < lines->n; i++)
        if (contrast_line(run, &lines->items[i], extra, ret, e) < 0)
            return -1;
    return 0;
}

static int play_without_wall(struct lab_run *run, size_t index, struct contrast_result *ret,
                             struct nslab_error *e)
{
    const struct step *step = &run->lab->steps[index];
    const struct contrast *contrast = &step->contrast;
    cleanup_free char *extra = NULL;
    if (lab_run_replay(run, index, e) < 0 || lab_run_start(run, e) < 0)
        return -1;
    if (contrast->with_run && lab_run_expand(run, contrast->with_run, &extra, e) < 0)
        return -1;
    if (contrast->with_do.n)
        return contrast_lines(run, &contrast->with_do, NULL, ret, e);
    if (contrast_lines(run, &step->run, extra, ret, e) < 0)
        return -1;
    return contrast_lines(run, &step->solution, extra, ret, e);
}

/* With the wall: as it was last seen in the learner's run, else as it is there now. */
static void read_before(struct lab_run *run, const struct expectation *x, struct contrast_line *item)
{
    const struct memory *memory = lab_run_recall(run, x->id);
    struct nslab_error e = {0};
    if (!memory && lab_run_start(run, &e) == 0) {
        struct reading r = {0};
        reading_glance(run, x, &r);
        item->before = reading_observed(&r);
        item->held_before = r.held;
        reading_free(&r);
        return;
    }
    item->before = xstrdup(memory ? memory->observed : "not read");
    item->held_before = memory && memory->held;
}

static void read_after(struct lab_run *bare, const struct expectation *x, struct contrast_line *item)
{
    struct reading r = {0};
    reading_take(bare, x, &r);
    item->after = reading_observed(&r);
    item->holds_now = r.held;
    item->cause = r.error.cause[0] ? xstrdup(r.error.cause) : NULL;
    reading_free(&r);
}

int lab_run_contrast(struct lab_run *run, size_t index, struct contrast_result *ret, struct nslab_error *e)
{
    const struct step *step = &run->lab->steps[index];
    *ret = (struct contrast_result){0};
    if (!step->has_contrast)
        return error_say(e, "step `%s` has no contrast: it takes no wall away", step->id);
    /* The learner's own lab host runs on and holds its ports of the machine: this one draws others. */
    struct engine_options options = run->options;
    cleanup_free char *learner = xasprintf("%s, without the wall", run->learner);
    options.learner = learner;
    cleanup_with(lab_run_close_p) struct lab_run *bare = lab_run_new(run->lab, &options, run->calls);
    if (play_without_wall(bare, index, ret, e) < 0) {
        contrast_result_free(ret);
        return -1;
    }
    ret->n = step->n_expect;
    ret->items = xcalloc(ret->n, sizeof *ret->items);
    ret->as_declared = true;
    for (size_t i = 0; i < ret->n; i++) {
        const struct expectation *x = &step->expect[i];
        struct contrast_line *item = &ret->items[i];
        *item = (struct contrast_line){.id = xstrdup(x->id),
                                       .flips = strv_contains(&step->contrast.flips, x->id)};
        read_after(bare, x, item);
        read_before(run, x, item);
        item->say = lab_run_text(run, x->say);
        if (!item->cause && item->holds_now == item->flips)
            ret->as_declared = false;
    }
    return 0;
}

void contrast_result_free(struct contrast_result *r)
{
    strv_free(&r->lines);
    for (size_t i = 0; i < r->n; i++) {
        free(r->items[i].id);
        free(r->items[i].say);
        free(r->items[i].before);
        free(r->items[i].after);
        free(r->items[i].cause);
    }
    free(r->items);
    *r = (struct contrast_result){0};
}
