/* SPDX-License-Identifier: MIT
 *
 * The journal of a container: every kernel step that built it, by whom, with its result and its time. The
 * processes that build a container (stub, launcher, container) share the page it is in, so that noting a step
 * costs no system call. `trace` shows it; an error quotes its last step.
 */
#ifndef NSLAB_JOURNAL_H
#define NSLAB_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

enum journal_actor { ACTOR_NSLAB, ACTOR_STUB, ACTOR_LAUNCHER, ACTOR_CONTAINER, ACTOR_COUNT };
extern const char *const journal_actor_names[ACTOR_COUNT];

struct journal_entry {
    uint8_t actor;
    int32_t errnum;    /* 0: it worked */
    int64_t result;    /* what the call returned */
    uint64_t start_us; /* since the journal was made */
    uint32_t took_us;
    char call[28];  /* "mount" */
    char args[160]; /* "proc, /proc, proc, MS_NOSUID|MS_NODEV|MS_NOEXEC" */
    char why[96];   /* what it is for, in plain words */
};

#define JOURNAL_MAX 96
struct journal {
    uint64_t made_ns;
    uint32_t n; /* entries in use; more steps than JOURNAL_MAX are dropped */
    struct journal_entry entries[JOURNAL_MAX];
};

struct journal *
journal_new(void); /* shared memory (MAP_SHARED|MAP_ANONYMOUS): survives fork; NULL with errno */
void journal_free(struct journal *j);
/* Notes a step that began at start_ns (now_ns()) and ends now. errno is kept. j may be NULL: nothing is
 * noted. */
void journal_add(struct journal *j, enum journal_actor actor, uint64_t start_ns, int64_t result, int errnum,
                 const char *call, const char *why, const char *args_format, ...)
    __attribute__((format(printf, 8, 9)));

#endif
