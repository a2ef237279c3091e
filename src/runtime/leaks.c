/* SPDX-License-Identifier: MIT
 *
 * The one table of what nslab could leave, and the search that goes through it.
 */
#include "nslab/leaks.h"
#include "leaks_search.h"
#include "nslab/mem.h"
#include "nslab/paths.h"

#include <dirent.h>
#include <stdarg.h>
#include <string.h>

const struct leak_row leak_table[] = {
    {"processes", "processes of nslab whose nslab has ended",
     "/proc: by their title (`nslab: ...`), by their program, which is this one, and by their parents. A lab "
     "has no "
     "process that its init doesn't take along.",
     "Killing a lab host's init ends its lab, with every process, mount, link and file of it.",
     leaks_processes},
    {"sockets", "abstract sockets `nslab/UID/PID`, through which other terminals attach",
     "/proc/net/unix, and who made it: SO_PEERCRED. Its nslab has to run.",
     "It ends with the process that holds it: `ss -xlp` names that.", leaks_sockets},
    {"mounts", "mounts of an image's files in this mount namespace",
     "/proc/self/mountinfo: overlays whose layer is an image, and mounts that show an image's directory. "
     "nslab mounts "
     "in labs only.",
     "umount takes it away.", leaks_mounts},
    {"links", "the bridge nslab0 and its ports in this network namespace",
     "rtnetlink, by name. nslab makes links in labs only.", "`ip link delete` takes it away.", leaks_links},
    {"nft", "nftables' tables named nslab* in this network namespace",
     "nfnetlink, by name. nslab makes none outside labs.", "`nft delete table` takes it away.", leaks_nft},
    {"cgroups", "cgroups named nslab*", "/sys/fs/cgroup, by name. nslab makes none.",
     "rmdir takes it away when no process is in it.", leaks_cgroups},
    {"memory", "shared memory and message queues named nslab*",
     "/dev/shm and /dev/mqueue, by name. nslab shares nameless memory, which ends with its processes.",
     "rm takes it away.", leaks_memory},
    {"copies", "images and their shifted copies that are half made, or half removed",
     "The data directory: NAME/shifted.new without its lock, .NAME.new-PID and .NAME.gone-PID whose PID has "
     "ended.",
     "The next `nslab image build` removes it, the next `--userns remap` makes a half copy whole.",
     leaks_copies},
    {"files", "temporary files, under which a file is written before it gets its name",
     "The data directory, and where the doctor keeps what it saw: NAME.new-PID whose PID is no nslab that "
     "runs.",
     "The next nslab that opens that workbook removes it.", leaks_temporary},
};
const size_t leak_count = ARRAY_LEN(leak_table);

void leak_add(struct leak_search *s, char *what, pid_t user, const char *command, char *argument)
{
    struct leaks *found = s->found;
    found->items = xrealloc(found->items, found->n + 1, sizeof *found->items);
    found->items[found->n++] = (struct leak){s->row, what, user, command, argument};
}

void leak_unseen(struct leak_search *s, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    char **at = &s->found->unseen[s->row - leak_table];
    free(*at);
    *at = buf_take(&text);
}

pid_t leak_running(const struct leak_search *s, pid_t pid)
{
    for (size_t i = 0; i < s->n_processes; i++)
        if (s->processes[i].pid == pid && s->kinds[i] == LEAK_NSLAB)
            return pid;
    return 0;
}

void leak_each_file(struct leak_search *s, const char *directory,
                    void (*fn)(struct leak_search *s, const char *directory, const char *name))
{
    DIR *dir = opendir(directory);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            fn(s, directory, entry->d_name);
    closedir(dir);
}

void leaks_find(struct leaks *ret)
{
    struct nslab_error ignored = {0};
    struct leak_search s = {.found = ret, .all_users = have_root_rights(&ignored) > 0};
    *ret = (struct leaks){.unseen = xcalloc(leak_count, sizeof *ret->unseen)};
    s.data = paths_data(&ignored);
    leaks_read_processes(&s);
    for (size_t i = 0; i < leak_count; i++) {
        s.row = &leak_table[i];
        s.row->look(&s);
    }
    for (size_t i = 0; i < s.n_processes; i++)
        process_info_free(&s.processes[i]);
    free(s.processes);
    free(s.kinds);
    free(s.data);
}

void leaks_free(struct leaks *leaks)
{
    for (size_t i = 0; i < leaks->n; i++) {
        free(leaks->items[i].what);
        free(leaks->items[i].argument);
    }
    for (size_t i = 0; leaks->unseen && i < leak_count; i++)
        free(leaks->unseen[i]);
    free(leaks->items);
    free(leaks->unseen);
    *leaks = (struct leaks){0};
}

size_t leaks_left(const struct leaks *leaks, const struct leak_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < leaks->n; i++)
        n += !leaks->items[i].user && (!row || leaks->items[i].row == row);
    return n;
}
