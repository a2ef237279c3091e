/* SPDX-License-Identifier: MIT
 *
 * Lines: from where they come, and who runs them.
 */
#include "nslab/shell.h"
#include "nslab/doctor.h"
#include "nslab/host.h"
#include "nslab/ids.h"
#include "nslab/image.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/session.h"
#include "nslab/subcommand.h"
#include "nslab/text.h"
#include "piped.h"
#include "shell_private.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* --- the first words --- */

/* Ids beyond one's own that a lab host gets. */
static unsigned long further_ids(const struct id_plan *plan)
{
    unsigned long n = 0;
    for (size_t i = 0; i < plan->uid.n; i++)
        n += plan->uid.extents[i].count;
    return n ? n - 1 : 0;
}

static void say_ids(struct shell *sh, const struct id_plan *plan)
{
    switch (plan->situation) {
    case IDS_ROOT:
        shell_say(sh, "You are root: every lab can be shown, with ids that nobody on this machine has.");
        break;
    case IDS_RANGE:
        shell_say(sh, "You have %lu subordinate ids: every lab can be shown.", further_ids(plan));
        break;
    case IDS_SINGLE:
        shell_say(sh,
                  "You have a single id: %s. Most can be shown; what takes a second id, above all in the lab "
                  "`user`, is reported as unsupported.",
                  plan->why_not_range);
        break;
    }
}

/* What can be done here, before somebody finds it out at the third step. Beyond the ids it is what `nslab
 * doctor` saw when it last tried: nobody should wait for trials at the start. */
static void say_situation(struct shell *sh)
{
    struct id_plan plan;
    struct nslab_error ignored; /* a plan there is always */
    cleanup_with(doctor_memory_free) struct doctor_memory seen = {0};
    cleanup_buf struct buf gap = {0}, names = {0};
    buf_addc(&gap, '\n');
    shell_print(sh, &gap);
    id_plan_make(&plan, &ignored);
    bool tried = doctor_recall(&plan, &seen);
    strv_join(seen.missing.len ? &seen.missing : &seen.less, "`, `", &names);
    if (seen.missing.len) {
        shell_say(sh, "**No lab can run here**: `%s` is missing. `nslab doctor` says why, and what to do.",
                  buf_text(&names));
        return;
    }
    say_ids(sh, &plan);
    if (tried && names.len)
        shell_say(
            sh,
            "Of %zu things that labs use %zu work on this machine, and not `%s`: `nslab doctor` says what "
            "to do.",
            seen.rows, seen.works, buf_text(&names));
    else if (tried)
        shell_say(sh, "All %zu things that labs use work on this machine.", seen.rows);
}

void shell_welcome(struct shell *sh)
{
    struct nslab_error e = {0};
    struct image *image = NULL;
    shell_say(
        sh, "**nslab** shows what a container is made of: it runs a real nginx in Linux namespaces and "
            "looks at it from inside and from outside.\n\n"
            "Nothing on this machine is changed, and nothing stays but your workbook: all else happens in a "
            "throw-away lab host, which ends with `quit`, Ctrl-D or a closed window.");
    say_situation(sh);
    if (image_open("nginx", &image, &e) < 0)
        shell_note(sh,
                   "There is no image to run yet. `quit`, and build it first: `nslab image build nginx`.");
    else
        course_say_next(sh);
    image_free(image);
}

/* --- one line --- */

struct command_context *shell_context(struct shell *sh)
{
    return sh->run ? lab_run_context(sh->run) : &sh->base;
}

static bool is_lesson_verb(const struct shell *sh, const char *name)
{
    return verb_find(&sh->verbs.lesson, name) != NULL;
}

/* What has to be done with a line. Verbs of the lesson may end the lab, and so are never run within its
 * context: that knows the container verbs alone, however a line is quoted. */
enum line_kind { LINE_LESSON, LINE_CONTAINER, LINE_UNKNOWN };

