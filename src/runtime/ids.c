/* SPDX-License-Identifier: MIT
 *
 * The pure half of ids.h: maps and subuid(5) texts. What asks the machine is in ids_plan.c and ids_write.c.
 */
#include "nslab/ids.h"
#include "nslab/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers that the labs use, and how an allotment is laid under them: the ids of the lab host's own
 * system, the remapped container's, and one far id that a lab hands a file to, so that it lies outside the
 * remapped range. */
#define SYSTEM_IDS 1999u /* 1..1999; 0 is the user's own id */
#define REMAP_IDS_MAX 65536u
#define FAR_ID 1001003u
#define ALLOTMENT_LEAST 65536u

static bool overlaps(uint32_t id, uint32_t start, uint32_t count)
{
    return id >= start && id - start < count;
}

bool id_map_sparse(uint32_t own, uint32_t start, uint32_t count, struct id_map *map)
{
    if (count < ALLOTMENT_LEAST || start > UINT32_MAX - count)
        return false;
    uint32_t remap = count - SYSTEM_IDS - 1;
    if (remap > REMAP_IDS_MAX)
        remap = REMAP_IDS_MAX;
    /* The kernel refuses a map in which one outside id has two inside numbers. */
    if (overlaps(own, start, SYSTEM_IDS + remap + 1))
        return false;
    *map = (struct id_map){
        .extents = {{0, own, 1},
                    {1, start, SYSTEM_IDS},
                    {REMAP_BASE, start + SYSTEM_IDS, remap},
                    {FAR_ID, start + SYSTEM_IDS + remap, 1}},
        .n = 4,
    };
    return true;
}

/* Takes one field of a line up to `stop`. NULL when there is no such stop. */
static const char *take_field(const char *line, char stop, char *field, size_t size)
{
    size_t n = strcspn(line, ":\n");
    if (n >= size || (line[n] != stop && !(stop == '\n' && !line[n])))
        return NULL;
    memcpy(field, line, n);
    field[n] = '\0';
    return line + n + (line[n] != '\0');
}

static bool parse_subid_line(const char *line, char *owner, size_t owner_size, unsigned long *start,
                             unsigned long *count)
{
    char number[16];
    line = take_field(line, ':', owner, owner_size);
    if (!line || !owner[0] || owner[0] == '#')
        return false;
    line = take_field(line, ':', number, sizeof number);
    if (!line || !parse_unsigned(number, UINT32_MAX, start))
        return false;
    line = take_field(line, '\n', number, sizeof number);
    return line && parse_unsigned(number, UINT32_MAX, count) && *count && *start <= UINT32_MAX - *count;
}

bool subid_find(const char *text, const char *name, uid_t uid, uint32_t least, uint32_t *start,
                uint32_t *count)
{
    char by_uid[16];
    snprintf(by_uid, sizeof by_uid, "%u", (unsigned)uid);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char owner[256];
        unsigned long line_start, line_count;
        if (!parse_subid_line(line, owner, sizeof owner, &line_start, &line_count))
            continue;
        if (strcmp(owner, by_uid) != 0 && !(name && !strcmp(owner, name)))
            continue;
        if (line_count < least)
            continue;
        *start = (uint32_t)line_start;
        *count = (uint32_t)line_count;
        return true;
    }
    return false;
}

size_t id_map_format(const struct id_map *map, char *text, size_t size)
{
    size_t n = 0;
    if (size)
        text[0] = '\0';
    for (size_t i = 0; i < map->n; i++) {
        const struct id_extent *x = &map->extents[i];
        int written = snprintf(text + n, size - n, "%u %u %u\n", x->inside, x->outside, x->count);
        if (written < 0 || (size_t)written >= size - n) {
            text[n] = '\0'; /* whole lines or nothing: a cut number would be another id */
            return n;
        }
        n += (size_t)written;
    }
    return n;
}

/* Takes a decimal number with blanks before it, as the kernel writes them. */
static bool take_number(const char **p, uint32_t *ret)
{
    *p += strspn(*p, " \t");
    size_t digits = strspn(*p, "0123456789");
    if (!digits || digits > 10)
        return false;
    unsigned long long value = strtoull(*p, NULL, 10);
    if (value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    *p += digits;
    return true;
}

int id_map_parse(const char *text, struct id_map *map)
{
    struct id_map parsed = {0};
    for (const char *p = text; *p;) {
        struct id_extent x;
        if (parsed.n == ID_EXTENTS_MAX || !take_number(&p, &x.inside) || !take_number(&p, &x.outside) ||
            !take_number(&p, &x.count))
            return -1;
        p += strspn(p, " \t");
        if (!x.count || (*p && *p != '\n'))
            return -1;
        p += *p == '\n';
        parsed.extents[parsed.n++] = x;
    }
    *map = parsed;
    return (int)parsed.n;
}

bool id_map_outside(const struct id_map *map, uint32_t inside, uint32_t *outside)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_extent *x = &map->extents[i];
        if (overlaps(inside, x->inside, x->count)) {
            *outside = x->outside + (inside - x->inside);
            return true;
        }
    }
    return false;
}

bool id_map_inside(const struct id_map *map, uint32_t outside, uint32_t *inside)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_extent *x = &map->extents[i];
        if (overlaps(outside, x->outside, x->count)) {
            *inside = x->inside + (outside - x->outside);
            return true;
        }
    }
    return false;
}
