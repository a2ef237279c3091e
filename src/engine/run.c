/* SPDX-License-Identifier: MIT
 *
 * A run of a lab: its lab host, its variables, and the lines of its steps.
 */
#include "internal.h"
#include "nslab/container.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/proc.h"
#include "nslab/watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define LINE_TIMEOUT_MS 30000
#define PORT_PATIENCE_MS 3000
#define PORT_PAUSE_MS 100

/* --- the kernel and the clock --- */

static char *container_fact(struct host *host, const char *name, const char *fact)
{
    const struct container *container = container_find(host, name);
    if (!container)
        return NULL;
    if (!strcmp(fact, "ip"))
        return container->address[0] ? xstrdup(container->address) : NULL;
    if (!strcmp(fact, "rootfs"))
        return xstrdup(container->image->rootfs);
    struct container_pids pids = container_pids(container);
    pid_t pid = !strcmp(fact, "pid") ? pids.host : pids.machine;
    return pid > 0 ? xasprintf("%d", (int)pid) : NULL;
}

/* Ends early when Ctrl-C comes: who waits looks at interrupt_pending() then. */
static void pause_ms(int ms)
{
    struct pollfd wake = {.fd = interrupt_fd(), .events = POLLIN};
    poll(&wake, 1, ms);
}

const struct engine_calls engine_calls_real = {
    .start = command_host,
    .line = command_run,
    .observe = observe,
    .container_fact = container_fact,
    .views = views_read,
    .stop = host_stop,
    .now = now_ns,
    .pause = pause_ms,
    .struck = command_struck,
};

/* --- the run --- */

static void write_nowhere(void *context, int stream, const char *bytes, size_t n)
{
    (void)context;
    (void)stream;
    (void)bytes;
    (void)n;
}
static const struct sink nowhere = {.write = write_nowhere};

struct lab_run *lab_run_new(const struct lab *lab, const struct engine_options *o,
                            const struct engine_calls *calls)
{
    struct lab_run *run = xcalloc(1, sizeof *run);
    run->lab = lab;
    run->calls = calls;
    run->options = *o;
    run->learner = o->learner ? xstrdup(o->learner) : user_name();
    run->options.learner = run->learner;
    run->context.sink = o->sink ? o->sink : &nowhere;
    run->context.terminal = o->terminal;
    run->context.limits = o->limits ? o->limits : &limits_learning;
    run->context.timeout_ms = o->line_timeout_ms ? o->line_timeout_ms : LINE_TIMEOUT_MS;
    run->context.verbs = lab_verbs;
    return run;
}

int lab_run_open(const struct lab *lab, const struct engine_options *o, struct lab_run **ret,
                 struct nslab_error *e)
{
    (void)e;
    *ret = lab_run_new(lab, o, &engine_calls_real);
    return 0;
}

void lab_run_close(struct lab_run *run)
{
    if (!run)
        return;
    if (run->context.host)
        run->calls->stop(run->context.host);
    for (size_t i = 0; i < run->n_memories; i++) {
        free(run->memories[i].id);
        free(run->memories[i].observed);
    }
    free(run->memories);
    free(run->learner);
    free(run);
}

void lab_run_close_p(struct lab_run **run)
{
    lab_run_close(*run);
}

struct command_context *lab_run_context(struct lab_run *run)
{
    return &run->context;
}

int lab_run_start(struct lab_run *run, struct nslab_error *e)
{
    if (!run->context.host)
        run->checked = false;
    if (run->calls->start(&run->context, e) < 0)
        return -1;
    if (!run->checked && requires_check(run->lab, run->context.host, e) < 0)
        return -1;
    run->checked = true;
    return 0;
}

