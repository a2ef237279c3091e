/* SPDX-License-Identifier: MIT
 *
 * TAP version 14: a lab is a subtest, each of its steps is a subtest of that, each expectation a test point.
 *
 * What is unsupported is a skip, for a step and a lab too: a point without the directive would read as
 * passed.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

#define TAP_VALUE_MAX 4000

static void add_indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_adds(out, "    ");
}

/* A description or a reason: one line, in which # and backslash are escaped, so that no text becomes a
 * directive. */
static void add_description(struct buf *out, const char *text)
{
    cleanup_buf struct buf line = {0};
    add_foreign_line(&line, text);
    for (const char *p = buf_text(&line); *p; p++) {
        if (*p == '\\' || *p == '#')
            buf_addc(out, '\\');
        buf_addc(out, *p);
    }
}

static void add_yaml(struct buf *out, unsigned depth, const char *key, const char *text)
{
    cleanup_buf struct buf value = {0};
    if (!text)
        return;
    add_foreign(&value, text);
    size_t n = value.len;
    if (n > TAP_VALUE_MAX) {
        /* Not in the middle of a character. */
        for (n = TAP_VALUE_MAX; n && ((unsigned char)value.data[n] & 0xc0) == 0x80;)
            n--;
    }
    add_indent(out, depth);
    buf_addf(out, "  %s: \"", key);
    for (size_t i = 0; i < n; i++) {
        char c = value.data[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n' || c == '\t')
            buf_adds(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_addc(out, c);
    }
    if (n < value.len)
        buf_addf(out, " (and %zu bytes more)", value.len - n);
    buf_adds(out, "\"\n");
}

static void add_diagnostics(struct buf *out, unsigned depth, const struct expectation_result *x)
{
    add_indent(out, depth);
    buf_adds(out, "  ---\n");
    add_yaml(out, depth, "id", x->id);
    add_yaml(out, depth, "expected", x->expected);
    add_yaml(out, depth, "observed", x->observed);
    add_yaml(out, depth, "from", x->from);
    add_yaml(out, depth, "how", x->how);
    add_indent(out, depth);
    buf_addf(out, "  ms: %.3f\n", x->ms);
    add_yaml(out, depth, "cause", x->cause);
    add_yaml(out, depth, "hint", x->hint);
    add_indent(out, depth);
    buf_adds(out, "  ...\n");
}

/* "ok 1 - name" or "ok 1 - id: title"; the caller ends the line. */
static void add_point(struct buf *out, unsigned depth, enum verdict verdict, size_t number, const char *name,
                      const char *title)
{
    add_indent(out, depth);
    buf_addf(out, "%sok %zu - ", verdict == VERDICT_FAIL ? "not " : "", number);
    add_description(out, name);
    if (title) {
        buf_adds(out, ": ");
        add_description(out, title);
    }
}

static void add_subtest(struct buf *out, unsigned depth, const char *id, const char *title, size_t points)
{
    add_indent(out, depth);
    buf_adds(out, "# Subtest: ");
    add_description(out, id);
    buf_adds(out, ": ");
    add_description(out, title);
    buf_addc(out, '\n');
    add_indent(out, depth + 1);
    buf_addf(out, "1..%zu\n", points);
}

static void add_skip(struct buf *out, const char *cause, const char *reason)
{
    buf_adds(out, " # SKIP ");
    add_description(out, cause ? cause : "unsupported");
    buf_adds(out, ": ");
    add_description(out, reason);
}

static void add_expectation(struct buf *out, size_t number, const struct expectation_result *x)
{
    add_point(out, 2, x->verdict, number, x->say, NULL);
    if (x->verdict == VERDICT_UNSUPPORTED)
        add_skip(out, x->cause, x->observed);
    buf_addc(out, '\n');
    if (x->verdict != VERDICT_PASS)
        add_diagnostics(out, 2, x);
}

static const struct expectation_result *first_unsupported(const struct step_result *step)
{
    for (size_t i = 0; i < step->n; i++)
        if (step->expectations[i].verdict == VERDICT_UNSUPPORTED)
            return &step->expectations[i];
    return NULL;
}

static void add_step(struct buf *out, size_t number, const struct step_result *step)
{
    if (step->n)
        add_subtest(out, 1, step->id, step->title, step->n);
    for (size_t i = 0; i < step->n; i++)
        add_expectation(out, i + 1, &step->expectations[i]);
    add_point(out, 1, step->verdict, number, step->id, step->title);
    const struct expectation_result *unsupported = first_unsupported(step);
    if (step->verdict == VERDICT_UNSUPPORTED && unsupported)
        add_skip(out, unsupported->cause, unsupported->observed);
    buf_addc(out, '\n');
}

static void add_lab(struct buf *out, size_t number, const struct lab_result *lab)
{
    const struct expectation_result *unsupported = NULL;
    add_subtest(out, 0, lab->id, lab->title, lab->n);
    for (size_t i = 0; i < lab->n; i++) {
        add_step(out, i + 1, &lab->steps[i]);
        if (!unsupported)
            unsupported = first_unsupported(&lab->steps[i]);
    }
    add_point(out, 0, lab->verdict, number, lab->id, lab->title);
    if (lab->verdict == VERDICT_UNSUPPORTED && unsupported)
        add_skip(out, unsupported->cause, unsupported->observed);
    buf_addc(out, '\n');
}

void report_tap(const struct result *r, const struct report_options *o, struct buf *out)
{
    (void)o;
    buf_addf(out, "TAP version 14\n1..%zu%s\n", r->n, r->n ? "" : " # SKIP no labs");
    for (size_t i = 0; i < r->n; i++)
        add_lab(out, i + 1, &r->labs[i]);
}
