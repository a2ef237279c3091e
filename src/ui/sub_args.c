/* SPDX-License-Identifier: MIT
 *
 * The words behind a subcommand's name: options as GNU programs take them, then words.
 */
#include "nslab/mem.h"
#include "nslab/subcommand.h"
#include "nslab/text.h"

#include <string.h>

static const struct sub_option help_option = {'h', "help", NULL, ""};
#define HELP_INDEX SUB_OPTIONS_MAX

static size_t option_count(const struct subcommand *sub)
{
    size_t n = 0;
    while (n < SUB_OPTIONS_MAX && sub->options[n].name)
        n++;
    return n;
}

static const char *label(const struct subcommand *sub)
{
    return sub->name[0] ? sub->name : "nslab";
}

static int unknown_option(const struct subcommand *sub, const char *word, size_t length,
                          struct nslab_error *e)
{
    const char *names[SUB_OPTIONS_MAX + 1] = {help_option.name};
    size_t n = 1;
    for (size_t i = 0; i < option_count(sub); i++)
        names[n++] = sub->options[i].name;
    cleanup_free char *name = xstrndup(word, length);
    const char *nearest = starts_with(name, "--") ? nearest_word(name + 2, names, n) : NULL;
    error_say(e, "%s has no option `%s`", label(sub), name);
    if (nearest)
        return error_hint(e, "Did you mean --%s?", nearest);
    return error_hint(
        e, sub->name[0] ? "`nslab help %s` lists its options." : "`nslab --help` lists the options.",
        sub->name);
}

/* Which option a word names: an index into sub->options, HELP_INDEX, or -1. *value: what stands in the same
 * word. */
static int find_option(const struct subcommand *sub, const char *word, const char **value)
{
    bool is_long = starts_with(word, "--");
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    size_t n = option_count(sub);
    *value = NULL;
    for (size_t i = 0; i <= n; i++) {
        const struct sub_option *option = i < n ? &sub->options[i] : &help_option;
        bool same = is_long ? strlen(option->name) == length && !strncmp(word + 2, option->name, length)
                            : option->letter && word[1] == option->letter;
        if (!same)
            continue;
        const char *rest = word + (is_long ? 2 : 1) + length;
        if (*rest)
            *value = is_long ? rest + 1 : rest;
        return i < n ? (int)i : HELP_INDEX;
    }
    return -1;
}

/* Takes the option at argv[*at] with its value, and moves *at to the last word that it used. */
static int take_option(const struct subcommand *sub, size_t argc, char *const *argv, size_t *at,
                       struct sub_args *ret, struct nslab_error *e)
{
    const char *word = argv[*at], *value;
    int index = find_option(sub, word, &value);
    if (index < 0)
        return unknown_option(sub, word, strcspn(word, "="), e);
    const struct sub_option *option = index == HELP_INDEX ? &help_option : &sub->options[index];
    if (!option->placeholder) {
        if (value)
            return error_say(e, "%s: the option `%s` takes no value", label(sub), option->name);
        if (index == HELP_INDEX)
            ret->help = true;
        else
            strv_add(&ret->values[index], "");
        return 0;
    }
    if (!value && *at + 1 >= argc)
        return error_say(e, "%s: the option `%s` needs a value, %s", label(sub), word, option->placeholder);
    strv_add(&ret->values[index], value ? value : argv[++*at]);
    return 0;
}

static int check_words(const struct sub_args *args, struct nslab_error *e)
{
    const struct subcommand *sub = args->sub;
    if (args->words.len > sub->words_max)
        error_say(e, "%s: `%s` is one word too many", label(sub), args->words.items[sub->words_max]);
    else if (args->words.len < sub->words_min)
        error_say(e, "%s: something is missing", label(sub));
    else
        return 0;
    return error_hint(e, "Usage: nslab%s%s%s%s", sub->name[0] ? " " : "", sub->name,
                      sub->synopsis[0] ? " " : "", sub->synopsis);
}

int sub_args_parse(const struct subcommand *sub, size_t argc, char *const *argv, struct sub_args *ret,
                   struct nslab_error *e)
{
    bool options_over = false;
    *ret = (struct sub_args){.sub = sub};
    for (size_t i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (options_over || word[0] != '-' || !word[1]) {
            strv_add(&ret->words, word);
            options_over |= sub->ends_in_command;
        } else if (!strcmp(word, "--"))
            options_over = true;
        else if (take_option(sub, argc, argv, &i, ret, e) < 0)
            return -1;
    }
    return ret->help ? 0 : check_words(ret, e);
}

void sub_args_free(struct sub_args *args)
{
    for (size_t i = 0; i < SUB_OPTIONS_MAX; i++)
        strv_free(&args->values[i]);
    strv_free(&args->words);
}

const struct strv *sub_values(const struct sub_args *args, const char *option)
{
    static const struct strv none;
    for (size_t i = 0; i < option_count(args->sub); i++)
        if (!strcmp(args->sub->options[i].name, option))
            return &args->values[i];
    return &none;
}

bool sub_has(const struct sub_args *args, const char *option)
{
    return sub_values(args, option)->len > 0;
}

const char *sub_value(const struct sub_args *args, const char *option)
{
    const struct strv *values = sub_values(args, option);
    return values->len ? values->items[values->len - 1] : NULL;
}
