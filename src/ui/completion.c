/* SPDX-License-Identifier: MIT */
#include "completion.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/report.h"
#include "nslab/shell.h"
#include "nslab/subcommand.h"
#include "nslab/text.h"
#include "shell_private.h"

#include <ctype.h>
#include <string.h>

void completion_free(struct completion *c)
{
    strv_free(&c->words);
    strv_free(&c->helps);
}

/* Where the cursor is. */
struct asked {
    const struct subcommand *sub;
    const struct sub_option *option; /* whose value is being typed; NULL: a word, or an option */
    size_t position;                 /* of a word */
    bool options_over;
    const char *before; /* what stands in the same word before what is completed: "--format=" */
    size_t before_length;
    const char *typed; /* what is completed */
};

static void add(const struct asked *asked, const char *word, const char *help, struct completion *ret)
{
    if (!starts_with(word, asked->typed))
        return;
    char *whole = xasprintf("%.*s%s", (int)asked->before_length, asked->before, word);
    if (strv_contains(&ret->words, whole)) {
        free(whole);
        return;
    }
    strv_add_taken(&ret->words, whole);
    strv_add(&ret->helps, help);
}

/* --- what completes a placeholder --- */

static void add_labs(const struct asked *asked, struct completion *ret)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error ignored = {0};
    labs_list(&paths, &ignored);
    for (size_t i = 0; i < paths.len; i++) {
        cleanup_free char *id = lab_id_of_path(paths.items[i]);
        add(asked, id, "a lab of the course", ret);
    }
}

static void add_files(const struct asked *asked, struct completion *ret)
{
    (void)asked;
    ret->files = true;
}

/* Subcommands differ in the formats that they have: those that the option's help names. */
static void add_formats(const struct asked *asked, struct completion *ret)
{
    for (size_t i = 0; i < report_count; i++)
        if (!asked->option || strstr(asked->option->help, report_table[i].name))
            add(asked, report_table[i].name, report_table[i].help, ret);
}

static void add_format_and_file(const struct asked *asked, struct completion *ret)
{
    ret->files = ret->open = strchr(asked->typed, '=') != NULL;
    for (size_t i = 0; !ret->files && i < report_count; i++) {
        cleanup_free char *word = xasprintf("%s=", report_table[i].name);
        add(asked, word, report_table[i].help, ret);
    }
    ret->open = true;
}

static void add_verb_names(const struct asked *asked, const struct verb_set *set, struct completion *ret)
{
    for (size_t t = 0; t < set->n; t++)
        for (size_t i = 0; i < set->counts[t]; i++)
            add(asked, set->tables[t][i].name, set->tables[t][i].help, ret);
}

static void add_verbs(const struct asked *asked, struct completion *ret)
{
    struct shell_verbs verbs;
    shell_verbs_init(&verbs);
    add_verb_names(asked, &verbs.all, ret);
}

/* A line of the shell: nothing runs yet, so there are no containers to be named. */
static void add_line(const struct asked *asked, struct completion *ret)
{
    struct shell_verbs verbs;
    struct command_context context = {0};
    cleanup_strv struct strv found = {0};
    size_t start = 0;
    shell_verbs_init(&verbs);
    context.verbs = verbs.all;
    verb_complete(&context, asked->typed, strlen(asked->typed), &found, &start);
    for (size_t i = 0; i < found.len; i++) {
        cleanup_free char *line = xasprintf("%.*s%s", (int)start, asked->typed, found.items[i]);
        const struct verb *verb = start ? NULL : verb_find(&verbs.all, found.items[i]);
        add(asked, line, verb ? verb->help : "", ret);
    }
    if (starts_with(asked->typed, "start ")) {
        struct asked rest = *asked;
        rest.before = asked->typed;
        rest.before_length = strlen("start ");
        rest.typed += rest.before_length;
        add_labs(&rest, ret);
    }
    ret->open = true;
}

static void add_subcommands(const struct asked *asked, struct completion *ret)
{
    for (size_t i = 0; i < subcommand_count; i++)
        if (subcommand_table[i].name[0] && !subcommand_table[i].hidden)
            add(asked, subcommand_table[i].name, subcommand_table[i].help, ret);
}

static void add_images(const struct asked *asked, struct completion *ret)
{
    cleanup_strv struct strv names = {0};
    struct nslab_error ignored = {0};
    add(asked, "nginx", "the image of the course", ret);
    image_list(&names, &ignored);
    for (size_t i = 0; i < names.len; i++)
        add(asked, names.items[i], "an image", ret);
}

static void add_shells(const struct asked *asked, struct completion *ret)
{
    for (size_t i = 0; completion_shells[i]; i++)
        add(asked, completion_shells[i], "", ret);
}

/* What the tables call a value. NULL: it is the user's to choose. */
static const struct {
    const char *placeholder;
    void (*add)(const struct asked *asked, struct completion *ret);
} forms[] = {
    {"LAB", add_labs},
    {"FILE", add_files},
    {"DIR", add_files},
    {"FORMAT", add_formats},
    {"FORMAT=FILE", add_format_and_file},
    {"LINE", add_line},
    {"SUBCOMMAND", add_subcommands},
    {"VERB", add_verbs},
    {"IMAGE", add_images},
    {"SHELL", add_shells},
    {"N", NULL},
    {"NAME", NULL},
    {"STEP", NULL},
    {"ID", NULL},
    {"USER", NULL},
    {"CMD", NULL},
    {"I/N", NULL},
};

