/* SPDX-License-Identifier: MIT
 *
 * Help, made from the table: the list of verbs, a verb's usage, options, remarks and example.
 */
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "verb.h"
#include "verbs.h"

#include <string.h>

#define OPTION_COLUMN_MAX 34 /* an option's help begins here at the latest */
#define OPTION_COLUMN_NARROW 8
#define EXAMPLE_WIDTH 10000 /* an example is to be copied: it is not broken */
#define USAGE_OPTIONS 4     /* a verb with more options shows [OPTIONS] */

static size_t count_options(const struct verb *verb)
{
    size_t n = 0;
    while (n < VERB_OPTIONS_MAX && (verb->options[n].letter || verb->options[n].name))
        n++;
    return n;
}

static void usage_option(const struct verb_option *option, struct buf *out)
{
    if (option->letter)
        buf_addf(out, " [-%c", option->letter);
    else
        buf_addf(out, " [--%s", option->name);
    if (option->arg != ARG_NONE)
        buf_addf(out, " %s", option->placeholder);
    buf_addc(out, ']');
}

void verb_usage(const struct verb *verb, struct buf *out)
{
    size_t n = count_options(verb);
    buf_adds(out, verb->name);
    if (verb->synopsis) {
        buf_addf(out, " %s", verb->synopsis);
        return;
    }
    if (n > USAGE_OPTIONS)
        buf_adds(out, " [OPTIONS]");
    for (size_t i = 0; n <= USAGE_OPTIONS && i < n; i++)
        usage_option(&verb->options[i], out);
    for (size_t i = 0; i < VERB_ARGS_MAX && verb->args[i].name; i++) {
        const struct verb_arg *arg = &verb->args[i];
        buf_addf(out, " %s%s%s%s", arg->optional ? "[" : "", arg->name, arg->rest ? "..." : "",
                 arg->optional ? "]" : "");
    }
}

static void add_option_forms(const struct verb_option *option, struct buf *out)
{
    if (option->letter && option->name)
        buf_addf(out, "  -%c, --%s", option->letter, option->name);
    else if (option->name)
        buf_addf(out, "      --%s", option->name);
    else
        buf_addf(out, "  -%c", option->letter);
    if (option->arg != ARG_NONE)
        buf_addf(out, " %s", option->placeholder);
}

/* Options stand beside their help where there is room for both. */
static size_t option_column(const struct verb *verb, unsigned width)
{
    if (width < 2 * OPTION_COLUMN_MAX)
        return OPTION_COLUMN_NARROW;
    size_t column = 0;
    for (size_t i = 0; i < count_options(verb); i++) {
        cleanup_buf struct buf forms = {0};
        add_option_forms(&verb->options[i], &forms);
        if (forms.len + 2 > column)
            column = forms.len + 2;
    }
    return column < OPTION_COLUMN_MAX ? column : OPTION_COLUMN_MAX;
}

/* From `column` on, further lines from `indent` on. */
static void wrap(const char *text, size_t column, size_t indent, unsigned width, struct buf *out)
{
    cleanup_free char *blanks = xasprintf("%*s", (int)indent, "");
    layout_plain(text, &(struct plain_layout){.width = width, .column = (unsigned)column, .indent = blanks},
                 out);
}

static void help_option(const struct verb_option *option, size_t column, unsigned width, struct buf *out)
{
    cleanup_buf struct buf forms = {0};
    add_option_forms(option, &forms);
    if (forms.len + 2 > column)
        buf_addf(out, "%s\n%*s", buf_text(&forms), (int)column, "");
    else
        buf_addf(out, "%-*s", (int)column, buf_text(&forms));
    wrap(option->help, column, column, width, out);
    buf_addc(out, '\n');
}

void verb_help(const struct verb *verb, unsigned width, struct buf *out)
{
    cleanup_buf struct buf usage = {0};
    buf_addf(out, "%s: ", verb->name);
    wrap(verb->help, strlen(verb->name) + 2, 2, width, out);
    verb_usage(verb, &usage);
    buf_adds(out, "\n\nUsage: ");
    wrap(buf_text(&usage), strlen("Usage: "), strlen("Usage: "), width, out);
    buf_addc(out, '\n');
    if (count_options(verb))
        buf_adds(out, "\nOptions:\n");
    for (size_t i = 0; i < count_options(verb); i++)
        help_option(&verb->options[i], option_column(verb, width), width, out);
    if (verb->more) {
        buf_addc(out, '\n');
        wrap(verb->more, 0, 0, width, out);
        buf_addc(out, '\n');
    }
    if (verb->example) {
        buf_adds(out, "\nExample:\n  ");
        wrap(verb->example, 2, 2, EXAMPLE_WIDTH, out);
        buf_addc(out, '\n');
    }
}

static size_t longest_name(const struct verb_set *set)
{
    size_t longest = 0;
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            if (strlen(set->tables[t][i].name) > longest)
                longest = strlen(set->tables[t][i].name);
    return longest;
}

void verbs_help(const struct verb_set *set, unsigned width, struct buf *out)
{
    size_t column = 2 + longest_name(set) + 2;
    for (size_t t = 0; t < set->n; t++) {
        if (t)
            buf_addc(out, '\n');
        for (size_t i = 0; i < set->counts[t]; i++) {
            const struct verb *verb = &set->tables[t][i];
            buf_addf(out, "  %-*s", (int)column - 2, verb->name);
            wrap(verb->help, column, column, width, out);
            buf_addc(out, '\n');
        }
    }
    buf_adds(out, "\n`help VERB` shows its options and an example.\n");
}

int verb_run_help(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    unsigned width = c->width ? c->width : COMMAND_WIDTH_DEFAULT;
    if (!line->args.len) {
        verbs_help(&c->verbs, width, &text);
    } else {
        const struct verb *verb = verb_find(&c->verbs, line->args.items[0]);
        if (!verb) {
            *status = STATUS_USAGE;
            return verb_unknown(&c->verbs, line->args.items[0], e);
        }
        verb_help(verb, width, &text);
    }
    sink_text(c->sink, "%s", buf_text(&text));
    return 0;
}
