/* SPDX-License-Identifier: MIT
 *
 * nslab lint: what is wrong with lab files, for people, for GitHub's annotations and for programs.
 */
#include "nslab/json_text.h"
#include "nslab/mem.h"
#include "nslab/report.h"
#include "subcommands.h"

#include <string.h>

#define ANNOTATIONS_MAX 10 /* that GitHub shows of a type for a step of a job */

struct linted {
    const char *name; /* as it was given */
    struct lab *lab;  /* NULL: invalid, or it could not be read, or a course */
    bool is_course;
    size_t n_labs;
    struct diagnostics diagnostics;
    struct nslab_error error; /* it could not be read */
    int status;
};

static void linted_free(struct linted *l)
{
    lab_free(l->lab);
    diagnostics_free(&l->diagnostics);
}

static void lint(const char *name, struct linted *ret)
{
    cleanup_free char *path = NULL;
    *ret = (struct linted){.name = name, .status = STATUS_USAGE};
    if (lab_find(name, &path, &ret->error) < 0)
        return;
    ret->is_course = course_lint(path, &ret->diagnostics, &ret->n_labs);
    if (ret->is_course)
        ret->status = ret->diagnostics.n ? STATUS_INVALID : STATUS_PASSED;
    else if (lab_read_file(path, &ret->lab, &ret->diagnostics, &ret->error) == 0)
        ret->status = STATUS_PASSED;
    else if (ret->diagnostics.n)
        ret->status = STATUS_INVALID;
}

static size_t count_expectations(const struct lab *lab)
{
    size_t n = 0;
    for (size_t i = 0; i < lab->n_steps; i++)
        n += lab->steps[i].n_expect;
    return n;
}

/* --- for people --- */

static void show_pretty(const struct linted *files, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct linted *l = &files[i];
        if (l->lab) {
            add_harmless_line(out, l->lab->file, strlen(l->lab->file));
            buf_addf(out, ": valid (%zu steps, %zu expectations)\n", l->lab->n_steps,
                     count_expectations(l->lab));
        } else if (l->diagnostics.n) {
            diagnostics_show(&l->diagnostics, out);
        } else if (l->is_course) {
            add_harmless_line(out, l->name, strlen(l->name));
            buf_addf(out, ": valid (a course; labs: %zu)\n", l->n_labs);
        } else {
            add_error(out, &l->error);
        }
    }
}

/* --- GitHub --- */

/* "unknown key `titel`; expected one of ...; did you mean `title`?" */
static void add_message(struct buf *out, const struct diagnostic *d)
{
    buf_adds(out, d->message);
    if (d->expected)
        buf_addf(out, "\n%s", d->expected);
    if (d->nearest)
        buf_addf(out, "\ndid you mean `%s`?", d->nearest);
}

static void annotate(struct buf *out, const char *file, struct mark mark, const char *message)
{
    buf_adds(out, "::error file=");
    github_escape(out, file, true);
    if (mark.line)
        buf_addf(out, ",line=%u,col=%u", mark.line, mark.column);
    buf_adds(out, ",title=nslab lint::");
    github_escape(out, message, false);
    buf_addc(out, '\n');
}

static void show_github(const struct linted *files, size_t n, struct buf *out)
{
    size_t all = 0, shown = 0;
    for (size_t i = 0; i < n; i++)
        all += files[i].diagnostics.n ? files[i].diagnostics.n : files[i].status != STATUS_PASSED;
    size_t room = all > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : ANNOTATIONS_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct linted *l = &files[i];
        char text[NSLAB_ERROR_TEXT_MAX];
        if (l->status != STATUS_PASSED && !l->diagnostics.n && shown < room) {
            annotate(out, l->name, (struct mark){0}, error_text(&l->error, text, sizeof text));
            shown++;
        }
        for (size_t k = 0; k < l->diagnostics.n && shown < room; k++, shown++) {
            cleanup_buf struct buf message = {0};
            add_message(&message, &l->diagnostics.items[k]);
            annotate(out, l->diagnostics.file, l->diagnostics.items[k].mark, buf_text(&message));
        }
    }
    if (all > shown)
        buf_addf(out, "::error title=nslab lint::%zu more errors: run nslab lint on these files\n",
                 all - shown);
}

