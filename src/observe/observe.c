/* SPDX-License-Identifier: MIT
 *
 * One `see:` of a lab: finding its probe, checking its keys, reading it.
 */
#include "probing.h"

const char *const see_key_names[SEE_KEY_COUNT] = {
    [SEE_FIELD] = "field",
    [SEE_FROM] = "from",
    [SEE_OF] = "of",
    [SEE_USER] = "user",
};

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
