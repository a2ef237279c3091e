/* SPDX-License-Identifier: MIT
 *
 * --format, --output and --report: which formats go where. Of labs and of classes alike.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "reports.h"

#include <string.h>

struct reading {
    const char *command;
    const struct report_formats *formats;
    struct report_targets *to;
};

static int no_such_format(const struct reading *r, const char *name, struct nslab_error *e)
{
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf all = {0};
    for (size_t i = 0; i < r->formats->n; i++)
        strv_add(&names, r->formats->name(i));
    strv_join(&names, ", ", &all);
    const char *nearest = nearest_word(name, (const char *const *)names.items, names.len);
    error_say(e, "%s: no format is named `%s`", r->command, name);
    if (nearest)
        return error_hint(e, "Did you mean %s?", nearest);
    return error_hint(e, "%s %s%s.", r->formats->these, buf_text(&all), r->formats->rest);
}

/* NULL: standard output. */
static bool same_place(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return !strcmp(a, b);
}

static int add_target(const struct reading *r, const char *name, const char *file, struct nslab_error *e)
{
    size_t format = 0;
    while (format < r->formats->n && strcmp(r->formats->name(format), name) != 0)
        format++;
    if (format == r->formats->n)
        return no_such_format(r, name, e);
    if (r->to->n == REPORTS_MAX)
        return error_say(e, "%s: more than %d reports", r->command, REPORTS_MAX);
    if (file && !strcmp(file, "-"))
        file = NULL;
    for (size_t i = 0; i < r->to->n; i++)
        if (same_place(r->to->items[i].file, file))
            return error_say(e, "%s: two reports go to %s", r->command, file ? file : "standard output");
    r->to->items[r->to->n++] = (struct report_target){format, file};
    return 0;
}

static int add_further(const struct reading *r, const char *value, struct nslab_error *e)
{
    size_t n = strcspn(value, "=");
    cleanup_free char *format = xstrndup(value, n);
    if (!value[n] || !value[n + 1])
        return error_say(e, "%s: --report takes FORMAT=FILE, not `%s`", r->command, value);
    return add_target(r, format, value + n + 1, e);
}

int report_targets_read(const struct sub_args *args, const struct report_formats *formats,
                        struct report_targets *ret, struct nslab_error *e)
{
    const struct reading r = {args->sub->name, formats, ret};
    const char *format = sub_value(args, "format"), *output = sub_value(args, "output");
    const char *for_people = formats->name(REPORT_FOR_PEOPLE);
    const struct strv *further = sub_values(args, "report");
    bool taken = format || output;
    *ret = (struct report_targets){0};
    if (taken && add_target(&r, format ? format : for_people, output, e) < 0)
        return -1;
    for (size_t i = 0; i < further->len; i++) {
        if (add_further(&r, further->items[i], e) < 0)
            return -1;
        taken = taken || !ret->items[ret->n - 1].file;
    }
    /* A person who asks for files still wants to see how it went. */
    return taken ? 0 : add_target(&r, for_people, NULL, e);
}
