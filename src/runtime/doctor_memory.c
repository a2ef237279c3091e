/* SPDX-License-Identifier: MIT
 *
 * What the doctor saw last, in a file of the user's, for the shell's first words. It holds for one situation,
 * of which the file has a digest: this boot, these namespaces and rights, these settings. Where anything of
 * it is different, where the file is damaged or not the user's own, there is no memory.
 */
#include "nslab/diagnose.h"
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/paths.h"
#include "nslab/procfs.h"
#include "nslab/sha256.h"
#include "nslab/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "nslab-doctor-memory/1"
#define MEMORY_MAX 8192

/* --- where --- */

/* A directory that nobody else can have put there: this user's own. */
static bool is_own_directory(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* What ends with the boot is best kept where all does so, XDG_RUNTIME_DIR. */
char *doctor_memory_directory(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *cache = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    if (runtime && runtime[0] == '/' && is_own_directory(runtime))
        return xasprintf("%s/nslab", runtime);
    if (cache && cache[0] == '/')
        return xasprintf("%s/nslab", cache);
    /* sudo may leave another user's HOME */
    return home && home[0] == '/' && is_own_directory(home) ? xasprintf("%s/.cache/nslab", home) : NULL;
}

/* --- for what situation --- */

static void add_file(struct buf *out, const char *path)
{
    cleanup_buf struct buf text = {0};
    read_file_at(AT_FDCWD, path, &text, 4096);
    buf_addf(out, "%s: %s\n", path, buf_text(&text));
}

static void add_link(struct buf *out, const char *path)
{
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target - 1);
    buf_addf(out, "%s: %.*s\n", path, n > 0 ? (int)n : 0, target);
}

/* Inode numbers of namespaces are given out again: what began with PID 1 did not begin before it. */
static void add_namespaces(struct buf *out)
{
    struct stat root;
    for (unsigned i = 0; i < NS_COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/ns/%s", ns_table[i].name);
        add_link(out, path);
    }
    cleanup_buf struct buf text = {0};
    read_file_at(AT_FDCWD, "/proc/1/stat", &text, 4096);
    const char *after_name = strrchr(buf_text(&text), ')');
    const char *p = after_name ? after_name : "";
    for (unsigned field = 2; *p && field < 22; p++) /* starttime, proc_pid_stat(5) */
        field += *p == ' ';
    buf_addf(out, "init: %.*s\n", (int)strcspn(p, " "), p);
    if (stat("/", &root) == 0)
        buf_addf(out, "root: %llu %llu\n", (unsigned long long)root.st_dev, (unsigned long long)root.st_ino);
}

static void add_rights(struct buf *out, const struct id_plan *plan)
{
    static const char *const lines[] = {"CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters"};
    cleanup_buf struct buf status = {0};
    read_file_at(AT_FDCWD, "/proc/self/status", &status, 0);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_free char *wanted = xasprintf("\n%s:", lines[i]);
        const char *at = strstr(buf_text(&status), wanted);
        buf_addf(out, "%s: %.*s\n", lines[i], at ? (int)strcspn(at + 1, "\n") : 0, at ? at + 1 : "");
    }
    add_file(out, "/proc/self/uid_map");
    add_file(out, "/proc/self/gid_map");
    add_file(out, "/proc/self/attr/current");
    buf_addf(out, "uid: %u %u\nids: %d %s\n", (unsigned)getuid(), (unsigned)geteuid(), (int)plan->situation,
             plan->why_not_range);
}

/* Settings, and what covers parts of /proc. */
static void add_settings(struct buf *out)
{
    cleanup_buf struct buf text = {0};
    struct mount_info *mounts = NULL;
    for (size_t i = 0; i < setting_count; i++)
        buf_addf(out, "%s: %ld\n", setting_table[i].name, setting_value(&setting_table[i]));
    if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", &text, 0) < 0)
        return;
    int n = mountinfo_parse(buf_text(&text), &mounts);
    for (int i = 0; i < n; i++)
        if (starts_with(mounts[i].target, "/proc/"))
            buf_addf(out, "over /proc: %s\n", mounts[i].target);
    if (n >= 0)
        mounts_free(mounts, (size_t)n);
}

