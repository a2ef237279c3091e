/* SPDX-License-Identifier: MIT
 *
 * The watch over a lab: its init looks several times a second how many processes there are in it and how
 * much memory they have, and ends them all when it is too much. It sees all of them, whatever their ids and
 * namespaces, since they are in its PID namespace; and none of them can end it.
 */
#ifndef NSLAB_WATCH_H
#define NSLAB_WATCH_H

#include "nslab/error.h"
#include "nslab/limits.h"
#include "nslab/watch_held.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that nslab and the init share. */
struct watch {
    unsigned struck; /* limit_bit()s; set by the init, taken by nslab */
    unsigned ending; /* all were killed, and many are still on their way out */
    int blind;       /* errno: the init could not look any more, and has ended the lab */
};
struct watch *watch_new(void); /* NULL with errno */
void watch_free(struct watch *watch);
unsigned watch_take(struct watch *watch); /* what was struck since it was last taken */

/* While what was killed is ending, the kernel makes no new process: waits for that, 2 s at most. */
void watch_settle(struct watch *watch);
/* The kernel has refused a process: the look that says why comes within this time. */
void watch_await(struct watch *watch);

/* --- the init's half --- */
struct watcher {
    const struct limits *limits;
    struct watch *watch;
    int proc_fd;        /* a proc of the lab host's PIDs; -1: there is none, and nothing is watched */
    bool heeds_reserve; /* there was enough memory when the lab began */
    int policy, nice;   /* of the init, when the lab began */
    int pause_ms;       /* until the next look; -1: there is none */
    uint64_t last_pages, last_held; /* at the last look */
    struct held held;
    unsigned last_processes;
    unsigned entries; /* in /proc at the last look, zombies too */
    unsigned blind;   /* looks in a row at which nothing could be seen */
};
#define WATCH_PAUSE_MAX_MS 200
/* In the init, once its /proc is mounted. Limits the PIDs of its namespace, where the kernel can (Linux
 * 6.14). -1: what the watch needs has run out, and without it no lab may begin. */
int watcher_begin(struct watcher *w, const struct limits *limits, struct watch *watch, struct nslab_error *e);
/* The init can't do its work any more, and ends, and all of the lab with it: whoever asks is told the errno.
 */
void watch_note_blind(struct watch *watch, int errnum);
/* One look. May end every process of the lab but this one; or this one, and so all. */
void watcher_look(struct watcher *w);

/* --- pure, for tests --- */
/* Threads and resident pages of a /proc/PID/stat. A process may put anything into its name. */
bool watch_parse_stat(const char *text, unsigned *threads, uint64_t *pages);
/* MemAvailable of /proc/meminfo, in bytes; 0: it isn't there. */
uint64_t watch_parse_available(const char *meminfo);

#endif
