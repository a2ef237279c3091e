/* SPDX-License-Identifier: MIT
 *
 * The one table of subcommands, and the way from argv to a row.
 */
#include "nslab/command.h"
#include "nslab/mem.h"
#include "nslab/shell.h"
#include "nslab/subcommand.h"
#include "reports.h"
#include "subcommands.h"

#include <string.h>

#define ANY_NUMBER ((size_t)-1)
#define JOBS_OPTION                                                                                          \
    {                                                                                                        \
        'j', "jobs", "N",                                                                                    \
            "Run so many labs at a time, with the same report; two more than processors if not given."       \
    }
#define AS_OPTION                                                                                            \
    {                                                                                                        \
        0, "as", "NAME", "Whose variables the labs draw; else the user's name."                              \
    }
/* Where labs run beside each other and beside a shell, whose ports they must not take. */
#define AS_ANYBODY_OPTION                                                                                    \
    {                                                                                                        \
        0, "as", "NAME", "Whose variables the labs draw; else nobody's, and others each time."               \
    }

const struct subcommand subcommand_table[] = {
    {.name = "",
     .synopsis = "[--lab LAB] [-c LINE]...",
     .help = "The guided shell: labs, step by step, and the commands to look at containers with.",
     .more =
         "Without a terminal, lines are read from standard input. The exit status is that of the last line.",
     .options = {{'c', "command", "LINE", "Run this line instead; may be repeated."},
                 {0, "lab", "LAB", "Start this lab, an id or a file."},
                 {0, "as", "NAME", "Who learns: whose variables and workbook; else the user's name."},
                 {0, "workbook", "FILE", "Where your progress is kept; else in your data directory."},
                 {0, "plain", NULL, "No colours and no frame characters."},
                 {0, "record", "FILE", "Record what the terminal shows there (asciicast v2)."},
                 {'V', "version", NULL, "Print the version, what is built in, and where things are."}},
     .run = sub_shell},
    {.name = "demo",
     .synopsis = "LAB [--auto] [--speed N] [--from STEP] [--record FILE] [--plain] [--as NAME]",
     .help = "Show a lab from the front of a room: its lines are typed, and you go on with a key.",
     .more = "What runs is the real thing, and a step that fails says so. Space goes on, the left arrow "
             "back, p opens a prompt in "
             "the lab for lines of your own, q ends. Tasks are played by their solutions. Exit status: 1 if "
             "a step "
             "failed, 4 if one can't be shown on this machine.",
     .options = {{0, "auto", NULL, "Go on without keys, at the pace of a reader."},
                 {0, "speed", "N", "So many times as fast; max is at once."},
                 {0, "from", "STEP", "Begin with this step, its id or its number."},
                 {0, "record", "FILE",
                  "Record it there (asciicast v2), a marker for each phase of each step."},
                 {0, "plain", NULL, "No colours and no frame characters."},
                 AS_OPTION},
     .words_min = 1,
     .words_max = 1,
     .run = sub_demo},
    {.name = "attach",
     .synopsis = "[--session ID] [-u USER] [host|NAME] [CMD...]",
     .help = "A second terminal: a shell, or CMD, in the lab that runs in another one.",
     .more = "NAME is one of its containers; without it the shell is on the lab host. The shell has a "
             "terminal of the place's own: job control, Ctrl-C and the window's size are as in any other. "
             "With a terminal CMD gets one too; without, its input and output are nslab's. The lab must be "
             "your own: another user's can't be attached to, not even by root. The exit status is the "
             "command's own; 127 it isn't there, 126 it can't be executed, 125 nslab itself couldn't.",
     .options = {{0, "session", "ID", "Which one, where several run: nslab's PID."},
                 {'u', "user", "USER", "Be this user there: NAME or UID[:GID]."}},
     .words_max = ANY_NUMBER,
     .ends_in_command = true,
     .run = sub_attach},
    {.name = "export",
     .synopsis = "LAB [--format md|html] [--output FILE] [--no-solutions] [--as NAME]",
     .help = "Write a lab as a handout, with what it says and draws on this machine.",
     .more = "The lab is run, its tasks by their solutions. html is one file that loads nothing, for screen "
             "and paper; "
             "md is CommonMark. Answers, hints and solutions are at the end.",
     .options = {{'f', "format", "FORMAT", "md or html; else as the name of --output ends, else md."},
                 {'o', "output", "FILE", "Write it there, whole or not at all."},
                 {0, "no-solutions", NULL, "Leave out how tasks are solved, and what explains it."},
                 AS_OPTION},
     .words_min = 1,
     .words_max = 1,
     .run = sub_export},
    {.name = "verify",
     .synopsis = "[LAB|FILE]... [--format FORMAT] [--output FILE] [--report FORMAT=FILE]... [--jobs N] "
                 "[--require-all] [--stable] [--workbook FILE|DIR] [--shard I/N] [--as NAME]",
     .help = "Run labs from the first step to the last and check every expectation; all of the course if "
             "none is named.",
     .more = "Tasks are played by their solutions. Each lab has a lab host of its own. What this machine "
             "can't show is "
             "`unsupported`, with its cause and remedy, and never shown as passed. Reports are written also "
             "when nslab can't do its work, and say so then.",
     .options =
         {REPORT_OPTIONS,
          JOBS_OPTION,
          {0, "workbook", "FILE|DIR",
           "Grade this workbook, or each of a directory, by running it again. Reports of a directory are "
           "pretty, csv, json or html."},
          {0, "shard", "I/N", "Of a directory's workbooks only the I-th of N parts."},
          AS_ANYBODY_OPTION},
     .words_max = ANY_NUMBER,
     .run = sub_verify},
    {.name = "submit",
     .synopsis = "[LAB|FILE]... [--workbook FILE] [--as NAME] [--format FORMAT] [--output FILE] [--jobs N]",
     .help = "Run your workbook again, as it will be graded, and say what would be scored and why not more.",
     .more = "Of the labs that you have begun, if none is named. Nothing is sent anywhere: the file to hand "
             "in is named "
             "at the end.",
     .options = {REPORT_OPTIONS,
                 JOBS_OPTION,
                 {0, "workbook", "FILE", "The workbook; else the one in your data directory."},
                 {0, "as", "NAME", "Whose workbook; else the user's."}},
     .words_max = ANY_NUMBER,
     .run = sub_submit},
    {.name = "new",
     .synopsis = "LAB",
     .help = "Write a lab to begin from: short, commented, with every key; it lints and passes selftest.",
     .more =
         "LAB is an id, and the file ID.yaml is written in this directory; or the path of the file. A file "
         "that is there is left as it is.",
     .words_min = 1,
     .words_max = 1,
     .run = sub_new},
    {.name = "lint",
     .synopsis = "FILE... [--format FORMAT] | --schema",
     .help = "Check lab files without running them: all errors, each with its line.",
     .options = {{'f', "format", "FORMAT", "pretty (for people), github (annotations) or json."},
                 {0, "schema", NULL,
                  "Print the format as a JSON Schema, for editors: docs/lab.schema.json."}},
     .words_max = ANY_NUMBER,
     .run = sub_lint},
    {.name = "selftest",
     .synopsis = "[LAB|FILE]... [--jobs N] [--as NAME]",
     .help = "Prove labs: each expectation holds after its step, and can fail; all of the course if none is "
             "named.",
     .more =
         "Twice: goes through the lab once, as `verify` does; before each step no expectation of it holds, "
         "unless marked `always`; after it all hold; and under its contrast, in a lab host of its own, "
         "exactly those fail that it names. Names each expectation that was never seen to fail.",
     .options = {JOBS_OPTION, AS_ANYBODY_OPTION},
     .words_max = ANY_NUMBER,
     .run = sub_selftest},
    {.name = "doctor",
     .synopsis = "[--json] [--fix]",
     .help = "Try all that labs need on this machine, and say what to do where something is missing.",
     .more = "Each need is tried for real, in a process of its own, and gone afterwards. The status is 0 "
             "when all is "
             "there, 4 when labs run but not all of them can be shown, 1 when none can run.",
     .options = {{0, "json", NULL, "One document, for programs."},
                 {0, "fix", NULL, "Show the commands that would mend it, ask, and run them."}},
     .run = sub_doctor},
    {.name = "leaks",
     .synopsis = "[--json]",
     .help = "Look for what nslab could have left on this machine: processes, mounts, links, files.",
     .more = "What a running nslab has is named with its PID, and is no leak. As an ordinary user you see "
             "what is "
             "yours; what can't be looked at is said. Nothing is taken away: the command that would is "
             "shown. The "
             "status is 0 when nothing is left, 1 when something is.",
     .options = {{0, "json", NULL, "One document, for programs."}},
     .run = sub_leaks},
    {.name = "labs", .synopsis = "", .help = "List the labs of the course.", .run = sub_labs},
    {.name = "image",
     .synopsis = "build|path|rm IMAGE | list",
     .help = "Make, find and remove the root filesystems that containers are launched from.",
     .more = "`build` needs a network; all else works without. `path` prints where the image is. `--force` "
             "makes an "
             "image anew that is there already.",
     .options = {{0, "force", NULL, "With build: even if the image is there."}},
     .words_min = 1,
     .words_max = 2,
     .run = sub_image},
    {.name = "completion",
     .synopsis = "SHELL",
     .help = "Print what bash, zsh or fish reads to complete nslab's words.",
     .more = "`make install` puts it where they find it. For this shell alone: `source <(nslab completion "
             "bash)`.",
     .words_min = 1,
     .words_max = 1,
     .run = sub_completion},
    {.name = "complete",
     .synopsis = "-- [WORD]...",
     .help = "What may stand at the last word, for the shells: flags, then a word and its help a line.",
     .words_max = ANY_NUMBER,
     .hidden = true,
     .run = sub_complete},
    {.name = "generate",
     .synopsis = "nslab.1|nslab-lab.5|apparmor [WORD]",
     .help = "A file for an installation: a manual page of that DATE, or the AppArmor profile of a PROGRAM.",
     .words_min = 1,
     .words_max = 2,
     .hidden = true,
     .run = sub_generate},
    {.name = "help",
     .synopsis = "[SUBCOMMAND|VERB]",
     .help = "Say more of a subcommand, or of a verb of the shell.",
     .words_max = 1,
     .run = sub_help},
};
const size_t subcommand_count = ARRAY_LEN(subcommand_table);

