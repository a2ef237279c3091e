/* SPDX-License-Identifier: MIT */
#include "grading.h"
#include "nslab/call.h"
#include "nslab/engine.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "nslab/workbook.h"
#include "workers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GRACE_MS 30000
#define LOOKS 2 /* an expectation may compare two observations */

/* --- which files --- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whatever it is: what isn't a file to be graded, or can't be looked at, is a finding, and nobody is missing
 * in the class. */
static bool is_handed_in(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 ? !S_ISDIR(st.st_mode) : errno != ENOENT && errno != ENOTDIR;
}

/* Of "work/", as a shell completes it, "work". */
static size_t length_of_directory(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

static void add_entry(const char *directory, const char *name, struct strv *files)
{
    size_t n = strlen(name);
    cleanup_free char *path = xasprintf("%s/%s", directory, name);
    cleanup_free char *inner = xasprintf("%s/%s/workbook.yaml", directory, name);
    if (name[0] == '.')
        return;
    if (n > strlen(".yaml") && !strcmp(name + n - strlen(".yaml"), ".yaml") && is_handed_in(path))
        strv_add(files, path);
    else if (is_handed_in(inner))
        strv_add(files, inner);
}

static int say_unread(const char *what, const char *path, int errnum, struct nslab_error *e)
{
    error_sys(e, errnum, what, "%s", path);
    return error_advise_path(e, path);
}

int grading_is_class(const char *path, struct nslab_error *e)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode);
    return errno == ENOENT || errno == ENOTDIR ? 0 : say_unread("read workbook", path, errno, e);
}

int grading_files(const char *path, struct strv *files, struct nslab_error *e)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return say_unread("read workbook", path, errno, e);
    if (!S_ISDIR(st.st_mode)) {
        strv_add(files, path);
        return 0;
    }
    DIR *directory = opendir(path);
    if (!directory)
        return say_unread("read directory", path, errno, e);
    cleanup_free char *in = xstrndup(path, length_of_directory(path));
    for (struct dirent *d; errno = 0, (d = readdir(directory));)
        add_entry(in, d->d_name, files);
    int errnum = errno;
    closedir(directory);
    if (errnum)
        return error_sys(e, errnum, "read directory", "%s", path);
    if (!files->len) {
        error_say(e, "there is no workbook in %s", path);
        return error_hint(e, "Workbooks are files NAME.yaml there, or NAME/workbook.yaml.");
    }
    qsort(files->items, files->len, sizeof *files->items, compare_texts);
    return 0;
}

void grading_shard(struct strv *files, size_t i, size_t n)
{
    struct strv chosen = {0};
    for (size_t f = i - 1; f < files->len; f += n)
        strv_add(&chosen, files->items[f]);
    strv_free(files);
    *files = chosen;
}

/* --- which labs --- */

int grading_labs_check(struct lab *const *labs, size_t n, struct nslab_error *e)
{
    for (size_t i = 0; i < n; i++)
        for (size_t before = 0; before < i; before++)
            if (!strcmp(labs[i]->id, labs[before]->id))
                return error_say(e, "the lab %s is named twice: its points would be counted twice",
                                 labs[i]->id);
    return 0;
}

/* --- one job, in a worker --- */

static const struct engine_options grading_options = {.limits = &limits_grading};

struct run {
    const struct grading_work *work;
    struct result current; /* of the workbook whose labs come in */
    const struct strv *files;
    char label[128];
};