unsigned lab_run_note_limits(struct lab_run *run, const char *step, struct lab_result *ret)
{
    if (!run->calls->struck)
        return 0;
    run->calls->struck(&run->context);
    unsigned struck = run->context.struck;
    for (enum limit which = 0; which < LIMIT_COUNT; which++) {
        cleanup_buf struct buf text = {0};
        if (!(run->context.struck & limit_bit(which)))
            continue;
        limit_sentence(run->context.limits, which, &text);
        findings_add(&ret->findings, &ret->n_findings, finding_names[FINDING_LIMIT], step, "%s",
                     buf_text(&text));
    }
    run->context.struck = 0;
    const struct watch *watch = run->context.host ? run->context.host->watch : NULL;
    if (!watch || !watch->blind)
        return struck;
    findings_add(&ret->findings, &ret->n_findings, finding_names[FINDING_MISHAP], step,
                 "cannot watch what runs on the lab host: %s (so it was ended)", strerror(watch->blind));
    return struck | LIMITS_OF_HOST;
}

void lab_run_remember(struct lab_run *run, const char *id, const char *observed, bool held)
{
    struct memory *memory = NULL;
    for (size_t i = 0; i < run->n_memories; i++)
        if (!strcmp(run->memories[i].id, id))
            memory = &run->memories[i];
    if (!memory) {
        run->memories = xrealloc(run->memories, run->n_memories + 1, sizeof *run->memories);
        memory = &run->memories[run->n_memories++];
        *memory = (struct memory){.id = xstrdup(id)};
    }
    free(memory->observed);
    memory->observed = xstrdup(observed);
    memory->held = held;
}

const struct memory *lab_run_recall(const struct lab_run *run, const char *id)
{
    for (size_t i = 0; i < run->n_memories; i++)
        if (!strcmp(run->memories[i].id, id))
            return &run->memories[i];
    return NULL;
}

char *lab_run_text(struct lab_run *run, const char *text)
{
    struct nslab_error e = {0};
    char *expanded = NULL;
    if (template_expand(text, lab_run_lookup_or_mark, run, &expanded, &e) < 0)
        return xstrdup(text);
    return expanded;
}

/* --- lines --- */

int lab_run_line(struct lab_run *run, const char *text, int *status, struct nslab_error *e)
{
    cleanup_free char *expanded = NULL;
    *status = 2;
    if (lab_run_expand(run, text, &expanded, e) < 0)
        return -1;
    return run->calls->line(&run->context, expanded, status, e);
}

/* Hands output on and keeps a copy: an error quotes its end, `fails` looks into it. */
struct capture {
    const struct sink *next;
    struct buf text;
};

static void capture_write(void *context, int stream, const char *bytes, size_t n)
{
    struct capture *capture = context;
    buf_add(&capture->text, bytes, n);
    capture->next->write(capture->next->context, stream, bytes, n);
}

/* The last line of the output that isn't empty. */
static char *last_line(const struct buf *text)
{
    const char *start = buf_text(text);
    size_t end = text->len;
    while (end && strchr(" \t\r\n", start[end - 1]))
        end--;
    size_t begin = end;
    while (begin && start[begin - 1] != '\n')
        begin--;
    return xstrndup(start + begin, end - begin);
}

/* The error of a line: what it was, then what went wrong, with hint and cause kept. */
static int line_error(struct nslab_error *e, const char *text, const struct nslab_error *why)
{
    struct nslab_error kept = *why;
    char brief[NSLAB_ERROR_TEXT_MAX];
    error_text_brief(&kept, brief, sizeof brief);
    error_say(e, "the line `%.160s` could not be carried out: %s", text, brief);
    e->errnum = kept.errnum;
    memcpy(e->hint, kept.hint, sizeof e->hint);
    memcpy(e->cause, kept.cause, sizeof e->cause);
    return -1;
}

struct line_end {
    int rc, status;
    struct nslab_error error; /* when rc < 0 */
    char *last;               /* of its output */
};

