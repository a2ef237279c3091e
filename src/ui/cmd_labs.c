/* SPDX-License-Identifier: MIT
 *
 * Labs as files: finding, reading, checking, listing them.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "subcommands.h"

#include <string.h>
#include <unistd.h>

static int add_problem(struct buf *problems, const struct nslab_error *e, int status)
{
    add_error(problems, e);
    return status;
}

int read_lab(const char *id_or_path, struct lab **ret, struct buf *problems)
{
    cleanup_with(diagnostics_free) struct diagnostics diagnostics = {0};
    cleanup_free char *path = NULL;
    struct nslab_error e = {0};
    if (lab_find(id_or_path, &path, &e) < 0)
        return add_problem(problems, &e, STATUS_USAGE);
    if (lab_read_file(path, ret, &diagnostics, &e) == 0)
        return STATUS_PASSED;
    if (!diagnostics.n)
        return add_problem(problems, &e, STATUS_USAGE);
    diagnostics_show(&diagnostics, problems);
    return STATUS_INVALID;
}

static int read_labs_into(const struct strv *names, struct lab ***ret, size_t *n, struct buf *problems)
{
    int status = STATUS_PASSED;
    *ret = xcalloc(names->len, sizeof(struct lab *));
    *n = 0;
    for (size_t i = 0; i < names->len; i++) {
        int this_one = read_lab(names->items[i], &(*ret)[*n], problems);
        if (this_one == STATUS_PASSED)
            ++*n;
        else if (status != STATUS_INVALID)
            status = this_one;
    }
    return status;
}

int read_labs(const struct strv *names, struct lab ***ret, size_t *n)
{
    cleanup_buf struct buf problems = {0};
    int status = read_labs_into(names, ret, n, &problems);
    (void)!write(STDERR_FILENO, buf_text(&problems), problems.len);
    return status;
}

int read_named_labs(const struct strv *words, struct lab ***ret, size_t *n, bool *told, struct nslab_error *e)
{
    cleanup_strv struct strv course = {0};
    cleanup_buf struct buf problems = {0};
    *told = false;
    if (!words->len && labs_list(&course, e) < 0)
        return STATUS_BROKEN;
    int status = read_labs_into(words->len ? words : &course, ret, n, &problems);
    if (status == STATUS_PASSED)
        return status;
    *told = true;
    (void)!write(STDERR_FILENO, buf_text(&problems), problems.len);
    buf_truncate(&problems, problems.len ? problems.len - 1 : 0); /* the end of its last line */
    error_say(e, "no lab was run: %.600s", buf_text(&problems));
    return status;
}

void labs_free(struct lab **labs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        lab_free(labs[i]);
    free(labs);
}

static void add_lab(struct buf *out, const struct look *look, const struct lab *lab)
{
    cleanup_styled struct styled text = {0};
    cleanup_buf struct buf title = {0}, summary = {0};
    add_harmless_line(&title, lab->title, strlen(lab->title));
    add_harmless(&summary, lab->summary, strlen(lab->summary));
    styled_adds(&text, STYLE_BOLD, buf_text(&title));
    styled_addf(&text, STYLE_PLAIN, " (%d minutes, %zu steps)\n%s", lab->minutes, lab->n_steps,
                buf_text(&summary));
    add_labelled(out, look, lab->id, 12, &text);
}

int sub_labs(const struct sub_args *args)
{
    cleanup_strv struct strv paths = {0};
    cleanup_buf struct buf text = {0}, problems = {0};
    struct nslab_error e = {0};
    struct term term = {0};
    int status = STATUS_PASSED;
    (void)args;
    term_probe(&term, false);
    if (labs_list(&paths, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    for (size_t i = 0; i < paths.len; i++) {
        cleanup_with(lab_free_p) struct lab *lab = NULL;
        int this_one = read_lab(paths.items[i], &lab, &problems);
        if (this_one == STATUS_PASSED)
            add_lab(&text, &term.look, lab);
        else
            status = this_one;
    }
    buf_adds(&text, buf_text(&problems));
    int said = say_out(&text);
    return said ? said : status;
}
