/* SPDX-License-Identifier: MIT */
#include "template.h"
#include "nslab/lab.h"
#include "nslab/mem.h"

#include <stdint.h>
#include <string.h>

const char *const container_facts[] = {"pid", "machine_pid", "ip", "rootfs", NULL};

bool is_container_fact(const char *name)
{
    for (size_t i = 0; container_facts[i]; i++)
        if (!strcmp(container_facts[i], name))
            return true;
    return false;
}

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

bool template_next(const char *text, size_t *at, struct template_part *ret)
{
    const char *p = text + *at;
    *ret = (struct template_part){.offset = *at};
    if (!*p)
        return false;
    if (starts_with(p, "$${")) {
        *ret = (struct template_part){PART_LITERAL, p + 1, 2, *at};
        *at += 3;
        return true;
    }
    if (starts_with(p, "${")) {
        size_t n = strspn(p + 2, NAME_CHARACTERS);
        bool closed = n && p[2 + n] == '}';
        *ret = (struct template_part){closed ? PART_NAME : PART_MALFORMED, p + 2, n, *at};
        *at += closed ? n + 3 : 2;
        return true;
    }
    size_t n = 1 + strcspn(p + 1, "$");
    *ret = (struct template_part){PART_LITERAL, p, n, *at};
    *at += n;
    return true;
}

int template_expand(const char *text, template_lookup lookup, void *context, char **ret,
                    struct nslab_error *e)
{
    cleanup_buf struct buf out = {0};
    struct template_part part;
    for (size_t at = 0; template_next(text, &at, &part);) {
        if (part.kind == PART_MALFORMED) {
            error_say(e, "malformed ${...} in `%s`", text);
            return error_hint(e, "Write ${name}; a literal ${ is $${.");
        }
        if (part.kind == PART_LITERAL) {
            buf_add(&out, part.text, part.n);
            continue;
        }
        cleanup_free char *name = xstrndup(part.text, part.n);
        cleanup_free char *value = lookup(context, name);
        if (!value)
            return error_say(e, "${%s} has no value here", name);
        buf_adds(&out, value);
    }
    *ret = buf_take(&out);
    return 0;
}

bool template_names(const char *text, struct strv *names, size_t *ret_offset)
{
    struct template_part part;
    for (size_t at = 0; template_next(text, &at, &part);) {
        if (part.kind == PART_NAME)
            strv_add_taken(names, xstrndup(part.text, part.n));
        if (part.kind == PART_MALFORMED) {
            *ret_offset = part.offset;
            return false;
        }
    }
    return true;
}

/* FNV-1a over the bytes and a NUL after them, so that ("ab", "c") and ("a", "bc") differ. */
static uint64_t hash_text(uint64_t hash, const char *s)
{
    for (;; s++) {
        hash = (hash ^ (unsigned char)*s) * 0x100000001b3u;
        if (!*s)
            return hash;
    }
}

/* The last step of splitmix64: FNV leaves the low bits of similar texts alike, and the remainder below uses
 * those. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

long pick_value(const char *learner, const char *lab_id, const char *var, long from, long to)
{
    if (to <= from)
        return from;
    uint64_t hash = hash_text(0xcbf29ce484222325u, learner);
    hash = hash_text(hash, lab_id);
    hash = hash_text(hash, var);
    uint64_t width = (uint64_t)to - (uint64_t)from + 1;
    return (long)((uint64_t)from + (width ? mix(hash) % width : mix(hash)));
}
