/* SPDX-License-Identifier: MIT
 *
 * map: pictures of the lab, drawn from what the kernel says now.
 */
#include "forms.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "picture_live.h"
#include "verbs.h"

#include <string.h>

/* The readers and drawers have structures of their own; each pair is one function here. */
#define PICTURE(name)                                                                                        \
    static int map_##name(const struct host *host, const struct canvas *canvas, struct buf *out,             \
                          struct nslab_error *e)                                                             \
    {                                                                                                        \
        struct picture_##name picture;                                                                       \
        int r = picture_##name##_read(host, &picture, e);                                                    \
        if (r == 0)                                                                                          \
            picture_##name##_draw(&picture, canvas, out);                                                    \
        picture_##name##_free(&picture);                                                                     \
        return r;                                                                                            \
    }
PICTURE(processes)
PICTURE(ids)
PICTURE(network)
PICTURE(mounts)

static const struct map_row {
    const char *name;
    bool unasked; /* `map` alone shows it */
    int (*show)(const struct host *host, const struct canvas *canvas, struct buf *out, struct nslab_error *e);
} map_table[] = {
    {"processes", true, map_processes},
    {"ids", false, map_ids},
    {"network", true, map_network},
    {"mounts", false, map_mounts},
};

void picture_names(struct strv *out)
{
    for (size_t i = 0; i < ARRAY_LEN(map_table); i++)
        strv_add(out, map_table[i].name);
}

int form_picture(const char *value, struct nslab_error *e)
{
    const char *names[ARRAY_LEN(map_table)];
    for (size_t i = 0; i < ARRAY_LEN(map_table); i++) {
        names[i] = map_table[i].name;
        if (!strcmp(value, names[i]))
            return 0;
    }
    const char *nearest = nearest_word(value, names, ARRAY_LEN(names));
    error_say(e, "`%s` is no picture", value);
    if (nearest)
        return error_hint(e, "Did you mean `map %s`?", nearest);
    return error_hint(e, "There are processes, ids, network and mounts.");
}

int verb_run_map(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    struct canvas canvas = {.width = c->width ? c->width : COMMAND_WIDTH_DEFAULT, .utf8 = c->utf8};
    const char *asked = line->args.len ? line->args.items[0] : NULL;
    (void)status;
    if (command_host(c, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(map_table); i++) {
        const struct map_row *row = &map_table[i];
        if (asked ? strcmp(asked, row->name) != 0 : !row->unasked)
            continue;
        if (text.len)
            buf_addc(&text, '\n');
        if (row->show(c->host, &canvas, &text, e) < 0)
            return -1;
    }
    sink_harmless(c->sink, &text);
    return 0;
}
