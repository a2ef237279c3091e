/* SPDX-License-Identifier: MIT
 *
 * The lines of a lab in the line language: whether each can be parsed, and whether the containers it names
 * are there.
 */
#include "nslab/command.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "scope.h"

#include <string.h>

/* Where a name stands in a line, as a whole word or behind `container:`. */
static size_t offset_of(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = text; (p = strstr(p, name)); p++) {
        bool begins = p == text || strchr(" :'\"", p[-1]);
        if (begins && (!p[n] || strchr(" '\"", p[n])))
            return (size_t)(p - text);
    }
    return 0;
}

/* Images are built by scripts: one that isn't built yet on this machine is no error of the lab. */
static const char *const shipped_images[] = {"nginx"};

static void check_image(struct checker *c, const struct line *line, const char *text)
{
    if (!line->args.len || strstr(line->args.items[0], "${"))
        return;
    cleanup_strv struct strv images = {0};
    struct nslab_error ignored;
    image_list(&images, &ignored);
    for (size_t i = 0; i < ARRAY_LEN(shipped_images); i++)
        if (!strv_contains(&images, shipped_images[i]))
            strv_add(&images, shipped_images[i]);
    cleanup_free char *name = xstrndup(line->args.items[0], strcspn(line->args.items[0], ":"));
    if (!strv_contains(&images, name))
        report_at(c, text, offset_of(text, name), NULL,
                  nearest_word(name, (const char *const *)images.items, images.len), "unknown image `%s`",
                  name);
}

static void make_container(struct checker *c, const struct line *line, const char *name, const char *text)
{
    struct scope *now = &c->now;
    if (strstr(name, "${"))
        return;
    if (strv_contains(&now->containers, name) && !strv_contains(&now->fleeting, name))
        report_at(c, text, offset_of(text, name), NULL, NULL,
                  "there is a container `%s` already: `rm -f %s` takes it away", name, name);
    strv_remove(&now->containers, name);
    strv_remove(&now->fleeting, name);
    bool fleeting = line_has(line, "rm");
    if (!strv_contains(&now->ever, name))
        strv_add(&now->ever, name);
    if (fleeting && !line_has(line, "detach"))
        return; /* gone when the line is over */
    strv_add(&now->containers, name);
    if (fleeting)
        strv_add(&now->fleeting, name);
}

static void follow(struct checker *c, const struct line *line, const char *text)
{
    cleanup_strv struct strv makes = {0}, uses = {0};
    line_names(line, &makes, &uses);
    for (size_t i = 0; i < uses.len; i++) {
        const char *name = uses.items[i];
        if (!strcmp(name, "host") || !strcmp(name, "machine"))
            continue;
        check_container(c, name, text, offset_of(text, name));
        if (!strcmp(line->verb->name, "rm")) {
            strv_remove(&c->now.containers, name);
            strv_remove(&c->now.fleeting, name);
        }
    }
    for (size_t i = 0; i < makes.len; i++)
        make_container(c, line, makes.items[i], text);
}

/* An error of the line language as a diagnostic: its sentence, and its hint as what was expected. */
static void report_line(struct checker *c, const char *text, size_t offset, const struct nslab_error *e)
{
    char sentence[NSLAB_ERROR_TEXT_MAX];
    report_at(c, text, offset, e->hint[0] ? e->hint : NULL, NULL, "%s",
              error_text_brief(e, sentence, sizeof sentence));
}

static void check_line(struct checker *c, const struct lab_line *item)
{
    struct line line;
    struct nslab_error e = {0};
    size_t offset = 0;
    check_text(c, item->text);
    check_text(c, item->fails);
    if (line_parse(&lab_verbs, item->text, &line, &offset, &e) < 0) {
        char whole[NSLAB_ERROR_TEXT_MAX];
        error_text(&e, whole, sizeof whole);
        /* A lab may show how a line is refused. */
        if (item->fails && strstr(whole, item->fails))
            return;
        report_line(c, item->text, offset, &e);
        c->now.unsure = true;
        return;
    }
    if (!line.verb->in_labs)
        report_at(c, item->text, 0, NULL, NULL, "`%s` is for the shell, and can't stand in a lab",
                  line.verb->name);
    if (!item->fails) {
        if (!strcmp(line.verb->name, "run"))
            check_image(c, &line, item->text);
        follow(c, &line, item->text);
    }
    line_free(&line);
}

void check_lines(struct checker *c, const struct lab_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->items[i].text)
            check_line(c, &lines->items[i]);
        else
            c->now.unsure = true;
}

void check_run_flags(struct checker *c, const char *flags)
{
    static const char before[] = "run ";
    cleanup_free char *text = xasprintf("%s%s nginx", before, flags);
    struct line line;
    struct nslab_error e = {0};
    size_t offset = 0;
    check_text(c, flags);
    if (line_parse(&lab_verbs, text, &line, &offset, &e) < 0) {
        report_line(c, flags, offset > strlen(before) ? offset - strlen(before) : 0, &e);
        return;
    }
    if (line.args.len != 1)
        report_at(c, flags, offset_of(flags, line.args.items[0]), "expected flags, as --pid=host", NULL,
                  "`%s` is no flag of `run`", line.args.items[0]);
    line_free(&line);
}
