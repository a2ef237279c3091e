/* SPDX-License-Identifier: MIT
 *
 * The line language: what a lab's YAML runs, a learner types, a solution holds and a demo types. One table
 * holds every verb with its options, arguments, help and examples; parsing, validation, help and completion
 * derive from it.
 */
#ifndef NSLAB_COMMAND_H
#define NSLAB_COMMAND_H

#include "nslab/buf.h"
#include "nslab/container.h"
#include "nslab/error.h"
#include "nslab/host.h"

#include <stdbool.h>

/* --- words (pure) --- */
struct words {
    struct strv words;
    size_t *offsets; /* where each word begins in the line, for carets */
};
/* Splits as sh does, with quotes, backslash and comments (#). An unquoted | > < & ; ( ) ` or $( is an error
 * that says: sh -c '...'; an unquoted $NAME is one too, since nothing would expand it. ${...} stays as it is.
 * *ret_offset: where in the line it went wrong. */
int words_split(const char *line, struct words *ret, size_t *ret_offset, struct nslab_error *e);
void words_free(struct words *w);
void word_quote(const char *word, struct buf *out); /* so that words_split gives it back */

/* --- verbs --- */
enum arg_kind {
    ARG_NONE,
    ARG_TEXT,
    ARG_CONTAINER,
    ARG_NEW_NAME,
    ARG_IMAGE,
    ARG_VIEWPOINT,
    ARG_SIGNAL,
    ARG_CAPABILITY,
    ARG_PORTS,
    ARG_BIND,
    ARG_ENV,
    ARG_USER,
    ARG_FORMAT,
    ARG_PID_MODE,
    ARG_NET_MODE,
    ARG_USERNS_MODE,
    ARG_UTS_MODE,
    ARG_IPC_MODE,
    ARG_VERB,
    ARG_LAB,
    ARG_TOPIC,
    ARG_STEP,
    ARG_CHOICE,
    ARG_COMMAND,
    ARG_HOSTNAME,
    ARG_PICTURE
};

struct verb_option {
    char letter;      /* 'd' or 0 */
    const char *name; /* "detach", NULL if there is only a letter */
    enum arg_kind arg;
    bool repeats;
    const char *placeholder; /* "HOST:CONT" */
    const char *help;
};

struct verb_arg {
    const char *name; /* "NAME" */
    enum arg_kind kind;
    bool optional;
    bool rest; /* takes all that follows, options included (ARG_COMMAND) or several (NAME...) */
};

struct line;
struct command_context;
#define VERB_OPTIONS_MAX 18
#define VERB_ARGS_MAX 4
struct verb {
    const char *name;
    const char *synopsis; /* generated help shows it after the name; NULL: made from options and args */
    const char *help;     /* one line */
    const char *more;     /* what else help VERB says; may be NULL */
    const char *example;
    struct verb_option options[VERB_OPTIONS_MAX]; /* ends at letter 0 and name NULL */
    struct verb_arg args[VERB_ARGS_MAX];          /* ends at name NULL */
    bool in_labs; /* may stand in a lab's `do` and solutions; lesson verbs (next, hint ...) may not */
    /* 0 and *status the command's own exit status, or -1 with e: the line itself couldn't be carried out. */
    int (*run)(struct command_context *c, const struct line *line, int *status, struct nslab_error *e);
};
/* The verbs on containers, host, ns, trace ...: src/command. The lesson verbs are in a table of the same type
 * in src/ui. */
extern const struct verb container_verbs[];
extern const size_t container_verb_count;

struct verb_set {
    const struct verb *const *tables;
    const size_t *counts;
    size_t n;
};
extern const struct verb_set lab_verbs; /* what a lab's lines may use: the container verbs */
const struct verb *verb_find(const struct verb_set *set, const char *name);

/* A parsed line: the verb, each option's values, the arguments. */
struct line {
    const struct verb *verb;
    struct strv values[VERB_OPTIONS_MAX]; /* parallel to verb->options; a flag has one "" per time given */
    struct strv args;                     /* all positional words, flat; a rest argument's words at the end */
    bool interactive_terminal;            /* -t was among the flags */
};
/* Parses and validates all that can be known without running: verb, options, values' forms, number of
 * arguments. Docker's habits: a first word docker or sudo is dropped, --opt=value, -it. *ret_offset is where
 * the offending word begins. Errors name the nearest. */
int line_parse(const struct verb_set *set, const char *text, struct line *ret, size_t *ret_offset,
               struct nslab_error *e);
void line_free(struct line *line);
bool line_has(const struct line *line, const char *option_name);
const char *line_value(const struct line *line,
                       const char *option_name); /* the last one given; NULL if none */
/* Which container a line makes (run) and which it uses, for lint: names appended. */
void line_names(const struct line *line, struct strv *makes, struct strv *uses);
int line_to_spec(const struct line *line, struct container_spec *spec,
                 struct nslab_error *e); /* run's options */

/* --- running --- */
#define COMMAND_WIDTH_DEFAULT 80u
struct command_context {
    struct host *host;           /* NULL until the first line needs it: command_host() starts it */
    const struct sink *sink;     /* raw output of commands and nslab's own text for this line */
    bool terminal;               /* our stdin and stdout are a terminal that `-it` may use */
    bool attachable;             /* other terminals may attach to the lab host (session.h) */
    bool typed;                  /* keys were typed into a terminal in the lab: that can't be run again */
    int timeout_ms;              /* for one line; 0: none */
    const struct limits *limits; /* of the lab hosts that this context starts; NULL: limits_learning */
    uint64_t spent_ns;           /* on lines, in all its lab hosts */
    unsigned struck;             /* limit_bit()s that were struck so far; who has told them may clear it */
    struct verb_set verbs;       /* what `help` lists */
    void *lesson;                /* for the lesson verbs: the shell */
    unsigned width; /* columns of what we show in tables and pictures; 0: COMMAND_WIDTH_DEFAULT */
    bool utf8;      /* frame characters; else ASCII */
};
int command_host(struct command_context *c, struct nslab_error *e);
/* Parses and runs one line. *status: the command's own exit status, 2 for usage. -1: it couldn't be carried
 * out, e says why (and *status is set too: 2 usage, 125 as docker's own failures). */
int command_run(struct command_context *c, const char *text, int *status, struct nslab_error *e);
/* Adds to c->struck what was struck since, also between lines; returns what is new. */
unsigned command_struck(struct command_context *c);
void sink_text(const struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- derived from the table --- */
void verb_usage(const struct verb *verb, struct buf *out); /* "logs NAME" */
/* width: columns; an example may be wider, since it is to be copied. */
void verb_help(const struct verb *verb, unsigned width, struct buf *out);
void verbs_help(const struct verb_set *set, unsigned width, struct buf *out);
/* Candidates for the word that ends at `cursor` of line; *ret_start: where that word begins. */
void verb_complete(struct command_context *c, const char *line, size_t cursor, struct strv *candidates,
                   size_t *ret_start);
/* Checks the tables themselves: unique names, help there, required before optional, rest last. For tests. */
int verbs_self_check(const struct verb_set *set, struct nslab_error *e);

#endif