static int judge_success(const char *text, const struct line_end *end, struct nslab_error *e)
{
    if (end->rc < 0)
        return line_error(e, text, &end->error);
    if (end->status && end->last[0])
        return error_say(e, "the line `%.160s` ended with status %d, and said last: %.300s", text,
                         end->status, end->last);
    if (end->status)
        return error_say(e, "the line `%.160s` ended with status %d", text, end->status);
    return 0;
}

static int judge_failure(const char *text, const char *fails, const struct line_end *end,
                         const struct buf *output, struct nslab_error *e)
{
    char said[NSLAB_ERROR_TEXT_MAX] = "";
    if (end->rc == 0 && end->status == 0)
        return error_say(e, "the line `%.160s` worked, but should have failed with \"%.200s\"", text, fails);
    if (end->rc < 0)
        error_text(&end->error, said, sizeof said);
    if (strstr(buf_text(output), fails) || strstr(said, fails))
        return 0;
    /* It failed for a reason of this machine before it came to the failure that the lab shows. */
    if (end->rc < 0 && end->error.cause[0])
        return line_error(e, text, &end->error);
    return error_say(e, "the line `%.160s` failed as it should, but without \"%.200s\"; it said: %.300s",
                     text, fails,
                     said[0]        ? said
                     : end->last[0] ? end->last
                                    : "nothing");
}

/* nslab's own refusal, which a line is meant to show: nobody else prints it. */
static void show_refusal(const struct lab_run *run, const struct nslab_error *refusal)
{
    char brief[NSLAB_ERROR_TEXT_MAX];
    cleanup_buf struct buf text = {0};
    buf_addf(&text, "%s\n", error_text_brief(refusal, brief, sizeof brief));
    if (refusal->hint[0])
        buf_addf(&text, "  %s\n", refusal->hint);
    run->context.sink->write(run->context.sink->context, 2, text.data, text.len);
}

int lab_run_judged(struct lab_run *run, const char *text, const char *fails, struct nslab_error *e)
{
    struct capture capture = {.next = run->context.sink};
    const struct sink sink = {.write = capture_write, .context = &capture};
    struct line_end end = {0};
    run->context.sink = &sink;
    end.rc = run->calls->line(&run->context, text, &end.status, &end.error);
    run->context.sink = capture.next;
    end.last = last_line(&capture.text);
    int rc = fails ? judge_failure(text, fails, &end, &capture.text, e) : judge_success(text, &end, e);
    if (rc == 0 && end.rc < 0)
        show_refusal(run, &end.error);
    free(end.last);
    buf_free(&capture.text);
    return rc;
}

/* A port that the lab has drawn is the same for this learner at all times, and so another nslab may have it.
 * The answers of the lab follow it: it isn't drawn anew. */
static bool drawn_port_is_taken(const struct lab_line *line, const struct nslab_error *e)
{
    return e->errnum == EADDRINUSE && !strcmp(e->cause, "port") && strstr(line->text, "${");
}

/* A run of `verify` beside this one is soon over; a shell isn't. */
static int run_line_patiently(struct lab_run *run, const struct lab_line *line, const char *text,
                              const char *fails, struct nslab_error *e)
{
    uint64_t start = run->calls->now();
    while (lab_run_judged(run, text, fails, e) < 0) {
        if (!drawn_port_is_taken(line, e))
            return -1;
        if (interrupt_pending() || (run->calls->now() - start) / 1000000 >= PORT_PATIENCE_MS)
            return error_hint(
                e, "The lab draws its ports from the learner's name, so another nslab that runs it for the "
                   "same learner has the same ones. End what has the port, or draw others with `--as NAME`.");
        error_clear(e);
        run->calls->pause(PORT_PAUSE_MS);
    }
    return 0;
}

static int run_one(struct lab_run *run, const struct lab_line *line, struct nslab_error *e)
{
    cleanup_free char *text = NULL, *fails = NULL;
    if (lab_run_expand(run, line->text, &text, e) < 0)
        return line_error(e, line->text, e);
    if (line->fails && lab_run_expand(run, line->fails, &fails, e) < 0)
        return line_error(e, line->text, e);
    if (run->options.on_line)
        run->options.on_line(run->options.context, text);
    return run_line_patiently(run, line, text, fails, e);
}

