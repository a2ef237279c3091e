/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "place.h"

#include <string.h>

#define DIAGNOSTICS_MAX 100
#define EXCERPT_MAX 100 /* characters of a line that are shown */

void diagnostics_add(struct diagnostics *d, struct mark mark, const char *expected, const char *nearest,
                     const char *format, ...)
{
    if (d->n > DIAGNOSTICS_MAX)
        return;
    cleanup_buf struct buf message = {0};
    if (d->n == DIAGNOSTICS_MAX) {
        /* No line: it stands last, whatever the order of the others. */
        buf_addf(&message, "too many errors: the first %d are shown", DIAGNOSTICS_MAX);
        mark = (struct mark){0};
        expected = nearest = NULL;
    } else {
        va_list ap;
        va_start(ap, format);
        buf_vaddf(&message, format, ap);
        va_end(ap);
    }
    d->items = xrealloc(d->items, d->n + 1, sizeof *d->items);
    d->items[d->n++] = (struct diagnostic){mark, buf_take(&message), expected ? xstrdup(expected) : NULL,
                                           nearest ? xstrdup(nearest) : NULL};
}

static bool stands_before(const struct diagnostic *a, const struct diagnostic *b)
{
    if (!a->mark.line || !b->mark.line)
        return a->mark.line > b->mark.line;
    return a->mark.line != b->mark.line ? a->mark.line < b->mark.line : a->mark.column < b->mark.column;
}

/* An insertion sort: stable, and there are at most a hundred. */
void diagnostics_sort(struct diagnostics *d)
{
    for (size_t i = 1; i < d->n; i++)
        for (size_t j = i; j > 0 && stands_before(&d->items[j], &d->items[j - 1]); j--) {
            struct diagnostic swapped = d->items[j];
            d->items[j] = d->items[j - 1];
            d->items[j - 1] = swapped;
        }
}

/* The part of a line around the column, and a caret below it. */
static void add_excerpt(const char *text, struct mark mark, struct buf *out)
{
    const char *line;
    size_t n;
    if (!text || !place_line(text, mark.line, &line, &n))
        return;
    size_t before = mark.column ? mark.column - 1 : 0, skipped = 0;
    if (before > EXCERPT_MAX - 20)
        skipped = before - EXCERPT_MAX / 2;
    size_t begin = place_bytes(line, n, skipped),
           end = begin + place_bytes(line + begin, n - begin, EXCERPT_MAX);
    size_t caret = place_bytes(line, n, before);
    cleanup_buf struct buf lead = {0}, rest = {0};
    buf_adds(&lead, skipped ? "..." : "");
    add_harmless(&lead, line + begin, caret - begin);
    add_harmless(&rest, line + caret, end - caret);
    buf_addf(out, "%5u | %s%s%s\n      | ", mark.line, buf_text(&lead), buf_text(&rest),
             end < n ? "..." : "");
    for (size_t i = 0; i < lead.len; i++)
        if ((lead.data[i] & 0xc0) != 0x80)
            buf_addc(out, lead.data[i] == '\t' ? '\t' : ' ');
    buf_adds(out, "^\n");
}

static void add_one_line(struct buf *out, const char *s)
{
    add_harmless_line(out, s, strlen(s));
}

void diagnostics_show(const struct diagnostics *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct diagnostic *item = &d->items[i];
        add_one_line(out, d->file ? d->file : "-");
        if (item->mark.line)
            buf_addf(out, ":%u:%u", item->mark.line, item->mark.column);
        buf_adds(out, ": ");
        add_one_line(out, item->message);
        buf_addc(out, '\n');
        if (item->mark.line)
            add_excerpt(d->text, item->mark, out);
        if (item->expected || item->nearest)
            buf_adds(out, "  ");
        if (item->expected)
            add_one_line(out, item->expected);
        if (item->expected && item->nearest)
            buf_adds(out, "; ");
        if (item->nearest) {
            buf_adds(out, "did you mean `");
            add_one_line(out, item->nearest);
            buf_adds(out, "`?");
        }
        if (item->expected || item->nearest)
            buf_addc(out, '\n');
    }
}

void diagnostics_free(struct diagnostics *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->items[i].message);
        free(d->items[i].expected);
        free(d->items[i].nearest);
    }
    free(d->items);
    free(d->file);
    free(d->text);
    *d = (struct diagnostics){0};
}
