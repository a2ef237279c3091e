/* SPDX-License-Identifier: MIT
 *
 * From a text to a checked line: the verb, its options, its arguments, all by the verb's row in the table.
 */
#include "foreign.h"
#include "forms.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "verb.h"

#include <string.h>

struct parser {
    const char *text;
    const struct words *words;
    size_t at;         /* the next word */
    bool options_over; /* what follows are arguments, whatever they look like */
    struct line *line;
    size_t *offset; /* of the word that is looked at */
    struct nslab_error *e;
};

/* --- the verb --- */

const struct verb *verb_find(const struct verb_set *set, const char *name)
{
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            if (!strcmp(set->tables[t][i].name, name))
                return &set->tables[t][i];
    return NULL;
}

int verb_unknown(const struct verb_set *set, const char *word, struct nslab_error *e)
{
    cleanup_strv struct strv names = {0};
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            strv_add(&names, set->tables[t][i].name);
    const char *nearest = nearest_word(word, (const char *const *)names.items, names.len);
    error_say(e, "unknown verb `%s`", word);
    return nearest ? error_hint(e, "Did you mean `%s`? `help` lists all verbs.", nearest)
                   : error_hint(
                         e, "`help` lists all verbs; for a command use `host CMD...` or `exec NAME CMD...`.");
}

static const char *current(struct parser *p)
{
    *p->offset = p->words->offsets[p->at];
    return p->words->words.items[p->at];
}

static int parse_verb(struct parser *p, const struct verb_set *set)
{
    while (p->at < p->words->words.len) {
        const char *word = current(p);
        p->at++;
        if (!strcmp(word, "docker") || !strcmp(word, "sudo"))
            continue;
        p->line->verb = verb_find(set, word);
        return p->line->verb ? 0 : verb_unknown(set, word, p->e);
    }
    error_say(p->e, "the line has no verb");
    return error_hint(p->e, "`help` lists all verbs.");
}

/* --- options --- */

bool verb_has_command(const struct verb *verb)
{
    for (size_t i = 0; i < VERB_ARGS_MAX && verb->args[i].name; i++)
        if (verb->args[i].kind == ARG_COMMAND)
            return true;
    return false;
}

static size_t option_count(const struct verb *verb)
{
    size_t n = 0;
    while (n < VERB_OPTIONS_MAX && (verb->options[n].letter || verb->options[n].name))
        n++;
    return n;
}

/* Docker's own second names. */
static const char *const option_aliases[][2] = {{"net", "network"}};

const struct verb_option *verb_option_long(const struct verb *verb, const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(option_aliases); i++)
        if (strlen(option_aliases[i][0]) == length && !strncmp(option_aliases[i][0], name, length)) {
            name = option_aliases[i][1];
            length = strlen(name);
        }
    for (size_t i = 0; i < option_count(verb); i++) {
        const char *own = verb->options[i].name;
        if (own && strlen(own) == length && !strncmp(own, name, length))
            return &verb->options[i];
    }
    return NULL;
}

const struct verb_option *verb_option_short(const struct verb *verb, char letter)
{
    for (size_t i = 0; i < option_count(verb); i++)
        if (verb->options[i].letter == letter)
            return &verb->options[i];
    return NULL;
}

static int unknown_option(struct parser *p, const char *option, const char *nearest)
{
    const struct verb *verb = p->line->verb;
    error_say(p->e, "`%s` has no option `%s`", verb->name, option);
    if (nearest)
        return error_hint(p->e, "Did you mean `--%s`?", nearest);
    error_hint(p->e, "`help %s` shows what it takes.", verb->name);
    if (strcmp(option, "--help") != 0)
        foreign_namesake(verb, p->text, p->e);
    return -1;
}

static int unknown_long(struct parser *p, const char *name, size_t length)
{
    const struct verb *verb = p->line->verb;
    const char *names[VERB_OPTIONS_MAX];
    size_t n = 0;
    cleanup_free char *plain = xstrndup(name, length);
    cleanup_free char *shown = xasprintf("--%s", plain);
    for (size_t i = 0; i < option_count(verb); i++)
        if (verb->options[i].name)
            names[n++] = verb->options[i].name;
    return unknown_option(p, shown, nearest_word(plain, names, n));
}

static int add_value(struct parser *p, const struct verb_option *option, const char *value)
{
    struct strv *values = &p->line->values[option - p->line->verb->options];
    if (form_check(option->arg, value, p->e) < 0)
        return -1;
    strv_add(values, value);
    return 0;
}

/* A flag, or one that is written --flag=true; =false takes it back, as in Docker. */
static int add_flag(struct parser *p, const struct verb_option *option, const char *value)
{
    if (!value || !strcmp(value, "true"))
        return add_value(p, option, "");
    if (!strcmp(value, "false")) {
        strv_free(&p->line->values[option - p->line->verb->options]);
        return 0;
    }
    error_say(p->e, "`--%s` takes no value", option->name);
    return error_hint(p->e, "Leave `=%s` away.", value);
}