/* Lines that fail after a step that this machine can't show fail for its cause: say so of the error. */
static void inherit_cause(const struct lab_run *run, struct nslab_error *e)
{
    const struct nslab_error *first = &run->unsupported;
    size_t n = strlen(e->detail);
    snprintf(e->detail + n, sizeof e->detail - n, "; this machine could not show step `%s` before it",
             run->lab->steps[run->lost_step].id);
    memcpy(e->cause, first->cause, sizeof e->cause);
    memcpy(e->hint, first->hint, sizeof e->hint);
}

/* What can't be carried out for want of a step isn't the lab's or the learner's failing: from the first such
 * step on, its cause is remembered. */
static int note_refusal(struct lab_run *run, size_t step, struct nslab_error *e)
{
    if (e->cause[0])
        run->lost_step = step;
    if (e->cause[0] && !run->unsupported.cause[0]) {
        run->unsupported = *e;
        run->unsupported_step = step;
    } else if (!e->cause[0] && run->unsupported.cause[0]) {
        inherit_cause(run, e);
    }
    run->refused = *e;
    run->refused_step = step;
    return -1;
}

static int begin_lines(struct lab_run *run, size_t step, struct nslab_error *e)
{
    if (run->refused_step == step)
        error_clear(&run->refused);
    return lab_run_start(run, e) < 0 ? note_refusal(run, step, e) : 0;
}

static int carry_out(struct lab_run *run, size_t step, const struct lab_lines *lines, struct nslab_error *e)
{
    if (begin_lines(run, step, e) < 0)
        return -1;
    for (size_t i = 0; i < lines->n; i++)
        if (run_one(run, &lines->items[i], e) < 0)
            return note_refusal(run, step, e);
    return 0;
}

int lab_run_nth(struct lab_run *run, size_t step, const struct lab_lines *lines, size_t nth,
                struct nslab_error *e)
{
    if (begin_lines(run, step, e) < 0)
        return -1;
    return run_one(run, &lines->items[nth], e) < 0 ? note_refusal(run, step, e) : 0;
}

int lab_run_do(struct lab_run *run, size_t step, struct nslab_error *e)
{
    return carry_out(run, step, &run->lab->steps[step].run, e);
}

int lab_run_solution(struct lab_run *run, size_t step, struct nslab_error *e)
{
    return carry_out(run, step, &run->lab->steps[step].solution, e);
}

int lab_run_step(struct lab_run *run, size_t step, struct nslab_error *e)
{
    return lab_run_do(run, step, e) < 0 ? -1 : lab_run_solution(run, step, e);
}

static int replay_steps(struct lab_run *run, size_t before, struct nslab_error *e)
{
    for (size_t i = 0; i < before; i++) {
        if (lab_run_step(run, i, e) < 0) {
            if (!e->cause[0])
                return -1;
            error_clear(e); /* what this machine can't show doesn't hide the later steps */
            continue;
        }
        /* What a step sets off has to have happened before the next one begins; and ${ID.observed} becomes
         * known. */
        struct step_result settled = {0};
        lab_run_check(run, i, &settled);
        step_result_free(&settled);
    }
    return 0;
}

int lab_run_replay(struct lab_run *run, size_t step, struct nslab_error *e)
{
    struct engine_options options = run->options;
    const struct sink *sink = run->context.sink;
    if (run->context.host) {
        run->calls->stop(run->context.host);
        run->context.host = NULL;
    }
    error_clear(&run->unsupported);
    error_clear(&run->refused);
    /* The steps have been seen before: nobody watches them again. */
    run->options.on_line = NULL;
    run->context.sink = &nowhere;
    int rc = replay_steps(run, step, e);
    run->options = options;
    run->context.sink = sink;
    return rc;
}
