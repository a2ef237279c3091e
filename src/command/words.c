/* SPDX-License-Identifier: MIT
 *
 * Words, as sh splits them: blanks part them, quotes and backslash keep blanks in them. What only a shell
 * could do (pipes, redirections, substitutions) is refused with the way to have a shell do it, rather than
 * passed on as text.
 */
#include "nslab/command.h"
#include "nslab/mem.h"

#include <ctype.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define OPERATORS "|<>&;`()"

static int unclosed(struct nslab_error *e, char quote)
{
    error_say(e, "the quote %c is not closed", quote);
    return error_hint(e, "Close it, or write \\%c for the character itself.", quote);
}

static int needs_a_shell(struct nslab_error *e, const char *what)
{
    error_say(e, "unquoted %s: a line is one command, and no shell reads it", what);
    return error_hint(e, "To have a shell do it: host sh -c '...' or exec NAME sh -c '...', or quote it.");
}

static int no_variables(struct nslab_error *e, const char *dollar)
{
    size_t n = 1;
    while (isalnum((unsigned char)dollar[n]) || dollar[n] == '_')
        n++;
    error_say(e, "no shell reads this line, so that nothing sets or expands %.*s", (int)(n < 40 ? n : 40),
              dollar);
    return error_hint(
        e,
        "Write the value itself, or '%.*s' in single quotes for the text. The PID of a container: "
        "inspect -f '{{.State.Pid}}' NAME.",
        (int)(n < 40 ? n : 40), dollar);
}

/* Each scan_ function begins at line[*at], adds to word and leaves *at behind what it took; on error *at is
 * the place to point at. */
static int scan_single(const char *line, size_t *at, struct buf *word, struct nslab_error *e)
{
    const char *begin = line + *at + 1;
    const char *end = strchr(begin, '\'');
    if (!end)
        return unclosed(e, '\'');
    buf_add(word, begin, (size_t)(end - begin));
    *at = (size_t)(end - line) + 1;
    return 0;
}

static int scan_double(const char *line, size_t *at, struct buf *word, struct nslab_error *e)
{
    size_t i = *at + 1;
    for (; line[i] && line[i] != '"'; i++) {
        /* Within double quotes a backslash is special only before these (POSIX sh, 2.2.3). */
        if (line[i] == '\\' && line[i + 1] && strchr("$`\"\\\n", line[i + 1])) {
            i++;
            if (line[i] == '\n')
                continue;
        }
        buf_addc(word, line[i]);
    }
    if (!line[i])
        return unclosed(e, '"');
    *at = i + 1;
    return 0;
}

static int scan_backslash(const char *line, size_t *at, struct buf *word, struct nslab_error *e)
{
    char next = line[*at + 1];
    if (!next) {
        error_say(e, "a backslash at the end of the line quotes nothing");
        return error_hint(e, "Take it away, or write \\\\ for the character itself.");
    }
    if (next != '\n')
        buf_addc(word, next);
    *at += 2;
    return 0;
}

/* ${name} stays as it is: it belongs to the lab's templates, which are expanded before a line is run. */
static int scan_plain(const char *line, size_t *at, struct buf *word, struct nslab_error *e)
{
    char c = line[*at], next = line[*at + 1];
    if (c == '$' && next == '(')
        return needs_a_shell(e, "$(");
    if (c == '$' && (isalpha((unsigned char)next) || next == '_'))
        return no_variables(e, line + *at);
    if (strchr(OPERATORS, c))
        return needs_a_shell(e, (const char[]){c, '\0'});
    buf_addc(word, c);
    ++*at;
    return 0;
}

static int scan_word(const char *line, size_t *at, struct buf *word, struct nslab_error *e)
{
    int r = 0;
    while (r == 0 && line[*at] && !strchr(BLANKS, line[*at])) {
        switch (line[*at]) {
        case '\'':
            r = scan_single(line, at, word, e);
            break;
        case '"':
            r = scan_double(line, at, word, e);
            break;
        case '\\':
            r = scan_backslash(line, at, word, e);
            break;
        default:
            r = scan_plain(line, at, word, e);
        }
    }
    return r;
}

static void add_word(struct words *w, char *word, size_t offset)
{
    strv_add_taken(&w->words, word);
    w->offsets = xrealloc(w->offsets, w->words.len, sizeof *w->offsets);
    w->offsets[w->words.len - 1] = offset;
}

int words_split(const char *line, struct words *ret, size_t *ret_offset, struct nslab_error *e)
{
    size_t at = 0;
    *ret = (struct words){0};
    for (;;) {
        at += strspn(line + at, BLANKS);
        if (!line[at] || line[at] == '#') /* as in sh, # at a word's begin starts a comment */
            return 0;
        cleanup_buf struct buf word = {0};
        size_t begin = at;
        if (scan_word(line, &at, &word, e) < 0) {
            *ret_offset = at;
            words_free(ret);
            return -1;
        }
        add_word(ret, buf_take(&word), begin);
    }
}

void words_free(struct words *w)
{
    strv_free(&w->words);
    free(w->offsets);
    *w = (struct words){0};
}

static bool is_safe(const char *word)
{
    for (const char *p = word; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_@%+=:,./-{}^*?[]!~", *p))
            return false;
    return *word != '\0';
}

void word_quote(const char *word, struct buf *out)
{
    if (is_safe(word)) {
        buf_adds(out, word);
        return;
    }
    buf_addc(out, '\'');
    for (const char *p = word; *p; p++) {
        if (*p == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *p);
    }
    buf_addc(out, '\'');
}
