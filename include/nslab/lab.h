/* SPDX-License-Identifier: MIT
 *
 * A lab: the model that the YAML reader fills (format nslab/1, docs/lab-format.md), with the place in the
 * file of everything that a later check may complain about.
 */
#ifndef NSLAB_LAB_H
#define NSLAB_LAB_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/observe.h"

#include <stdbool.h>
#include <stddef.h>

struct mark {
    unsigned line, column; /* from 1; 0: unknown */
};

struct lab_line { /* one line of `do`, of a solution, of a contrast */
    char *text;
    char *fails; /* the line is expected to fail, and to say this; NULL: to succeed */
    struct mark mark;
};
struct lab_lines {
    struct lab_line *items;
    size_t n;
};

struct choice {
    char *id, *text, *feedback;
    bool right;
    struct mark mark;
};
struct prediction {
    char *ask;
    struct choice *choices;
    size_t n;
};

struct criterion { /* one matcher of an expectation */
    enum matcher matcher;
    struct strv operand; /* items; one item for a scalar */
    struct see other;    /* MATCH_SAME, MATCH_DIFFERS */
    struct mark mark;
};
struct expectation {
    char *id, *say, *hint;
    struct see see;
    struct criterion *criteria;
    size_t n_criteria;
    int within_ms; /* 1000 by default */
    bool always;   /* holds before the step too: selftest doesn't ask for a negative baseline */
    struct mark mark;
};

struct contrast {
    char *say;                /* which wall is taken away, in a sentence; may be NULL */
    char *with_run;           /* appended to each `run` line; or NULL */
    struct lab_lines with_do; /* in place of the step's lines */
    struct strv flips;        /* ids of this step's expectations that must fail now */
    struct mark mark;
};

struct step {
    char *id, *title, *text, *task, *explain;
    bool has_predict, has_contrast;
    struct prediction predict;
    struct lab_lines run; /* `do` */
    struct strv hints;
    struct lab_lines solution;
    struct expectation *expect;
    size_t n_expect;
    struct contrast contrast;
    int points;
    struct mark mark;
};

struct lab_var {
    char *name;
    long pick_from, pick_to; /* pick: FROM..TO; or */
    char *value;             /* value: a fixed text */
    struct mark mark;
};

/* Where a text of the model stands in its file. The key is the text's address: each text is there once. */
enum text_style { TEXT_PLAIN, TEXT_QUOTED, TEXT_BLOCK };
struct text_place {
    const char *text;
    struct mark mark; /* where the scalar begins; of a block its `|` */
    enum text_style style;
};

struct lab {
    char *file;   /* as given */
    char *digest; /* "sha256:..." of the file's bytes */
    char *id, *title, *summary;
    int minutes;
    struct strv requires;
    struct lab_var *vars;
    size_t n_vars;
    struct step *steps;
    size_t n_steps;
    struct text_place *places; /* sorted by address */
    size_t n_places;
};
/* The mark of the byte at `offset` of a text of the model; of its beginning where escapes or folding hide
 * which byte that is. file_text: the whole file. All zeroes for a text that isn't the lab's. */
struct mark lab_mark(const struct lab *lab, const char *file_text, const char *text, size_t offset);
void lab_free(struct lab *lab);
void lab_free_p(struct lab **lab);

/* --- diagnostics: all errors of a file in one go --- */
struct diagnostic {
    struct mark mark;
    char *message;  /* "unknown key `titel`" */
    char *expected; /* "expected one of id, title, ..."; may be NULL */
    char *nearest;  /* did you mean; may be NULL */
};
struct diagnostics {
    char *file;
    char *text; /* the file's text, for the excerpt */
    struct diagnostic *items;
    size_t n;
};
void diagnostics_add(struct diagnostics *d, struct mark mark, const char *expected, const char *nearest,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "labs/x.yaml:3:5: unknown key `titel`\n   3 |   titel: x\n     |   ^\n  expected ...; did you mean
 * `title`?\n" for each, in the file's order. */
void diagnostics_show(const struct diagnostics *d, struct buf *out);
void diagnostics_free(struct diagnostics *d);

/* Reads and checks all that can be checked without running. 0 and *ret; or -1: d holds at least one
 * diagnostic, or, when the file can't be read at all, e is set. */
int lab_read_file(const char *path, struct lab **ret, struct diagnostics *d, struct nslab_error *e);
int lab_read_text(const char *text, size_t n, const char *file, struct lab **ret, struct diagnostics *d);
/* The semantic half, called by lab_read_*: container names, verbs and flags, variables, flips, needs. */
void lab_check(const struct lab *lab, struct diagnostics *d);

/* The format as a JSON Schema, for editors: made from the tables by which the reader reads. Adds one
 * document. */
void lab_schema(struct buf *out);

/* Every key of every mapping, as the reader knows them, in the order in which one would explain them. */
struct lab_key {
    const char *mapping; /* "a step" */
    const char *name, *help;
    bool required;
    bool first; /* of its mapping */
};
void lab_each_key(void (*say)(void *context, const struct lab_key *key), void *context);

/* Whether the file says that it is a course: 1, and d has what is wrong with it; 0, and d is empty. */
int course_lint(const char *path, struct diagnostics *d, size_t *n_labs);
/* The shipped labs, in the order of labs/course.yaml: paths. */
int labs_list(struct strv *paths, struct nslab_error *e);
/* An id of a shipped lab, or a path (with a '/' or ending in .yaml): the path. -1 names the nearest. */
int lab_find(const char *id_or_path, char **ret_path, struct nslab_error *e);

/* --- templates --- */
/* Resolves a name ("port", "web.pid", "pid-1-inside.observed") to an owned text, or NULL. */
typedef char *(*template_lookup)(void *context, const char *name);
/* Expands ${name}; $${ is a literal ${. A name that isn't known is an error that names it. */
int template_expand(const char *text, template_lookup lookup, void *context, char **ret,
                    struct nslab_error *e);
/* The names used in text, for lint; offsets parallel. false: malformed (an unclosed ${), *ret_offset says
 * where. */
bool template_names(const char *text, struct strv *names, size_t *ret_offset);
/* What ${NAME.FACT} may be of a container: "pid", "ip" ...; ends at NULL. */
extern const char *const container_facts[];
bool is_container_fact(const char *name);
/* The learner's value of a picked variable: the same for the same learner, lab and name. */
long pick_value(const char *learner, const char *lab_id, const char *var, long from, long to);

#endif
