/* SPDX-License-Identifier: MIT
 *
 * nslab image: what is done with images, a row each.
 */
#include "nslab/image.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "subcommands.h"

#include <string.h>

static int image_status(const struct nslab_error *e)
{
    int status = status_interrupted_or(STATUS_BROKEN);
    return interrupt_signal() ? status : say_error(e, status);
}

static int build(const char *name, const struct sub_args *args)
{
    struct nslab_error e = {0};
    return image_build(name, sub_has(args, "force"), &e) < 0 ? image_status(&e) : STATUS_PASSED;
}

static int path(const char *name, const struct sub_args *args)
{
    struct nslab_error e = {0};
    cleanup_with(image_free_p) struct image *image = NULL;
    cleanup_buf struct buf text = {0};
    (void)args;
    /* That it isn't there is an answer, and so a status of its own: scripts ask it. */
    if (image_open(name, &image, &e) < 0)
        return say_error(&e, STATUS_FAILED);
    buf_addf(&text, "%s\n", image->directory);
    return say_out(&text);
}

static int rm(const char *name, const struct sub_args *args)
{
    struct nslab_error e = {0};
    (void)args;
    return image_remove(name, &e) < 0 ? image_status(&e) : STATUS_PASSED;
}

static int list(const char *name, const struct sub_args *args)
{
    struct nslab_error e = {0};
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf text = {0};
    (void)name, (void)args;
    if (image_list(&names, &e) < 0)
        return image_status(&e);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_with(image_free_p) struct image *image = NULL;
        if (image_open(names.items[i], &image, &e) < 0)
            buf_addf(&text, "%s  (not usable)\n", names.items[i]);
        else
            buf_addf(&text, "%s  %s\n", image->name, image->built ? image->built : "");
    }
    return say_out(&text);
}

static const struct {
    const char *name;
    bool takes_name;
    int (*run)(const char *name, const struct sub_args *args);
} actions[] = {{"build", true, build}, {"path", true, path}, {"rm", true, rm}, {"list", false, list}};

int sub_image(const struct sub_args *args)
{
    const char *names[ARRAY_LEN(actions)];
    const char *wanted = args->words.items[0];
    struct nslab_error e = {0};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        names[i] = actions[i].name;
        if (strcmp(wanted, actions[i].name) != 0)
            continue;
        if (actions[i].takes_name == (args->words.len == 2))
            return actions[i].run(actions[i].takes_name ? args->words.items[1] : NULL, args);
        error_say(&e, actions[i].takes_name ? "image %s: which image?" : "image %s takes no name", wanted);
        error_hint(&e, "Usage: nslab image %s", args->sub->synopsis);
        return say_error(&e, STATUS_USAGE);
    }
    const char *nearest = nearest_word(wanted, names, ARRAY_LEN(actions));
    error_say(&e, "image can't `%s`", wanted);
    if (nearest)
        error_hint(&e, "Did you mean %s?", nearest);
    else
        error_hint(&e, "Usage: nslab image %s", args->sub->synopsis);
    return say_error(&e, STATUS_USAGE);
}
