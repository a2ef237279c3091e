/* SPDX-License-Identifier: MIT
 *
 * A lab that runs, seen from another terminal: `nslab attach`.
 *
 *   nslab ── socketpair ──> session      a small child that holds descriptors of the lab host and of the
 * containers, ^          and ends with nslab └── abstract socket "nslab/UID/PID" in the machine's network
 * namespace ── client
 *
 * The client gets descriptors of a place and what a process there may be, and starts it itself, with the same
 * code as `exec`. Only processes of the same user are answered, and a client asks nobody else. No process of
 * a lab can reach the socket: the lab has a network namespace of its own.
 */
#ifndef NSLAB_SESSION_H
#define NSLAB_SESSION_H

#include "nslab/buf.h"
#include "nslab/container.h"
#include "nslab/error.h"
#include "nslab/host.h"

#include <stdint.h>

/* --- nslab's side --- */
struct session;
/* Lets other terminals attach to this lab host: host->session, which host_stop() ends. On failure the lab
 * host is as good as before, and can't be attached to. */
int session_start(struct host *host, struct nslab_error *e);
void session_stop(struct session *session); /* NULL is fine, here and below */
/* A container that has been started. */
void session_add_container(struct session *session, const struct container *container);
/* What a list of sessions says about this one. */
void session_set_label(struct session *session, const char *text);
/* Grows whenever something is typed in an attached terminal. */
uint64_t session_typed(const struct session *session);

/* --- the client's side --- */
/* The listening ones with this user's names in a text of /proc/net/unix, by their ids: "4711". Pure. */
void sessions_parse(const char *text, uid_t uid, struct strv *ids);
/* Those of them that this user's processes made: anybody may take such a name. */
int sessions_list(struct strv *ids, struct nslab_error *e);
/* A connection, for as long as one is attached; or -1, after 2 s at most. */
int session_connect(const char *id, struct nslab_error *e);
int session_get_label(int connection, struct buf *out, struct nslab_error *e);
void session_tell_typed(int connection);

struct session_place {
    struct exec_where where; /* owned; its place has the descriptors below */
    int pidfd;               /* of the lab host's init, or the container's first process */
    int ns_fds[NS_COUNT];
};
/* "host" or a container's name; unknown ones are an error that names the nearest. */
int session_get_place(int connection, const char *name, struct session_place *ret, struct nslab_error *e);
/* A namespace lives as long as somebody holds it: once the process has been started, nobody here has to. */
void session_place_let_go(struct session_place *place);
void session_place_free(struct session_place *place);

#endif
