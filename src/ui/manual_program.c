/* SPDX-License-Identifier: MIT
 *
 * nslab(1): the tables of subcommands, verbs and exit statuses, and what no table says.
 */
#include "nslab/mem.h"
#include "nslab/shell.h"
#include "roff.h"
#include "subcommands.h"

#include <stdio.h>

static const char description[] =
    "nslab takes you through labs on Linux namespaces. It launches a real nginx from a real root filesystem, "
    "in "
    "namespaces that it makes itself, shows it from inside, from its host and from the machine, checks each "
    "claim "
    "against what the kernel says, and explains the difference with your own numbers.\n\n"
    "A lab happens in a lab host: a throw-away host, itself made of namespaces, whose first process ends "
    "when nslab "
    "does, however that ends. The kernel then ends every process, mount, link and file of the lab. "
    "Containers are "
    "launched inside it. No root is needed, no daemon, and no network once the image is there (`nslab image "
    "build "
    "nginx`).\n\n"
    "What this machine can't show is called unsupported, with the cause and what to do, and never passed or "
    "failed. "
    "`nslab doctor` tries all of it beforehand.";

static const char shell_text[] = "Without a subcommand nslab is a shell. Enter does the obvious next thing "
                                 "of the lab; everything else is one of "
                                 "the lines below, also after `-c`, in a lab's file and in a workbook. Words "
                                 "are split as sh splits them. There is "
                                 "no shell in between: for a pipe write `host sh -c '...'`. Verbs and "
                                 "options are Docker's where Docker has them, "
                                 "and a line may begin with `docker` or `sudo`.";

struct entry {
    const char *tag, *text;
};
static const struct entry files[] = {
    {"~/.local/share/nslab",
     "What a user has: images, and the workbook with the progress. XDG_DATA_HOME moves it."},
    {"/var/lib/nslab", "The same for root."},
    {"PREFIX/share/nslab", "The labs of the course, and the recipes of images."},
    {"/etc/subuid, /etc/subgid",
     "Which further ids a user may map: with 65,536 of them every lab can be shown. See subuid(5)."},
    {"/etc/apparmor.d/nslab", "On Ubuntu, the profile that lets nslab make user namespaces."},
};
static const struct entry environment[] = {
    {"NSLAB_DATA_DIR", "The directory of images and workbook, in place of those above."},
    {"NSLAB_SHARE_DIR", "The directory with labs and scripts, in place of the installation's."},
    {"XDG_DATA_HOME", "In place of ~/.local/share."},
    {"NO_COLOR", "If it is set and not empty: no colours."},
    {"COLUMNS", "The width, where there is no terminal that knows it."},
    {"TERM", "`dumb`: neither colours nor a line that moves."},
    {"GITHUB_STEP_SUMMARY", "With `--format github`: the file that gets a summary."},
};
static const struct entry examples[] = {
    {"nslab", "The guided shell."},
    {"nslab --lab pid", "The same, beginning with the lab on PID namespaces."},
    {"nslab -c 'run -d --name web nginx' -c 'ns web'", "Two lines, and their output."},
    {"nslab verify pid --report junit=pid.xml", "Runs a lab, and writes a report for a CI system."},
    {"nslab demo pid --auto", "Shows a lab at the pace of a reader."},
    {"nslab doctor --fix", "Says what this machine lacks, asks, and mends it."},
};
static const char see_also[] = "nslab-lab(5), namespaces(7), user_namespaces(7), pid_namespaces(7), "
                               "mount_namespaces(7), network_namespaces(7), capabilities(7), subuid(5), "
                               "newuidmap(1), unshare(1), nsenter(1), lsns(8)";

static void add_entries(struct buf *out, const char *section, const struct entry *entries, size_t n)
{
    roff_section(out, section);
    for (size_t i = 0; i < n; i++)
        roff_item(out, entries[i].tag, entries[i].text);
}

/* --- subcommands --- */

static char *usage_of(const struct subcommand *sub)
{
    return xasprintf("nslab%s%s%s%s", sub->name[0] ? " " : "", sub->name, sub->synopsis[0] ? " " : "",
                     sub->synopsis);
}

