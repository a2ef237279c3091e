/* SPDX-License-Identifier: MIT
 *
 * What the container verbs do: one function a verb, one file a family. The table is in verbs.c.
 */
#ifndef NSLAB_COMMAND_VERBS_H
#define NSLAB_COMMAND_VERBS_H

#include "nslab/command.h"

typedef int verb_run_fn(struct command_context *c, const struct line *line, int *status,
                        struct nslab_error *e);

verb_run_fn verb_run_run;                                 /* verb_run.c */
verb_run_fn verb_run_exec, verb_run_host, verb_run_enter; /* verb_exec.c */
verb_run_fn verb_run_kill, verb_run_rm, verb_run_logs;    /* verb_end.c */
verb_run_fn verb_run_ps;                                  /* verb_ps.c */
verb_run_fn verb_run_inspect;                             /* verb_inspect.c */
verb_run_fn verb_run_ns, verb_run_map;                    /* verb_ns.c, verb_map.c */
verb_run_fn verb_run_trace;                               /* verb_trace.c */
verb_run_fn verb_run_help;                                /* help.c */

struct journal;
struct journal_entry;
/* The entries by the time at which each step began, into order (room for JOURNAL_MAX); returns how many:
 * their places in the journal are by when they were noted, and two processes note at the same time. Pure. */
size_t trace_order(const struct journal *journal, const struct journal_entry **order);

/* Exit statuses as Docker's client has them. */
#define STATUS_USAGE 2
#define STATUS_NSLAB 125       /* nslab itself couldn't */
#define STATUS_NOT_INVOKED 126 /* the command is there and can't be executed */
#define STATUS_NOT_FOUND 127   /* the command isn't there */
int status_of_error(const struct nslab_error *e);

/* -t was asked for: is there a terminal to give? */
int check_terminal(const struct command_context *c, const struct line *line, struct nslab_error *e);
/* Our own text about foreign things: made harmless, then to the sink. */
void sink_harmless(const struct sink *sink, const struct buf *text);
/* "127.0.0.1:8080->80/tcp, ..." as docker ps shows it. */
void ports_text(const struct container_spec *spec, struct buf *out);

#endif
