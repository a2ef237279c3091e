/* SPDX-License-Identifier: MIT
 *
 * A workbook as YAML, always in the same way: keys in one order, what isn't there left out.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "nslab/workbook.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define HEAD "# What you did in the labs of nslab. nslab writes this file anew after every change.\n"

/* All there is to go wrong is memory, and that ends the program. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    if (!made || !yaml_emitter_emit(emitter, event))
        abort();
}

static yaml_char_t *bytes(const char *s)
{
    return (yaml_char_t *)(uintptr_t)s;
}

static void scalar(yaml_emitter_t *emitter, const char *value, yaml_scalar_style_t style)
{
    cleanup_buf struct buf harmless = {0};
    yaml_event_t event;
    if (!yaml_scalar_event_initialize(&event, NULL, NULL, bytes(value), (int)strlen(value), 1, 1, style)) {
        add_harmless(&harmless, value, strlen(value)); /* it wasn't UTF-8 */
        value = buf_text(&harmless);
        if (!yaml_scalar_event_initialize(&event, NULL, NULL, bytes(value), (int)harmless.len, 1, 1, style))
            abort();
    }
    emit(emitter, &event, 1);
}

static void key(yaml_emitter_t *emitter, const char *name)
{
    scalar(emitter, name, YAML_PLAIN_SCALAR_STYLE);
}

/* A word of ours: an id, a state, a time. An id may be `null`. */
static void word(yaml_emitter_t *emitter, const char *name, const char *value)
{
    if (!value)
        return;
    key(emitter, name);
    scalar(emitter, value, strcmp(value, "null") ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

/* Anything: quoted, so that no reader takes it for a number or for nothing. */
static void text(yaml_emitter_t *emitter, const char *name, const char *value)
{
    if (!value)
        return;
    key(emitter, name);
    scalar(emitter, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static void number(yaml_emitter_t *emitter, const char *name, int value)
{
    char digits[16];
    if (!value)
        return;
    snprintf(digits, sizeof digits, "%d", value);
    word(emitter, name, digits);
}

static void begin_list(yaml_emitter_t *emitter, const char *name)
{
    yaml_event_t event;
    key(emitter, name);
    emit(emitter, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
}

static void end_list(yaml_emitter_t *emitter)
{
    yaml_event_t event;
    emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static void begin_mapping(yaml_emitter_t *emitter, yaml_mapping_style_t style)
{
    yaml_event_t event;
    emit(emitter, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void end_mapping(yaml_emitter_t *emitter)
{
    yaml_event_t event;
    emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

/* --- the model --- */

/* Most lines read best without quotes: those of which no reader can take anything for YAML. */
static bool is_plain_line(const char *line)
{
    static const char always[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char within[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _./=,@%+-";
    size_t n = strlen(line);
    return n > 1 && n < 200 && strspn(line, always) > 0 && strspn(line, within) == n && line[n - 1] != ' ' &&
           strcmp(line, "null") != 0;
}

static void write_lines(yaml_emitter_t *emitter, const char *name, const struct strv *lines)
{
    if (!lines->len)
        return;
    begin_list(emitter, name);
    for (size_t i = 0; i < lines->len; i++)
        scalar(emitter, lines->items[i],
               is_plain_line(lines->items[i]) ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    end_list(emitter);
}

static void write_evidence(yaml_emitter_t *emitter, const struct work_step *s)
{
    if (!s->n_evidence)
        return;
    begin_list(emitter, "evidence");
    for (size_t i = 0; i < s->n_evidence; i++) {
        begin_mapping(emitter, YAML_BLOCK_MAPPING_STYLE);
        word(emitter, "id", s->evidence[i].id);
        word(emitter, "verdict", verdict_names[s->evidence[i].verdict]);
        text(emitter, "observed", s->evidence[i].observed);
        text(emitter, "from", s->evidence[i].from);
        text(emitter, "how", s->evidence[i].how);
        end_mapping(emitter);
    }
    end_list(emitter);
}

static void write_step(yaml_emitter_t *emitter, const struct work_step *s)
{
    begin_mapping(emitter, YAML_BLOCK_MAPPING_STYLE);
    word(emitter, "id", s->id);
    word(emitter, "state", work_state_names[s->state]);
    word(emitter, "prediction", s->prediction);
    word(emitter, "fresh", s->fresh ? "true" : NULL);
    word(emitter, "elsewhere", s->elsewhere ? "true" : NULL);
    write_lines(emitter, "lines", &s->lines);
    write_lines(emitter, "after", &s->after);
    number(emitter, "hints", s->hints);
    write_evidence(emitter, s);
    word(emitter, "begun", s->begun);
    word(emitter, "ended", s->ended);
    number(emitter, "seconds", s->seconds);
    end_mapping(emitter);
}

static void write_vars(yaml_emitter_t *emitter, const struct strv *vars)
{
    if (!vars->len)
        return;
    key(emitter, "vars");
    begin_mapping(emitter, YAML_BLOCK_MAPPING_STYLE);
    for (size_t i = 0; i < vars->len; i++) {
        size_t n = strcspn(vars->items[i], "=");
        cleanup_free char *name = xstrndup(vars->items[i], n);
        text(emitter, name, vars->items[i][n] ? vars->items[i] + n + 1 : "");
    }
    end_mapping(emitter);
}

static void write_lab(yaml_emitter_t *emitter, const struct work_lab *work)
{
    begin_mapping(emitter, YAML_BLOCK_MAPPING_STYLE);
    word(emitter, "id", work->id);
    word(emitter, "digest", work->digest);
    text(emitter, "file", work->file);
    word(emitter, "at", work->at);
    write_vars(emitter, &work->vars);
    if (work->n)
        begin_list(emitter, "steps");
    for (size_t i = 0; i < work->n; i++)
        write_step(emitter, &work->steps[i]);
    if (work->n)
        end_list(emitter);
    end_mapping(emitter);
}

static void write_document(yaml_emitter_t *emitter, const struct workbook *w)
{
    yaml_event_t event;
    emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    begin_mapping(emitter, YAML_BLOCK_MAPPING_STYLE);
    word(emitter, "format", WORKBOOK_FORMAT);
    text(emitter, "learner", w->learner);
    word(emitter, "at", w->at);
    if (w->n)
        begin_list(emitter, "labs");
    for (size_t i = 0; i < w->n; i++)
        write_lab(emitter, &w->labs[i]);
    if (w->n)
        end_list(emitter);
    end_mapping(emitter);
    emit(emitter, &event, yaml_document_end_event_initialize(&event, 1));
    emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

static int take_bytes(void *out, unsigned char *from, size_t n)
{
    buf_add(out, from, n);
    return 1;
}

void workbook_write(const struct workbook *w, struct buf *out)
{
    yaml_emitter_t emitter;
    buf_adds(out, HEAD);
    if (!yaml_emitter_initialize(&emitter))
        abort();
    yaml_emitter_set_output(&emitter, take_bytes, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    write_document(&emitter, w);
    yaml_emitter_delete(&emitter);
}
