/* SPDX-License-Identifier: MIT */
#include "nslab/text.h"
#include "nslab/mem.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool starts_with(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

bool glob_matches(const char *glob, const char *s)
{
    return fnmatch(glob, s, 0) == 0;
}

bool parse_unsigned(const char *s, unsigned long max, unsigned long *ret)
{
    if (!*s || s[strspn(s, "0123456789")])
        return false;
    errno = 0;
    unsigned long value = strtoul(s, NULL, 10);
    if (errno || value > max)
        return false;
    *ret = value;
    return true;
}

/* Levenshtein's distance, with a swap of neighbours as one edit. Words longer than this are not near
 * anything. */
#define WORD_MAX 40

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    if (la > WORD_MAX || lb > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= la; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= lb; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= la; i++)
        for (size_t j = 1; j <= lb; j++) {
            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    return d[la][lb];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t length = strlen(word);
    size_t best_distance = length <= 3 ? 2 : length <= 6 ? 3 : 4;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, candidates[i]);
        if (length > 2 && starts_with(candidates[i], word) && d > 1)
            d = 1;
        if (d < best_distance) {
            best = candidates[i];
            best_distance = d;
        }
    }
    return best;
}

const char *one_or_many(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

size_t utf8_decode(const char *bytes, size_t n, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)bytes;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    if (!length || length > n)
        return 0;
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return length;
}

static bool reorders_text(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x61c || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

static void add_shown(struct buf *out, const char *bytes, size_t n, const char *kept)
{
    const unsigned char *p = (const unsigned char *)bytes;
    while (n) {
        uint32_t c = 0;
        size_t length = utf8_decode((const char *)p, n, &c);
        if (!length) {
            buf_addf(out, "\\x%02x", p[0]);
            length = 1;
        } else if (c == '\r' && n > 1 && p[1] == '\n' && *kept) {
            /* a terminal's line end: the newline follows */
        } else if (c < 0x20 && !(c && strchr(kept, (int)c))) {
            buf_addf(out, "^%c", (char)(c + '@'));
        } else if (c == 0x7f) {
            buf_adds(out, "^?");
        } else if (reorders_text(c)) {
            buf_addf(out, "\\u{%x}", c);
        } else {
            buf_add(out, p, length);
        }
        p += length;
        n -= length;
    }
}

void add_harmless(struct buf *out, const char *bytes, size_t n)
{
    add_shown(out, bytes, n, "\n\t");
}

void add_harmless_line(struct buf *out, const char *bytes, size_t n)
{
    add_shown(out, bytes, n, "");
}
