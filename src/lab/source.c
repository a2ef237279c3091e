/* SPDX-License-Identifier: MIT */
#include "source.h"
#include "nslab/mem.h"
#include "place.h"

#include <string.h>

#define DEPTH_MAX 16

const struct source_kind source_lab = {SOURCE_SIZE_MAX, "a file holds one lab",
                                       "expected a lab: format, id, title, ..."};

struct mark source_mark(yaml_mark_t mark)
{
    return (struct mark){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* libyaml says "could not determine a simple key" and the like: its words, at its mark. */
static void report_syntax(const yaml_parser_t *parser, struct diagnostics *d)
{
    const char *problem = parser->problem ? parser->problem : "the text can't be read";
    if (parser->error == YAML_READER_ERROR) {
        struct mark mark = place_of_byte(d->text, parser->problem_offset);
        if (parser->problem_value >= 0)
            diagnostics_add(d, mark, "expected UTF-8 text without control characters", NULL, "%s (0x%02x)",
                            problem, (unsigned)parser->problem_value);
        else
            diagnostics_add(d, mark, "expected UTF-8 text without control characters", NULL, "%s", problem);
        return;
    }
    cleanup_buf struct buf context = {0};
    if (parser->context)
        buf_addf(&context, " %s that begins on line %u", parser->context,
                 source_mark(parser->context_mark).line);
    diagnostics_add(d, source_mark(parser->problem_mark),
                    strstr(problem, "mapping values")
                        ? "a text with `: ` in it needs quotes, or a block after `|`"
                        : NULL,
                    NULL, "this is not YAML: %s%s", problem, buf_text(&context));
}

static void check_tabs(struct diagnostics *d)
{
    const char *line;
    size_t n;
    unsigned number = 0;
    for (const char *p = d->text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        number++;
        line = p;
        n = strspn(line, " ");
        if (line[n] == '\t')
            diagnostics_add(d, (struct mark){number, (unsigned)n + 1}, "expected spaces", NULL,
                            "a tab in the indentation");
    }
}

struct strictness {
    const struct source_kind *kind;
    unsigned documents, depth;
    bool stop; /* loading the document would not end well */
};

static void check_tag(const yaml_char_t *tag, yaml_mark_t mark, struct diagnostics *d)
{
    if (tag)
        diagnostics_add(d, source_mark(mark), "values have no types of their own here: leave it out", NULL,
                        "a tag (%s)", (const char *)tag);
}

static void check_anchor(const yaml_char_t *anchor, yaml_mark_t mark, struct diagnostics *d)
{
    if (anchor)
        diagnostics_add(d, source_mark(mark), "write the value where it is used", NULL, "an anchor (&%s)",
                        (const char *)anchor);
}

static void check_event(const yaml_event_t *event, struct strictness *s, struct diagnostics *d)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++s->documents == 2)
            diagnostics_add(d, source_mark(event->start_mark), s->kind->one, NULL, "a second document");
        break;
    case YAML_ALIAS_EVENT:
        diagnostics_add(d, source_mark(event->start_mark), "write the value where it is used", NULL,
                        "an alias (*%s)", (const char *)event->data.alias.anchor);
        s->stop = true;
        break;
    case YAML_SCALAR_EVENT:
        check_anchor(event->data.scalar.anchor, event->start_mark, d);
        check_tag(event->data.scalar.tag, event->start_mark, d);
        break;
    case YAML_SEQUENCE_START_EVENT:
        check_anchor(event->data.sequence_start.anchor, event->start_mark, d);
        check_tag(event->data.sequence_start.tag, event->start_mark, d);
        s->depth++;
        break;
    case YAML_MAPPING_START_EVENT:
        check_anchor(event->data.mapping_start.anchor, event->start_mark, d);
        check_tag(event->data.mapping_start.tag, event->start_mark, d);
        s->depth++;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        s->depth--;
        break;
    default:
        break;
    }
    if (s->depth > DEPTH_MAX) {
        diagnostics_add(d, source_mark(event->start_mark), NULL, NULL,
                        "lists and mappings nest deeper than %d", DEPTH_MAX);
        s->stop = true;
    }
}

/* The events still know what the document forgets: anchors, aliases, whether a tag was written. */
static int check_events(const struct source_kind *kind, size_t n, struct diagnostics *d)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)d->text, n);
    struct strictness s = {.kind = kind};
    for (bool done = false; !done && s.depth <= DEPTH_MAX;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            report_syntax(&parser, d);
            s.stop = true;
            break;
        }
        check_event(&event, &s, d);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return s.stop ? -1 : 0;
}

/* Some editors put U+FEFF in front: YAML allows it, and libyaml only where it may guess the encoding. */
static size_t without_mark(char *text, size_t n)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t length = strlen(mark);
    if (n < length || memcmp(text, mark, length) != 0)
        return n;
    memmove(text, text + length, n - length + 1);
    return n - length;
}

int source_load(const struct source_kind *kind, size_t n, yaml_document_t *document, struct diagnostics *d)
{
    if (n > kind->size_max) {
        diagnostics_add(d, (struct mark){0}, NULL, NULL, "the file is larger than %zu bytes", kind->size_max);
        return -1;
    }
    n = without_mark(d->text, n);
    check_tabs(d);
    if (d->n || check_events(kind, n, d) < 0)
        return -1;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)d->text, n);
    bool loaded = yaml_parser_load(&parser, document);
    if (!loaded)
        report_syntax(&parser, d);
    else if (!yaml_document_get_root_node(document)) {
        diagnostics_add(d, (struct mark){0}, kind->empty, NULL, "the file is empty");
        yaml_document_delete(document);
        loaded = false;
    }
    yaml_parser_delete(&parser);
    return loaded ? 0 : -1;
}
