/* SPDX-License-Identifier: MIT */
#include "walls.h"
#include "nslab/container.h"
#include "nslab/mem.h"
#include "picture.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

static void add_side(struct sides *s, const struct place *place, const char *name)
{
    s->items = xrealloc(s->items, s->n + 1, sizeof *s->items);
    struct side *side = &s->items[s->n++];
    *side = (struct side){.name = name};
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        struct nslab_error ignored = {0};
        if (place_ns_link(place, type, side->links[type], sizeof side->links[type], &ignored) < 0)
            side->links[type][0] =
                '\0'; /* an old kernel has no such type, or the process has ended meanwhile */
    }
}

static int add_container(struct sides *s, const struct container *container, struct nslab_error *e)
{
    if (container->state == CONTAINER_RUNNING) {
        struct place place = container_place(container);
        add_side(s, &place, container->spec.name);
        return 0;
    }
    error_say(e, "container %s has ended: its process is in no namespace any more", container->spec.name);
    return error_hint(e, "`ps -a` shows its status.");
}

static int add_named(struct sides *s, const struct host *host, const char *name, struct nslab_error *e)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->items[i].name, name))
            return 0;
    struct container *container = container_get(host, name, e);
    return container ? add_container(s, container, e) : -1;
}

int sides_read(const struct host *host, const struct strv *names, struct sides *ret, struct nslab_error *e)
{
    *ret = (struct sides){0};
    struct place lab_host = host_place(host);
    add_side(ret, &machine_place, "machine");
    add_side(ret, &lab_host, "host");
    for (size_t i = 0; i < names->len; i++)
        if (add_named(ret, host, names->items[i], e) < 0) {
            sides_free(ret);
            return -1;
        }
    for (const struct container *it = names->len ? NULL : host->containers; it; it = it->next) {
        struct nslab_error ignored = {0};
        add_container(ret, it, &ignored);
    }
    return 0;
}

void sides_free(struct sides *s)
{
    free(s->items);
    *s = (struct sides){0};
}

static bool same(const struct side *a, const struct side *b, enum ns_type type)
{
    return a->links[type][0] && !strcmp(a->links[type], b->links[type]);
}

const char *side_same(const struct sides *s, size_t index, enum ns_type type)
{
    /* The lab host first, then the machine, then containers in the order in which they were started. */
    static const size_t first[] = {SIDE_HOST, SIDE_MACHINE};
    for (size_t i = 0; i < s->n && i < index; i++) {
        size_t other = i < ARRAY_LEN(first) && index > SIDE_HOST ? first[i] : i;
        if (same(&s->items[index], &s->items[other], type))
            return s->items[other].name;
    }
    return NULL;
}

void side_inode(const char *link, char *text, size_t size)
{
    const char *open = strchr(link, '[');
    if (open)
        snprintf(text, size, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
    else
        snprintf(text, size, "?");
}

static void add_cell(struct table *t, const struct sides *s, size_t index, enum ns_type type)
{
    char inode[32];
    const char *other = side_same(s, index, type);
    side_inode(s->items[index].links[type], inode, sizeof inode);
    if (index == SIDE_MACHINE || !s->items[index].links[type][0])
        table_add(t, "%s", inode);
    else if (other)
        table_add(t, "%s = %s", inode, other);
    else
        table_add(t, "%s differs", inode);
}

/* The columns of the sides [from, to), with the names of the namespaces before them. */
static void add_block(const struct sides *s, size_t from, size_t to, struct buf *out)
{
    cleanup_table struct table table = {.columns = to - from + 1};
    table_add(&table, "NAMESPACE");
    for (size_t i = from; i < to; i++)
        table_add(&table, "%s", s->items[i].name);
    for (enum ns_type type = 0; type < NS_COUNT; type++) {
        table_add(&table, "%s", ns_table[type].name);
        for (size_t i = from; i < to; i++)
            add_cell(&table, s, i, type);
    }
    table_show(&table, out);
}

/* All of it is ASCII: names of containers and of namespaces, numbers. */
static bool fits(const struct buf *block, unsigned width)
{
    for (const char *row = buf_text(block); *row; row += strcspn(row, "\n") + 1)
        if (strcspn(row, "\n") > width)
            return false;
    return true;
}

/* The block that begins with the side `from`, as wide as it may be. Returns where the next one begins. */
static size_t add_widest_block(const struct sides *s, size_t from, unsigned width, bool utf8, struct buf *out)
{
    cleanup_buf struct buf block = {0};
    size_t to = from;
    do {
        cleanup_buf struct buf wider = {0};
        add_block(s, from, to + 1, &wider);
        if (to > from && !fits(&wider, width))
            break;
        buf_truncate(&block, 0);
        buf_add(&block, wider.data, wider.len);
    } while (++to < s->n);
    cleanup_strv struct strv rows = {0};
    strv_split_lines(&rows, buf_text(&block));
    for (size_t i = 0; i < rows.len; i++) {
        picture_cut(rows.items[i], width, utf8, out);
        buf_addc(out, '\n');
    }
    return to;
}

void sides_show(const struct sides *s, unsigned width, bool utf8, struct buf *out)
{
    for (size_t from = 0; from < s->n;) {
        if (from)
            buf_addc(out, '\n');
        from = add_widest_block(s, from, width, utf8, out);
    }
}