/* "work/ada.yaml" and "work/ada/workbook.yaml" are ada's, as far as their names say. */
static char *learner_of_file(const char *file)
{
    cleanup_free char *copy = xstrdup(file);
    char *slash = strrchr(copy, '/');
    if (slash && !strcmp(slash, "/workbook.yaml")) {
        *slash = '\0';
        slash = strrchr(copy, '/');
        return xstrdup(slash ? slash + 1 : copy);
    }
    const char *name = slash ? slash + 1 : copy;
    const char *dot = strrchr(name, '.');
    return xstrndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

static const char *label(void *context, size_t i)
{
    struct run *run = context;
    cleanup_free char *learner = learner_of_file(run->files->items[i / run->work->n_labs]);
    snprintf(run->label, sizeof run->label, "%s/%s", learner, run->work->labs[i % run->work->n_labs]->id);
    return run->label;
}

/* What the limits leave to a lab at most (docs/security.md): its lines, and looking at it, where every look
 * waits for an answer that doesn't come. A worker that isn't ready then hangs for a reason that they don't
 * know. */
static int limit_ms(void *context, size_t i)
{
    const struct run *run = context;
    const struct lab *lab = run->work->labs[i % run->work->n_labs];
    int ms = grading_options.limits->lab_ms + GRACE_MS;
    for (size_t s = 0; s < lab->n_steps; s++)
        for (size_t x = 0; x < lab->steps[s].n_expect; x++)
            ms += lab->steps[s].expect[x].within_ms + LOOKS * CALL_TIMEOUT_MS;
    return ms;
}

/* What is wrong with the file, in one line. The reader's whole text is for whoever wrote it. */
static void add_damage(const struct diagnostics *d, const struct nslab_error *e, struct lab_result *ret)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    if (d->n && !d->items[0].mark.line)
        findings_add(&ret->findings, &ret->n_findings, finding_names[FINDING_DAMAGED], NULL, "%s",
                     d->items[0].message);
    else if (d->n)
        findings_add(&ret->findings, &ret->n_findings, finding_names[FINDING_DAMAGED], NULL,
                     "line %u, column %u: %s", d->items[0].mark.line, d->items[0].mark.column,
                     d->items[0].message);
    else
        findings_add(&ret->findings, &ret->n_findings, finding_names[FINDING_DAMAGED], NULL, "%s",
                     error_text_brief(e, text, sizeof text));
}

/* -1 with errno: it can't be looked at. */
static int is_link(const char *path)
{
    struct stat st;
    return lstat(path, &st) < 0 ? -1 : S_ISLNK(st.st_mode);
}

/* Of DIRECTORY/ada/workbook.yaml also DIRECTORY/ada was handed in. */
static int is_below_link(const char *directory, const char *file)
{
    if (!directory)
        return 0;
    size_t n = length_of_directory(directory) + 1;
    cleanup_free char *entry = xstrndup(file, n + strcspn(file + n, "/"));
    return is_link(entry);
}

/* A link among what was handed in would lead to a neighbour's work, or to a file of whoever grades. */
static int read_handed_in(const struct grading_work *work, const char *file, struct workbook **ret,
                          struct diagnostics *d, struct nslab_error *e)
{
    struct stat st;
    int below = is_below_link(work->directory, file);
    if (below < 0 || lstat(file, &st) < 0)
        return error_sys(e, errno, "read workbook", "%s", file);
    if (below || S_ISLNK(st.st_mode))
        return error_say(e, "it is a symbolic link: what is graded has to be a file of its own");
    if (!S_ISREG(st.st_mode))
        return error_say(e, "it is no plain file");
    return workbook_read_file(file, ret, d, e);
}

static void grade(const struct grading_work *work, const char *file, const struct lab *lab,
                  struct lab_result *ret)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_with(workbook_free_p) struct workbook *w = NULL;
    struct nslab_error e = {0};
    if (read_handed_in(work, file, &w, &d, &e) == 0) {
        lab_grade(lab, w, &grading_options, ret);
        return;
    }
    /* Nothing of it is run: every step is `not attempted`. */
    cleanup_free char *learner = learner_of_file(file);
    cleanup_with(workbook_free_p) struct workbook *empty = workbook_new(learner);
    lab_grade(lab, empty, &grading_options, ret);
    add_damage(&d, &e, ret);
    free(take_ptr(ret->learner)); /* the workbook doesn't say so */
}

static int job(void *context, size_t i, struct buf *found)
{
    const struct run *run = context;
    cleanup_with(lab_result_free) struct lab_result result = {0};
    grade(run->work, run->files->items[i / run->work->n_labs], run->work->labs[i % run->work->n_labs],
          &result);
    lab_result_pack(&result, found);
    return 0;
}