static void situation_digest(const struct id_plan *plan, char digest[SHA256_TEXT_SIZE])
{
    cleanup_buf struct buf text = {0};
    buf_adds(&text, "nslab " NSLAB_VERSION "\n");
    add_link(&text, "/proc/self/exe");
    add_file(&text, "/proc/sys/kernel/random/boot_id");
    add_namespaces(&text);
    add_rights(&text, plan);
    add_settings(&text);
    sha256_text(buf_text(&text), text.len, digest);
}

/* --- writing and reading --- */

/* Both sides make the lines from the table: another nslab's file differs in some line. */
void doctor_remember(const struct id_plan *plan, const enum doctor_verdict *verdicts)
{
    cleanup_free char *directory = doctor_memory_directory();
    cleanup_buf struct buf text = {0};
    char digest[SHA256_TEXT_SIZE];
    struct nslab_error e = {0};
    if (!directory || make_directories(directory, 0700, &e) < 0 || !is_own_directory(directory))
        return;
    cleanup_free char *path = xasprintf("%s/doctor", directory);
    situation_digest(plan, digest);
    buf_addf(&text, FORMAT "\n%s\n", digest);
    for (size_t i = 0; i < doctor_count; i++)
        if (!(doctor_table[i].flags & DOCTOR_PASSING))
            buf_addf(&text, "%s %s\n", doctor_table[i].name, doctor_verdict_names[verdicts[i]]);
    write_file_atomically(path, buf_text(&text), text.len, 0600, &e);
}

static int read_own_file(const char *path, struct buf *out)
{
    struct stat st;
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
        return -1;
    return read_fd_all(fd, out, MEMORY_MAX);
}

/* "NAME VERDICT" */
static bool take_row(const struct doctor_row *row, const char *line, struct doctor_memory *ret)
{
    size_t n = strlen(row->name);
    if (!starts_with(line, row->name) || line[n] != ' ')
        return false;
    ret->rows++;
    for (size_t v = 0; v < DOCTOR_VERDICT_COUNT; v++) {
        if (strcmp(line + n + 1, doctor_verdict_names[v]) != 0)
            continue;
        if (v < DOCTOR_LESS)
            ret->works++;
        else
            strv_add(v == DOCTOR_LESS ? &ret->less : &ret->missing, row->name);
        return true;
    }
    return false;
}

static bool parse_memory(const char *text, const char *digest, struct doctor_memory *ret)
{
    cleanup_strv struct strv lines = {0};
    size_t line = 2;
    strv_split_lines(&lines, text);
    if (lines.len < line || strcmp(lines.items[0], FORMAT) != 0 || strcmp(lines.items[1], digest) != 0)
        return false;
    for (size_t i = 0; i < doctor_count; i++)
        if (!(doctor_table[i].flags & DOCTOR_PASSING) &&
            (line == lines.len || !take_row(&doctor_table[i], lines.items[line++], ret)))
            return false;
    return line == lines.len;
}

bool doctor_recall(const struct id_plan *plan, struct doctor_memory *ret)
{
    cleanup_free char *directory = doctor_memory_directory();
    cleanup_buf struct buf text = {0};
    char digest[SHA256_TEXT_SIZE];
    *ret = (struct doctor_memory){0};
    if (!directory || !is_own_directory(directory))
        return false;
    cleanup_free char *path = xasprintf("%s/doctor", directory);
    if (read_own_file(path, &text) < 0)
        return false;
    situation_digest(plan, digest);
    return parse_memory(buf_text(&text), digest, ret);
}

void doctor_memory_free(struct doctor_memory *m)
{
    strv_free(&m->less);
    strv_free(&m->missing);
}
