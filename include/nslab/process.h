/* SPDX-License-Identifier: MIT
 *
 * A process that nslab started in a lab, with its streams.
 */
#ifndef NSLAB_PROCESS_H
#define NSLAB_PROCESS_H

#include "nslab/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum stdio_kind {
    STDIO_PIPES, /* stdin /dev/null, stdout and stderr pipes to nslab */
    STDIO_INPUT, /* as STDIO_PIPES, and a pipe for stdin too: what nslab's own standard input says */
    STDIO_PTY,   /* a new pseudo-terminal from the place's own devpts */
    STDIO_LOG,   /* stdin /dev/null, stdout and stderr to a bounded file that `logs` reads */
};

struct process {
    int pidfd;    /* our child; -1: none */
    int in;       /* STDIO_INPUT: write end; else -1 */
    int out, err; /* STDIO_PIPES, STDIO_INPUT: read ends; else -1 */
    int pty;      /* STDIO_PTY: the master; else -1 */
    bool typed;   /* keys went to the pty */
    int typed_fd; /* gets a byte when that happens, now and then; a socket, not owned; -1: nobody asks */
    uint64_t output_max; /* more than this ends it; 0: more than PROCESS_OUTPUT_MAX is dropped, no more */
    unsigned *struck;    /* where the limits that it reached are noted (limits.h); NULL: nowhere */
};
#define PROCESS_NONE                                                                                         \
    (struct process)                                                                                         \
    {                                                                                                        \
        .pidfd = -1, .in = -1, .out = -1, .err = -1, .pty = -1, .typed_fd = -1                               \
    }

/* Where output goes: stream is 1 or 2. What is handed over is raw bytes of the process. */
struct sink {
    void (*write)(void *context, int stream, const char *bytes, size_t n);
    void *context;
    bool unbounded; /* PROCESS_OUTPUT_MAX doesn't hold */
};

#define PROCESS_OUTPUT_MAX (1u << 20) /* per command; what comes after is read, dropped and said */

/* Feeds its output to the sink until it has ended (or, ended, has left its pipes to a background process:
 * then what is there is taken). Ctrl-C (interrupt.h) sends it and its process group SIGINT, a second one
 * SIGKILL. timeout_ms 0:
 * none; when it is over the process gets SIGKILL and the call fails. *status as a shell has it. Doesn't reap:
 * see container_reap(); process_finish() does for exec. */
int process_communicate(struct process *process, const struct sink *sink, int timeout_ms, int *status,
                        struct nslab_error *e);
/* Connects our terminal with its pty until it ends: raw mode, window size, both restored, also while we are
 * stopped. */
int process_attach(struct process *process, int *status, struct nslab_error *e);
/* Closes what is open; kills and reaps what still runs. */
void process_finish(struct process *process);

#endif