/* --- what comes back --- */

/* That the file is damaged is said of each lab: it is about the workbook as a whole, once. */
static void lift_damage(struct result *r, struct lab_result *lab)
{
    size_t kept = 0;
    for (size_t i = 0; i < lab->n_findings; i++) {
        struct finding *f = &lab->findings[i];
        if (strcmp(f->name, finding_names[FINDING_DAMAGED]) != 0) {
            lab->findings[kept++] = *f;
            continue;
        }
        if (!r->n_findings)
            findings_add(&r->findings, &r->n_findings, f->name, NULL, "%s", f->text);
        free(f->name);
        free(f->step);
        free(f->text);
    }
    lab->n_findings = kept;
}

static enum finding_kind how_lost(int errnum)
{
    return errnum == ETIME ? FINDING_LIMIT : errnum == EINTR ? FINDING_INTERRUPTED : FINDING_CRASH;
}

/* The worker has died of what it ran, or hung: that is this learner's failing alone. Or nslab was interrupted
 * before it was ready, and that is nobody's. */
static void lost(const struct lab *lab, const struct nslab_error *e, struct lab_result *ret)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    lab_verify_failed(lab, &grading_options, e, ret);
    findings_add(&ret->findings, &ret->n_findings, finding_names[how_lost(e->errnum)], NULL, "%s",
                 error_text_brief(e, text, sizeof text));
    for (size_t i = 0; e->errnum == EINTR && i < ret->n; i++)
        ret->steps[i].not_graded = true;
}

/* As the workbook itself says; until one of its labs has told, and where none does, as its file is called. */
static void note_learner(struct run *run, const char *learner)
{
    struct result *r = &run->current;
    const char *wanted = run->work->learner;
    if (!learner || r->says_whose)
        return;
    free(r->learner);
    r->learner = xstrdup(learner);
    r->says_whose = true;
    if (wanted && strcmp(learner, wanted) != 0)
        findings_add(&r->findings, &r->n_findings, finding_names[FINDING_SWAPPED], NULL,
                     "this is the workbook of %s, and not of %s", learner, wanted);
}

static int done(void *context, size_t i, const struct buf *found, const struct nslab_error *e)
{
    struct run *run = context;
    const struct lab *lab = run->work->labs[i % run->work->n_labs];
    const char *file = run->files->items[i / run->work->n_labs];
    struct lab_result result = {0};
    struct nslab_error broken = {0};
    if (!e && lab_result_unpack(buf_text(found), found->len, &result) < 0) {
        error_say(&broken, "the process that ran this lab sent no result that could be read");
        e = &broken;
    }
    if (e)
        lost(lab, e, &result);
    if (i % run->work->n_labs == 0)
        run->current = (struct result){.workbook = xstrdup(file), .learner = learner_of_file(file)};
    note_learner(run, result.learner);
    lift_damage(&run->current, &result);
    result_add(&run->current, &result);
    if ((i + 1) % run->work->n_labs == 0)
        run->work->done(run->work->context, &run->current);
    return 0;
}

int grading_run(const struct grading_work *g, size_t at_once, struct nslab_error *e)
{
    struct run run = {.work = g, .files = g->files};
    const struct work work = {.name = "grade",
                              .n = g->files->len * g->n_labs,
                              .context = &run,
                              .label = label,
                              .limit_ms = limit_ms,
                              .job = job,
                              .done = done,
                              .tells_interrupted = true,
                              .shows_progress = true};
    int rc = work_do(&work, at_once, e);
    result_free(&run.current);
    return rc;
}

static bool is_damaged(const struct result *r)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (!strcmp(r->findings[i].name, finding_names[FINDING_DAMAGED]))
            return true;
    return false;
}

int grading_status(const struct result *r, bool require_all)
{
    return is_damaged(r) ? STATUS_INVALID : result_exit_status(r, require_all);
}
