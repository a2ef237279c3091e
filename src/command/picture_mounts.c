/* SPDX-License-Identifier: MIT
 *
 * A root as it is seen from above: what is mounted over it, the layer that takes the writes, the image.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "picture.h"

#include <string.h>

static const char *bind_source(const struct picture_layers *l, const char *target)
{
    for (size_t i = 0; i < l->n_binds; i++)
        if (!strcmp(l->binds[i].target, target))
            return l->binds[i].source;
    return NULL;
}

static bool is_device(const struct mount_info *m)
{
    return !strcmp(m->type, "devtmpfs") && starts_with(m->target, "/dev/");
}

static void draw_mount(struct pen *p, const struct picture_layers *l, const struct mount_info *m)
{
    cleanup_free char *access = xstrndup(m->options, strcspn(m->options, ","));
    const char *source = bind_source(l, m->target);
    if (source)
        pen_row(p, "%s  %s  -v: %s of the lab host", m->target, access, source);
    else if (strcmp(m->root, "/") != 0)
        pen_row(p, "%s  %s  bind: %s of a %s", m->target, access, m->root, m->type);
    else
        pen_row(p, "%s  %s  %s", m->target, access, m->type);
}

/* The device files of the machine, bound one by one, in one row. */
static void draw_devices(struct pen *p, const struct picture_layers *l)
{
    cleanup_buf struct buf names = {0};
    for (size_t i = 0; i < l->n_mounts; i++)
        if (is_device(&l->mounts[i]))
            buf_addf(&names, "%s%s", names.len ? " " : "", l->mounts[i].target + strlen("/dev/"));
    if (names.len)
        pen_words(p, 2, "in /dev, bound from the machine: %s", buf_text(&names));
}

static void size_text(uint64_t bytes, struct buf *out)
{
    if (bytes >= UINT64_C(1) << 20)
        buf_addf(out, "%.1f MiB", (double)bytes / (1 << 20));
    else
        buf_addf(out, "%.0f KiB", (double)bytes / (1 << 10));
}

static const struct mount_info *root_of(const struct picture_layers *l)
{
    for (size_t i = l->n_mounts; i-- > 0;)
        if (!strcmp(l->mounts[i].target, "/"))
            return &l->mounts[i];
    return NULL;
}

static void draw_root(struct pen *p, const struct picture_layers *l)
{
    const struct mount_info *root = root_of(l);
    cleanup_buf struct buf size = {0}, used = {0};
    size_text(l->size, &size);
    size_text(l->used, &used);
    if (!root || strcmp(root->type, "overlay") != 0) {
        pen_words(p, 2, "root: %s", root ? root->type : "not seen");
        return;
    }
    pen_open(p, "root: an overlay of two layers");
    pen_open(p, "upper layer: takes every write");
    pen_words(p, 2, "a tmpfs of %s, in memory; %s used; gone with its owner", buf_text(&size),
              buf_text(&used));
    pen_close(p);
    pen_open(p, "lower layer: is only read");
    pen_words(p, 2, "%s", l->lower);
    pen_close(p);
    pen_close(p);
}

static void draw_layers(struct pen *p, const struct picture_layers *l)
{
    pen_open(p, l->name);
    pen_row(p, "on top, mounted over the root:");
    for (size_t i = 0; i < l->n_mounts; i++)
        if (&l->mounts[i] != root_of(l) && !is_device(&l->mounts[i]))
            draw_mount(p, l, &l->mounts[i]);
    draw_devices(p, l);
    draw_root(p, l);
    pen_close(p);
}

void picture_mounts_draw(const struct picture_mounts *p, const struct canvas *canvas, struct buf *out)
{
    struct pen pen = pen_new(canvas, out);
    for (size_t i = 0; i < p->n; i++)
        draw_layers(&pen, &p->roots[i]);
    pen_words(&pen, 0, "Read in /proc/PID/mountinfo; `explain mount NAME:PATH` takes a row of it apart.");
}

void picture_mounts_free(struct picture_mounts *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct picture_layers *l = &p->roots[i];
        mounts_free(l->mounts, l->n_mounts);
        for (size_t b = 0; b < l->n_binds; b++) {
            free(l->binds[b].source);
            free(l->binds[b].target);
        }
        free(l->binds);
        free(l->name);
        free(l->lower);
    }
    free(p->roots);
    *p = (struct picture_mounts){0};
}
