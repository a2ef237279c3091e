/* SPDX-License-Identifier: MIT */
#include "nslab/journal.h"
#include "nslab/proc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

const char *const journal_actor_names[ACTOR_COUNT] = {
    [ACTOR_NSLAB] = "nslab",
    [ACTOR_STUB] = "stub",
    [ACTOR_LAUNCHER] = "launcher",
    [ACTOR_CONTAINER] = "container",
};

struct journal *journal_new(void)
{
    struct journal *j = mmap(NULL, sizeof *j, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (j == MAP_FAILED)
        return NULL;
    j->made_ns = now_ns();
    return j;
}

void journal_free(struct journal *j)
{
    if (j)
        munmap(j, sizeof *j);
}

/* Several processes note steps at the same time: each takes an entry of its own, and n never passes
 * JOURNAL_MAX. */
static struct journal_entry *take_entry(struct journal *j)
{
    uint32_t n = __atomic_load_n(&j->n, __ATOMIC_RELAXED);
    do {
        if (n >= JOURNAL_MAX)
            return NULL;
    } while (!__atomic_compare_exchange_n(&j->n, &n, n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return &j->entries[n];
}

void journal_add(struct journal *j, enum journal_actor actor, uint64_t start_ns, int64_t result, int errnum,
                 const char *call, const char *why, const char *args_format, ...)
{
    int saved = errno;
    uint64_t end_ns = now_ns();
    struct journal_entry *entry = j ? take_entry(j) : NULL;
    if (!entry)
        return;
    entry->actor = (uint8_t)actor;
    entry->errnum = errnum;
    entry->result = result;
    entry->start_us = start_ns > j->made_ns ? (start_ns - j->made_ns) / 1000 : 0;
    entry->took_us = end_ns > start_ns ? (uint32_t)((end_ns - start_ns) / 1000) : 0;
    snprintf(entry->call, sizeof entry->call, "%s", call);
    snprintf(entry->why, sizeof entry->why, "%s", why);
    va_list ap;
    va_start(ap, args_format);
    vsnprintf(entry->args, sizeof entry->args, args_format, ap);
    va_end(ap);
    errno = saved;
}
