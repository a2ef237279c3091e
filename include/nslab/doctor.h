/* SPDX-License-Identifier: MIT
 *
 * What this machine has of all that labs need: one row a need, each tried for real in a process of its own,
 * none guessed. What is tried is gone with that process.
 */
#ifndef NSLAB_DOCTOR_H
#define NSLAB_DOCTOR_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/ids.h"

#include <stdbool.h>
#include <stddef.h>

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_NOTE,    /* nothing is missing; worth knowing where something is */
    DOCTOR_LESS,    /* labs run, and what needs this is `unsupported` */
    DOCTOR_MISSING, /* no lab runs */
    DOCTOR_VERDICT_COUNT
};
extern const char *const doctor_verdict_names[DOCTOR_VERDICT_COUNT]; /* "ok", "note", "less", "missing" */

/* What a probe found. A plain value: it comes through a pipe. */
struct doctor_seen {
    enum doctor_verdict verdict;
    char text[384];           /* what was seen: "Linux 6.18.1", "user.max_net_namespaces is 0" */
    struct nslab_error error; /* when it isn't ok: step, errno, hint */
};

enum doctor_flag {
    DOCTOR_ESSENTIAL = 1, /* without it no lab runs */
    DOCTOR_PASSING = 2,   /* changes with what one does, and so isn't remembered */
};

struct doctor_row {
    const char *name;  /* "net" */
    const char *need;  /* the row of need.h that a lab names in `requires`; NULL: no lab names it */
    const char *what;  /* what is tried: "a network namespace" */
    const char *after; /* the row without which this one isn't worth trying; NULL: none */
    unsigned flags;    /* of enum doctor_flag */
    const char *made;  /* how tests/e2e/55-doctor.sh makes its absence, which must then be named; NULL: it
                          needs such a system */
    void (*probe)(const struct id_plan *plan, struct doctor_seen *seen);
};
extern const struct doctor_row doctor_table[];
extern const size_t doctor_count;

/* The row of that name, or NULL. */
const struct doctor_row *doctor_row_by_name(const char *name);

/* Tries one row, in a child that has 5 s. A child that dies is a finding too. */
void doctor_probe(const struct doctor_row *row, const struct id_plan *plan, struct doctor_seen *ret);

/* --- what was seen last --- */

/* What is remembered of a trial of all rows but the passing ones, for as long as nothing that it depends on
 * has changed: see doctor_memory.c. */
struct doctor_memory {
    size_t rows, works;        /* how many were tried, how many of them work (ok, note) */
    struct strv less, missing; /* the names of those that don't */
};
void doctor_memory_free(struct doctor_memory *m);
/* Where it is kept. NULL: no place is known. The caller frees. */
char *doctor_memory_directory(void);

/* Writes what was seen, one for each row of the table, to a file of this user's; where that can't be done
 * nothing is remembered, and nobody told. */
void doctor_remember(const struct id_plan *plan, const enum doctor_verdict *verdicts);
/* False when nothing is remembered that holds for this very situation. The caller frees *ret in any case. */
bool doctor_recall(const struct id_plan *plan, struct doctor_memory *ret);

/* --- mending --- */

/* What a remedy depends on, read once. */
struct doctor_place {
    char *os_release; /* os-release(5) */
    char *subuid;     /* subuid(5) */
    char *user;       /* the name of this user */
    char *program;    /* the path of this program */
};
void doctor_place_read(struct doctor_place *place);
void doctor_place_free(struct doctor_place *place);

/* The two lines of an AppArmor profile that confines nothing and gives back to this program what the
 * restriction of user namespaces takes from programs without one; what is to stand before, between and after
 * them. NULL: a profile can't name such a path. Pure. The caller frees. */
char *doctor_apparmor_profile(const char *program, const char *before, const char *between,
                              const char *after);

/* A command for sh that would mend what was seen, with `sudo` where that is needed; NULL: there is none that
 * could be run without thinking. Pure. The caller frees. */
char *doctor_fix(const struct doctor_row *row, const struct doctor_seen *seen,
                 const struct doctor_place *place);

#endif