static void add_synopsis(struct buf *out)
{
    roff_section(out, "SYNOPSIS");
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *sub = &subcommand_table[i];
        cleanup_free char *command = xasprintf("nslab%s%s", sub->name[0] ? " " : "", sub->name);
        if (sub->hidden)
            continue;
        if (i)
            buf_adds(out, ".br\n");
        roff_usage(out, command, sub->synopsis);
    }
}

static void add_sub_options(struct buf *out, const struct subcommand *sub)
{
    for (size_t i = 0; i < SUB_OPTIONS_MAX && sub->options[i].name; i++) {
        const struct sub_option *option = &sub->options[i];
        cleanup_buf struct buf tag = {0};
        if (option->letter)
            buf_addf(&tag, "-%c, ", option->letter);
        buf_addf(&tag, "--%s%s%s", option->name, option->placeholder ? " " : "",
                 option->placeholder ? option->placeholder : "");
        roff_item(out, buf_text(&tag), option->help);
    }
}

static void add_subcommands(struct buf *out)
{
    roff_section(out, "SUBCOMMANDS");
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *sub = &subcommand_table[i];
        cleanup_free char *usage = usage_of(sub);
        if (sub->hidden)
            continue;
        roff_subsection(out, usage);
        roff_text(out, sub->help);
        if (sub->more)
            roff_text(out, sub->more);
        add_sub_options(out, sub);
    }
}

/* --- the lines of the shell --- */

static void add_verb_option(struct buf *out, const struct verb_option *option)
{
    cleanup_buf struct buf tag = {0};
    if (option->letter)
        buf_addf(&tag, "-%c%s", option->letter, option->name ? ", " : "");
    if (option->name)
        buf_addf(&tag, "--%s", option->name);
    if (option->arg != ARG_NONE)
        buf_addf(&tag, " %s", option->placeholder);
    roff_item(out, buf_text(&tag), option->help);
}

static void add_verb(struct buf *out, const struct verb *verb)
{
    cleanup_buf struct buf usage = {0};
    verb_usage(verb, &usage);
    roff_item(out, buf_text(&usage), verb->help);
    if (verb->more) {
        buf_adds(out, ".IP\n");
        roff_lines(out, verb->more, ".IP\n");
    }
    if (verb->options[0].letter || verb->options[0].name) {
        buf_adds(out, ".RS\n");
        for (size_t i = 0; i < VERB_OPTIONS_MAX && (verb->options[i].letter || verb->options[i].name); i++)
            add_verb_option(out, &verb->options[i]);
        buf_adds(out, ".RE\n");
    }
    if (verb->example) {
        cleanup_free char *example = xasprintf("Example: `%s`", verb->example);
        buf_adds(out, ".IP\n");
        roff_lines(out, example, ".IP\n");
    }
}

static void add_verbs(struct buf *out, const char *title, const struct verb_set *set, size_t table)
{
    roff_subsection(out, title);
    for (size_t i = 0; i < set->counts[table]; i++)
        add_verb(out, &set->tables[table][i]);
}

static void add_shell(struct buf *out)
{
    struct shell_verbs verbs;
    shell_verbs_init(&verbs);
    roff_section(out, "THE SHELL");
    roff_text(out, shell_text);
    add_verbs(out, "Containers and the lab host", &verbs.all, 1);
    add_verbs(out, "Going through a lab", &verbs.all, 0);
}

static void add_statuses(struct buf *out)
{
    roff_section(out, "EXIT STATUS");
    for (size_t i = 0; i < status_count; i++) {
        char tag[16];
        snprintf(tag, sizeof tag, "%d", status_table[i].status);
        roff_item(out, tag, status_table[i].meaning);
    }
}

void manual_program(const char *date, struct buf *out)
{
    roff_title(out, "NSLAB", "1", date, "User Commands");
    roff_section(out, "NAME");
    buf_adds(out, "nslab \\- a workbook on Linux namespaces that runs what it teaches\n");
    add_synopsis(out);
    roff_section(out, "DESCRIPTION");
    roff_text(out, description);
    add_subcommands(out);
    add_shell(out);
    add_statuses(out);
    add_entries(out, "FILES", files, ARRAY_LEN(files));
    add_entries(out, "ENVIRONMENT", environment, ARRAY_LEN(environment));
    add_entries(out, "EXAMPLES", examples, ARRAY_LEN(examples));
    roff_section(out, "SEE ALSO");
    roff_text(out, see_also);
}