static enum line_kind classify(struct shell *sh, const char *text, struct nslab_error *e)
{
    cleanup_with(line_free) struct line line = {0};
    cleanup_free char *word = xstrndup(text, strcspn(text, " \t"));
    size_t offset = 0;
    if (is_lesson_verb(sh, word) || !strcmp(word, "help"))
        return LINE_LESSON;
    /* `docker start` is Docker's start and not ours. */
    if (verb_find(&lab_verbs, word) || !strcmp(word, "docker") || !strcmp(word, "sudo"))
        return LINE_CONTAINER;
    if (line_parse(&sh->verbs.all, text, &line, &offset, e) < 0)
        return LINE_UNKNOWN;
    return is_lesson_verb(sh, line.verb->name) ? LINE_LESSON : LINE_CONTAINER;
}

static int run_lesson_line(struct shell *sh, const char *text, int *status, struct nslab_error *e)
{
    sh->base.verbs = sh->verbs.all;
    return command_run(&sh->base, text, status, e);
}

static int run_container_line(struct shell *sh, const char *text, int *status, struct nslab_error *e)
{
    sh->base.verbs = lab_verbs;
    if (!sh->run)
        return command_run(&sh->base, text, status, e);
    worklog_before(sh, text);
    shell_progress(sh)->typed = sh->strayed = true;
    int r = lab_run_line(sh->run, text, status, e);
    worklog_after(sh, r < 0, *status);
    return r;
}

/* For `explain errno`, which is about the line before it. */
static void note_failure(struct shell *sh, const char *text, const struct nslab_error *e)
{
    struct failed_line *f = &sh->failed;
    if (!sh->status || starts_with(text, "explain"))
        return;
    free(f->line);
    f->line = xstrdup(text);
    f->status = sh->status;
    f->error = *e;
    buf_truncate(&f->said, 0);
    buf_add(&f->said, buf_text(&sh->said), sh->said.len);
}

void shell_note_elsewhere(struct shell *sh)
{
    struct command_context *c = shell_context(sh);
    uint64_t typed = c->host ? session_typed(c->host->session) : 0;
    /* A fresh lab host's count begins at 0. */
    if (sh->run && (c->typed || (typed && typed != sh->typed)))
        shell_progress(sh)->elsewhere = shell_progress(sh)->typed = sh->strayed = true;
    sh->typed = typed;
    c->typed = false;
}

/* What a list of sessions says of this one. */
static void set_session_label(struct shell *sh)
{
    struct host *host = shell_context(sh)->host;
    const char *terminal = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;
    cleanup_buf struct buf label = {0};
    if (!host)
        return;
    if (sh->run)
        buf_addf(&label, "%s, step %zu of %zu", sh->lab->id, sh->step + 1, sh->lab->n_steps);
    else
        buf_adds(&label, "no lab");
    if (terminal)
        buf_addf(&label, ", on %s", terminal);
    session_set_label(host->session, buf_text(&label));
}

static void set_look(struct command_context *c, const struct look *look)
{
    c->width = look->width;
    c->utf8 = look->utf8;
}

void shell_run_line(struct shell *sh, const char *text)
{
    buf_truncate(&sh->said, 0);
    set_look(&sh->base, &sh->term.look);
    set_look(shell_context(sh), &sh->term.look);
    shell_note_elsewhere(sh); /* until now, and so in this step */
    struct nslab_error e = {0};
    int status = STATUS_USAGE, r = -1;
    enum line_kind kind = classify(sh, text, &e);
    sh->own_text = kind == LINE_LESSON || !line_runs_processes(text);
    if (kind == LINE_LESSON)
        r = run_lesson_line(sh, text, &status, &e);
    else if (kind == LINE_CONTAINER)
        r = run_container_line(sh, text, &status, &e);
    shell_finish_streams(sh);
    if (r < 0) {
        shell_error(sh, &e);
        if (!status)
            status = STATUS_BROKEN;
    }
    sh->status = status;
    shell_note_elsewhere(sh);
    set_session_label(sh);
    note_failure(sh, text, &e);
    worklog_save(sh);
}

