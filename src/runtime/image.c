/* SPDX-License-Identifier: MIT
 *
 * Images on disk: DATA/images/NAME. A name with a leading dot there is something half made or half removed.
 */
#include "nslab/image.h"
#include "nslab/fd.h"
#include "nslab/ids.h"
#include "nslab/image_tree.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/paths.h"
#include "nslab/proc.h"
#include "nslab/shift.h"
#include "nslab/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_dir_p(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

struct image *image_share(struct image *image)
{
    image->shares++;
    return image;
}

void image_free(struct image *image)
{
    if (!image || image->shares-- > 0)
        return;
    free(image->name);
    free(image->directory);
    free(image->rootfs);
    strv_free(&image->command);
    strv_free(&image->env);
    strv_free(&image->titles);
    strv_free(&image->title_counts);
    for (size_t i = 0; i < image->n_single_id_files; i++) {
        free(image->single_id_files[i].path);
        free(image->single_id_files[i].content);
    }
    free(image->single_id_files);
    free(image->description);
    free(image->built);
    free(image);
}

void image_free_p(struct image **image)
{
    image_free(*image);
    *image = NULL;
}

static char *images_directory(struct nslab_error *e)
{
    cleanup_free char *data = paths_data(e);
    return data ? xasprintf("%s/images", data) : NULL;
}

static bool is_image_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

/* --- names --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory that hold this file, sorted; a directory that isn't there has none. */
static int names_with(const char *directory, const char *file, struct strv *names, struct nslab_error *e)
{
    cleanup_with(close_dir_p) DIR *dir = opendir(directory);
    if (!dir)
        return errno == ENOENT ? 0 : error_sys(e, errno, "read directory", "%s", directory);
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        cleanup_free char *path = xasprintf("%s/%s", entry->d_name, file);
        if (is_image_name(entry->d_name) && faccessat(dirfd(dir), path, F_OK, 0) == 0)
            strv_add(names, entry->d_name);
    }
    if (names->len)
        qsort(names->items, names->len, sizeof *names->items, by_text);
    return 0;
}

int image_list(struct strv *names, struct nslab_error *e)
{
    cleanup_free char *images = images_directory(e);
    return images ? names_with(images, "image.yaml", names, e) : -1;
}

/* The images that can be built: one recipe each. */
static void recipe_names(struct strv *names)
{
    struct nslab_error ignored;
    cleanup_free char *share = paths_share(&ignored);
    if (!share)
        return;
    cleanup_free char *recipes = xasprintf("%s/scripts/images", share);
    names_with(recipes, "image.yaml", names, &ignored);
}

/* No such image. One that could be built is something that this machine lacks; any other is a mistake in the
 * line. */
static int unknown_image(const char *name, struct nslab_error *e)
{
    cleanup_strv struct strv known = {0};
    struct nslab_error ignored;
    recipe_names(&known);
    if (strv_contains(&known, name)) {
        error_say(e, "the image %s is not built yet", name);
        error_hint(e, "Build it with `nslab image build %s`.", name);
        return error_cause(e, "image");
    }
    image_list(&known, &ignored);
    error_say(e, "no image is called %s", name);
    const char *near = nearest_word(name, (const char *const *)known.items, known.len);
    if (near)
        return error_hint(e, "Did you mean %s?", near);
    if (!known.len)
        return error_needs(e, "image");
    cleanup_buf struct buf all = {0};
    for (size_t i = 0; i < known.len; i++)
        if (!i || strcmp(known.items[i], known.items[i - 1]) != 0)
            buf_addf(&all, "%s%s", i ? ", " : "", known.items[i]);
    return error_hint(e, "There is: %s.", buf_text(&all));
}

/* --- reading --- */

/* "nginx:latest" is nginx; there are no other tags. NULL with e set for one. */
static char *name_without_tag(const char *given, struct nslab_error *e)
{
    const char *colon = strchr(given, ':');
    size_t length = colon ? (size_t)(colon - given) : strlen(given);
    cleanup_free char *name = xstrndup(given, length);
    if (!colon || !strcmp(colon, ":latest"))
        return take_ptr(name);
    error_say(e, "the image %s has no tag %s", name, colon + 1);
    error_hint(e, "Use %s, or %s:latest, which is the same.", name, name);
    return NULL;
}

static int build_again(const char *name, struct nslab_error *e)
{
    error_hint(e, "Build it again: `nslab image rm %s`, then `nslab image build %s`.", name, name);
    return error_cause(e, "image");
}

static int read_image(struct image *image, struct nslab_error *e)
{
    cleanup_free char *file = xasprintf("%s/image.yaml", image->directory);
    cleanup_buf struct buf text = {0};
    struct stat st;
    if (read_file_at(AT_FDCWD, file, &text, 0) < 0)
        return error_sys(e, errno, "read", "%s", file);
    if (stat(image->rootfs, &st) < 0)
        return error_sys(e, errno, "find the root filesystem", "%s", image->rootfs);
    if (!S_ISDIR(st.st_mode))
        return error_sys(e, ENOTDIR, "use the root filesystem", "%s", image->rootfs);
    return image_parse(buf_text(&text), file, image, e);
}

