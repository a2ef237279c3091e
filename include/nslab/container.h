/* SPDX-License-Identifier: MIT
 *
 * Containers: processes launched from an image in the namespaces that were asked for. nslab is the parent of
 * a container's first process (as Docker's shim is) and so has its exit status.
 *
 * Words of Docker's are used as Docker uses them: `host` in --pid host means the lab host.
 */
#ifndef NSLAB_CONTAINER_H
#define NSLAB_CONTAINER_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/host.h"
#include "nslab/process.h"

#include <stdbool.h>
#include <stdint.h>

enum share {
    SHARE_PRIVATE,
    SHARE_HOST,
    SHARE_CONTAINER,
    SHARE_NONE /* network only: private, with lo alone */
};

struct share_choice {
    enum share share;
    char *container; /* SHARE_CONTAINER: whose */
};

#define PORTS_MAX 8
struct port_choice {
    char address[46]; /* on the machine: "127.0.0.1" unless given; IPv4 */
    uint16_t host, container;
};

struct bind_choice {
    char *source; /* on the lab host; made as a directory if it isn't there, as Docker does */
    char *target;
    bool read_only;
};

struct container_spec {
    char *name;          /* NULL: one is made up */
    char *image;         /* "nginx" */
    struct strv command; /* empty: the image's */
    struct share_choice pid, net, uts, ipc;
    bool remap; /* --userns remap: uid 0 is REMAP_BASE on the lab host. Otherwise the lab host's user
                   namespace */
    char *hostname;
    struct strv env;
    char *user;          /* NAME or UID[:GID] inside; NULL: 0:0 */
    struct strv cap_add; /* "SYS_ADMIN" or "CAP_SYS_ADMIN" */
    bool privileged;
    struct port_choice *ports;
    size_t n_ports;
    struct bind_choice *binds;
    size_t n_binds;
    bool detach, remove_after;
    enum stdio_kind stdio; /* process.h: log for detached, pipes or pty otherwise */
};
void container_spec_free(struct container_spec *spec);

enum container_state { CONTAINER_RUNNING, CONTAINER_EXITED };

struct container {
    struct container *next;
    struct host *host;
    struct container_spec spec; /* owned; name, hostname and command filled in */
    struct image *image;
    bool runs_image_command; /* and so is ready when the image says so */
    enum container_state state;
    int exit_status;                /* as a shell has it; CONTAINER_EXITED */
    int signal;                     /* that ended it; 0 if it exited */
    struct process process;         /* its first process: pidfd, streams */
    char address[16];               /* "172.17.0.2"; "" without a network of its own */
    int veth_index;                 /* the host's end; 0 without */
    int proxy_pidfd;                /* its port proxy's; -1 without */
    int machine_sockets[PORTS_MAX]; /* listening, until the proxy has them */
    int disk_fd;                    /* its root, to see how full it is; -1: it has none yet */
    int proc_fd;                    /* a proc of its PID namespace, as host.h's; -1: it has none yet */
    int log_fd;                     /* what it wrote, when detached; -1 otherwise */
    struct journal *journal;
    uint64_t started_ns;
    uint64_t ready_ns; /* when the image said it is ready; 0: not waited for */
    int mnt_fd; /* its mount namespace, held while others than its first process may be left in it; else -1 */
    uint64_t capabilities; /* that its processes may have */
    struct strv warnings;  /* as Docker's "Published ports are discarded when using host network mode" */
};

/* Creates and starts. With spec->detach it returns when the image says that it is ready (at most 5 s; it
 * still runs when that fails: the error says what was missing), else when the program has been executed: go
 * on with process_communicate() or process_attach(), then container_reap(). The spec is copied. *ret is owned
 * by the host. On failure nothing is left and the name is free. */
int container_run(struct host *host, const struct container_spec *spec, struct container **ret,
                  struct nslab_error *e);

struct container *container_find(const struct host *host, const char *name);
/* The same with an error that names the nearest. NULL with e set. */
struct container *container_get(const struct host *host, const char *name, struct nslab_error *e);

/* Notes those that have ended since; removes the --rm ones. Call before showing state. */
void containers_refresh(struct host *host);

/* Another process in a running container's namespaces (exec), or on the lab host (container NULL). */
struct exec_spec {
    struct strv command;
    struct strv env;
    char *user;
    enum stdio_kind stdio;
};
/* Where and as what: known without the book of containers too, as by whoever attaches from elsewhere. */
struct exec_where {
    struct place place;
    uint64_t capabilities; /* that its processes may have */
    char *user;            /* as docker exec: the container's own, unless the spec names one; NULL: 0 */
    char *whose;           /* "container web": for errors */
    struct strv env;       /* that the container was started with */
    const struct limits *limits;
};
#define EXEC_NAMESPACES                                                                                      \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)
void exec_where_of(const struct host *host, const struct container *container, struct exec_where *ret);
void exec_where_free(struct exec_where *where); /* its place's descriptors are not its own */
/* *ret: PROCESS_NONE or process_limited(). */
int exec_in(const struct exec_where *where, const struct exec_spec *spec, struct process *ret,
            struct nslab_error *e);
/* A shell for somebody to type into, whose prompt says where one is: bash, or sh with posix. Fills command,
 * env and stdio of a spec that has none; the caller frees them. */
void exec_spec_shell(struct exec_spec *spec, const char *name, bool posix);
bool exec_found_no_program(const struct nslab_error *e); /* then the other shell may be there */
int container_exec(struct host *host, struct container *container, const struct exec_spec *spec,
                   struct process *ret, struct nslab_error *e);

/* signo to its first process. With SIGKILL it returns when the container has ended. */
int container_kill(struct container *container, int signo, struct nslab_error *e);
/* Waits for the end of its first process, ends what it left behind, notes the status. */
int container_reap(struct container *container, struct nslab_error *e);
/* Takes it away: link gone, proxy gone, name free. force: kills it first; else a running one is an error.
 * Frees it. */
int container_remove(struct container *container, bool force, struct nslab_error *e);

/* For host_stop(): frees all, reaping what the end of the lab host has ended. */
void containers_discard(struct host *host);

/* PIDs of its first process, in the machine's, the lab host's and its own PID namespace (equal to the lab
 * host's with
 * --pid host). 0 where it has ended. */
struct container_pids {
    pid_t machine, host, inside;
};
struct container_pids container_pids(const struct container *container);
struct place container_place(const struct container *container);
/* What it wrote so far (detached ones). */
int container_logs(const struct container *container, struct buf *out, struct nslab_error *e);

/* Docker's 14 default capabilities, as a mask over capability numbers (capabilities(7)). */
uint64_t capabilities_default(void);
int capability_by_name(const char *name, struct nslab_error *e); /* number, or -1 with the nearest named */

#endif
