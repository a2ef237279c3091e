/* SPDX-License-Identifier: MIT
 *
 * The lines that are recorded: which ones, and with the names of live numbers in place of the numbers.
 */
#include "nslab/container.h"
#include "nslab/mem.h"
#include "shell_private.h"
#include "worklog_private.h"

#include <string.h>

/* --- a line as it can be run again --- */

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

/* --- before and after it runs --- */

/* The first line since the lab host came into its step. */
static void begin_lines(struct shell *sh)
{
    sh->log.began = true;
    struct work_step *s = worklog_step(sh, sh->world);
    if (s->state == WORK_PASSED)
        sh->log.unrecorded = true;
    else if (s->lines.len)
        worklog_begin_step_anew(sh, sh->world);
    else
        s->fresh = sh->log.fresh_world;
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
    struct work_step *s = worklog_step(sh, sh->world);
    if (log->typed_in || status == STATUS_INTERRUPTED)
        s->elsewhere = true; /* where it was interrupted, and what was typed in it, isn't known */
    else
        add_line(sh, s, text);
}
