/* SPDX-License-Identifier: MIT */
#include "nslab/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
format_into(char *field, size_t size, const char *format, va_list ap)
{
    vsnprintf(field, size, format, ap);
}

int error_sys(struct nslab_error *e, int errnum, const char *step, const char *object_format, ...)
{
    va_list ap;
    error_clear(e);
    e->errnum = errnum;
    snprintf(e->step, sizeof e->step, "%s", step);
    va_start(ap, object_format);
    format_into(e->object, sizeof e->object, object_format, ap);
    va_end(ap);
    return -1;
}

int error_say(struct nslab_error *e, const char *sentence_format, ...)
{
    va_list ap;
    error_clear(e);
    va_start(ap, sentence_format);
    format_into(e->detail, sizeof e->detail, sentence_format, ap);
    va_end(ap);
    return -1;
}

int error_detail(struct nslab_error *e, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    format_into(e->detail, sizeof e->detail, format, ap);
    va_end(ap);
    return -1;
}

int error_hint(struct nslab_error *e, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    format_into(e->hint, sizeof e->hint, format, ap);
    va_end(ap);
    return -1;
}

int error_cause(struct nslab_error *e, const char *need)
{
    snprintf(e->cause, sizeof e->cause, "%s", need);
    return -1;
}

bool error_is_set(const struct nslab_error *e)
{
    return e->step[0] || e->detail[0];
}

void error_clear(struct nslab_error *e)
{
    memset(e, 0, sizeof *e);
}

char *error_text_brief(const struct nslab_error *e, char *text, size_t size)
{
    if (!e->step[0]) {
        snprintf(text, size, "%s", e->detail);
        return text;
    }
    const char *colon = e->errnum ? ": " : "";
    const char *why = e->errnum ? strerror(e->errnum) : "";
    int n =
        snprintf(text, size, "cannot %s%s%s%s%s", e->step, e->object[0] ? " " : "", e->object, colon, why);
    if (n >= 0 && (size_t)n < size && e->detail[0])
        snprintf(text + n, size - (size_t)n, " (%s)", e->detail);
    return text;
}

char *error_text(const struct nslab_error *e, char *text, size_t size)
{
    error_text_brief(e, text, size);
    size_t n = strlen(text);
    if (!e->hint[0] || n >= size)
        return text;
    const char *stop = n > 0 && strchr(".?!", text[n - 1]) ? "" : ".";
    snprintf(text + n, size - n, "%s %s", stop, e->hint);
    return text;
}
