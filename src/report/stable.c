/* SPDX-License-Identifier: MIT
 *
 * A result without what differs from run to run. The kernel gives numbers of what is gone to what comes next,
 * and so ordinals are counted within a step, in which all was read at one time.
 */
#include "nslab/mem.h"
#include "nslab/report.h"
#include "nslab/text.h"

#include <ctype.h>
#include <string.h>

enum kind { KIND_NAMESPACE, KIND_PID, KIND_INDEX, KIND_INODE, KIND_DEVICE, KIND_COUNT, KIND_NONE };
#define ORDINALS_MAX 1000 /* of a kind in a step: a text may hold as many numbers as it likes */

struct ordinals {
    struct strv seen[KIND_COUNT];
};

static void ordinals_free(struct ordinals *o)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        strv_free(&o->seen[kind]);
}

/* From 1; 0: there are too many. */
static size_t ordinal_of(struct ordinals *o, enum kind kind, const char *number)
{
    struct strv *seen = &o->seen[kind];
    for (size_t i = 0; i < seen->len; i++)
        if (!strcmp(seen->items[i], number))
            return i + 1;
    if (seen->len == ORDINALS_MAX)
        return 0;
    strv_add(seen, number);
    return seen->len;
}

/* Facts that are numbers of the kernel's choosing. */
static enum kind kind_of_fact(const char *fact)
{
    static const struct {
        const char *fact;
        enum kind kind;
    } facts[] = {
        {"process pid", KIND_PID},   {"process ppid", KIND_PID},   {"process nspid", KIND_PID},
        {"processes pid", KIND_PID}, {"container pid", KIND_PID},  {"links index", KIND_INDEX},
        {"links peer", KIND_INDEX},  {"link index", KIND_INDEX},   {"link peer", KIND_INDEX},
        {"file inode", KIND_INODE},  {"file device", KIND_DEVICE},
    };
    for (size_t i = 0; fact && i < ARRAY_LEN(facts); i++)
        if (!strcmp(facts[i].fact, fact))
            return facts[i].kind;
    return KIND_NONE;
}

/* The kind of the number that begins at `at`, by what stands before and behind it in any text. */
static enum kind kind_of_form(const char *text, const char *at, size_t digits)
{
    static const struct {
        const char *before;
        enum kind kind;
    } forms[] = {{"/proc/", KIND_PID}, {"PID ", KIND_PID}, {"@if", KIND_INDEX}};
    size_t before = (size_t)(at - text);
    if (before >= 3 && !strncmp(at - 2, ":[", 2) && islower((unsigned char)at[-3]) && at[digits] == ']')
        return KIND_NAMESPACE;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        size_t n = strlen(forms[i].before);
        if (before >= n && !strncmp(at - n, forms[i].before, n) && !isalnum((unsigned char)at[digits]))
            return forms[i].kind;
    }
    return KIND_NONE;
}

/* A word of its own, and so not part of a pattern or of a name. */
static bool stands_alone(const char *text, const char *at, size_t n)
{
    return (at == text || strchr(" ,(", at[-1])) && (!at[n] || strchr(" ,)", at[n]));
}

/* What is 1 for everybody stays: an init, the loopback, and "none". */
static bool is_fixed(enum kind kind, const char *number)
{
    return (kind == KIND_PID || kind == KIND_INDEX) && (!strcmp(number, "0") || !strcmp(number, "1"));
}

/* Replaces numbers in an owned text. fact: the kind of those that stand alone, if it is known. */
static void stabilise_text(struct ordinals *o, char **text, enum kind fact)
{
    struct buf out = {0};
    if (!*text)
        return;
    for (const char *p = *text; *p;) {
        size_t n = strspn(p, fact == KIND_DEVICE ? "0123456789:" : "0123456789");
        if (!n || !isdigit((unsigned char)*p)) {
            buf_addc(&out, *p++);
            continue;
        }
        cleanup_free char *number = xstrndup(p, n);
        enum kind kind = fact != KIND_NONE && stands_alone(*text, p, n) ? fact : kind_of_form(*text, p, n);
        if (kind == KIND_NONE || is_fixed(kind, number))
            buf_adds(&out, number);
        else
            buf_addf(&out, "#%zu", ordinal_of(o, kind, number));
        p += n;
    }
    free(*text);
    *text = buf_take(&out);
}

static size_t count_numbers(const char *line, size_t n)
{
    size_t numbers = 0;
    for (size_t i = 0; i < n; i++)
        numbers += isdigit((unsigned char)line[i]) && (!i || !isdigit((unsigned char)line[i - 1]));
    return numbers;
}

/* A line of a tool's table: memory, times, loads. Its numbers, and with them the widths, go. */
static void mask_line(struct buf *out, const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = isdigit((unsigned char)line[i]) ? '#' : line[i];
        bool repeats = out->len && out->data[out->len - 1] == c;
        if ((c != '#' && c != ' ') || !repeats)
            buf_addc(out, c);
    }
}

#define NUMBERS_OF_A_TABLE 3
static void mask_tables(char **text)
{
    struct buf out = {0};
    if (!*text)
        return;
    for (const char *p = *text; *p;) {
        size_t n = strcspn(p, "\n");
        if (count_numbers(p, n) < NUMBERS_OF_A_TABLE)
            buf_add(&out, p, n);
        else
            mask_line(&out, p, n);
        p += n;
        if (*p)
            buf_addc(&out, *p++);
    }
    free(*text);
    *text = buf_take(&out);
}

static void stabilise_views(struct ordinals *o, struct step_result *step)
{
    for (size_t i = 0; i < step->n_views; i++)
        for (enum ns_type type = 0; type < NS_COUNT; type++) {
            uint64_t *inode = &step->views[i].inodes[type];
            cleanup_free char *number = xasprintf("%llu", (unsigned long long)*inode);
            if (*inode)
                *inode = ordinal_of(o, KIND_NAMESPACE, number);
        }
}

static void stabilise_expectation(struct ordinals *o, struct expectation_result *x)
{
    char **texts[] = {&x->say, &x->how, &x->hint};
    enum kind fact = kind_of_fact(x->fact);
    x->ms = 0;
    stabilise_text(o, &x->expected, fact);
    stabilise_text(o, &x->observed, fact);
    if (x->fact && !strcmp(x->fact, "output"))
        mask_tables(&x->observed);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        stabilise_text(o, texts[i], KIND_NONE);
}

static void stabilise_findings(struct finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_with(ordinals_free) struct ordinals o = {0};
        stabilise_text(&o, &findings[i].text, KIND_NONE);
    }
}

static void stabilise_step(struct step_result *step)
{
    cleanup_with(ordinals_free) struct ordinals o = {0};
    step->ms = 0;
    stabilise_views(&o, step);
    stabilise_text(&o, &step->title, KIND_NONE);
    stabilise_text(&o, &step->error, KIND_NONE);
    for (size_t i = 0; i < step->n; i++)
        stabilise_expectation(&o, &step->expectations[i]);
}

void result_stabilise(struct result *r)
{
    r->ms = 0;
    stabilise_findings(r->findings, r->n_findings);
    for (size_t i = 0; i < r->n; i++) {
        struct lab_result *lab = &r->labs[i];
        lab->ms = 0;
        stabilise_findings(lab->findings, lab->n_findings);
        for (size_t s = 0; s < lab->n; s++)
            stabilise_step(&lab->steps[s]);
    }
}
