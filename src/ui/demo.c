/* SPDX-License-Identifier: MIT */
#include "demo.h"
#include "nslab/interrupt.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "record.h"

#include <signal.h>
#include <string.h>

/* --- what goes wrong --- */

static void note_status(struct demo *d, int status)
{
    if (status == STATUS_UNSUPPORTED)
        d->unsupported = true;
    else if (status)
        d->failed = true;
}

/* A line or a state that could not be had. Other steps begin in a fresh lab host. */
static void step_failed(struct demo *d, const struct nslab_error *e)
{
    struct shell *sh = &d->sh;
    lesson_note_error(shell_progress(sh), e);
    note_status(d, e->cause[0] ? STATUS_UNSUPPORTED : STATUS_FAILED);
    shell_error(sh, e);
    screen_gap(d);
    shell_say(sh, "**Step %zu %s.**", sh->step + 1,
              e->cause[0] ? "can't be shown on this machine"
                          : "has failed: what runs here is the real thing");
    d->step_over = true;
}

/* --- the phases of a step --- */

static void print(struct demo *d, const struct buf *text)
{
    shell_print(&d->sh, text);
}

static void play_text(struct demo *d)
{
    struct shell *sh = &d->sh;
    struct expander x = shell_expander(sh);
    cleanup_buf struct buf out = {0};
    screen_clear(d);
    show_step(sh->lab, sh->step, &x, &sh->term.look, &out);
    print(d, &out);
}

static void play_question(struct demo *d)
{
    struct expander x = shell_expander(&d->sh);
    cleanup_buf struct buf out = {0};
    buf_addc(&out, '\n');
    show_question(shell_step(&d->sh), &x, &d->sh.term.look, &out);
    print(d, &out);
}

static void play_line(struct demo *d, const struct lab_lines *lines)
{
    struct shell *sh = &d->sh;
    struct lesson_progress *p = shell_progress(sh);
    struct nslab_error e = {0};
    sh->touched = p->ran = true;
    p->checked = false;
    if (lab_run_nth(sh->run, sh->step, lines, d->line, &e) < 0)
        step_failed(d, &e);
    else
        p->broke = false;
}

static void play_do(struct demo *d)
{
    play_line(d, &shell_step(&d->sh)->run);
}

/* What the presenter has typed at the prompt may be in the way of the solution. */
static int clear_the_way(struct demo *d, struct nslab_error *e)
{
    struct shell *sh = &d->sh;
    int status = 0;
    if (!sh->strayed)
        return 0;
    screen_gap(d);
    shell_say(sh, "A fresh lab host, in the state that this task begins with:");
    if (course_replay(sh, sh->step, &status, e) < 0)
        return -1;
    sh->touched = true;
    sh->quiet = true;
    int r = lab_run_do(sh->run, sh->step, e);
    sh->quiet = false;
    return r;
}

static void play_solution(struct demo *d)
{
    struct nslab_error e = {0};
    if (!d->line && clear_the_way(d, &e) < 0)
        step_failed(d, &e);
    else
        play_line(d, &shell_step(&d->sh)->solution);
}

static void play_answer(struct demo *d)
{
    step_answer(&d->sh);
}

/* The shell's own verb does it, and says it as there. */
static void play_verb(struct demo *d, const char *verb)
{
    shell_run_line(&d->sh, verb);
    note_status(d, d->sh.status);
}

static void play_check(struct demo *d)
{
    struct shell *sh = &d->sh;
    screen_gap(d);
    play_verb(d, "check");
    if (sh->status != STATUS_FAILED)
        return;
    screen_gap(d);
    shell_say(sh, "**Step %zu has failed: what runs here is the real thing.**", sh->step + 1);
    d->step_over = true;
}

static void play_contrast(struct demo *d)
{
    play_verb(d, "contrast");
}

static void play_explain(struct demo *d)
{
    screen_gap(d);
    play_verb(d, "explain");
}

static bool always(const struct shell *sh)
{
    (void)sh;
    return true;
}

static const struct step *step_of(const struct shell *sh)
{
    return &sh->lab->steps[sh->step];
}

static bool has_question(const struct shell *sh)
{
    return step_of(sh)->has_predict;
}

static bool has_lines(const struct shell *sh)
{
    return step_of(sh)->run.n;
}

/* A task that the presenter has solved at the prompt is solved. */
static bool has_solution(const struct shell *sh)
{
    return step_of(sh)->solution.n && !lesson_done(step_of(sh), &sh->progress[sh->step]);
}

