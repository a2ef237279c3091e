/* SPDX-License-Identifier: MIT
 *
 * Boxes are network namespaces. Cables are drawn in lanes to the left of the boxes, one a veth pair, from the
 * row of the one end down to the row of the other.
 */
#include "nslab/mem.h"
#include "picture.h"

#include <string.h>

#define LANES_MAX 8u         /* further cables are told by their index alone */
#define LINKS_OF_MACHINE 12u /* of a machine only so many are drawn */

struct cable {
    const struct link_info *ends[2];
    size_t nets[2];
    size_t rows[2];
};
struct cables {
    struct cable items[LANES_MAX];
    size_t n;
};

/* Where this link of net `from` ends, in a net after it. */
static void find_cable(const struct picture_network *p, size_t from, const struct link_info *link,
                       struct cables *cables)
{
    for (size_t to = from + 1; to < p->n && cables->n < LANES_MAX; to++) {
        const struct link_info *peer = link_peer_in(&p->nets[to].view, link);
        if (!peer)
            continue;
        cables->items[cables->n++] = (struct cable){.ends = {link, peer}, .nets = {from, to}};
        return;
    }
}

static void find_cables(const struct picture_network *p, struct cables *cables)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t l = 0; !p->nets[i].is_machine && l < p->nets[i].view.n_links; l++)
            find_cable(p, i, &p->nets[i].view.links[l], cables);
}

/* --- a box --- */

static void add_addresses(const struct net_view *view, uint32_t index, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < view->n_addresses; i++)
        if (view->addresses[i].index == index) {
            buf_addf(out, "%s%s", first ? "  " : ", ", view->addresses[i].text);
            first = false;
        }
}

static void draw_link(struct pen *p, const struct net_view *view, const struct link_info *link)
{
    cleanup_buf struct buf text = {0};
    const struct link_info *master = link->master ? link_by_index(view, link->master) : NULL;
    buf_addf(&text, "%u %s", link->index, link->name);
    if (link->peer_index)
        buf_addf(&text, "@if%u", link->peer_index);
    add_addresses(view, link->index, &text);
    if (!strcmp(link->kind, "bridge"))
        buf_adds(&text, "  bridge");
    if (master)
        buf_addf(&text, "  port of %s", master->name);
    if (!link->up)
        buf_adds(&text, "  down");
    pen_row(p, "%s", buf_text(&text));
}

static void note_row(struct cables *cables, const struct link_info *link, size_t row)
{
    for (size_t i = 0; i < cables->n; i++)
        for (size_t end = 0; end < 2; end++)
            if (cables->items[i].ends[end] == link)
                cables->items[i].rows[end] = row;
}

static void draw_net(struct pen *p, const struct picture_net *net, struct cables *cables)
{
    size_t shown = net->view.n_links;
    if (net->is_machine && shown > LINKS_OF_MACHINE)
        shown = LINKS_OF_MACHINE;
    pen_open(p, net->title);
    for (size_t i = 0; i < shown; i++) {
        note_row(cables, &net->view.links[i], p->rows);
        draw_link(p, &net->view, &net->view.links[i]);
    }
    if (shown < net->view.n_links)
        pen_row(p, "and %zu more links", net->view.n_links - shown);
    for (size_t i = 0; i < net->notes.len; i++)
        pen_words(p, 2, "%s", net->notes.items[i]);
    pen_close(p);
}

/* --- the lanes --- */

static bool runs_through(const struct cable *c, size_t row)
{
    return c->rows[0] < row && row < c->rows[1];
}

/* Left of a row: for each lane what of its cable is seen there. Returns whether a cable ends in this row. */
static bool add_lanes(const struct cables *cables, size_t row, bool utf8, struct buf *out)
{
    bool plugged = false;
    for (size_t i = 0; i < cables->n; i++) {
        const struct cable *c = &cables->items[i];
        enum glyph g = plugged ? GLYPH_ACROSS : GLYPH_COUNT;
        if (row == c->rows[0])
            g = GLYPH_TOP_LEFT;
        else if (row == c->rows[1])
            g = GLYPH_BOTTOM_LEFT;
        else if (runs_through(c, row))
            g = plugged ? GLYPH_CROSS : GLYPH_DOWN;
        plugged = plugged || row == c->rows[0] || row == c->rows[1];
        buf_adds(out, g == GLYPH_COUNT ? " " : glyph(g, utf8));
    }
    if (cables->n)
        buf_adds(out, plugged ? glyph(GLYPH_ACROSS, utf8) : " ");
    return plugged;
}

static void join(const struct cables *cables, const char *boxes, bool utf8, struct buf *out)
{
    const char *border = glyph(GLYPH_DOWN, utf8);
    cleanup_strv struct strv rows = {0};
    strv_split_lines(&rows, boxes);
    for (size_t i = 0; i < rows.len; i++) {
        const char *row = rows.items[i];
        if (add_lanes(cables, i, utf8, out) && !strncmp(row, border, strlen(border))) {
            buf_adds(out, glyph(GLYPH_FROM_LEFT, utf8));
            row += strlen(border);
        }
        buf_addf(out, "%s\n", row);
    }
}

void picture_network_draw(const struct picture_network *p, const struct canvas *canvas, struct buf *out)
{
    struct cables cables = {0};
    cleanup_buf struct buf boxes = {0};
    find_cables(p, &cables);
    unsigned lanes = cables.n ? (unsigned)cables.n + 1 : 0;
    struct canvas narrower = {canvas->width - lanes, canvas->utf8};
    struct pen pen = pen_new(&narrower, &boxes);
    for (size_t i = 0; i < p->n; i++)
        draw_net(&pen, &p->nets[i], &cables);
    join(&cables, buf_text(&boxes), canvas->utf8, out);
    struct pen below = pen_new(canvas, out);
    pen_words(&below, 0,
              "A number is an interface's index; `@if3` says that the other end of this cable has "
              "index 3 where it is.");
}

void picture_network_free(struct picture_network *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->nets[i].title);
        strv_free(&p->nets[i].notes);
        net_view_free(&p->nets[i].view);
    }
    free(p->nets);
    *p = (struct picture_network){0};
}
