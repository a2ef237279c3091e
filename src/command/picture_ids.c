/* SPDX-License-Identifier: MIT
 *
 * A line of an id map is a range that has other numbers on its other side. It is drawn as rulers of one
 * length, one a numbering: what stands below each other is one id.
 */
#include "nslab/mem.h"
#include "picture.h"

#include <stdio.h>
#include <string.h>

#define RULER_MAX 60u

static bool overlap(const struct id_extent *in, const struct id_extent *out, struct id_piece *ret)
{
    uint64_t from = in->outside > out->inside ? in->outside : out->inside;
    uint64_t in_end = (uint64_t)in->outside + in->count, out_end = (uint64_t)out->inside + out->count;
    uint64_t end = in_end < out_end ? in_end : out_end;
    if (from >= end)
        return false;
    *ret = (struct id_piece){.inside = in->inside + (uint32_t)(from - in->outside),
                             .middle = (uint32_t)from,
                             .outside = out->outside + (uint32_t)(from - out->inside),
                             .count = (uint32_t)(end - from)};
    return true;
}

size_t id_pieces(const struct id_map *inner, const struct id_map *outer,
                 struct id_piece pieces[ID_PIECES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < inner->n; i++)
        for (size_t o = 0; o < outer->n && n < ID_PIECES_MAX; o++)
            n += overlap(&inner->extents[i], &outer->extents[o], &pieces[n]);
    return n;
}

/* --- drawing --- */

struct ruler {
    const char *label;
    uint32_t first;
};

static unsigned digits(uint32_t number)
{
    return (unsigned)snprintf(NULL, 0, "%u", number);
}

/* "|0 ------ 1199999|"; a single id: "|1001003|". */
static void draw_ruler(struct pen *p, const struct ruler *r, uint32_t count, unsigned labels, unsigned length)
{
    cleanup_buf struct buf text = {0};
    bool utf8 = p->canvas.utf8;
    uint32_t last = r->first + (count - 1);
    buf_addf(&text, "%-*s %s", (int)labels, r->label, glyph(GLYPH_FROM_RIGHT, utf8));
    buf_addf(&text, " %u ", r->first);
    if (count > 1) {
        unsigned used = 4 + digits(r->first) + digits(last);
        for (unsigned i = used; i < length; i++)
            buf_adds(&text, glyph(GLYPH_ACROSS, utf8));
        buf_addf(&text, " %u ", last);
    } else {
        buf_addf(&text, "%*s", (int)(length > digits(r->first) + 2 ? length - digits(r->first) - 2 : 0), "");
    }
    buf_adds(&text, glyph(GLYPH_FROM_LEFT, utf8));
    pen_row(p, "%s", buf_text(&text));
}

static unsigned ruler_length(const struct pen *p, const struct ruler *rulers, size_t n, uint32_t count,
                             unsigned labels)
{
    unsigned widest = 0;
    for (size_t i = 0; i < n; i++)
        if (digits(rulers[i].first) + 2 > widest)
            widest = digits(rulers[i].first) + 2;
    unsigned room = pen_room(p) > labels + 3 ? pen_room(p) - labels - 3 : 1;
    if (count == 1)
        return widest;
    return room < RULER_MAX ? room : RULER_MAX;
}

static void draw_rulers(struct pen *p, const struct ruler *rulers, size_t n, uint32_t count)
{
    unsigned labels = 0;
    for (size_t i = 0; i < n; i++)
        if (strlen(rulers[i].label) > labels)
            labels = (unsigned)strlen(rulers[i].label);
    unsigned length = ruler_length(p, rulers, n, count, labels);
    if (count > 1)
        pen_row(p, "%u ids", count);
    else
        pen_row(p, "1 id");
    for (size_t i = 0; i < n; i++)
        draw_ruler(p, &rulers[i], count, labels, length);
}

static void draw_outer(struct pen *p, const struct id_map *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_extent *x = &map->extents[i];
        draw_rulers(p, (const struct ruler[]){{"lab host", x->inside}, {"machine", x->outside}}, 2, x->count);
    }
}

static void draw_inner(struct pen *p, const struct id_map *map, const struct id_map *outer)
{
    struct id_piece pieces[ID_PIECES_MAX];
    size_t n = id_pieces(map, outer, pieces);
    for (size_t i = 0; i < n; i++) {
        const struct id_piece *x = &pieces[i];
        draw_rulers(
            p,
            (const struct ruler[]){{"inside", x->inside}, {"lab host", x->middle}, {"machine", x->outside}},
            3, x->count);
    }
}

static bool same_map(const struct id_map *a, const struct id_map *b)
{
    return a->n == b->n && !memcmp(a->extents, b->extents, a->n * sizeof a->extents[0]);
}

static void draw_space(struct pen *p, const struct picture_ids *all, size_t index)
{
    const struct picture_ids_space *s = &all->spaces[index];
    cleanup_free char *title = xasprintf("%s: %s", s->names, s->link);
    bool same = same_map(&s->uid, &s->gid);
    pen_open(p, title);
    for (int gid = 0; gid < (same ? 1 : 2); gid++) {
        pen_row(p, "%s", same ? "uids, and gids the same" : gid ? "gids" : "uids");
        if (index)
            draw_inner(p, gid ? &s->gid : &s->uid, gid ? &all->spaces[0].gid : &all->spaces[0].uid);
        else
            draw_outer(p, gid ? &s->gid : &s->uid);
    }
    pen_words(p, 0, "No other id exists in there: it shows as %u.", all->nobody);
    pen_close(p);
}

void picture_ids_draw(const struct picture_ids *p, const struct canvas *canvas, struct buf *out)
{
    struct pen pen = pen_new(canvas, out);
    for (size_t i = 0; i < p->n; i++)
        draw_space(&pen, p, i);
    pen_words(&pen, 0,
              "Below each other stands one id under its names. A ruler is as long as its text needs, "
              "not as its range. Read in /proc/PID/uid_map and gid_map.");
}

void picture_ids_free(struct picture_ids *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->spaces[i].names);
        free(p->spaces[i].link);
    }
    free(p->spaces);
    *p = (struct picture_ids){0};
}
