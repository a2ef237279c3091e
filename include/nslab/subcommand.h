/* SPDX-License-Identifier: MIT
 *
 * The subcommands of the program: one table, from which parsing, usage errors and help derive.
 */
#ifndef NSLAB_SUBCOMMAND_H
#define NSLAB_SUBCOMMAND_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/term.h"

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
    STATUS_PASSED = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INVALID = 3,       /* a lab or workbook is invalid */
    STATUS_UNSUPPORTED = 4,   /* nothing failed, but something is unsupported */
    STATUS_BROKEN = 5,        /* nslab itself could not do its work */
    STATUS_INTERRUPTED = 130, /* by Ctrl-C, as a shell counts: 128 and the signal's number */
    STATUS_TERMINATED = 143,  /* by SIGTERM */
};

struct sub_option {
    char letter; /* 'c' or 0 */
    const char *name;
    const char *placeholder; /* of its value; NULL: a flag */
    const char *help;
};

#define SUB_OPTIONS_MAX 16
struct sub_args;
struct subcommand {
    const char *name;                           /* "" is the program without a subcommand */
    const char *synopsis;                       /* what follows the name */
    const char *help;                           /* one line */
    const char *more;                           /* the rest of what `help NAME` says; may be NULL */
    struct sub_option options[SUB_OPTIONS_MAX]; /* ends at name NULL */
    size_t words_min, words_max;
    bool ends_in_command; /* options end at the first word: what follows has options of its own */
    bool hidden;          /* other programs use it: no help lists it */
    int (*run)(const struct sub_args *args); /* returns the exit status */
};
extern const struct subcommand subcommand_table[];
extern const size_t subcommand_count;
const struct subcommand *subcommand_by_name(const char *name);

struct sub_args {
    const struct subcommand *sub;
    struct strv values[SUB_OPTIONS_MAX]; /* parallel to sub->options; a flag has one "" for each time given */
    struct strv words;
    bool help; /* --help was among them */
};
/* Parses what follows the name. -1: a usage error that names the nearest option. */
int sub_args_parse(const struct subcommand *sub, size_t argc, char *const *argv, struct sub_args *ret,
                   struct nslab_error *e);
void sub_args_free(struct sub_args *args);
bool sub_has(const struct sub_args *args, const char *option);
const char *sub_value(const struct sub_args *args, const char *option); /* the last one given; NULL if none */
const struct strv *sub_values(const struct sub_args *args, const char *option);

void subcommand_help(const struct subcommand *sub, const struct look *look, struct buf *out);
void program_help(const struct look *look, struct buf *out);

/* Whole texts to standard output; its status is what the program then ends with: 0, or 5 when it can't be
 * written. A reader that has gone away (EPIPE) isn't told so. */
int say_out(const struct buf *text);
/* "nslab: ..." in one line, whatever names are in it. */
void add_error(struct buf *out, const struct nslab_error *e);
/* The same to standard error; returns status. */
int say_error(const struct nslab_error *e, int status);

/* What nslab ends with: by a signal that has interrupted it, or otherwise. */
int status_interrupted_or(int otherwise);

/* The program: argv[1..] to a status. */
int program_run(size_t argc, char *const *argv);

#endif
