/* SPDX-License-Identifier: MIT */
#include "worklog.h"
#include "nslab/container.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"
#include "shell_private.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#define IDLE_MAX_MS 900000u /* who does nothing for longer is somewhere else */

static void time_now(char text[24])
{
    time_t now = time(NULL);
    struct tm tm;
    if (!gmtime_r(&now, &tm) || !strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &tm))
        text[0] = '\0';
}

/* --- the workbook --- */

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

static struct workbook *book(struct shell *sh)
{
    struct nslab_error e = {0};
    worklog_open(sh, &e);
    return sh->log.keep.book;
}

const char *worklog_learner(struct shell *sh)
{
    return book(sh)->learner;
}

void worklog_refresh(struct shell *sh)
{
    book(sh);
    keep_refresh(&sh->log.keep);
}

struct work_lab *worklog_lab(struct shell *sh)
{
    return workbook_lab(book(sh), sh->lab->id);
}

struct lab_standing worklog_standing(struct shell *sh, const char *lab_id)
{
    struct lab_standing standing = {0};
    const struct work_lab *work = workbook_lab(book(sh), lab_id);
    if (!work)
        return standing;
    standing.begun = true;
    standing.finished = !work->at;
    for (size_t i = 0; i < work->n; i++) {
        const struct work_step *s = &work->steps[i];
        standing.done += s->state != WORK_BEGUN && s->state != WORK_FAILED;
        standing.seconds += s->seconds;
    }
    return standing;
}

char *worklog_next_lab(struct shell *sh)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error e = {0};
    const struct workbook *w = book(sh);
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
    const struct work_lab *work = workbook_lab(book(sh), id);
    return xstrdup(work && work->file && lab_find(id, &path, &e) < 0 ? work->file : id);
}

/* --- a lab --- */

static void note_vars(struct shell *sh, struct work_lab *work)
{
    strv_free(&work->vars);
    for (size_t i = 0; i < sh->lab->n_vars; i++) {
        const struct lab_var *var = &sh->lab->vars[i];
        if (!var->value)
            strv_addf(&work->vars, "%s=%ld", var->name,
                      pick_value(worklog_learner(sh), sh->lab->id, var->name, var->pick_from, var->pick_to));
    }
}

/* Where to find a lab again that isn't of the course. */
static char *own_file(const struct lab *lab)
{
    cleanup_free char *found = NULL, *path = realpath(lab->file, NULL);
    struct nslab_error e = {0};
    if (lab_find(lab->id, &found, &e) == 0) {
        cleanup_free char *real = realpath(found, NULL);
        if (real && path && !strcmp(real, path))
            return NULL;
    }
    return path && work_line_fits(path) ? xstrdup(path) : NULL;
}

static void describe_lab(struct shell *sh, struct work_lab *work)
{
    free(work->digest);
    free(work->file);
    work->digest = xstrdup(sh->lab->digest);
    work->file = own_file(sh->lab);
    note_vars(sh, work);
    work->unsaved = true;
}

/* The time that went by belongs to the step that was shown. */
static void count_time(struct shell *sh)
{
    struct worklog *log = &sh->log;
    uint64_t now = now_ns(), ms = (now - log->mark_ns) / 1000000;
    log->mark_ns = now;
    log->spent_ms += ms < IDLE_MAX_MS ? ms : IDLE_MAX_MS;
    struct work_lab *work = worklog_lab(sh);
    struct work_step *s = work ? work_lab_step(work, sh->lab->steps[log->shown].id) : NULL;
    if (!s)
        return;
    unsigned long seconds = (unsigned long)s->seconds + log->spent_ms / 1000;
    s->seconds = seconds < INT_MAX ? (int)seconds : INT_MAX;
    log->spent_ms %= 1000;
}

static void show_now(struct shell *sh)
{
    struct worklog *log = &sh->log;
    log->shown = sh->step;
    log->mark_ns = now_ns();
    log->spent_ms = 0;
    time_now(log->since);
}

void worklog_begin(struct shell *sh)
{
    struct worklog *log = &sh->log;
    struct workbook *w = book(sh);
    if (sh->options->no_workbook)
        return;
    log->on = true;
    keep_announce(&log->keep);
    if (log->keep.shared)
        shell_note(
            sh,
            "Another nslab works with your workbook too. Both record what is done in them; of a step that "
            "is done in both, the later record is kept.");
    log->fresh_world = log->unrecorded = log->began = false;
    show_now(sh);
    struct work_lab *work = workbook_lab_begin(w, sh->lab->id, sh->lab->digest);
    if (!work->n)
        describe_lab(sh, work);
    else if (strcmp(work->digest, sh->lab->digest) != 0)
        shell_note(
            sh,
            "Your workbook has steps of another version of this lab. They are kept, and go with the steps "
            "of the same name; `reset lab` begins it anew.");
}