/* What isn't a command: Enter, an answer to the open question, a comment. */
static void run_typed(struct shell *sh, char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    term_refresh_width(&sh->term);
    if (*text == '#')
        return;
    if (!*text) {
        enum lesson_action action = shell_obvious(sh);
        shell_run_line(sh,
                       action == LESSON_START && sh->course_over ? "labs" : lesson_action_table[action].line);
    } else if (!verb_find(&sh->verbs.all, text) &&
               lesson_is_answer(shell_step(sh), shell_progress(sh), text)) {
        cleanup_free char *line = xasprintf("predict %s", text);
        shell_run_line(sh, line);
    } else {
        shell_run_line(sh, text);
    }
}

/* Of several lines that were pasted at once, each is shown before what it says. */
void shell_run_text(struct shell *sh, const char *text)
{
    cleanup_free char *copy = xstrdup(text);
    bool several = strchr(text, '\n') != NULL;
    char *rest = copy;
    for (char *line; !sh->quit && (line = strsep(&rest, "\n"));) {
        cleanup_buf struct buf shown = {0};
        if (several && !line[strspn(line, " \t\r")])
            continue; /* a blank line of a pasted text is no Enter */
        if (several)
            show_line(line, &sh->term.look, &shown);
        shell_print(sh, &shown);
        run_typed(sh, line);
    }
}

/* --- without a prompt --- */

bool shell_was_interrupted(struct shell *sh)
{
    if (!interrupt_signal())
        return false;
    int status = status_interrupted_or(STATUS_BROKEN);
    sh->status = sh->reader_gone && status != STATUS_TERMINATED ? STATUS_BROKEN : status;
    return true;
}

static void run_given_lines(struct shell *sh)
{
    for (size_t i = 0; i < sh->options->lines.len && !sh->quit && !shell_was_interrupted(sh); i++)
        shell_run_text(sh, sh->options->lines.items[i]);
    shell_was_interrupted(sh);
}

static void run_piped_lines(struct shell *sh)
{
    cleanup_with(piped_free) struct piped lines = {.fd = STDIN_FILENO};
    cleanup_buf struct buf line = {0};
    while (!sh->quit && !shell_was_interrupted(sh) && piped_next(&lines, &line))
        shell_run_text(sh, buf_text(&line));
    shell_was_interrupted(sh);
}

/* --- start and end --- */

void shell_open(struct shell *sh, const struct shell_options *o)
{
    *sh = (struct shell){.options = o, .log.keep = KEEP_CLOSED};
    term_probe(&sh->term, o->plain);
    shell_verbs_init(&sh->verbs);
    sh->sink = (struct sink){.write = shell_sink_write, .context = sh};
    sh->base = (struct command_context){
        .sink = &sh->sink,
        .terminal = sh->term.input && sh->term.output,
        .attachable = true,
        .lesson = sh,
    };
}

void shell_close(struct shell *sh)
{
    worklog_close(sh);
    course_stop(sh);
    host_stop(take_ptr(sh->base.host));
    free(sh->suggested);
    buf_free(&sh->said);
    free(sh->failed.line);
    buf_free(&sh->failed.said);
}

int shell_main(const struct shell_options *o)
{
    struct shell sh;
    bool interactive = !o->lines.len && isatty(STDIN_FILENO);
    if (interrupt_install() < 0)
        return STATUS_BROKEN;
    shell_open(&sh, o);
    struct nslab_error e = {0};
    if ((o->learner || o->workbook) && worklog_open(&sh, &e) < 0) {
        shell_close(&sh);
        return say_error(&e, STATUS_USAGE);
    }
    sh.puts_together = interactive && sh.term.output;
    sh.pager.on = sh.puts_together && !sh.term.look.plain && !term_is_dumb();
    if (interactive && !o->lab)
        shell_welcome(&sh);
    if (o->lab) {
        cleanup_buf struct buf line = {0};
        buf_adds(&line, "start ");
        word_quote(o->lab, &line);
        shell_run_line(&sh, buf_text(&line));
    }
    if (o->lines.len)
        run_given_lines(&sh);
    else if (interactive)
        prompt_loop(&sh);
    else
        run_piped_lines(&sh);
    shell_close(&sh);
    return sh.status;
}
