/* SPDX-License-Identifier: MIT
 *
 * Does what was seen hold? Pure: an observation, a matcher, what is expected.
 *
 * A text is compared as a list of one item, so that a scalar and a list of one are the same. Something absent
 * satisfies nothing but `exists: false`: "the owner is not root" must not come true because the file isn't
 * there.
 */
#include "nslab/mem.h"
#include "nslab/observe.h"
#include "nslab/text.h"

#include <regex.h>
#include <string.h>

const struct matcher_info matcher_table[MATCH_COUNT] = {
    [MATCH_IS] = {"is", OPERAND_TEXT_OR_LIST, "is %s"},
    [MATCH_NOT] = {"not", OPERAND_TEXT_OR_LIST, "is there, and is not %s"},
    [MATCH_SAME] = {"same", OPERAND_SEE, "is the same as %s"},
    [MATCH_DIFFERS] = {"differs", OPERAND_SEE, "differs from %s"},
    [MATCH_CONTAINS] = {"contains", OPERAND_TEXT_OR_LIST, "contains %s"},
    [MATCH_LACKS] = {"lacks", OPERAND_TEXT_OR_LIST, "is there, and lacks %s"},
    [MATCH_MATCHES] = {"matches", OPERAND_TEXT, "matches the expression %s"},
    [MATCH_ONLY] = {"only", OPERAND_LIST, "holds only %s"},
    [MATCH_AT_LEAST] = {"at_least", OPERAND_NUMBER, "is at least %s"},
    [MATCH_AT_MOST] = {"at_most", OPERAND_NUMBER, "is at most %s"},
    [MATCH_EXISTS] = {"exists", OPERAND_BOOL, "exists: %s"},
};

/* The items of an observation, in place: nothing is copied. one holds the single item of a text. */
struct items {
    char *const *at;
    size_t n;
    char *one;
};

static bool items_of(const struct observation *o, struct items *items)
{
    if (!o || o->kind == VALUE_ABSENT)
        return false;
    items->one = o->text;
    items->at = o->kind == VALUE_TEXT ? &items->one : o->list.items;
    items->n = o->kind == VALUE_TEXT ? 1 : o->list.len;
    return true;
}

static bool items_equal(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (strcmp(a[i], b[i]))
            return false;
    return true;
}

/* "tcp [::]:80" is meant as it stands although it could be read as a glob: equality comes first. */
static bool item_matches(const char *pattern, const char *item)
{
    return !strcmp(pattern, item) || glob_matches(pattern, item);
}

static bool has_item(const struct items *items, const char *pattern)
{
    for (size_t i = 0; i < items->n; i++)
        if (item_matches(pattern, items->at[i]))
            return true;
    return false;
}

/* How many of the operands are in what was seen: substrings of a text, items of a list. */
static size_t count_contained(const struct observation *seen, const struct items *items,
                              const struct strv *operand)
{
    size_t n = 0;
    for (size_t i = 0; i < operand->len; i++)
        n += seen->kind == VALUE_TEXT ? strstr(seen->text, operand->items[i]) != NULL
                                      : has_item(items, operand->items[i]);
    return n;
}

static bool matches_expression(const struct items *items, const char *expression)
{
    regex_t compiled;
    if (regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB))
        return false;
    bool found = false;
    for (size_t i = 0; i < items->n && !found; i++)
        found = regexec(&compiled, items->at[i], 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

static bool holds_only(const struct items *items, const struct strv *globs)
{
    for (size_t i = 0; i < items->n; i++) {
        bool known = false;
        for (size_t j = 0; j < globs->len && !known; j++)
            known = item_matches(globs->items[j], items->at[i]);
        if (!known)
            return false;
    }
    return true;
}

/* A decimal number. "0600" is none: a mode, like an id with leading zeroes, is a text. */
static bool parse_number(const char *s, double *ret)
{
    const char *digits = s + (*s == '-');
    size_t n = strspn(digits, "0123456789");
    const char *rest = digits + n;
    if (!n || (n > 1 && *digits == '0'))
        return false;
    if (*rest == '.') {
        size_t decimals = strspn(rest + 1, "0123456789");
        if (!decimals)
            return false;
        rest += 1 + decimals;
    }
    if (*rest)
        return false;
    *ret = strtod(s, NULL);
    return true;
}

static bool number_holds(enum matcher m, const struct observation *seen, const char *limit_text)
{
    double value, limit;
    if (seen->kind != VALUE_TEXT || !parse_number(seen->text, &value) || !parse_number(limit_text, &limit))
        return false;
    return m == MATCH_AT_LEAST ? value >= limit : value <= limit;
}

static bool other_holds(enum matcher m, const struct items *seen, const struct observation *other)
{
    struct items second;
    if (!items_of(other, &second))
        return false;
    return items_equal(seen->at, seen->n, second.at, second.n) == (m == MATCH_SAME);
}

bool match_holds(enum matcher m, const struct observation *seen, const struct strv *operand,
                 const struct observation *other)
{
    static const struct strv none = {0};
    struct items items = {0};
    const struct strv *expected = operand ? operand : &none;
    const char *first = expected->len ? expected->items[0] : "";
    bool there = items_of(seen, &items);

    if (m == MATCH_EXISTS)
        return expected->len && !strcmp(first, there ? "true" : "false");
    if (!there)
        return false;
    switch (m) {
    case MATCH_IS:
        return items_equal(items.at, items.n, expected->items, expected->len);
    case MATCH_NOT:
        return !items_equal(items.at, items.n, expected->items, expected->len);
    case MATCH_SAME:
    case MATCH_DIFFERS:
        return other_holds(m, &items, other);
    case MATCH_CONTAINS:
        return expected->len && count_contained(seen, &items, expected) == expected->len;
    case MATCH_LACKS:
        return expected->len && count_contained(seen, &items, expected) == 0;
    case MATCH_MATCHES:
        return expected->len && matches_expression(&items, first);
    case MATCH_ONLY:
        return expected->len && holds_only(&items, expected);
    case MATCH_AT_LEAST:
    case MATCH_AT_MOST:
        return number_holds(m, seen, first);
    default:
        return false;
    }
}

/* The items as one text; something empty is said to be. */
static void show_operand(const struct strv *operand, struct buf *out)
{
    size_t before = out->len;
    if (operand)
        strv_join(operand, ", ", out);
    if (out->len == before)
        buf_adds(out, operand && operand->len ? "the empty text" : "the empty list");
}

static void show_other(const struct observation *other, struct buf *out)
{
    if (!other) {
        buf_adds(out, "the other observation");
        return;
    }
    observation_show(other, out);
    if (other->from && other->kind != VALUE_ABSENT)
        buf_addf(out, " (%s)", other->from);
}

void match_expected(enum matcher m, const struct strv *operand, const struct observation *other,
                    struct buf *out)
{
    const struct matcher_info *info = &matcher_table[m];
    const char *slot = strstr(info->phrase, "%s");
    buf_add(out, info->phrase, (size_t)(slot - info->phrase));
    if (info->operand == OPERAND_SEE)
        show_other(other, out);
    else
        show_operand(operand, out);
    buf_adds(out, slot + 2);
}
