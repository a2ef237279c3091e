/* SPDX-License-Identifier: MIT */
#include "probing.h"

#include <stdarg.h>
#include <string.h>

const char *const see_key_names[SEE_KEY_COUNT] = {
    [SEE_FIELD] = "field",
    [SEE_FROM] = "from",
    [SEE_OF] = "of",
    [SEE_USER] = "user",
};

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

void see_free(struct see *see)
{
    free(see->subject);
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        free(see->keys[i]);
    *see = (struct see){0};
}

void see_copy(struct see *to, const struct see *from)
{
    to->probe = from->probe;
    to->subject = from->subject ? xstrdup(from->subject) : NULL;
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        to->keys[i] = from->keys[i] ? xstrdup(from->keys[i]) : NULL;
}

/* --- filling an observation --- */

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

/* --- the table's readers --- */

const struct probe *probe_by_name(const char *name)
{
    for (size_t i = 0; i < probe_count; i++)
        if (!strcmp(probe_table[i].name, name))
            return &probe_table[i];
    return NULL;
}

const struct probe_field *probe_field_by_name(const struct probe *probe, const char *name)
{
    for (size_t i = 0; i < PROBE_FIELDS_MAX && probe->fields[i].name; i++)
        if (!strcmp(probe->fields[i].name, name))
            return &probe->fields[i];
    return NULL;
}

/* What the lab reader has checked already; a see that comes from elsewhere is checked here. */
static int check_see(const struct see *see, struct nslab_error *e)
{
    const struct probe *probe = see->probe;
    if (!probe || !see->subject)
        return error_say(e, "an observation needs a probe and its value");
    for (unsigned key = 0; key < SEE_KEY_COUNT; key++) {
        if (!see->keys[key] && probe->required & 1u << key)
            return error_say(e, "the probe `%s` needs the key `%s`", probe->name, see_key_names[key]);
        if (see->keys[key] && !(probe->allowed & 1u << key))
            return error_say(e, "the probe `%s` doesn't take the key `%s`", probe->name, see_key_names[key]);
    }
    const char *field = see->keys[SEE_FIELD];
    if (field && !probe_field_by_name(probe, field))
        return error_say(e, "the probe `%s` has no field `%s`", probe->name, field);
    bool known = !probe->subjects;
    for (size_t i = 0; !known && probe->subjects[i]; i++)
        known = !strcmp(probe->subjects[i], see->subject);
    return known ? 0 : error_say(e, "the probe `%s` doesn't know `%s`", probe->name, see->subject);
}

int observe(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    *ret = (struct observation){0};
    if (check_see(see, e) < 0)
        return -1;
    const char *from = see->keys[SEE_FROM];
    const char *of = see->keys[SEE_OF];
    ret->from = xstrdup(from ? from : of ? of : see->subject);
    if (see->probe->read(host, see, ret, e) < 0) {
        observation_free(ret);
        if (!error_is_set(e))
            error_say(e, "the probe `%s` failed without saying why", see->probe->name);
        return -1;
    }
    if (!ret->how)
        observe_how(ret, "nslab's own record of %s", see->subject);
    return 0;
}
