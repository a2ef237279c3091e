/* SPDX-License-Identifier: MIT
 *
 * A line that was typed, as it can be run again: numbers that live only as long as a container get their
 * names. Pure.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "nslab/workbook.h"

#include <ctype.h>
#include <string.h>

bool work_line_fits(const char *line)
{
    cleanup_buf struct buf harmless = {0};
    size_t n = strlen(line);
    if (n > WORK_LINE_MAX || strchr(line, '\n'))
        return false;
    add_harmless(&harmless, line, n);
    return harmless.len == n && !memcmp(buf_text(&harmless), line, n);
}

bool work_learner_fits(const char *name)
{
    return work_line_fits(name) && name[strspn(name, " \t")];
}

/* --- where a number stands --- */

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The word that ends before `end`, blanks between them left out. */
static size_t word_before(const char *line, size_t end, size_t *length)
{
    while (end && line[end - 1] == ' ')
        end--;
    size_t begin = end;
    while (begin && !strchr(" '\"(;|&", line[begin - 1]))
        begin--;
    *length = end - begin;
    return begin;
}

static bool is_one_of(const char *word, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == length && !strncmp(word, *words, length))
            return true;
    return false;
}

/* Options that take a PID, and commands whose other words are PIDs. */
static const char *const pid_options[] = {"-p", "--pid", "-t", "--target", "-P", "--ppid", NULL};
static const char *const other_options[] = {"-s", "--signal", "-n", "-o", "-u", NULL};
static const char *const pid_commands[] = {"kill", "ps", "pstree", "pmap", "pwdx", "renice", "prlimit", NULL};

static bool ends_with_option(const char *line, size_t end, const char *const *options)
{
    size_t length, begin = word_before(line, end, &length);
    return length && is_one_of(line + begin, length, options);
}

/* Nothing but a PID makes sense here: /proc/N, -p N, -pN, --pid=N, kill N; and the same in a list with
 * commas.
 */
static bool where_a_pid_stands(const char *line, size_t at)
{
    while (at && (isdigit((unsigned char)line[at - 1]) || line[at - 1] == ','))
        at--;
    if (at >= strlen("/proc/") && !strncmp(line + at - strlen("/proc/"), "/proc/", strlen("/proc/")))
        return true;
    if (at && line[at - 1] == '=')
        return ends_with_option(line, at - 1, pid_options);
    if (at && line[at - 1] != ' ')
        return at >= 2 && (line[at - 1] == 'p' || line[at - 1] == 't') &&
               ends_with_option(line, at, pid_options);
    if (ends_with_option(line, at, pid_options))
        return true;
    if (ends_with_option(line, at, other_options))
        return false;
    for (size_t length, end = at; end; end = word_before(line, end, &length)) {
        size_t begin = word_before(line, end, &length);
        if (is_one_of(line + begin, length, pid_commands))
            return true;
        if (!length || begin == end)
            return false;
    }
    return false;
}

/* --- the line --- */

#define DIGITS_ALONE 4 /* a number of so many is a PID wherever it stands; `sleep 10` is not */

static const char *name_of(const struct live_fact *facts, size_t n, const char *value, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(facts[i].value) == length && !strncmp(facts[i].value, value, length))
            return facts[i].name;
    return NULL;
}

/* A whole number or address begins at `at`, and doesn't belong to a longer word, a port or a pair of ids. */
static size_t number_at(const char *line, size_t at)
{
    if (!isdigit((unsigned char)line[at]))
        return 0;
    bool attached = at >= 2 && line[at - 2] == '-' && (line[at - 1] == 'p' || line[at - 1] == 't') &&
                    (at == 2 || line[at - 3] == ' ');
    if (at && !attached && (is_word_character(line[at - 1]) || line[at - 1] == ':'))
        return 0;
    if (at >= 2 && line[at - 1] == '-' && line[at - 2] != ' ')
        return 0;
    size_t n = strspn(line + at, "0123456789.");
    while (line[at + n - 1] == '.')
        n--;
    bool address = memchr(line + at, '.', n) != NULL;
    char next = line[at + n];
    return is_word_character(next) || next == '-' || (next == ':' && !address) ? 0 : n;
}

static const char *name_at(const char *line, size_t at, size_t length, const struct live_fact *facts,
                           size_t n)
{
    const char *name = name_of(facts, n, line + at, length);
    bool sure = length >= DIGITS_ALONE || (!(at && line[at - 1] == '-') && where_a_pid_stands(line, at));
    return sure ? name : NULL;
}

char *line_with_names(const char *line, const struct live_fact *facts, size_t n)
{
    cleanup_buf struct buf out = {0};
    for (size_t at = 0; line[at];) {
        size_t length = number_at(line, at), step = length ? length : 1;
        const char *name = length ? name_at(line, at, length, facts, n) : NULL;
        if (starts_with(line + at, "${"))
            step = strcspn(line + at, "}"); /* what is in it has a name already */
        if (name)
            buf_addf(&out, "${%s}", name);
        else
            buf_add(&out, line + at, step);
        at += step;
    }
    return buf_take(&out);
}
