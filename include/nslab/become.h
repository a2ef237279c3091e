/* SPDX-License-Identifier: MIT
 *
 * The last steps of every process that runs a program in a lab: standard streams, session, capabilities,
 * user, exec.
 */
#ifndef NSLAB_BECOME_H
#define NSLAB_BECOME_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/journal.h"
#include "nslab/limits.h"
#include "nslab/process.h"

#include <stdbool.h>
#include <stdint.h>

/* Made by nslab before the process is cloned: the far ends of its streams. */
struct stdio {
    enum stdio_kind kind;
    int in;       /* STDIO_INPUT: read end; else -1 */
    int out, err; /* STDIO_PIPES, STDIO_INPUT: write ends; STDIO_LOG: out is the file */
};
/* Pipes for STDIO_PIPES: ours into process, theirs into io. For the other kinds nothing is open yet. */
int stdio_open(enum stdio_kind kind, struct stdio *io, struct process *process, struct nslab_error *e);
void stdio_close(struct stdio *io);

struct become {
    const struct strv *command, *env;
    const char *user;      /* NAME or UID[:GID]; NULL: 0 */
    uint64_t capabilities; /* bounding set; what is not in it is dropped for good */
    bool with_parent;      /* ends when the process that started it does */
    const char *whose;     /* "container web": for errors */
    struct journal *journal;
    const struct limits *limits;
};

#define PTY_MASTER_MESSAGE 'p'
/* STDIO_PTY: opens /dev/ptmx of where it runs and sends the master to nslab over sock (birth.h), tagged with
 * one byte. */
int become_streams(const struct stdio *io, int sock, const char *whose, struct nslab_error *e);
/* Returns only on error; exec's has errno ENOENT or EACCES and the step "execute". */
int become_program(const struct become *b, struct nslab_error *e);

#endif
