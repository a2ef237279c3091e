/* SPDX-License-Identifier: MIT
 *
 * An observation: filling it, showing it, and its form as bytes.
 */
#include "probing.h"

#include <stdarg.h>

void observation_free(struct observation *o)
{
    free(o->text);
    free(o->absent);
    free(o->how);
    free(o->from);
    strv_free(&o->list);
    *o = (struct observation){0};
}

void observation_show(const struct observation *o, struct buf *out)
{
    size_t before = out->len;
    if (o->kind == VALUE_ABSENT)
        buf_adds(out, o->absent ? o->absent : "nothing");
    else if (o->kind == VALUE_TEXT)
        buf_adds(out, o->text);
    else
        strv_join(&o->list, ", ", out);
    if (out->len == before)
        buf_adds(out, o->kind == VALUE_LIST ? "(an empty list)" : "(an empty text)");
}

/* --- filling --- */

__attribute__((format(printf, 1, 0))) static char *formatted(const char *format, va_list ap)
{
    struct buf b = {0};
    buf_vaddf(&b, format, ap);
    return buf_take(&b);
}

static void drop_value(struct observation *o)
{
    free(take_ptr(o->text));
    free(take_ptr(o->absent));
    strv_free(&o->list);
}

void observe_text_taken(struct observation *o, char *text)
{
    drop_value(o);
    o->kind = VALUE_TEXT;
    o->text = text;
}

void observe_text(struct observation *o, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    observe_text_taken(o, formatted(format, ap));
    va_end(ap);
}

void observe_file_text(struct observation *o, const char *text)
{
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n')
        n--;
    observe_text_taken(o, xstrndup(text, n));
}

void observe_bool(struct observation *o, bool value)
{
    observe_text(o, "%s", value ? "true" : "false");
}

void observe_list(struct observation *o)
{
    drop_value(o);
    o->kind = VALUE_LIST;
}

void observe_absent(struct observation *o, const char *format, ...)
{
    va_list ap;
    drop_value(o);
    o->kind = VALUE_ABSENT;
    va_start(ap, format);
    o->absent = formatted(format, ap);
    va_end(ap);
}

void observe_how(struct observation *o, const char *format, ...)
{
    va_list ap;
    free(take_ptr(o->how));
    va_start(ap, format);
    o->how = formatted(format, ap);
    va_end(ap);
}

void observe_how_add(struct observation *o, const char *format, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_adds(&b, o->how ? o->how : "");
    va_start(ap, format);
    buf_vaddf(&b, format, ap);
    va_end(ap);
    free(o->how);
    o->how = buf_take(&b);
}

/* The form in which an observation comes out of call_in(): one letter for the kind, then texts that each end
 * with a NUL: how, then the text, the sentence of what is absent, or the items. */
static const char kind_letters[] = {[VALUE_ABSENT] = 'A', [VALUE_TEXT] = 'T', [VALUE_LIST] = 'L'};

static void pack_item(const char *item, struct buf *out)
{
    buf_add(out, item, strlen(item) + 1);
}

void observation_pack(const struct observation *o, struct buf *out)
{
    buf_addc(out, kind_letters[o->kind]);
    pack_item(o->how ? o->how : "", out);
    if (o->kind == VALUE_TEXT)
        pack_item(o->text, out);
    else if (o->kind == VALUE_ABSENT)
        pack_item(o->absent ? o->absent : "", out);
    for (size_t i = 0; i < o->list.len; i++)
        pack_item(o->list.items[i], out);
}

bool observation_unpack(const char *bytes, size_t n, struct observation *ret)
{
    const char *letter = n ? memchr(kind_letters, bytes[0], sizeof kind_letters) : NULL;
    if (!letter || bytes[n - 1] != '\0')
        return false;
    const char *p = bytes + 1, *end = bytes + n;
    struct strv items = {0};
    for (; p < end; p += strlen(p) + 1)
        strv_add(&items, p);
    enum value_kind kind = (enum value_kind)(letter - kind_letters);
    bool complete = kind == VALUE_LIST ? items.len >= 1 : items.len == 2;
    if (complete) {
        observe_how(ret, "%s", items.items[0]);
        if (kind == VALUE_TEXT)
            observe_text(ret, "%s", items.items[1]);
        else if (kind == VALUE_ABSENT)
            observe_absent(ret, "%s", items.items[1]);
        else
            observe_list(ret);
        for (size_t i = 1; kind == VALUE_LIST && i < items.len; i++)
            strv_add(&ret->list, items.items[i]);
    }
    strv_free(&items);
    return complete;
}
