/* SPDX-License-Identifier: MIT
 *
 * The workbook of a session: opened, asked, and written after each line.
 */
#include "nslab/mem.h"
#include "shell_private.h"
#include "worklog_private.h"

#include <string.h>

/* --- opened --- */

static void say_damaged(struct shell *sh, const struct diagnostics *problems)
{
    cleanup_buf struct buf out = {0};
    diagnostics_show(problems, &out);
    shell_print(sh, &out);
    shell_note(sh,
               "This workbook can't be read, and isn't overwritten: before anything new is recorded, it is "
               "moved aside. To go on with it, end nslab, and correct it.");
}

int worklog_open(struct shell *sh, struct nslab_error *e)
{
    struct worklog *log = &sh->log;
    cleanup_with(diagnostics_free) struct diagnostics problems = {0};
    if (log->open)
        return 0;
    if (sh->options->no_workbook) {
        log->open = true;
        log->keep.book = keep_nowhere(sh->options->learner);
        return 0;
    }
    if (keep_open(&log->keep, sh->options->workbook, sh->options->learner, &problems, e) < 0 &&
        !log->keep.book)
        return -1;
    log->open = true;
    if (problems.n)
        say_damaged(sh, &problems);
    else if (error_is_set(e))
        shell_error(sh, e);
    error_clear(e);
    return 0;
}

struct workbook *worklog_book(struct shell *sh)
{
    struct nslab_error e = {0};
    worklog_open(sh, &e);
    return sh->log.keep.book;
}

const char *worklog_learner(struct shell *sh)
{
    return worklog_book(sh)->learner;
}

void worklog_refresh(struct shell *sh)
{
    worklog_book(sh);
    keep_refresh(&sh->log.keep);
}

struct work_lab *worklog_lab(struct shell *sh)
{
    return workbook_lab(worklog_book(sh), sh->lab->id);
}

/* --- asked --- */

struct lab_standing worklog_standing(struct shell *sh, const char *lab_id)
{
    struct lab_standing standing = {0};
    const struct work_lab *work = workbook_lab(worklog_book(sh), lab_id);
    if (!work)
        return standing;
    standing.begun = true;
    standing.finished = !work->at;
    for (size_t i = 0; i < work->n; i++) {
        const struct work_step *s = &work->steps[i];
        standing.done += s->state != WORK_BEGUN && s->state != WORK_FAILED;
    }
    return standing;
}

char *worklog_next_lab(struct shell *sh)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error e = {0};
    const struct workbook *w = worklog_book(sh);
    const struct work_lab *last = w->at ? workbook_lab(w, w->at) : NULL;
    if (last && last->at)
        return xstrdup(last->id);
    if (labs_list(&paths, &e) < 0)
        return NULL;
    for (size_t i = 0; i < paths.len; i++) {
        cleanup_free char *id = lab_id_of_path(paths.items[i]);
        const struct work_lab *work = workbook_lab(w, id);
        if (!work || work->at)
            return take_ptr(id);
    }
    return NULL;
}

char *worklog_place(struct shell *sh, const char *id)
{
    cleanup_free char *path = NULL;
    struct nslab_error e = {0};
    const struct work_lab *work = workbook_lab(worklog_book(sh), id);
    return xstrdup(work && work->file && lab_find(id, &path, &e) < 0 ? work->file : id);
}

/* --- written --- */

static void say_unsaved(struct shell *sh, const struct nslab_error *e)
{
    struct nslab_error with_hint = *e;
    char text[NSLAB_ERROR_TEXT_MAX];
    error_text(e, text, sizeof text);
    if (sh->log.said && !strcmp(sh->log.said, text))
        return;
    free(sh->log.said);
    sh->log.said = xstrdup(text);
    if (!with_hint.hint[0])
        error_hint(&with_hint,
                   "What you do isn't lost as long as this nslab runs: it tries again after each line.");
    shell_error(sh, &with_hint);
}

static void save(struct shell *sh)
{
    struct worklog *log = &sh->log;
    struct nslab_error e = {0};
    cleanup_free char *moved = NULL;
    int r = keep_save(&log->keep, &moved, &e);
    if (moved)
        shell_note(sh, "The workbook that can't be read is now %s. A new one begins.", moved);
    if (r < 0) {
        say_unsaved(sh, &e);
        return;
    }
    if (log->said)
        shell_note(sh, "Your workbook could be written again: all that you did is in it.");
    cleanup_free_p(&log->said);
    log->said = NULL;
}

void worklog_save(struct shell *sh)
{
    if (sh->log.on)
        worklog_sync_lab(sh);
    if (sh->log.open && keep_unsaved(&sh->log.keep))
        save(sh);
}

static void add_last_seconds(struct shell *sh)
{
    struct work_lab *work = sh->log.on ? worklog_lab(sh) : NULL;
    struct work_step *s = work ? work_lab_step(work, sh->lab->steps[sh->log.shown].id) : NULL;
    int before = s ? s->seconds : 0;
    if (!s)
        return;
    worklog_count_time(sh);
    s->unsaved = s->unsaved || s->seconds != before;
}

void worklog_close(struct shell *sh)
{
    struct worklog *log = &sh->log;
    if (log->open) {
        add_last_seconds(sh);
        cleanup_free_p(&log->said); /* it is said again: this is the last chance */
        log->said = NULL;
        worklog_save(sh);
        if (log->said)
            shell_note(sh, "What you did since it was last written isn't in your workbook.");
    }
    cleanup_free_p(&log->said);
    cleanup_free_p(&log->line);
    keep_close(&log->keep);
}