int image_open(const char *name, struct image **ret, struct nslab_error *e)
{
    cleanup_with(image_free_p) struct image *image = xcalloc(1, sizeof *image);
    cleanup_free char *images = images_directory(e);
    image->name = images ? name_without_tag(name, e) : NULL;
    if (!image->name)
        return -1;
    image->directory = xasprintf("%s/%s", images, image->name);
    image->rootfs = xasprintf("%s/rootfs", image->directory);
    if (!is_image_name(image->name) || (access(image->directory, F_OK) < 0 && errno == ENOENT))
        return unknown_image(image->name, e);
    if (read_image(image, e) < 0) /* what nslab lacks itself says nothing of the image */
        return e->errnum == EMFILE || e->errnum == ENFILE ? -1 : build_again(image->name, e);
    *ret = take_ptr(image);
    return 0;
}

/* --- removing --- */

int image_remove(const char *name, struct nslab_error *e)
{
    cleanup_free char *images = images_directory(e);
    if (!images)
        return -1;
    if (!is_image_name(name)) {
        error_say(e, "%s is not an image's name", *name ? name : "\"\"");
        return error_hint(e, "`nslab image list` shows the names.");
    }
    cleanup_fd int dir = open(images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno == ENOENT ? unknown_image(name, e) : error_sys(e, errno, "open", "%s", images);
    /* out of sight first: whatever interrupts us, there is no half image. The next build removes what is
     * left. */
    cleanup_free char *gone = xasprintf(".%s.gone-%d", name, (int)getpid());
    if (renameat(dir, name, dir, gone) < 0)
        return errno == ENOENT ? unknown_image(name, e)
                               : error_sys(e, errno, "remove", "%s/%s", images, name);
    return image_tree_remove(dir, gone, e);
}

/* --- building --- */

static void run_builder(const char *script, const char *name, const char *images, bool as_root, bool force)
{
    char owner[32];
    const char *argv[8] = {script, name, images};
    size_t n = 3;
    if (as_root) {
        snprintf(owner, sizeof owner, "%u:%u", LAB_ROOT_BASE, LAB_ROOT_BASE);
        argv[n++] = "--owner";
        argv[n++] = owner;
    }
    if (force)
        argv[n++] = "--force";
    signals_to_default();
    /* a signal that it can clean up after, unlike die_with_parent() */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execv(script, (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Waits; an interrupt of ours is passed on, since it may have been meant for nslab alone. */
static int wait_for_builder(int pidfd)
{
    struct pollfd polled[] = {{.fd = pidfd, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};
    for (;;) {
        if (poll(polled, ARRAY_LEN(polled), -1) < 0 && errno != EINTR)
            break;
        if (polled[0].revents)
            break;
        if (interrupt_take())
            pidfd_signal(pidfd, SIGTERM);
    }
    int status = -1;
    return wait_child(pidfd, &status) < 0 ? -1 : status;
}

/* What an interrupted `image rm` has left behind. */
static int sweep_removed(const char *images, const char *name, struct nslab_error *e)
{
    cleanup_with(close_dir_p) DIR *dir = opendir(images);
    cleanup_free char *prefix = xasprintf(".%s.gone-", name);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (starts_with(entry->d_name, prefix) && image_tree_remove(dirfd(dir), entry->d_name, e) < 0)
            return -1;
    return 0;
}

/* The shifted copy of the image that is about to be replaced, half made or whole: made again when it is
 * needed. */
static int forget_shifted(const char *images, const char *name, struct nslab_error *e)
{
    cleanup_free char *directory = xasprintf("%s/%s", images, name);
    cleanup_fd int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return 0;
    return image_tree_remove(dir, SHIFTED SHIFTED_HALF, e) < 0 ? -1 : image_tree_remove(dir, SHIFTED, e);
}

int image_build(const char *name, bool force, struct nslab_error *e)
{
    cleanup_free char *share = paths_share(e);
    cleanup_free char *images = share ? images_directory(e) : NULL;
    if (!images)
        return -1;
    cleanup_strv struct strv recipes = {0};
    recipe_names(&recipes);
    if (!strv_contains(&recipes, name))
        return unknown_image(name, e);
    cleanup_free char *script = xasprintf("%s/scripts/build-image", share);
    if (access(script, X_OK) < 0)
        return error_sys(e, errno, "run", "%s", script);
    if (sweep_removed(images, name, e) < 0 || (force && forget_shifted(images, name, e) < 0))
        return -1;
    int as_root = have_root_rights(e);
    if (as_root < 0)
        return -1;
    cleanup_fd int pidfd = -1;
    fflush(NULL); /* what we said stands before what it says */
    pid_t pid = clone_process(0, &pidfd);
    if (pid < 0)
        return error_sys(e, errno, "start", "%s", script);
    if (!pid)
        run_builder(script, name, images, as_root, force);
    int status = wait_for_builder(pidfd);
    if (!status)
        return 0;
    if (status > 128) {
        error_say(e, "building the image %s was interrupted", name);
        return error_hint(e, "Nothing is left of it. `nslab image build %s` starts again.", name);
    }
    error_say(e, "the image %s could not be built", name);
    return error_hint(e, "The lines above say why.");
}
