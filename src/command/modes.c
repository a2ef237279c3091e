/* SPDX-License-Identifier: MIT
 *
 * The modes of run's namespace options, in one table, with Docker's names.
 */
#include "forms.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

struct mode {
    enum arg_kind kind;
    const char *name;
    enum share share;
};

/* Both words that mean Docker's default network are taken; "bridge" is the one that Docker shows. */
static const struct mode mode_table[] = {
    {ARG_PID_MODE, "host", SHARE_HOST},
    {ARG_PID_MODE, "container:", SHARE_CONTAINER},
    {ARG_NET_MODE, "host", SHARE_HOST},
    {ARG_NET_MODE, "none", SHARE_NONE},
    {ARG_NET_MODE, "bridge", SHARE_PRIVATE},
    {ARG_NET_MODE, "default", SHARE_PRIVATE},
    {ARG_NET_MODE, "container:", SHARE_CONTAINER},
    {ARG_USERNS_MODE, "host", SHARE_HOST},
    {ARG_USERNS_MODE, "remap", SHARE_PRIVATE},
    {ARG_UTS_MODE, "host", SHARE_HOST},
    {ARG_IPC_MODE, "host", SHARE_HOST},
    {ARG_IPC_MODE, "private", SHARE_PRIVATE},
};

#define CONTAINER_PREFIX "container:"

const char *mode_container(const char *value)
{
    return starts_with(value, CONTAINER_PREFIX) ? value + strlen(CONTAINER_PREFIX) : NULL;
}

static bool mode_matches(const struct mode *mode, const char *value)
{
    return mode->share == SHARE_CONTAINER ? mode_container(value) != NULL : !strcmp(mode->name, value);
}

static int unknown_mode(enum arg_kind kind, const char *value, struct nslab_error *e)
{
    const char *names[ARRAY_LEN(mode_table)];
    size_t n = 0;
    cleanup_buf struct buf list = {0};
    for (size_t i = 0; i < ARRAY_LEN(mode_table); i++) {
        const struct mode *mode = &mode_table[i];
        if (mode->kind != kind)
            continue;
        buf_addf(&list, "%s`%s%s`", n ? ", " : "", mode->name, mode->share == SHARE_CONTAINER ? "NAME" : "");
        names[n++] = mode->name;
    }
    error_say(e, "unknown mode `%s`: it can be %s", value, buf_text(&list));
    const char *nearest = nearest_word(value, names, n);
    if (nearest)
        error_hint(e, "Did you mean `%s`?", nearest);
    return -1;
}

int form_mode(enum arg_kind kind, const char *value, struct share_choice *ret, struct nslab_error *e)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_table); i++) {
        const struct mode *mode = &mode_table[i];
        if (mode->kind != kind || !mode_matches(mode, value))
            continue;
        const char *name = mode_container(value);
        if (name && !form_is_name(name)) {
            error_say(e, "`%s` names no container", value);
            return error_hint(e, "Write container:NAME, with the name that `ps` shows.");
        }
        if (ret) {
            free(ret->container); /* a choice that was made before: the last one wins */
            ret->share = mode->share;
            ret->container = name ? xstrdup(name) : NULL;
        }
        return 0;
    }
    return unknown_mode(kind, value, e);
}

void mode_candidates(enum arg_kind kind, const struct strv *containers, struct strv *out)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_table); i++) {
        if (mode_table[i].kind != kind)
            continue;
        if (mode_table[i].share != SHARE_CONTAINER) {
            strv_add(out, mode_table[i].name);
            continue;
        }
        for (size_t k = 0; k < containers->len; k++)
            strv_addf(out, CONTAINER_PREFIX "%s", containers->items[k]);
        if (!containers->len)
            strv_add(out, CONTAINER_PREFIX);
    }
}
