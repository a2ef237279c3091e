/* SPDX-License-Identifier: MIT
 *
 * What the probes share: finding a viewpoint, looking from it, filling an observation. Internal to
 * src/observe.
 */
#ifndef NSLAB_OBSERVE_PROBING_H
#define NSLAB_OBSERVE_PROBING_H

#include "nslab/call.h"
#include "nslab/container.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/observe.h"

#include <stdbool.h>
#include <string.h>

#define FILE_MAX (64u << 10) /* of a file's content, of an answer's body */
#define NS_LINK_MAX 64       /* "cgroup:[4026531835]" */

/* --- filling an observation --- */
void observe_text(struct observation *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void observe_text_taken(struct observation *o, char *text); /* takes text over */
/* A file's or a program's text, up to a NUL in it, without the newlines at its end: as $(...) gives it in a
 * shell. */
void observe_file_text(struct observation *o, const char *text);
void observe_bool(struct observation *o, bool value); /* "true" or "false" */
void observe_list(struct observation *o);             /* empty; items are added to o->list */
void observe_absent(struct observation *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void observe_how(struct observation *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void observe_how_add(struct observation *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Items and names of a result as bytes and back: how an observation crosses call_in(). Each item ends with
 * NUL. */
void observation_pack(const struct observation *o, struct buf *out);
bool observation_unpack(const char *bytes, size_t n, struct observation *ret);

/* --- viewpoints --- */
struct viewpoint {
    struct place place;
    struct container *container; /* NULL: the machine or the lab host */
    bool is_machine;
    pid_t pid;      /* of its first process, in the /proc that nslab sees */
    int proc_fd;    /* a proc of its PID namespace, which the lab can't change; -1: the machine's, at /proc.
                       Borrowed */
    char proc[32];  /* "/proc/4711", of the machine "/proc/self" */
    char words[80]; /* for sentences: "web", "the lab host", "the machine" */
};
/* Where to look from. An error when there is no such place, or it has ended. */
int viewpoint_open(struct host *host, const char *name, struct viewpoint *ret, struct nslab_error *e);
/* Where to look from for what listens and answers: the machine's published ports may be in a network
 * namespace of their own (ports.h). Adds to how the namespace was entered. */
int viewpoint_of_ports(struct host *host, const char *name, struct viewpoint *ret, struct nslab_error *e);
bool stands_for_machine(const struct viewpoint *v); /* is it that namespace? */
void observe_ports_namespace(struct observation *o, const struct viewpoint *v);
/* What to look at. 1: there; 0: it isn't, and o says so (absent); -1: error. */
int subject_open(struct host *host, const char *name, struct viewpoint *ret, struct observation *o,
                 struct nslab_error *e);
/* The link text of one of its namespaces, read from the machine: "pid:[4026531836]". how may be NULL. */
int viewpoint_ns(const struct viewpoint *v, enum ns_type type, char text[static NS_LINK_MAX],
                 struct observation *how, struct nslab_error *e);

/* Calls look in the namespaces of the viewpoint (call.h): it fills ret as if it had been read here. */
typedef int (*look_fn)(const void *arg, struct observation *ret, struct nslab_error *e);
int look_from(const struct viewpoint *v, uint64_t ns_flags, look_fn look, const void *arg,
              struct observation *ret, struct nslab_error *e);

/* A small file as text; 1 read, 0 not there, -1 error. */
int read_text(const char *path, struct buf *out, struct nslab_error *e);
/* The name that a passwd(5) or group(5) file has for an id, else its number. */
char *id_name(const char *passwd_text, uint32_t id);

/* The value of a key of a see; NULL when it isn't given. */
static inline const char *see_key(const struct see *see, enum see_key key)
{
    return see->keys[key];
}

/* --- the readers, one family a file; table.c has their rows --- */
typedef int probe_reader(struct host *host, const struct see *see, struct observation *ret,
                         struct nslab_error *e);
probe_reader read_namespace, read_process, read_processes, read_file, read_mounts, read_id_map, read_subid,
    read_credentials, read_capabilities, read_links, read_link, read_addresses, read_routes, read_sockets,
    read_http, read_output, read_exit, read_hostname, read_container;

#endif
