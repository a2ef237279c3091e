/* SPDX-License-Identifier: MIT
 *
 * The tables check themselves: what a row must have for parsing, help and completion to be right.
 */
#include "nslab/mem.h"
#include "table.h"
#include "verb.h"

#include <ctype.h>
#include <string.h>

static int check_option(const struct verb *verb, size_t index, struct nslab_error *e)
{
    const struct verb_option *option = &verb->options[index];
    const char *name = option->name ? option->name : "-";
    if (!option->help || !*option->help)
        return error_say(e, "verb %s, option %s: no help", verb->name, name);
    if ((option->arg != ARG_NONE) != (option->placeholder != NULL))
        return error_say(e, "verb %s, option %s: a placeholder belongs to a value", verb->name, name);
    if (option->arg == ARG_NONE && option->repeats)
        return error_say(e, "verb %s, option %s: a flag repeats", verb->name, name);
    for (size_t i = 0; i < index; i++) {
        const struct verb_option *other = &verb->options[i];
        if (option->letter && option->letter == other->letter)
            return error_say(e, "verb %s: two options -%c", verb->name, option->letter);
        if (option->name && other->name && !strcmp(option->name, other->name))
            return error_say(e, "verb %s: two options --%s", verb->name, option->name);
    }
    return 0;
}

static int check_args(const struct verb *verb, struct nslab_error *e)
{
    bool optional = false, rest = false;
    for (size_t i = 0; i < VERB_ARGS_MAX && verb->args[i].name; i++) {
        const struct verb_arg *arg = &verb->args[i];
        if (rest)
            return error_say(e, "verb %s: %s follows one that takes the rest", verb->name, arg->name);
        if (optional && !arg->optional)
            return error_say(e, "verb %s: %s is required behind an optional one", verb->name, arg->name);
        if (arg->kind == ARG_NONE)
            return error_say(e, "verb %s: %s has no kind", verb->name, arg->name);
        if (arg->kind == ARG_COMMAND && !arg->rest)
            return error_say(e, "verb %s: a command takes the rest", verb->name);
        optional = arg->optional;
        rest = arg->rest;
    }
    return 0;
}

/* An example is parsed as a learner would type it. */
static int check_example(const struct verb_set *set, const struct verb *verb, struct nslab_error *e)
{
    cleanup_strv struct strv lines = {0};
    if (!verb->example)
        return error_say(e, "verb %s: no example", verb->name);
    strv_split_lines(&lines, verb->example);
    for (size_t i = 0; i < lines.len; i++) {
        cleanup_with(line_free) struct line line = {0};
        struct nslab_error parse = {0};
        char text[NSLAB_ERROR_TEXT_MAX];
        if (line_parse(set, lines.items[i], &line, NULL, &parse) < 0)
            return error_say(e, "verb %s, example `%s`: %s", verb->name, lines.items[i],
                             error_text(&parse, text, sizeof text));
        if (line.verb != verb)
            return error_say(e, "verb %s: its example is one of %s", verb->name, line.verb->name);
    }
    return 0;
}

static int check_verb(const struct verb_set *set, const struct verb *verb, struct nslab_error *e)
{
    if (!verb->name || !*verb->name)
        return error_say(e, "a verb has no name");
    for (const char *p = verb->name; *p; p++)
        if (!islower((unsigned char)*p))
            return error_say(e, "verb %s: names are lower case letters", verb->name);
    if (!verb->help || !*verb->help)
        return error_say(e, "verb %s: no help", verb->name);
    if (!verb->run)
        return error_say(e, "verb %s does nothing", verb->name);
    if (verb_find(set, verb->name) != verb)
        return error_say(e, "two verbs %s", verb->name);
    for (size_t i = 0; i < VERB_OPTIONS_MAX && (verb->options[i].letter || verb->options[i].name); i++)
        if (check_option(verb, i, e) < 0)
            return -1;
    return check_args(verb, e) < 0 ? -1 : check_example(set, verb, e);
}

int verbs_self_check(const struct verb_set *set, struct nslab_error *e)
{
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            if (check_verb(set, &set->tables[t][i], e) < 0)
                return -1;
    return 0;
}