/* Of what the shell knows of a step by itself: the prediction, the hints, what was typed elsewhere. */
static void take_progress(struct shell *sh, struct work_lab *work, size_t i)
{
    const struct lesson_progress *p = &sh->progress[i];
    const struct step *step = &sh->lab->steps[i];
    struct work_step *s = work_lab_step(work, step->id);
    const char *prediction = p->choice == NO_CHOICE ? NULL : step->predict.choices[p->choice].id;
    bool same_prediction = !prediction || (s && s->prediction && !strcmp(s->prediction, prediction));
    int hints = (int)p->hints;
    bool elsewhere = p->elsewhere && (!s || (!s->elsewhere && s->state != WORK_PASSED));
    if (same_prediction && !elsewhere && (s ? s->hints >= hints : !hints))
        return;
    s = work_lab_step_begin(work, sh->lab, i);
    s->unsaved = true;
    s->elsewhere = s->elsewhere || elsewhere;
    s->hints = hints > s->hints ? hints : s->hints;
    if (!s->begun)
        s->begun = xstrdup(sh->log.since);
    if (same_prediction)
        return;
    free(s->prediction);
    s->prediction = xstrdup(prediction);
}

static void sync_lab(struct shell *sh)
{
    struct workbook *w = book(sh);
    struct work_lab *work = worklog_lab(sh);
    const char *at = sh->lab->steps[sh->step].id;
    for (size_t i = 0; i < sh->lab->n_steps; i++)
        take_progress(sh, work, i);
    count_time(sh);
    if (sh->log.shown != sh->step)
        show_now(sh);
    if (!work->at || strcmp(work->at, at) != 0 || !w->at || strcmp(w->at, work->id) != 0) {
        free(work->at);
        free(w->at);
        work->at = xstrdup(at);
        w->at = xstrdup(work->id);
        work->unsaved = true;
    }
}

/* --- its steps --- */

/* What the workbook has of a step; it is begun if need be. */
static struct work_step *step_record(struct shell *sh, size_t index)
{
    struct work_step *s = work_lab_step_begin(worklog_lab(sh), sh->lab, index);
    if (!s->begun && sh->log.since[0])
        s->begun = xstrdup(sh->log.since);
    s->unsaved = true;
    return s;
}

/* What was recorded of the next step was built upon what this one had left. */
static void part_from_next(struct shell *sh, size_t index)
{
    struct work_step *s =
        index + 1 < sh->lab->n_steps ? work_lab_step(worklog_lab(sh), sh->lab->steps[index + 1].id) : NULL;
    if (s && s->lines.len && !s->fresh)
        s->fresh = s->unsaved = true;
}

static void begin_anew(struct shell *sh, size_t index)
{
    struct work_step *s = step_record(sh, index);
    work_step_reset(s);
    s->fresh = sh->log.fresh_world;
    part_from_next(sh, index);
}

void worklog_fresh(struct shell *sh)
{
    if (!sh->log.on)
        return;
    const struct work_step *s = work_lab_step(worklog_lab(sh), shell_step(sh)->id);
    sh->log.fresh_world = true;
    sh->log.unrecorded = sh->log.began = false;
    if (s && s->state != WORK_PASSED)
        begin_anew(sh, sh->step);
}

/* The first line since the lab host came into its step. */
static void begin_lines(struct shell *sh)
{
    sh->log.began = true;
    struct work_step *s = step_record(sh, sh->world);
    if (s->state == WORK_PASSED)
        sh->log.unrecorded = true;
    else if (s->lines.len)
        begin_anew(sh, sh->world);
    else
        s->fresh = sh->log.fresh_world;
}

/* --- lines --- */

static void add_fact(struct live_fact *facts, size_t *n, const char *container, const char *fact, char *value)
{
    facts[*n] = (struct live_fact){.name = xasprintf("%s.%s", container, fact), .value = value};
    ++*n;
}

/* The numbers that may stand in a line; PIDs only where the lab host's are meant. */
static char *named(const struct host *host, const char *text, bool pids)
{
    size_t max = 0, n = 0;
    for (const struct container *c = host ? host->containers : NULL; c; c = c->next)
        max += 3;
    cleanup_free struct live_fact *facts = xcalloc(max, sizeof *facts);
    for (const struct container *c = host ? host->containers : NULL; c; c = c->next) {
        struct container_pids now = container_pids(c);
        if (c->address[0])
            add_fact(facts, &n, c->spec.name, "ip", xstrdup(c->address));
        if (pids && now.host > 0)
            add_fact(facts, &n, c->spec.name, "pid", xasprintf("%d", (int)now.host));
        if (pids && now.machine > 0)
            add_fact(facts, &n, c->spec.name, "machine_pid", xasprintf("%d", (int)now.machine));
    }
    char *line = line_with_names(text, facts, n);
    for (size_t i = 0; i < n; i++) {
        free(facts[i].name);
        free(facts[i].value);
    }
    return line;
}

static bool sees_hosts_pids(const struct host *host, const struct line *line)
{
    const char *pid = line_value(line, "pid");
    if (!strcmp(line->verb->name, "host") || (pid && !strcmp(pid, "host")))
        return true;
    const struct container *c =
        !strcmp(line->verb->name, "exec") && host ? container_find(host, line->args.items[0]) : NULL;
    return c && c->spec.pid.share == SHARE_HOST;
}

