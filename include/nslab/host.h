/* SPDX-License-Identifier: MIT
 *
 * The lab host: the throw-away host of a lab. Its init is PID 1 of a PID namespace of its own; it has a root,
 * a network with the bridge nslab0, a hostname and an IPC namespace of its own, all owned by a user namespace
 * of its own. It ends when its lifeline closes or nslab dies, and the kernel then ends every process, mount
 * and link in it.
 */
#ifndef NSLAB_HOST_H
#define NSLAB_HOST_H

#include "nslab/call.h"
#include "nslab/error.h"
#include "nslab/ids.h"
#include "nslab/image.h"
#include "nslab/journal.h"
#include "nslab/limits.h"

#define HOST_NAME "lab-host"
#define BRIDGE_NAME "nslab0"
#define BRIDGE_ADDRESS "172.17.0.1"
#define NETWORK_PREFIX 16

/* How long host_stop() waits at most. */
#define HOST_END_MS 2000

struct container;
struct session;
struct watch;

struct host {
    int pidfd;    /* of its init */
    pid_t pid;    /* its init on the machine */
    int lifeline; /* write end: closing it ends the lab host */
    struct id_plan ids;
    int ns_fds[NS_COUNT]; /* of its init, which lets nobody look into it */
    struct image *image;  /* its root is made from this one */
    int lower_fd;         /* the image's tree as a mount of the lab host's: the lower layer of every root */
    struct container *containers; /* in the order in which they were started; owned */
    struct session *session;      /* for other terminals (session.h); NULL without */
    struct journal *journal;      /* how the lab host itself was built */
    unsigned next_address;        /* last number given out in 172.17.0.0/16; .1 is the bridge */
    const struct limits *limits;
    struct watch *watch; /* shared with the init */
    unsigned struck;     /* limit_bit()s that nslab itself has seen; host_struck() takes them */
    int disk_fds[2];     /* its root and its /dev/shm: how full they are */
    int proc_fd;         /* a proc of its PID namespace, over which nobody in the lab can mount anything */
    int ports_ns_fds[NS_COUNT]; /* limits->private_ports: what ports_place() has made; -1: nothing */
    int shift_ns_fd;            /* what shift_idmapped() has made for remapped containers; -1: nothing */
};

/* Makes a lab host from the image "nginx" and waits until it is up (some 10 ms). */
int host_start(const struct limits *limits, struct host **ret, struct nslab_error *e);
/* Ends it and all that is in it; returns when every child of ours is reaped. NULL is fine. */
void host_stop(struct host *host);
void host_stop_p(struct host **host);

/* The limits that were struck since this was last asked, as limit_bit()s. */
unsigned host_struck(struct host *host);
/* Waits for what the watch has killed to be gone, and notes which containers have ended. ended: it has killed
 * all. */
void host_settle(struct host *host, bool ended);
/* Is there nothing left on the file system that fd is on? */
bool disk_is_full(int fd);

struct place host_place(const struct host *host);
extern const struct place machine_place;
/* "machine", "host", or a container's name. -1 with an error that names the nearest. */
int place_by_name(const struct host *host, const char *name, struct place *ret, struct nslab_error *e);

#endif