/* --- programs --- */

static json_t *number_json(unsigned number)
{
    return number ? json_integer(number) : json_null();
}

static json_t *errors_json(const struct linted *l)
{
    json_t *errors = json_array();
    char text[NSLAB_ERROR_TEXT_MAX];
    for (size_t i = 0; i < l->diagnostics.n; i++) {
        const struct diagnostic *d = &l->diagnostics.items[i];
        json_array_append_new(
            errors, json_pack("{s:o, s:o, s:o, s:o, s:o}", "line", number_json(d->mark.line), "column",
                              number_json(d->mark.column), "message", harmless_json(d->message), "expected",
                              harmless_json(d->expected), "nearest", harmless_json(d->nearest)));
    }
    if (!l->diagnostics.n && l->status != STATUS_PASSED)
        json_array_append_new(errors, json_pack("{s:n, s:n, s:o, s:n, s:n}", "line", "column", "message",
                                                harmless_json(error_text(&l->error, text, sizeof text)),
                                                "expected", "nearest"));
    return errors;
}

static void show_json(const struct linted *files, size_t n, struct buf *out)
{
    json_set_alloc_funcs(xmalloc, free);
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct linted *l = &files[i];
        const char *file = l->lab ? l->lab->file : l->diagnostics.file ? l->diagnostics.file : l->name;
        json_array_append_new(all, json_pack("{s:o, s:b, s:o}", "file", harmless_json(file), "valid",
                                             l->lab != NULL, "errors", errors_json(l)));
    }
    json_t *document = json_pack("{s:s, s:o}", "format", "nslab-lint/1", "files", all);
    json_write(document, out);
}

static const struct {
    const char *name;
    void (*show)(const struct linted *files, size_t n, struct buf *out);
} lint_formats[] = {{"pretty", show_pretty}, {"github", show_github}, {"json", show_json}};

/* --- the subcommand --- */

static int format_option(const struct sub_args *args, size_t *ret, struct nslab_error *e)
{
    const char *format = sub_value(args, "format");
    const char *names[ARRAY_LEN(lint_formats)];
    for (*ret = 0; *ret < ARRAY_LEN(lint_formats); ++*ret) {
        names[*ret] = lint_formats[*ret].name;
        if (!format || !strcmp(names[*ret], format))
            return 0;
    }
    const char *nearest = nearest_word(format, names, ARRAY_LEN(names));
    error_say(e, "lint: no format is named `%s`", format);
    return nearest ? error_hint(e, "Did you mean %s?", nearest)
                   : error_hint(e, "There are pretty, github and json.");
}

static int lint_files(const struct strv *names, size_t format)
{
    cleanup_buf struct buf text = {0};
    struct linted *files = xcalloc(names->len, sizeof *files);
    int status = STATUS_PASSED;
    for (size_t i = 0; i < names->len; i++) {
        lint(names->items[i], &files[i]);
        /* An invalid lab is what this command is for; a file that isn't there only when all else is well. */
        if (status != STATUS_INVALID && files[i].status != STATUS_PASSED)
            status = files[i].status;
    }
    lint_formats[format].show(files, names->len, &text);
    for (size_t i = 0; i < names->len; i++)
        linted_free(&files[i]);
    free(files);
    int said = say_out(&text);
    return said ? said : status;
}

int sub_lint(const struct sub_args *args)
{
    struct nslab_error e = {0};
    size_t format;
    if (format_option(args, &format, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    if (sub_has(args, "schema")) {
        cleanup_buf struct buf schema = {0};
        lab_schema(&schema);
        return say_out(&schema);
    }
    if (args->words.len)
        return lint_files(&args->words, format);
    error_say(&e, "lint: which files?");
    error_hint(&e, "Usage: nslab lint FILE...");
    return say_error(&e, STATUS_USAGE);
}
