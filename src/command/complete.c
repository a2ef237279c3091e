/* SPDX-License-Identifier: MIT
 *
 * Completion, from the same table as everything else: what may stand where the cursor is.
 */
#include "complete_paths.h"
#include "foreign.h"
#include "forms.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "verb.h"

#include <string.h>

#define BLANKS " \t\r\n"

/* A line that is still being typed: its words so far, and the one at the cursor. Quotes may be open. */
struct typed {
    struct strv words;
    char *word;   /* at the cursor; may be "" */
    size_t start; /* where it begins in the line */
};

static void typed_free(struct typed *t)
{
    strv_free(&t->words);
    free(t->word);
}

/* Past one word, quotes and backslashes included. */
static size_t word_end(const char *text, size_t at)
{
    char quote = '\0';
    for (; text[at] && (quote || !strchr(BLANKS, text[at])); at++) {
        if (quote ? text[at] == quote : (text[at] == '\'' || text[at] == '"'))
            quote = quote ? '\0' : text[at];
        else if (text[at] == '\\' && text[at + 1] && quote != '\'')
            at++;
    }
    return at;
}

static void typed_split(const char *text, struct typed *ret)
{
    size_t at = foreign_skip_prefix(text);
    for (;;) {
        size_t end = word_end(text, at);
        if (!text[end]) {
            ret->start = at;
            ret->word = xstrdup(text + at);
            return;
        }
        strv_add_taken(&ret->words, xstrndup(text + at, end - at));
        at = end + strspn(text + end, BLANKS);
    }
}

static void keep_matching(const struct strv *all, const char *prefix, struct strv *out)
{
    for (size_t i = 0; i < all->len; i++)
        if (starts_with(all->items[i], prefix) && !strv_contains(out, all->items[i]))
            strv_add(out, all->items[i]);
}

static void complete_options(const struct verb *verb, struct strv *all)
{
    for (size_t i = 0; i < VERB_OPTIONS_MAX && (verb->options[i].letter || verb->options[i].name); i++) {
        if (verb->options[i].name)
            strv_addf(all, "--%s", verb->options[i].name);
        if (verb->options[i].letter)
            strv_addf(all, "-%c", verb->options[i].letter);
    }
}

/* The option whose value is the word after this one; NULL when that word stands for itself. */
static const struct verb_option *awaits_value(const struct verb *verb, const char *word)
{
    const struct verb_option *option = NULL;
    if (word[0] != '-' || !word[1])
        return NULL;
    if (word[1] == '-') {
        option = strchr(word, '=') ? NULL : verb_option_long(verb, word + 2, strlen(word + 2));
        return option && option->arg != ARG_NONE ? option : NULL;
    }
    for (const char *letter = word + 1; *letter; letter++) {
        option = verb_option_short(verb, *letter);
        if (!option)
            return NULL;
        if (option->arg != ARG_NONE)
            return letter[1] ? NULL : option;
    }
    return NULL;
}

/* What the words before the cursor have used up. */
struct position {
    const struct verb_option *option; /* its value is being typed */
    size_t arguments;
    bool options_over;
};

static struct position find_position(const struct verb *verb, const struct strv *words)
{
    struct position p = {0};
    for (size_t i = 1; i < words->len; i++) {
        const char *word = words->items[i];
        if (p.option) {
            p.option = NULL;
        } else if (!p.options_over && !strcmp(word, "--")) {
            p.options_over = true;
        } else if (!p.options_over && word[0] == '-' && word[1]) {
            p.option = awaits_value(verb, word);
        } else {
            p.arguments++;
            p.options_over = p.options_over || verb_has_command(verb);
        }
    }
    return p;
}

/* --pid=ho: the word to complete begins behind the `=`. */
static const struct verb_option *option_before_equals(const struct verb *verb, struct typed *t)
{
    size_t name = strcspn(t->word, "=");
    if (!starts_with(t->word, "--") || !t->word[name])
        return NULL;
    const struct verb_option *option = verb_option_long(verb, t->word + 2, name - 2);
    if (!option)
        return NULL;
    char *rest = xstrdup(t->word + name + 1);
    free(t->word);
    t->word = rest;
    t->start += name + 1;
    return option;
}

/* --- files --- */

static size_t verb_arg_index(const struct verb *verb, enum arg_kind kind)
{
    size_t i = 0;
    while (i < VERB_ARGS_MAX && verb->args[i].name && verb->args[i].kind != kind)
        i++;
    return i;
}

/* Where the files are that an argument names. false: nowhere that could be looked at now. */
static bool place_of_files(const struct command_context *c, const struct typed *t, struct place *ret)
{
    if (!c || !c->host)
        return false;
    *ret = host_place(c->host);
    if (strcmp(t->words.items[0], "exec") != 0)
        return true;
    for (size_t i = 1; i < t->words.len; i++) {
        const struct container *container = container_find(c->host, t->words.items[i]);
        if (container && container->state == CONTAINER_RUNNING) {
            *ret = container_place(container);
            return true;
        }
    }
    return false;
}

/* Each file as it has to be typed. */
static void add_typed(const struct strv *files, const char *raw, struct strv *candidates)
{
    for (size_t i = 0; i < files->len; i++)
        strv_add_taken(candidates, word_continued(raw, files->items[i]));
}

static void complete_file(const struct command_context *c, enum arg_kind kind, bool first_of_command,
                          const struct typed *t, struct strv *candidates)
{
    cleanup_strv struct strv files = {0};
    cleanup_free char *typed = word_typed(t->word);
    bool has_slash = strchr(typed, '/') != NULL;
    struct place where;
    if (kind == ARG_LAB && has_slash) {
        paths_there(&machine_place, typed, &files);
    } else if (kind == ARG_BIND && has_slash && !strchr(typed, ':') && place_of_files(c, t, &where)) {
        paths_there(&where, typed, &files);
    } else if (kind == ARG_COMMAND && t->word[0] != '-' && place_of_files(c, t, &where)) {
        if (!first_of_command || has_slash)
            paths_there(&where, typed, &files);
        else if (*typed)
            programs_there(&where, typed, &files);
    }
    add_typed(&files, t->word, candidates);
}

static void complete_word(const struct command_context *c, const struct verb *verb, struct typed *t,
                          struct strv *all, struct strv *files)
{
    struct position p = find_position(verb, &t->words);
    if (!p.option && !p.options_over && t->word[0] == '-') {
        p.option = option_before_equals(verb, t);
        if (!p.option)
            complete_options(verb, all);
    }
    const struct verb_arg *arg = verb_arg_at(verb, p.arguments);
    if (p.option)
        form_candidates(p.option->arg, c, all);
    else if (arg && t->word[0] != '-')
        form_candidates(arg->kind, c, all);
    if (p.option)
        complete_file(c, p.option->arg, false, t, files);
    else if (arg)
        complete_file(c, arg->kind, p.arguments == verb_arg_index(verb, ARG_COMMAND), t, files);
}

void verb_complete(struct command_context *c, const char *line, size_t cursor, struct strv *candidates,
                   size_t *ret_start)
{
    cleanup_free char *text = xstrndup(line, cursor);
    cleanup_with(typed_free) struct typed typed = {0};
    cleanup_strv struct strv all = {0};
    typed_split(text, &typed);
    if (!typed.words.len) {
        form_candidates(ARG_VERB, c, &all);
    } else {
        const struct verb *verb = verb_find(c ? &c->verbs : &lab_verbs, typed.words.items[0]);
        if (verb)
            complete_word(c, verb, &typed, &all, candidates);
    }
    keep_matching(&all, typed.word, candidates);
    *ret_start = typed.start;
}
