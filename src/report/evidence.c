/* SPDX-License-Identifier: MIT
 *
 * What there is to say of a step, or an expectation, that did not pass: as text, for formats that have one
 * field for it.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

enum verdict counted_verdict(const struct report_options *o, enum verdict verdict)
{
    return verdict == VERDICT_UNSUPPORTED && o->require_all ? VERDICT_FAIL : verdict;
}

static void add_labelled_value(struct buf *out, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    buf_addf(out, "%s%s: ", out->len ? "\n" : "", label);
    add_foreign_capped(out, text, REPORT_TEXT_MAX);
}

void add_evidence(struct buf *out, const struct expectation_result *x)
{
    cleanup_buf struct buf text = {0};
    add_labelled_value(&text, "cause", x->cause);
    add_labelled_value(&text, "expected", x->expected);
    add_labelled_value(&text, "observed", x->observed);
    add_labelled_value(&text, "from", x->from);
    add_labelled_value(&text, "how", x->how);
    if (x->verdict != VERDICT_PASS)
        add_labelled_value(&text, x->verdict == VERDICT_FAIL ? "hint" : "remedy", x->hint);
    buf_adds(out, buf_text(&text));
}

void add_evidence_line(struct buf *out, const struct expectation_result *x)
{
    size_t start = out->len;
    if (x->verdict == VERDICT_UNSUPPORTED) {
        buf_adds(out, "unsupported here (");
        add_foreign_line(out, x->cause);
        buf_adds(out, "): ");
    } else {
        buf_adds(out, "expected: ");
        add_foreign_capped(out, x->expected, EVIDENCE_LINE_MAX);
        buf_adds(out, "; observed: ");
    }
    add_foreign_capped(out, x->observed, EVIDENCE_LINE_MAX);
    for (char *p = out->data + start; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
}

void add_step_evidence(struct buf *out, const struct step_result *step)
{
    cleanup_buf struct buf text = {0};
    if (step->not_attempted)
        buf_adds(&text, "not attempted");
    add_labelled_value(&text, "error", step->error);
    for (size_t i = 0; i < step->n; i++) {
        const struct expectation_result *x = &step->expectations[i];
        if (x->verdict == VERDICT_PASS)
            continue;
        buf_addf(&text, "%s%s: ", text.len ? "\n" : "", verdict_names[x->verdict]);
        add_foreign_capped(&text, x->say, EVIDENCE_LINE_MAX);
        if (step->error)
            continue; /* it is the reason for all of them */
        buf_addc(&text, '\n');
        add_evidence(&text, x);
    }
    buf_adds(out, buf_text(&text));
}

void add_finding(struct buf *out, const struct finding *finding)
{
    add_foreign_line(out, finding->name);
    if (finding->step) {
        buf_adds(out, " (");
        add_foreign_line(out, finding->step);
        buf_addc(out, ')');
    }
    buf_adds(out, ": ");
    add_foreign_line(out, finding->text);
}
