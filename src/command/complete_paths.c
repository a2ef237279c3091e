/* SPDX-License-Identifier: MIT */
#include "complete_paths.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

/* --- there --- */

struct listing {
    const char *const *directories; /* ends at NULL */
    const char *prefix;             /* of a name */
    bool programs;                  /* only what can be executed */
};

static bool is_directory(int directory, const struct dirent *entry)
{
    struct stat st;
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(directory, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static bool is_wanted(const struct listing *l, const struct dirent *entry)
{
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
        return false;
    if (entry->d_name[0] == '.' && !l->prefix[0])
        return false; /* hidden ones are offered to who asks for them */
    return starts_with(entry->d_name, l->prefix);
}

/* Names, each ended by a NUL. */
static void list_directory(const struct listing *l, const char *path, size_t *n, struct buf *out)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && *n < PATHS_MAX && (entry = readdir(directory))) {
        bool is_dir;
        if (!is_wanted(l, entry) || ((is_dir = is_directory(dirfd(directory), entry)) && l->programs))
            continue;
        buf_adds(out, entry->d_name);
        if (is_dir)
            buf_addc(out, '/');
        buf_addc(out, '\0');
        ++*n;
    }
    if (directory)
        closedir(directory);
}

static int list_there(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct listing *l = arg;
    size_t n = 0;
    (void)ret_fd;
    (void)e;
    for (size_t i = 0; l->directories[i]; i++)
        list_directory(l, l->directories[i], &n, out);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name with control characters in it is no name to be offered: a terminal would obey them. */
static bool can_be_shown(const char *name)
{
    cleanup_buf struct buf shown = {0};
    add_harmless(&shown, name, strlen(name));
    return !strcmp(buf_text(&shown), name) && !strpbrk(name, "\n\t");
}

static void add_listed(const struct place *where, struct listing *l, const char *before, struct strv *out)
{
    cleanup_buf struct buf names = {0};
    struct nslab_error quiet = {0};
    size_t first = out->len;
    if (call_in(where, CLONE_NEWUSER | CLONE_NEWNS, list_there, l, PATHS_TIME_MS, &names, NULL, &quiet) < 0)
        return;
    for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1) {
        cleanup_free char *path = xasprintf("%s%s", before, names.data + at);
        if (can_be_shown(path) && !strv_contains(out, path))
            strv_add(out, path);
    }
    if (out->len > first)
        qsort(out->items + first, out->len - first, sizeof *out->items, by_name);
}

void paths_there(const struct place *where, const char *typed, struct strv *out)
{
    const char *slash = strrchr(typed, '/');
    size_t n = slash ? (size_t)(slash - typed) + 1 : 0;
    cleanup_free char *before = xstrndup(typed, n);
    const char *directories[] = {n ? before : ".", NULL};
    struct listing l = {.directories = directories, .prefix = typed + n};
    add_listed(where, &l, before, out);
}

void programs_there(const struct place *where, const char *typed, struct strv *out)
{
    static const char *const directories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
                                              "/sbin",           "/bin",           NULL};
    struct listing l = {.directories = directories, .prefix = typed, .programs = true};
    add_listed(where, &l, "", out);
}

/* --- words --- */

char *word_typed(const char *raw)
{
    struct buf text = {0};
    char quote = '\0';
    for (const char *p = raw; *p; p++) {
        if (quote ? *p == quote : (*p == '\'' || *p == '"'))
            quote = quote ? '\0' : *p;
        else if (*p == '\\' && p[1] && quote != '\'')
            buf_addc(&text, *++p);
        else
            buf_addc(&text, *p);
    }
    return buf_take(&text);
}

static bool needs_backslash(char c, char quote)
{
    if (quote == '"')
        return strchr("\"\\$`", c) != NULL;
    return !isalnum((unsigned char)c) && (unsigned char)c < 0x80 && !strchr("_@%+=:,./-^~", c);
}

char *word_continued(const char *raw, const char *text)
{
    struct buf word = {0};
    char quote = *raw == '\'' || *raw == '"' ? *raw : '\0';
    size_t n = strlen(text);
    if (quote == '\'' && strchr(text, '\''))
        quote = '\0'; /* no way to write it within these quotes */
    if (quote)
        buf_addc(&word, quote);
    for (size_t i = 0; i < n; i++) {
        if (quote != '\'' && needs_backslash(text[i], quote))
            buf_addc(&word, '\\');
        buf_addc(&word, text[i]);
    }
    if (quote && n && text[n - 1] != '/')
        buf_addc(&word, quote);
    return buf_take(&word);
}