/* One of `LAB|FILE`, `build|path|rm`; what isn't in capitals stands for itself. false: nobody knows it. */
static bool add_form(const struct asked *asked, const char *form, struct completion *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (!strcmp(forms[i].placeholder, form)) {
            if (forms[i].add && ret)
                forms[i].add(asked, ret);
            return true;
        }
    if (!islower((unsigned char)form[0]))
        return false;
    if (ret)
        add(asked, form, "", ret);
    return true;
}

static bool add_forms(const struct asked *asked, const char *placeholder, struct completion *ret)
{
    cleanup_free char *copy = xstrdup(placeholder);
    char *rest = copy;
    bool known = true;
    for (char *form; (form = strsep(&rest, "|[]."));)
        if (*form)
            known = add_form(asked, form, ret) && known;
    return known;
}

bool completion_knows(const char *placeholder)
{
    return add_forms(NULL, placeholder, NULL);
}

/* --- words and options --- */

/* Past an option of a synopsis, `[--jobs N]`; *rest: behind this word. false: it is none. */
static bool skip_option(const char *word, char **rest)
{
    if (word[0] == '[' && word[1] == '-')
        while (!strchr(word, ']') && *rest)
            word = strsep(rest, " ");
    else if (word[0] != '-')
        return false;
    return true;
}

/* The words of a synopsis: `build|path|rm NAME | list` has two lines. A word with dots may be repeated. */
static void add_position(const struct asked *asked, struct completion *ret)
{
    cleanup_free char *copy = xstrdup(asked->sub->synopsis);
    char *rest = copy;
    size_t at = 0;
    for (char *word; (word = strsep(&rest, " "));) {
        if (skip_option(word, &rest))
            continue;
        if (!strcmp(word, "|")) {
            at = 0;
            continue;
        }
        if (at == asked->position || (at < asked->position && strstr(word, "...")))
            add_forms(asked, word, ret);
        at++;
    }
}

static void add_options(const struct asked *asked, struct completion *ret)
{
    for (size_t i = 0; i < SUB_OPTIONS_MAX && asked->sub->options[i].name; i++) {
        cleanup_free char *word = xasprintf("--%s", asked->sub->options[i].name);
        add(asked, word, asked->sub->options[i].help, ret);
    }
    add(asked, "--help", "Say more of this.", ret);
}

/* The option that a word names, and in *value what stands for it in the same word. */
static const struct sub_option *option_of(const struct subcommand *sub, const char *word, const char **value)
{
    bool is_long = starts_with(word, "--");
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    *value = NULL;
    for (size_t i = 0; i < SUB_OPTIONS_MAX && sub->options[i].name; i++) {
        const struct sub_option *option = &sub->options[i];
        const char *rest = word + (is_long ? 2 : 1) + length;
        bool same = is_long ? strlen(option->name) == length && !strncmp(word + 2, option->name, length)
                            : option->letter && option->letter == word[1];
        if (!same)
            continue;
        if (*rest)
            *value = is_long ? rest + 1 : rest;
        return option;
    }
    return NULL;
}

/* Goes through the words before the cursor. */
static void find_place(struct asked *asked, const struct strv *words, size_t first)
{
    const char *value;
    for (size_t i = first; i + 1 < words->len; i++) {
        const char *word = words->items[i];
        if (asked->option) {
            asked->option = NULL;
        } else if (asked->options_over || word[0] != '-' || !word[1]) {
            asked->position++;
            asked->options_over = asked->options_over || asked->sub->ends_in_command;
        } else if (!strcmp(word, "--")) {
            asked->options_over = true;
        } else {
            const struct sub_option *option = option_of(asked->sub, word, &value);
            asked->option = option && option->placeholder && !value ? option : NULL;
        }
    }
}

/* The value may stand in the same word: --format=tap */
static void find_value(struct asked *asked)
{
    const char *value = NULL;
    if (asked->option || asked->options_over || asked->typed[0] != '-' || !asked->typed[1])
        return;
    const struct sub_option *option = option_of(asked->sub, asked->typed, &value);
    if (!option || !option->placeholder)
        return;
    if (!value && strchr(asked->typed, '='))
        value = asked->typed + strlen(asked->typed); /* `--format=` */
    if (!value)
        return;
    asked->option = option;
    asked->before = asked->typed;
    asked->before_length = (size_t)(value - asked->typed);
    asked->typed = value;
}

void complete_words(const struct strv *words, struct completion *ret)
{
    struct asked asked = {.sub = &subcommand_table[0]};
    size_t first = 0;
    asked.typed = asked.before = words->len ? words->items[words->len - 1] : "";
    if (words->len > 1 && words->items[0][0] != '-') {
        asked.sub = subcommand_by_name(words->items[0]);
        first = 1;
    } else if (words->len <= 1 && asked.typed[0] != '-') {
        add_subcommands(&asked, ret);
        return;
    }
    if (!asked.sub)
        return;
    find_place(&asked, words, first);
    find_value(&asked);
    if (asked.option) {
        add_forms(&asked, asked.option->placeholder, ret);
        return;
    }
    if (asked.typed[0] != '-' || asked.options_over)
        add_position(&asked, ret);
    if (!asked.options_over && (asked.typed[0] == '-' || (!ret->words.len && !ret->files)))
        add_options(&asked, ret);
}
