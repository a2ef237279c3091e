/* SPDX-License-Identifier: MIT */
#include "handout.h"
#include "nslab/image.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define PICTURE_WIDTH 72u

const struct handout_format handout_formats[] = {
    {"md", handout_write_markdown},
    {"html", handout_write_html},
};
const size_t handout_format_count = ARRAY_LEN(handout_formats);

/* --- what the lines say --- */

/* The run of a lab, and where its lines and their output are kept. */
struct taking {
    struct lab_run *run;
    struct handout_lines *lines; /* NULL: nobody listens */
    struct buf raw;              /* what the last line has said so far */
};

static void take_output(void *context, int stream, const char *bytes, size_t n)
{
    struct taking *t = context;
    (void)stream;
    buf_add(&t->raw, bytes, n);
}

static void end_line(struct taking *t)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, buf_text(&t->raw), t->raw.len);
    buf_truncate(&t->raw, 0);
    if (!t->lines || !t->lines->n)
        return;
    char **output = &t->lines->items[t->lines->n - 1].output;
    free(*output);
    *output = buf_take(&harmless);
}

static void begin_line(void *context, const char *line)
{
    struct taking *t = context;
    struct buf harmless = {0};
    if (!t->lines)
        return;
    if (t->lines->n)
        end_line(t);
    buf_truncate(&t->raw, 0);
    add_harmless(&harmless, line, strlen(line));
    t->lines->items = xrealloc(t->lines->items, t->lines->n + 1, sizeof *t->lines->items);
    t->lines->items[t->lines->n++] =
        (struct handout_line){.text = buf_take(&harmless), .output = xstrdup("")};
}

/* --- a step --- */

static char *expand(struct taking *t, const char *text)
{
    return text ? lab_run_text(t->run, text) : NULL;
}

static void take_texts(struct taking *t, struct handout_step *s)
{
    const struct step *step = s->step;
    s->title = expand(t, step->title);
    s->text = expand(t, step->text);
    s->task = expand(t, step->task);
    s->ask = step->has_predict ? expand(t, step->predict.ask) : NULL;
    for (size_t i = 0; i < step->hints.len; i++)
        strv_add_taken(&s->hints, expand(t, step->hints.items[i]));
}

/* Texts that come after the run, with its numbers. */
static void take_conclusions(struct taking *t, struct handout_step *s)
{
    const struct prediction *p = &s->step->predict;
    if (s->result.verdict != VERDICT_FAIL)
        s->explain = expand(t, s->step->explain);
    s->contrast_say = expand(t, s->step->contrast.say);
    if (!s->ask)
        return;
    s->choices = xcalloc(p->n, sizeof *s->choices);
    for (size_t i = 0; i < p->n; i++)
        s->choices[i] = (struct handout_choice){.text = expand(t, p->choices[i].text),
                                                .feedback = expand(t, p->choices[i].feedback),
                                                .right = p->choices[i].right};
}

static void run_lines(struct taking *t, struct handout_step *s, size_t index)
{
    struct nslab_error e = {0};
    t->lines = &s->run;
    int r = lab_run_do(t->run, index, &e);
    end_line(t);
    if (r == 0) {
        t->lines = &s->solution;
        r = lab_run_solution(t->run, index, &e);
        end_line(t);
    }
    t->lines = NULL;
    lab_run_check(t->run, index, &s->result);
    if (r == 0 || s->result.error)
        return;
    char text[NSLAB_ERROR_TEXT_MAX];
    s->result.error = xstrdup(error_text(&e, text, sizeof text));
    s->result.verdict = verdict_worst(s->result.verdict, e.cause[0] ? VERDICT_UNSUPPORTED : VERDICT_FAIL);
}

static void take_contrast(struct taking *t, struct handout_step *s, size_t index)
{
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    if (!s->step->has_contrast || s->result.verdict != VERDICT_PASS)
        return;
    if (lab_run_contrast(t->run, index, &s->contrast, &e) < 0)
        s->contrast_error = xstrdup(error_text(&e, text, sizeof text));
    buf_truncate(&t->raw, 0);
}

/* --- its picture --- */

/* What a step looks at says what is to be drawn. */
static const struct {
    const char *probe, *picture;
} picture_table[] = {
    {"links", "network"},   {"link", "network"}, {"addresses", "network"}, {"routes", "network"},
    {"sockets", "network"}, {"http", "network"}, {"id_map", "ids"},        {"mounts", "mounts"},
};

static const char *picture_of(const struct step *step)
{
    for (size_t x = 0; x < step->n_expect; x++)
        for (size_t i = 0; i < ARRAY_LEN(picture_table); i++)
            if (!strcmp(step->expect[x].see.probe->name, picture_table[i].probe))
                return picture_table[i].picture;
    return "processes";
}

