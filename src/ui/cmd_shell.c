/* SPDX-License-Identifier: MIT
 *
 * The program without a subcommand, and its help.
 */
#include "nslab/command.h"
#include "nslab/mem.h"
#include "nslab/shell.h"
#include "record.h"
#include "subcommands.h"

#include <string.h>

static int show_version(void)
{
    cleanup_buf struct buf text = {0};
    version_text(&text);
    return say_out(&text);
}

static int run_shell(void *context, const struct recorder *recorder)
{
    struct shell_options *options = context;
    options->recorder = recorder;
    return shell_main(options);
}

int sub_shell(const struct sub_args *args)
{
    if (sub_has(args, "version"))
        return show_version();
    struct shell_options options = {
        .lines = *sub_values(args, "command"),
        .learner = sub_value(args, "as"),
        .workbook = sub_value(args, "workbook"),
        .lab = sub_value(args, "lab"),
        .plain = sub_has(args, "plain"),
    };
    return record_run(sub_value(args, "record"), "nslab", run_shell, &options);
}

int show_help(const struct subcommand *sub)
{
    cleanup_buf struct buf text = {0};
    struct term term = {0};
    term_probe(&term, false);
    if (sub->name[0])
        subcommand_help(sub, &term.look, &text);
    else
        program_help(&term.look, &text);
    return say_out(&text);
}

int sub_help(const struct sub_args *args)
{
    const char *name = args->words.len ? args->words.items[0] : "";
    const struct subcommand *sub = subcommand_by_name(name);
    struct shell_verbs verbs;
    shell_verbs_init(&verbs);
    const struct verb *verb = verb_find(&verbs.all, name);
    if (sub)
        return show_help(sub);
    if (!verb)
        return unknown_subcommand(name);
    cleanup_buf struct buf text = {0};
    struct term term = {0};
    term_probe(&term, false);
    verb_help(verb, term.look.width, &text);
    return say_out(&text);
}