const struct subcommand *subcommand_by_name(const char *name)
{
    for (size_t i = 0; i < subcommand_count; i++)
        if (!strcmp(subcommand_table[i].name, name))
            return &subcommand_table[i];
    return NULL;
}

int unknown_subcommand(const char *name)
{
    struct nslab_error e = {0}, ignored = {0};
    cleanup_free char *path = NULL;
    const char *names[ARRAY_LEN(subcommand_table)];
    size_t n = 0;
    for (size_t i = 0; i < subcommand_count; i++)
        if (subcommand_table[i].name[0] && !subcommand_table[i].hidden)
            names[n++] = subcommand_table[i].name;
    struct shell_verbs verbs;
    shell_verbs_init(&verbs);
    error_say(&e, "no subcommand is named `%s`", name);
    const char *nearest = nearest_word(name, names, n);
    if (verb_find(&verbs.all, name))
        error_hint(&e, "`%s` is a line of the shell: type `nslab -c '%s ...'`.", name, name);
    else if (lab_find(name, &path, &ignored) == 0)
        error_hint(&e, "`nslab --lab %s` starts that lab, `nslab verify %s` runs it.", name, name);
    else if (nearest)
        error_hint(&e, "Did you mean %s?", nearest);
    else
        error_hint(&e, "`nslab --help` lists them.");
    return say_error(&e, STATUS_USAGE);
}

int program_run(size_t argc, char *const *argv)
{
    const struct subcommand *sub = &subcommand_table[0];
    struct nslab_error e = {0};
    if (argc && argv[0][0] != '-') {
        sub = subcommand_by_name(argv[0]);
        if (!sub || !sub->name[0])
            return unknown_subcommand(argv[0]);
        argc--;
        argv++;
    }
    cleanup_with(sub_args_free) struct sub_args args = {0};
    if (sub_args_parse(sub, argc, argv, &args, &e) < 0)
        return say_error(&e, STATUS_USAGE);
    return args.help ? show_help(sub) : sub->run(&args);
}
