/* SPDX-License-Identifier: MIT
 *
 * Which labs there are: labs/course.yaml, with their order.
 */
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/text.h"
#include "place.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define COURSE_FORMAT "nslab-course/1"

struct course {
    struct strv labs;
};

static void read_format(struct reader *r, const struct key *key, const yaml_node_t *node, void *target)
{
    (void)key, (void)target;
    if (strcmp(scalar_text(node), COURSE_FORMAT) != 0)
        diagnostics_add(r->d, source_mark(node->start_mark), NULL, COURSE_FORMAT,
                        "`%s` isn't a format that is known here", scalar_text(node));
}

static const struct key course_keys[] = {
    {.name = "format", .type = KEY_OTHER, .required = true, .read = read_format},
    {.name = "labs", .type = KEY_TEXTS, .required = true, .offset = offsetof(struct course, labs)},
};

static void read_course(struct diagnostics *d, struct course *course)
{
    struct reader r = {.d = d};
    if (source_load(&source_lab, strlen(d->text), &r.document, d) < 0)
        return;
    reader_mapping(&r, yaml_document_get_root_node(&r.document), "the course", course_keys,
                   ARRAY_LEN(course_keys), course);
    yaml_document_delete(&r.document);
    for (size_t i = 0; i < course->labs.len; i++)
        if (!is_id(course->labs.items[i]))
            diagnostics_add(d, (struct mark){0}, NULL, NULL, "`%s` can't be a lab's id",
                            course->labs.items[i]);
}

static int load(const char *path, struct diagnostics *d, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    if (read_file_at(AT_FDCWD, path, &text, SOURCE_SIZE_MAX + 1) < 0) {
        error_sys(e, errno, "read the course", "%s", path);
        return -1;
    }
    d->file = xstrdup(path);
    d->text = xstrdup(buf_text(&text));
    return 0;
}

static int course_read(const char *path, struct course *course, struct nslab_error *e)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_buf struct buf shown = {0};
    if (load(path, &d, e) < 0)
        return -1;
    read_course(&d, course);
    if (!d.n)
        return 0;
    diagnostics_show(&d, &shown);
    return error_say(e, "%s", buf_text(&shown));
}

static bool says_course(const char *text)
{
    static const char says[] = "format: nslab-course/";
    cleanup_strv struct strv lines = {0};
    strv_split_lines(&lines, text);
    for (size_t i = 0; i < lines.len; i++)
        if (starts_with(lines.items[i], says))
            return true;
    return false;
}

int course_lint(const char *path, struct diagnostics *d, size_t *n_labs)
{
    struct nslab_error e = {0};
    struct course course = {0};
    if (load(path, d, &e) < 0 || !says_course(d->text)) {
        diagnostics_free(d);
        return 0;
    }
    read_course(d, &course);
    *n_labs = course.labs.len;
    strv_free(&course.labs);
    return 1;
}

int labs_list(struct strv *paths, struct nslab_error *e)
{
    cleanup_free char *share = paths_share(e);
    if (!share)
        return -1;
    cleanup_free char *path = xasprintf("%s/labs/course.yaml", share);
    struct course course = {0};
    int status = course_read(path, &course, e);
    for (size_t i = 0; status == 0 && i < course.labs.len; i++)
        strv_addf(paths, "%s/labs/%s.yaml", share, course.labs.items[i]);
    strv_free(&course.labs);
    return status;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

static char *id_of_path(const char *path)
{
    const char *base = strrchr(path, '/') + 1;
    return xstrndup(base, strlen(base) - strlen(".yaml"));
}

int lab_find(const char *id_or_path, char **ret_path, struct nslab_error *e)
{
    if (strchr(id_or_path, '/') || ends_with(id_or_path, ".yaml")) {
        *ret_path = xstrdup(id_or_path);
        return 0;
    }
    cleanup_strv struct strv paths = {0}, ids = {0};
    if (labs_list(&paths, e) < 0)
        return -1;
    for (size_t i = 0; i < paths.len; i++) {
        strv_add_taken(&ids, id_of_path(paths.items[i]));
        if (!strcmp(ids.items[i], id_or_path)) {
            *ret_path = xstrdup(paths.items[i]);
            return 0;
        }
    }
    const char *nearest = nearest_word(id_or_path, (const char *const *)ids.items, ids.len);
    cleanup_buf struct buf all = {0};
    strv_join(&ids, ", ", &all);
    error_say(e, "there is no lab `%s`", id_or_path);
    return nearest
               ? error_hint(e, "Did you mean `%s`?", nearest)
               : error_hint(e, "The labs are: %s. A file of your own is named by its path.", buf_text(&all));
}