void worklog_before(struct shell *sh, const char *text)
{
    if (!sh->log.on)
        return;
    struct worklog *log = &sh->log;
    const struct host *host = lab_run_context(sh->run)->host;
    cleanup_with(line_free) struct line line = {0};
    cleanup_free char *expanded = lab_run_text(sh->run, text);
    struct nslab_error e = {0};
    size_t offset = 0;
    cleanup_free_p(&log->line);
    log->line = NULL;
    log->changes = !strcmp(text, WORK_DO);
    log->typed_in = false;
    if (sh->world >= sh->lab->n_steps)
        return;
    if (log->changes) {
        log->line = xstrdup(text);
        return;
    }
    if (line_parse(&lab_verbs, expanded, &line, &offset, &e) < 0 || !line.verb->in_labs)
        return;
    static const char *const changing[] = {"run", "rm", "kill"};
    for (size_t i = 0; i < ARRAY_LEN(changing); i++)
        log->changes = log->changes || !strcmp(line.verb->name, changing[i]);
    log->typed_in = line.interactive_terminal && !line_has(&line, "detach");
    log->line = named(host, text, sees_hosts_pids(host, &line));
}

static void add_line(struct shell *sh, struct work_step *s, const char *text)
{
    struct strv *lines = s->state == WORK_PASSED ? &s->after : &s->lines;
    if (lines->len < WORK_LINES_MAX && work_line_fits(text)) {
        strv_add(lines, text);
        return;
    }
    s->elsewhere = true;
    shell_note(sh, "This line isn't in your workbook: %s.",
               lines->len < WORK_LINES_MAX ? "it is too long, or has control characters in it"
                                           : "too many were typed in this step; `again` begins it once more");
}

void worklog_after(struct shell *sh, bool refused, int status)
{
    struct worklog *log = &sh->log;
    cleanup_free char *text = take_ptr(log->line);
    if (!text || (refused && (!log->changes || status == STATUS_USAGE)))
        return;
    if (!log->began)
        begin_lines(sh);
    if (log->unrecorded)
        return;
    struct work_step *s = step_record(sh, sh->world);
    if (log->typed_in || status == STATUS_INTERRUPTED)
        s->elsewhere = true; /* where it was interrupted, and what was typed in it, isn't known */
    else
        add_line(sh, s, text);
}

/* --- checks, and moving on --- */

void worklog_check(struct shell *sh, const struct step_result *r)
{
    if (!sh->log.on)
        return;
    struct worklog *log = &sh->log;
    if (sh->world != sh->step) {
        shell_note(sh, "This isn't recorded: the lab host isn't in this step. `again` brings it there.");
        return;
    }
    if (log->unrecorded)
        return;
    struct work_step *s = step_record(sh, sh->step);
    bool passed = s->state == WORK_PASSED;
    s->elsewhere = s->elsewhere || (!passed && shell_progress(sh)->elsewhere);
    work_step_note_check(s, r);
    if (passed || s->state != WORK_PASSED)
        return;
    char now[24];
    time_now(now);
    free(s->ended);
    s->ended = xstrdup(now);
}

void worklog_skipped(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_step *s = step_record(sh, sh->step);
    if (s->state == WORK_PASSED)
        return;
    work_step_reset(s);
    s->state = WORK_SKIPPED;
    part_from_next(sh, sh->step);
}

/* A step that has nothing to check has passed when one goes on from it. */
void worklog_leave(struct shell *sh)
{
    if (!sh->log.on)
        return;
    if (shell_step(sh)->n_expect || !lesson_done(shell_step(sh), shell_progress(sh)))
        return;
    struct work_step *s = step_record(sh, sh->step);
    char now[24];
    time_now(now);
    if (s->state != WORK_BEGUN)
        return;
    s->state = WORK_PASSED;
    s->ended = xstrdup(now);
}

void worklog_next(struct shell *sh)
{
    if (!sh->log.on)
        return;
    sh->log.fresh_world = sh->log.unrecorded;
    sh->log.unrecorded = sh->log.began = false;
}

void worklog_finished(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_lab *work = worklog_lab(sh);
    count_time(sh);
    free(take_ptr(work->at));
    work->unsaved = true;
    sh->log.on = false;
}

void worklog_reset_step(struct shell *sh)
{
    if (!sh->log.on)
        return;
    sh->log.fresh_world = true;
    sh->log.unrecorded = sh->log.began = false;
    begin_anew(sh, sh->step);
}

void worklog_reset_lab(struct shell *sh)
{
    if (!sh->log.on)
        return;
    struct work_lab *work = worklog_lab(sh);
    work_lab_reset(work);
    describe_lab(sh, work);
    sh->log.fresh_world = sh->log.unrecorded = sh->log.began = false;
}

/* --- the file --- */

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
        sync_lab(sh);
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
    count_time(sh);
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
