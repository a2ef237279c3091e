/* SPDX-License-Identifier: MIT
 *
 * `explain TOPIC`: a live object in plain words, with the numbers that it has now. Readers fill a structure
 * of facts; the texts are made from facts alone, as Markdown.
 */
#ifndef NSLAB_EXPLAIN_H
#define NSLAB_EXPLAIN_H

#include "nslab/command.h"
#include "nslab/ids.h"
#include "nslab/netlink.h"
#include "nslab/procfs.h"

/* name, what follows it, what it explains, the function. Help, completion, errors and docs derive from it. */
#define EXPLAIN_TOPICS(ROW)                                                                                  \
    ROW("uid_map", "NAME", "which uids of the lab host and of the machine the uids in NAME are",             \
        explain_uid_map)                                                                                     \
    ROW("gid_map", "NAME", "the same for groups", explain_gid_map)                                           \
    ROW("ns", "NAME|LINK", "the namespaces of NAME, or one by its link as pid:[4026531836]", explain_ns)     \
    ROW("mount", "NAME:PATH", "the row of mountinfo by which PATH is seen in NAME", explain_mount)           \
    ROW("veth", "NAME", "the cables that end in NAME, and how their ends name each other", explain_veth)     \
    ROW("pid", "NAME", "the numbers that NAME's first process has", explain_pid)                             \
    ROW("errno", "[ERRNO]", "the error that the last failed line met, or this one, as EPERM", explain_errno)
#define EXPLAIN_HELP_ROW(name, takes, help, function) "\n" name " " takes ": " help "."
#define EXPLAIN_HELP                                                                                         \
    "Without TOPIC it explains the step. A topic is something live:" EXPLAIN_TOPICS(EXPLAIN_HELP_ROW)

/* The last line that failed: what `explain errno` is about. */
struct failed_line {
    char *line; /* NULL: none has */
    int status;
    struct nslab_error error; /* of nslab's own; not set where a command failed by itself */
    struct buf said;          /* the end of what the command wrote */
};
#define SAID_MAX 4096u

/* What an explanation may look at. */
struct explaining {
    struct command_context *context;
    const struct failed_line *failed;
};
typedef int explain_fn(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e);
#define EXPLAIN_DECLARE(name, takes, help, function) explain_fn function;
EXPLAIN_TOPICS(EXPLAIN_DECLARE)

/* args: the topic and what follows it. Adds Markdown. -1: usage, or it can't be read now. */
int explain_topic(struct explaining *x, const struct strv *args, struct buf *out, struct nslab_error *e);
void explain_candidates(struct strv *out); /* for completion */

/* --- what the readers share: explain.c --- */
struct subject {
    const char *name;
    struct place place;
    pid_t pid;                         /* of its first process, on the machine */
    const struct container *container; /* NULL: the lab host or the machine */
    bool is_machine;
};
int subject_find(struct explaining *x, const char *name, struct subject *ret, struct nslab_error *e);

/* --- pure: facts in, Markdown out --- */
struct map_facts {
    const char *name, *file; /* "uid_map" */
    pid_t pid;
    const struct id_map *map;   /* into the numbers of the reader, */
    const char *reader;         /* "the lab host" or "the machine" */
    const struct id_map *outer; /* and from there to the machine's; NULL: the reader is the machine */
    const char *link;           /* its user namespace */
    const char *shared_with;    /* whose it is too; NULL: nobody's */
    unsigned nobody;
};
void map_text(const struct map_facts *f, struct buf *out);

struct mount_facts {
    const char *name, *path;
    pid_t pid;
    const struct mount_info *mount, *parent; /* parent NULL: not seen from there */
};
void mount_text(const struct mount_facts *f, struct buf *out);

struct veth_facts {
    const char *name, *other_name; /* of the places */
    const struct link_info *link, *other;
    const char *addresses, *other_addresses; /* "" for none */
    const char *master;                      /* of the other end's bridge, or of this end's; NULL: none */
    const char *same_index; /* the link that has the other end's index here; NULL: none has */
};
void veth_text(const struct veth_facts *f, struct buf *out);

struct pid_facts {
    const char *name, *args;
    pid_t numbers[8]; /* as in NSpid */
    size_t n;
    bool is_container;
};
void pid_text(const struct pid_facts *f, struct buf *out);

/* The errno that a text of a program names last, by strerror(3)'s words; 0: none. */
int errno_in_text(const char *text);
int errno_by_name(const char *name, struct nslab_error *e); /* -1 names the nearest */
void errno_text(int errnum, struct buf *out);
void failed_text(const struct failed_line *f, struct buf *out);

#endif