static bool has_expectations(const struct shell *sh)
{
    return step_of(sh)->n_expect;
}

static bool has_contrast(const struct shell *sh)
{
    return step_of(sh)->has_contrast;
}

static bool has_explanation(const struct shell *sh)
{
    return step_of(sh)->explain;
}

static const struct phase {
    const char *chapter; /* of a recording; NULL: it belongs to the one before */
    const char *says;    /* of what the key goes on to */
    const char *again;   /* the same, of further lines */
    bool (*applies)(const struct shell *sh);
    void (*play)(struct demo *d);
} phases[] = {
    {"read", "the step", NULL, always, play_text},
    {"predict", "the question", NULL, has_question, play_question},
    {"run", "run it", "next line", has_lines, play_do},
    {"run", "a solution", "next line", has_solution, play_solution},
    {NULL, "the answer", NULL, has_question, play_answer},
    {"observe", "what the kernel says", NULL, has_expectations, play_check},
    {"contrast", "with the wall taken away", NULL, has_contrast, play_contrast},
    {"explain", "the explanation", NULL, has_explanation, play_explain},
};

static size_t lines_of(const struct demo *d)
{
    const struct step *step = step_of(&d->sh);
    return phases[d->phase].play == play_do         ? step->run.n
           : phases[d->phase].play == play_solution ? step->solution.n
                                                    : 1;
}

/* Leaves phases that this step doesn't have behind. false: the step is over. */
static bool find_phase(struct demo *d)
{
    while (!d->step_over && d->phase < ARRAY_LEN(phases)) {
        if (d->line && d->line < lines_of(d))
            return true;
        if (!d->line && phases[d->phase].applies(&d->sh))
            return true;
        d->phase++;
        d->line = 0;
    }
    return false;
}

static void play_phase(struct demo *d)
{
    const struct phase *phase = &phases[d->phase];
    if (phase->chapter && !d->line)
        record_mark(d->options->recorder, shell_step(&d->sh)->id, phase->chapter);
    phase->play(d);
    if (++d->line < lines_of(d))
        return;
    d->phase++;
    d->line = 0;
}

/* --- moving --- */

/* The step from its beginning, in the state of the lab host that it begins with. */
static void begin_step(struct demo *d, size_t step)
{
    struct shell *sh = &d->sh;
    struct nslab_error e = {0};
    int status = 0;
    sh->step = step;
    *shell_progress(sh) = LESSON_PROGRESS_NONE;
    d->phase = d->line = 0;
    d->step_over = false;
    if (course_ensure_world(sh, &status, &e) == 0)
        return;
    shell_error(sh, &e);
    note_status(d, e.cause[0] ? STATUS_UNSUPPORTED : STATUS_FAILED);
    d->over = true;
}

static void say_end(struct demo *d)
{
    screen_clear(d);
    screen_gap(d);
    shell_say(&d->sh, "That was the last step of **%s**. Its lab host and all in it end here.",
              d->sh.lab->id);
    screen_stop(d, NULL);
    d->over = true;
}

static void go_on(struct demo *d)
{
    struct shell *sh = &d->sh;
    if (find_phase(d))
        play_phase(d);
    else if (course_advance(sh)) {
        begin_step(d, sh->step);
        if (!d->over)
            play_phase(d);
    } else
        say_end(d);
}

/* To where the step begins; and from there, to the step before. */
static void go_back(struct demo *d)
{
    struct shell *sh = &d->sh;
    bool at_its_beginning = d->phase == 1 && !d->step_over;
    sh->touched = true; /* its questions and texts are asked anew, in a state that is known */
    begin_step(d, at_its_beginning && sh->step ? sh->step - 1 : sh->step);
    if (!d->over)
        play_phase(d);
}

static void leave_for_prompt(struct demo *d)
{
    struct shell *sh = &d->sh;
    struct lab_run *run = sh->run;
    size_t step = sh->step;
    bool ran = shell_progress(sh)->ran;
    screen_close(d);
    shell_say(sh, "This is the demo's own lab. `demo` or Ctrl-D goes back to it.");
    prompt_loop(sh);
    if (!sh->back_to_demo || interrupt_signal() == SIGTERM) {
        d->over = true;
        return;
    }
    sh->quit = sh->back_to_demo = false;
    screen_open(d);
    if (!sh->run) {
        shell_say(sh, "The lab was ended at the prompt, and so is the demo.");
        d->over = true;
    } else if (sh->run != run || sh->step != step || shell_progress(sh)->ran != ran) {
        begin_step(d, sh->step); /* it was moved within the lab, or begun anew */
    }
}