static int value_from_next_word(struct parser *p, const struct verb_option *option, const char *written)
{
    if (p->at >= p->words->words.len) {
        error_say(p->e, "`%s` needs a value", written);
        return error_hint(p->e, "The form is %s %s.", written, option->placeholder);
    }
    const char *value = current(p);
    p->at++;
    return add_value(p, option, value);
}

static int parse_long(struct parser *p, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    const struct verb_option *option = verb_option_long(p->line->verb, name, length);
    if (!option)
        return unknown_long(p, name, length);
    if (option->arg == ARG_NONE)
        return add_flag(p, option, value);
    return value ? add_value(p, option, value) : value_from_next_word(p, option, word);
}

/* -d, -it, -p8080:80, -p=8080:80, -p 8080:80 */
static int parse_short(struct parser *p, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct verb_option *option = verb_option_short(p->line->verb, *letter);
        if (!option)
            return unknown_option(p, (const char[]){'-', *letter, '\0'}, NULL);
        if (option->arg == ARG_NONE) {
            if (add_flag(p, option, NULL) < 0)
                return -1;
            continue;
        }
        const char *rest = letter + 1 + (letter[1] == '=');
        return *rest ? add_value(p, option, rest)
                     : value_from_next_word(p, option, (const char[]){'-', *letter, '\0'});
    }
    return 0;
}

/* --- arguments --- */

const struct verb_arg *verb_arg_at(const struct verb *verb, size_t index)
{
    for (size_t i = 0; i < VERB_ARGS_MAX && verb->args[i].name; i++)
        if (i == index || verb->args[i].rest)
            return &verb->args[i];
    return NULL;
}

static int too_many(struct parser *p, const char *word)
{
    const struct verb *verb = p->line->verb;
    cleanup_buf struct buf usage = {0};
    verb_usage(verb, &usage);
    error_say(p->e, "`%s` is one word too many for `%s`", word, verb->name);
    error_hint(p->e, "Usage: %s", buf_text(&usage));
    foreign_namesake(verb, p->text, p->e);
    return -1;
}

static int parse_argument(struct parser *p, const char *word)
{
    struct line *line = p->line;
    const struct verb_arg *arg = verb_arg_at(line->verb, line->args.len);
    if (!arg)
        return too_many(p, word);
    if (form_check(arg->kind, word, p->e) < 0)
        return -1;
    strv_add(&line->args, word);
    /* Behind the image or the container's name all words belong to the command: `exec web ls -l`. */
    if (verb_has_command(line->verb))
        p->options_over = true;
    return 0;
}

static int parse_word(struct parser *p)
{
    const char *word = current(p);
    p->at++;
    if (p->options_over || word[0] != '-' || !word[1])
        return parse_argument(p, word);
    if (!strcmp(word, "--")) {
        p->options_over = true;
        return 0;
    }
    return word[1] == '-' ? parse_long(p, word) : parse_short(p, word);
}

static int check_arity(struct parser *p)
{
    const struct verb *verb = p->line->verb;
    for (size_t i = 0; i < VERB_ARGS_MAX && verb->args[i].name; i++) {
        if (verb->args[i].optional || i < p->line->args.len)
            continue;
        cleanup_buf struct buf usage = {0};
        verb_usage(verb, &usage);
        *p->offset = strlen(p->text);
        error_say(p->e, "`%s` needs %s", verb->name, verb->args[i].name);
        return error_hint(p->e, "Usage: %s", buf_text(&usage));
    }
    return 0;
}

static int parse_words(struct parser *p, const struct verb_set *set)
{
    if (parse_verb(p, set) < 0)
        return -1;
    while (p->at < p->words->words.len)
        if (parse_word(p) < 0)
            return -1;
    return check_arity(p);
}

int line_parse(const struct verb_set *set, const char *text, struct line *ret, size_t *ret_offset,
               struct nslab_error *e)
{
    size_t ignored = 0;
    cleanup_with(words_free) struct words words = {0};
    *ret = (struct line){0};
    if (!ret_offset)
        ret_offset = &ignored;
    *ret_offset = 0;
    /* Before the words are split: a line from a shell may hold what only a shell can split. */
    if (foreign_answer(set, text, ret_offset, e) < 0 || words_split(text, &words, ret_offset, e) < 0)
        return -1;
    struct parser p = {.text = text, .words = &words, .line = ret, .offset = ret_offset, .e = e};
    if (parse_words(&p, set) < 0) {
        line_free(ret);
        return -1;
    }
    ret->interactive_terminal = line_has(ret, "tty");
    return 0;
}

void line_free(struct line *line)
{
    for (size_t i = 0; i < VERB_OPTIONS_MAX; i++)
        strv_free(&line->values[i]);
    strv_free(&line->args);
    *line = (struct line){0};
}