/* What of a picture is the lab: how many processes the machine has beside it changes all the time. */
static const char *lab_of(const char *picture)
{
    const char *lab_host = strstr(picture, " lab host ");
    return lab_host ? lab_host : picture;
}

static void take_picture(struct taking *t, struct handout_step *s, const char *before)
{
    struct command_context *c = lab_run_context(t->run);
    const char *name = picture_of(s->step);
    cleanup_free char *line = xasprintf("map %s", name);
    struct nslab_error e = {0};
    int status = 0;
    buf_truncate(&t->raw, 0);
    if (!c->host || lab_run_line(t->run, line, &status, &e) < 0 || !t->raw.len)
        return;
    if (!before || strcmp(lab_of(before), lab_of(buf_text(&t->raw))) != 0) {
        s->picture = buf_take(&t->raw);
        s->picture_name = xstrdup(name);
    }
    buf_truncate(&t->raw, 0);
}

/* --- the lab --- */

static const char *last_picture(const struct handout *h, size_t index)
{
    while (index--)
        if (h->steps[index].picture)
            return h->steps[index].picture;
    return NULL;
}

static int take_steps(struct taking *t, struct handout *h, struct nslab_error *e)
{
    for (size_t i = 0; i < h->n; i++) {
        struct handout_step *s = &h->steps[i];
        s->step = &h->lab->steps[i];
        if (interrupt_signal())
            return error_say(e, "interrupted: no handout was written");
        take_texts(t, s);
        run_lines(t, s, i);
        take_picture(t, s, last_picture(h, i));
        take_contrast(t, s, i);
        take_conclusions(t, s);
        h->verdict = verdict_worst(h->verdict, s->result.verdict);
    }
    return 0;
}

static void take_place(struct handout *h)
{
    struct utsname name;
    char date[16] = "";
    time_t now = time(NULL);
    struct tm when;
    if (gmtime_r(&now, &when))
        strftime(date, sizeof date, "%Y-%m-%d", &when);
    h->date = xstrdup(date);
    h->system = uname(&name) == 0 ? xasprintf("%s %s", name.sysname, name.release) : xstrdup("Linux");
}

int handout_make(const struct lab *lab, const struct engine_options *o, struct handout *ret,
                 struct nslab_error *e)
{
    struct taking t = {0};
    const struct sink sink = {.write = take_output, .context = &t};
    struct engine_options options = *o;
    struct image *image = NULL;
    options.sink = &sink;
    options.on_line = begin_line;
    options.context = &t;
    *ret = (struct handout){.lab = lab, .n = lab->n_steps, .verdict = VERDICT_PASS};
    if (image_open("nginx", &image, e) < 0)
        return -1;
    image_free(image);
    if (lab_run_open(lab, &options, &t.run, e) < 0)
        return -1;
    lab_run_context(t.run)->width = PICTURE_WIDTH;
    lab_run_context(t.run)->utf8 = true;
    ret->steps = xcalloc(ret->n, sizeof *ret->steps);
    take_place(ret);
    int r = take_steps(&t, ret, e);
    lab_run_close(t.run);
    buf_free(&t.raw);
    return r;
}

static void lines_free(struct handout_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++) {
        free(lines->items[i].text);
        free(lines->items[i].output);
    }
    free(lines->items);
}

static void step_free(struct handout_step *s)
{
    for (size_t i = 0; s->choices && i < s->step->predict.n; i++) {
        free(s->choices[i].text);
        free(s->choices[i].feedback);
    }
    char *texts[] = {s->title,        s->text,           s->task,    s->ask,         s->explain,
                     s->contrast_say, s->contrast_error, s->picture, s->picture_name};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
    free(s->choices);
    strv_free(&s->hints);
    lines_free(&s->run);
    lines_free(&s->solution);
    step_result_free(&s->result);
    contrast_result_free(&s->contrast);
}

void handout_free(struct handout *h)
{
    for (size_t i = 0; h->steps && i < h->n; i++)
        step_free(&h->steps[i]);
    free(h->steps);
    free(h->date);
    free(h->system);
    *h = (struct handout){0};
}

/* --- what the formats share --- */

const char *handout_verdict_word(enum verdict verdict)
{
    static const char *const words[VERDICT_COUNT] = {"pass", "FAIL", "unsupported"};
    return words[verdict];
}

void handout_add_read(const struct expectation_result *r, struct buf *out)
{
    if (r->how)
        buf_adds(out, r->how);
    if (r->from && !strstr(buf_text(out), r->from))
        buf_addf(out, out->len ? ", from %s" : "from %s", r->from);
}
