/* SPDX-License-Identifier: MIT */
#include "nslab/passwd.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NAME, PASSWORD, ID, GROUP, COMMENT, HOME, SHELL, FIELD_COUNT };

/* Cuts off the next line that isn't a comment. NULL where there is none any more. */
static char *next_line(char **text)
{
    char *line;
    do
        line = strsep(text, "\n");
    while (line && line[0] == '#');
    return line;
}

static size_t cut_fields(char *line, char *fields[FIELD_COUNT])
{
    size_t n = 0;
    while (n < FIELD_COUNT && line)
        fields[n++] = strsep(&line, ":");
    return n;
}

/* (uid_t)-1 stands for none: setresuid(2). */
static bool parse_id(const char *field, unsigned *ret)
{
    unsigned long n;
    if (!parse_unsigned(field, UINT32_MAX - 1ul, &n))
        return false;
    *ret = (unsigned)n;
    return true;
}

bool passwd_find(char *text, const char *name, uid_t uid, struct passwd_line *ret)
{
    char *f[FIELD_COUNT];
    for (char *line; (line = next_line(&text));) {
        if (cut_fields(line, f) <= HOME || !parse_id(f[ID], &ret->uid) || !parse_id(f[GROUP], &ret->gid))
            continue;
        ret->home = f[HOME];
        if (name ? !strcmp(f[NAME], name) : ret->uid == uid)
            return true;
    }
    return false;
}

bool group_find(char *text, const char *name, gid_t *ret)
{
    char *f[FIELD_COUNT];
    for (char *line; (line = next_line(&text));)
        if (cut_fields(line, f) > ID && !strcmp(f[NAME], name) && parse_id(f[ID], ret))
            return true;
    return false;
}

char *name_of_id(const char *text, unsigned id)
{
    cleanup_free char *copy = xstrdup(text);
    char *f[FIELD_COUNT], *rest = copy;
    unsigned n;
    for (char *line; (line = next_line(&rest));)
        if (cut_fields(line, f) > ID && f[NAME][0] && parse_id(f[ID], &n) && n == id)
            return xstrdup(f[NAME]);
    return NULL;
}