/* What the presenter's key goes on to. */
static char *next_says(struct demo *d)
{
    if (find_phase(d))
        return xstrdup(d->line ? phases[d->phase].again : phases[d->phase].says);
    return d->sh.step + 1 < d->sh.lab->n_steps ? xasprintf("step %zu", d->sh.step + 2) : xstrdup("the end");
}

static void obey(struct demo *d, enum demo_key key)
{
    switch (key) {
    case DEMO_NEXT:
        go_on(d);
        return;
    case DEMO_BACK:
        go_back(d);
        return;
    case DEMO_PROMPT:
        leave_for_prompt(d);
        return;
    case DEMO_INTERRUPT:
        d->ended_by = status_interrupted_or(STATUS_INTERRUPTED);
        d->over = true;
        return;
    default:
        d->over = true;
    }
}

/* Ctrl-C while a line runs is the line's; without a presenter nobody else can have meant it. */
static bool was_interrupted(const struct demo *d)
{
    int signo = interrupt_signal();
    return signo == SIGTERM || (signo && (d->options->automatic || d->sh.reader_gone));
}

static void play(struct demo *d)
{
    while (!d->over) {
        cleanup_free char *next = next_says(d);
        enum demo_key key = screen_stop(d, next);
        obey(d, was_interrupted(d) ? DEMO_INTERRUPT : key);
    }
}

/* --- begin and end --- */

static int find_step(const struct lab *lab, const char *name, size_t *ret, struct nslab_error *e)
{
    unsigned long number = 0;
    const char **ids = xcalloc(lab->n_steps, sizeof *ids);
    bool found = parse_unsigned(name, lab->n_steps, &number) && number;
    *ret = number ? number - 1 : 0;
    for (size_t i = 0; i < lab->n_steps && !found; i++) {
        ids[i] = lab->steps[i].id;
        *ret = i;
        found = !strcmp(ids[i], name);
    }
    const char *nearest = found ? NULL : nearest_word(name, ids, lab->n_steps);
    free(ids);
    if (found)
        return 0;
    error_say(e, "the lab %s has no step `%s`", lab->id, name);
    return nearest ? error_hint(e, "Did you mean %s?", nearest)
                   : error_hint(e, "--from takes a step's id, or its number from 1 to %zu.", lab->n_steps);
}

static void show_title(struct demo *d)
{
    struct lab *lab = d->sh.lab;
    cleanup_buf struct buf out = {0};
    screen_clear(d);
    buf_addc(&out, '\n');
    layout_rule(lab->title, &d->sh.term.look, &out);
    print(d, &out);
    screen_gap(d);
    shell_say(&d->sh, "%s", lab->summary);
    screen_gap(d);
    shell_say(&d->sh,
              "%zu steps. What runs is real, in a throw-away lab host; nothing of it stays on this machine.",
              lab->n_steps);
}

static int begin(struct demo *d, int *status, struct nslab_error *e)
{
    const struct demo_options *o = d->options;
    size_t step = 0;
    if (!o->automatic && !(d->sh.term.input && d->sh.term.output)) {
        *status = STATUS_USAGE;
        error_say(e, "a demo needs a terminal, for the presenter's keys");
        return error_hint(e, "`--auto` goes through without them.");
    }
    if (course_start(&d->sh, o->lab, status, e) < 0)
        return -1;
    if (o->from && find_step(d->sh.lab, o->from, &step, e) < 0) {
        *status = STATUS_USAGE;
        return -1;
    }
    screen_open(d);
    show_title(d);
    begin_step(d, step);
    return 0;
}

static int status_of(const struct demo *d)
{
    if (d->sh.reader_gone)
        return STATUS_BROKEN;
    if (d->ended_by)
        return d->ended_by;
    return d->failed ? STATUS_FAILED : d->unsupported ? STATUS_UNSUPPORTED : STATUS_PASSED;
}

int demo_main(const struct demo_options *o)
{
    const struct shell_options shell = {
        .learner = o->learner, .no_workbook = true, .plain = o->plain, .recorder = NULL};
    struct demo d = {.options = o, .pace = {.speed = o->speed}};
    struct nslab_error e = {0};
    int status = STATUS_BROKEN;
    shell_open(&d.sh, &shell);
    d.sh.in_demo = true;
    if (begin(&d, &status, &e) < 0) {
        shell_error(&d.sh, &e);
    } else {
        play(&d);
        status = status_of(&d);
    }
    screen_close(&d);
    shell_close(&d.sh);
    return status;
}
