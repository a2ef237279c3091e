/* SPDX-License-Identifier: MIT
 *
 * trace: the kernel steps that built a container, or the lab host itself, as its journal has them.
 */
#include "nslab/journal.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "table.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

static void add_result(const struct journal_entry *entry, struct buf *out)
{
    if (!entry->errnum) {
        buf_addf(out, "%lld", (long long)entry->result);
        return;
    }
    const char *name = strerrorname_np(entry->errnum);
    buf_addf(out, "%lld %s", (long long)entry->result, name ? name : "error");
}

/* The lab host is built as a container is: in its journal the container is the lab host itself. */
static const char *actor_name(const struct journal_entry *entry, bool of_host)
{
    if (entry->actor >= ACTOR_COUNT)
        return "?";
    return of_host && entry->actor == ACTOR_CONTAINER ? "lab host" : journal_actor_names[entry->actor];
}

static void add_step(struct table *t, size_t number, const struct journal_entry *entry, bool of_host)
{
    cleanup_buf struct buf result = {0};
    add_result(entry, &result);
    table_add(t, "%zu", number);
    table_add(t, "%s", actor_name(entry, of_host));
    table_add(t, "%llu", (unsigned long long)entry->start_us);
    table_add(t, "%s(%s) = %s", entry->call, entry->args, buf_text(&result));
    /* What it is for stands below: side by side the two would not fit a terminal. */
    for (size_t i = 0; i < t->columns - 1; i++)
        table_add(t, "%s", "");
    table_add(t, "  %s", entry->why);
}

/* The number of entries belongs to a page that the container's processes have written: it is not taken on
 * trust. */
static size_t journal_length(const struct journal *journal)
{
    return !journal ? 0 : journal->n < JOURNAL_MAX ? journal->n : JOURNAL_MAX;
}

size_t trace_order(const struct journal *journal, const struct journal_entry **order)
{
    size_t n = journal_length(journal);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at && order[at - 1]->start_us > journal->entries[i].start_us; at--)
            order[at] = order[at - 1];
        order[at] = &journal->entries[i];
    }
    return n;
}

static void show_journal(const struct journal *journal, bool of_host, struct buf *out)
{
    static const char *const head[] = {"#", "WHO", "AT µs", "CALL = RESULT, AND WHAT IT IS FOR"};
    cleanup_table struct table table = {.columns = ARRAY_LEN(head)};
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        table_add(&table, "%s", head[i]);
    const struct journal_entry *order[JOURNAL_MAX];
    size_t n = trace_order(journal, order);
    for (size_t i = 0; i < n; i++) {
        struct journal_entry entry = *order[i];
        entry.call[sizeof entry.call - 1] = entry.args[sizeof entry.args - 1] =
            entry.why[sizeof entry.why - 1] = '\0';
        add_step(&table, i + 1, &entry, of_host);
    }
    table_show(&table, out);
}

static const struct journal *find_journal(struct command_context *c, const char *name, struct nslab_error *e)
{
    if (!strcmp(name, "host"))
        return c->host->journal;
    if (!strcmp(name, "machine")) {
        error_say(e, "nobody built the machine's namespaces: the kernel made them when it started");
        error_hint(e, "Type `trace host` for the lab host, or `trace NAME` for a container.");
        return NULL;
    }
    struct container *container = container_get(c->host, name, e);
    if (container && !container->journal)
        error_say(e, "nothing was noted while container %s was built", name);
    return container ? container->journal : NULL;
}

int verb_run_trace(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    cleanup_buf struct buf text = {0};
    (void)status;
    if (command_host(c, e) < 0)
        return -1;
    const struct journal *journal = find_journal(c, line->args.items[0], e);
    if (!journal)
        return -1;
    show_journal(journal, journal == c->host->journal, &text);
    sink_text(c->sink, "%s", buf_text(&text));
    return 0;
}
