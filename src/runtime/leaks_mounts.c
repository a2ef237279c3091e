/* SPDX-License-Identifier: MIT
 *
 * Mounts of images where nslab mounts nothing, and cgroups.
 */
#include "leaks_search.h"
#include "nslab/fd.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/shift.h"
#include "nslab/text.h"

#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The directories that are mounted: an image's files, and their shifted copy. */
struct image_roots {
    const char *directory; /* DATA/images */
    struct stat *stats;
    size_t n;
};

static void add_root(struct image_roots *roots, const char *image, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s/%s", roots->directory, image, name);
    roots->stats = xrealloc(roots->stats, roots->n + 1, sizeof *roots->stats);
    roots->n += stat(path, &roots->stats[roots->n]) == 0;
}

static bool shows_image(const struct image_roots *roots, const struct mount_info *m)
{
    struct stat st;
    bool may_be = false;
    /* Only what is of the same file system is looked at: a mount of a server that is gone would be waited
     * for. */
    for (size_t i = 0; i < roots->n; i++)
        may_be |= makedev(m->major, m->minor) == roots->stats[i].st_dev;
    if (!may_be || stat(m->target, &st) < 0)
        return false;
    for (size_t i = 0; i < roots->n; i++)
        if (st.st_dev == roots->stats[i].st_dev && st.st_ino == roots->stats[i].st_ino)
            return true;
    return false;
}

static bool is_of_image(const struct image_roots *roots, const struct mount_info *m)
{
    cleanup_free char *below = xasprintf("%s/", roots->directory);
    return starts_with(m->target, below) || (m->super_options && strstr(m->super_options, below)) ||
           shows_image(roots, m);
}

void leaks_mounts(struct leak_search *s)
{
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv images = {0};
    cleanup_free char *directory = xasprintf("%s/images", s->data ? s->data : "");
    struct image_roots roots = {.directory = directory};
    struct nslab_error ignored = {0};
    struct mount_info *mounts = NULL;
    if (!s->data)
        return;
    image_list(&images, &ignored);
    for (size_t i = 0; i < images.len; i++) {
        add_root(&roots, images.items[i], "rootfs");
        add_root(&roots, images.items[i], SHIFTED);
    }
    int n = read_file_at(AT_FDCWD, "/proc/self/mountinfo", &text, 0) < 0
                ? -1
                : mountinfo_parse(buf_text(&text), &mounts);
    for (int i = 0; i < n; i++)
        if (is_of_image(&roots, &mounts[i]))
            leak_add(s, xasprintf("mount %s (%s)", mounts[i].target, mounts[i].type), 0, "umount",
                     xstrdup(mounts[i].target));
    if (n < 0)
        leak_unseen(s, "/proc/self/mountinfo can't be read");
    else
        mounts_free(mounts, (size_t)n);
    free(roots.stats);
}

/* systemd's own units are no leaks, whatever somebody has called them. */
static bool is_unit(const char *name)
{
    return glob_matches("*.service", name) || glob_matches("*.scope", name) || glob_matches("*.slice", name);
}

void leaks_cgroups(struct leak_search *s)
{
    static char root[] = "/sys/fs/cgroup";
    char *const paths[] = {root, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    for (FTSENT *entry; tree && (entry = fts_read(tree));)
        if (entry->fts_info == FTS_D && starts_with(entry->fts_name, "nslab") && !is_unit(entry->fts_name))
            leak_add(s, xasprintf("cgroup %s", entry->fts_path), 0, "rmdir", xstrdup(entry->fts_path));
    if (tree)
        fts_close(tree);
}
