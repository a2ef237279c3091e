/* SPDX-License-Identifier: MIT
 *
 * What a long session leaves: a shell's memory after a thousand launches, and what is there of them when it
 * has ended and the kernel has had its time.
 *
 * usage: session NSLAB [LAUNCHES]
 */
#include "measure.h"

#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LAUNCHES 1000
#define FIRST 10       /* after so many the memory is looked at for the first time */
#define CABLE_EVERY 20 /* one in so many has a cable to the bridge */
#define KERNEL_MS 200  /* for what ends asynchronously */

/* --- the shell --- */

struct shell {
    pid_t pid;
    int in, out;
};

static bool shell_start(const char *program, struct shell *s)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return false;
    s->pid = fork();
    if (s->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, "nslab", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    s->out = out[0];
    return s->pid > 0;
}

/* Reads until the word has come. */
static bool wait_for(int fd, const char *word)
{
    cleanup_buf struct buf text = {0};
    char chunk[4096];
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;) {
        buf_add(&text, chunk, (size_t)n);
        if (strstr(buf_text(&text), word))
            return true;
    }
    return false;
}

/* Launches number `from` up to `to`; returns when all have ended. */
static bool launch(const struct shell *s, size_t from, size_t to)
{
    cleanup_buf struct buf lines = {0};
    cleanup_free char *mark = xasprintf("launched-%zu", to);
    for (size_t i = from; i < to; i++)
        buf_addf(&lines, "run --rm %s nginx /bin/true\n", i % CABLE_EVERY ? "--network none" : "");
    buf_addf(&lines, "host echo %s\n", mark);
    return write_all(s->in, buf_text(&lines), lines.len) == 0 && wait_for(s->out, mark);
}

static bool shell_end(struct shell *s)
{
    int status;
    close(s->in);
    while (wait_for(s->out, "\n"))
        ;
    close(s->out);
    return waitpid(s->pid, &status, 0) == s->pid && status == 0;
}

/* --- what is there --- */

static size_t count_lines(const char *path, const char *word)
{
    char line[4096];
    size_t n = 0;
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        n += strstr(line, word) != NULL;
    if (f)
        fclose(f);
    return n;
}

static size_t count_files(const char *path)
{
    size_t n = 0;
    DIR *directory = opendir(path);
    for (struct dirent *d; directory && (d = readdir(directory));)
        n += strstr(d->d_name, "nslab") != NULL;
    if (directory)
        closedir(directory);
    return n;
}

static size_t count_links(void)
{
    size_t n = 0;
    struct if_nameindex *links = if_nameindex();
    while (links && links[n].if_index)
        n++;
    if (links)
        if_freenameindex(links);
    return n;
}

/* Who loses its parent becomes ours: we are the reaper. */
static size_t count_children(void)
{
    cleanup_free char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
    cleanup_buf struct buf text = {0};
    size_t n = 0;
    if (read_file_at(AT_FDCWD, path, &text, 65536) < 0)
        return 0;
    for (const char *c = buf_text(&text); *c; c++)
        n += *c == ' ';
    return n;
}

enum kind { PROCESSES, LINKS, MOUNTS, SOCKETS, FILES, KIND_COUNT };
static const char *const kind_names[KIND_COUNT] = {"processes", "links", "mounts", "sockets", "files"};

static void count_all(size_t counts[KIND_COUNT])
{
    counts[PROCESSES] = count_children();
    counts[LINKS] = count_links();
    counts[MOUNTS] = count_lines("/proc/self/mountinfo", " ");
    counts[SOCKETS] = count_lines("/proc/self/net/unix", "@nslab");
    counts[FILES] = count_files("/tmp") + count_files("/run") + count_files("/dev/shm");
}

/* How many there are more than before; says of what. */
static double count_left(const size_t before[KIND_COUNT])
{
    size_t now[KIND_COUNT], left = 0;
    count_all(now);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (now[kind] <= before[kind])
            continue;
        fprintf(stderr, "session: %zu %s more than before\n", now[kind] - before[kind], kind_names[kind]);
        left += now[kind] - before[kind];
    }
    return (double)left;
}

struct session_series {
    struct series mb[2]; /* after FIRST launches, and after all */
    struct series left, kernel_ms;
};

static bool measure(const char *program, size_t launches, bool own_network, struct session_series *s)
{
    const struct timespec kernel = {.tv_nsec = KERNEL_MS * 1000000L};
    struct shell shell;
    size_t before[KIND_COUNT];
    count_all(before);
    if (!shell_start(program, &shell) || !launch(&shell, 0, FIRST))
        return false;
    series_add(&s->mb[0], bench_resident_mb(shell.pid));
    if (!launch(&shell, FIRST, launches))
        return false;
    series_add(&s->mb[1], bench_resident_mb(shell.pid));
    if (!shell_end(&shell))
        return false;
    double kernel_ms = own_network ? bench_networks_gone() : -1;
    nanosleep(&kernel, NULL);
    series_add(&s->left, count_left(before));
    if (kernel_ms >= 0)
        series_add(&s->kernel_ms, kernel_ms);
    return true;
}

int main(int argc, char **argv)
{
    static struct session_series s;
    size_t launches = argc > 2 ? strtoul(argv[2], NULL, 10) : LAUNCHES;
    if (argc < 2 || launches <= FIRST) {
        fputs("usage: session NSLAB [LAUNCHES]\n", stderr);
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* A network of our own: no link in it is anybody else's. */
    bool own_network = unshare(CLONE_NEWNET) == 0;
    if (!measure(argv[1], launches, own_network, &s)) {
        fputs("session: the shell did not do as it should\n", stderr);
        return 5;
    }
    cleanup_free char *memory = xasprintf("the shell's memory after %zu launches (%d)", launches, FIRST);
    const struct row rows[] = {
        {.what = memory, .unit = "MB", .ours = &s.mb[1], .beside = &s.mb[0], .ratio_max = 1.1},
        {.what = "left 0.2 s after its end, of anything", .unit = "", .ours = &s.left, .nothing = true},
        {.what = "until the kernel has taken the last network away",
         .unit = "ms",
         .ours = &s.kernel_ms,
         .value_max = KERNEL_MS},
    };
    bool met = true;
    puts("");
    table_head();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        met &= rows[i].ours->n ? table_row(&rows[i]) : table_gap(&rows[i], "only root");
    return met ? 0 : 1;
}
