/* SPDX-License-Identifier: MIT */
#include "place.h"
#include "nslab/mem.h"

#include <stdint.h>
#include <string.h>

/* The length of the line break at p, 0 if there is none. YAML 1.1 also breaks lines at NEL, LS and PS. */
static size_t break_length(const char *p)
{
    if (p[0] == '\r')
        return p[1] == '\n' ? 2 : 1;
    if (p[0] == '\n')
        return 1;
    if (!strncmp(p, "\xc2\x85", 2))
        return 2;
    return !strncmp(p, "\xe2\x80\xa8", 3) || !strncmp(p, "\xe2\x80\xa9", 3) ? 3 : 0;
}

static size_t line_length(const char *p)
{
    size_t n = 0;
    while (p[n] && !break_length(p + n))
        n++;
    return n;
}

bool place_line(const char *text, unsigned line, const char **ret, size_t *n)
{
    const char *p = text;
    for (unsigned i = 1; i < line; i++) {
        p += line_length(p);
        if (!*p)
            return false;
        p += break_length(p);
    }
    *ret = p;
    *n = line_length(p);
    return line > 0;
}

size_t place_characters(const char *bytes, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += (bytes[i] & 0xc0) != 0x80;
    return count;
}

size_t place_bytes(const char *bytes, size_t n, size_t characters)
{
    size_t i = 0;
    while (i < n && characters) {
        i++;
        while (i < n && (bytes[i] & 0xc0) == 0x80)
            i++;
        characters--;
    }
    return i;
}

struct mark place_of_byte(const char *text, size_t offset)
{
    struct mark mark = {1, 1};
    const char *line = text, *p = text;
    while (*p && (size_t)(p - text) < offset) {
        size_t n = break_length(p);
        p += n ? n : 1;
        if (n) {
            mark.line++;
            line = p;
        }
    }
    mark.column = (unsigned)place_characters(line, (size_t)(p - line)) + 1;
    return mark;
}

static int compare_places(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct text_place *)a)->text;
    uintptr_t y = (uintptr_t)((const struct text_place *)b)->text;
    return (x > y) - (x < y);
}

/* A block's line k is the file's line k+1 after the `|`, moved right by the indentation. */
static struct mark mark_in_block(const struct text_place *place, const char *file_text, size_t offset)
{
    unsigned newlines = 0;
    size_t begin = 0;
    for (size_t i = 0; i < offset; i++)
        if (place->text[i] == '\n') {
            newlines++;
            begin = i + 1;
        }
    size_t length = strcspn(place->text + begin, "\n"), raw_length;
    const char *raw;
    unsigned line = place->mark.line + 1 + newlines;
    if (!place_line(file_text, line, &raw, &raw_length) || raw_length < length)
        return place->mark;
    size_t indent = raw_length - length;
    if (memcmp(raw + indent, place->text + begin, length) != 0)
        return place->mark; /* folded by `>` */
    return (struct mark){line, (unsigned)place_characters(raw, indent + offset - begin) + 1};
}

static struct mark mark_in_line(const struct text_place *place, const char *file_text, size_t offset)
{
    const char *raw;
    size_t n;
    if (!place_line(file_text, place->mark.line, &raw, &n))
        return place->mark;
    size_t begin = place_bytes(raw, n, place->mark.column - 1) + (place->style == TEXT_QUOTED);
    if (begin + offset > n || strncmp(raw + begin, place->text, offset) != 0)
        return place->mark; /* an escape, or folded over lines */
    return (struct mark){place->mark.line, (unsigned)place_characters(raw, begin + offset) + 1};
}

struct mark lab_mark(const struct lab *lab, const char *file_text, const char *text, size_t offset)
{
    struct text_place key = {.text = text};
    const struct text_place *place =
        lab->n_places ? bsearch(&key, lab->places, lab->n_places, sizeof key, compare_places) : NULL;
    if (!place)
        return (struct mark){0};
    size_t length = strlen(text);
    offset = offset < length ? offset : length;
    return place->style == TEXT_BLOCK ? mark_in_block(place, file_text, offset)
                                      : mark_in_line(place, file_text, offset);
}

void places_sort(struct lab *lab)
{
    if (lab->n_places)
        qsort(lab->places, lab->n_places, sizeof *lab->places, compare_places);
}
