/* SPDX-License-Identifier: MIT */
#include "nslab/markdown.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <string.h>

/* --- inline marks --- */

struct inline_mark {
    const char *mark;
    enum style style;
};
/* The longer mark first: `**` begins with `*`. */
static const struct inline_mark inline_marks[] = {{"**", STYLE_BOLD}, {"*", STYLE_EMPHASIS}};

/* Where the closing mark is, or NULL. A mark hugs the text that it marks, so that `2 * 3 * 4` is text; and it
 * doesn't begin within a word, so that file*names are text. */
static const char *closing_mark(const char *start, const char *p, const char *mark)
{
    size_t n = strlen(mark);
    if (strncmp(p, mark, n) != 0 || !p[n] || isspace((unsigned char)p[n]) || p[n] == '*')
        return NULL;
    if (p > start && isalnum((unsigned char)p[-1]))
        return NULL;
    for (const char *q = p + n + 1; *q; q++)
        if (!strncmp(q, mark, n) && !isspace((unsigned char)q[-1]) && q[n] != '*')
            return q;
    return NULL;
}

/* `code`, or ``code with a ` in it``. Returns what follows it, or NULL when it isn't closed. */
static const char *add_code(const char *p, const struct look *look, struct styled *out)
{
    size_t ticks = strspn(p, "`");
    for (const char *q = p + ticks; (q = strchr(q, '`')); q += strspn(q, "`")) {
        if (strspn(q, "`") != ticks)
            continue;
        if (look->colour)
            styled_add(out, STYLE_CODE, p + ticks, (size_t)(q - p) - ticks);
        else
            styled_add(out, STYLE_CODE, p, (size_t)(q - p) + ticks);
        return q + ticks;
    }
    return NULL;
}

static void add_inline(const char *start, const struct look *look, enum style base, struct styled *out);

static const char *add_marked(const char *start, const char *p, const struct look *look, struct styled *out)
{
    for (size_t i = 0; i < ARRAY_LEN(inline_marks); i++) {
        const char *end = closing_mark(start, p, inline_marks[i].mark);
        if (!end)
            continue;
        size_t n = strlen(inline_marks[i].mark);
        cleanup_free char *inner = xstrndup(p + n, (size_t)(end - p) - n);
        add_inline(inner, look, inline_marks[i].style, out);
        return end + n;
    }
    return NULL;
}

static void add_inline(const char *start, const struct look *look, enum style base, struct styled *out)
{
    for (const char *p = start; *p;) {
        const char *next = NULL;
        if (*p == '\\' && ispunct((unsigned char)p[1])) {
            styled_add(out, base, p + 1, 1);
            next = p + 2;
        } else if (*p == '`') {
            next = add_code(p, look, out);
        } else if (*p == '*') {
            next = add_marked(start, p, look, out);
        }
        if (!next) {
            /* an unclosed mark is text, all of it: the second half of `**` must not open anything */
            size_t n = *p == '*' || *p == '`' ? strspn(p, (char[]){*p, '\0'}) : 1;
            styled_add(out, base, p, n);
            next = p + n;
        }
        p = next;
    }
}

void markdown_inline(const char *text, const struct look *look, enum style base, struct styled *out)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, text, strlen(text));
    add_inline(buf_text(&harmless), look, base, out);
}

/* --- blocks --- */

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_ITEM, BLOCK_HEADING, BLOCK_TABLE, BLOCK_CODE };

struct renderer {
    const struct look *look;
    const char *first, *rest; /* indents; first is used up by the first line */
    struct buf *out;
    enum block block; /* what is being collected */
    struct buf text;  /* its text so far */
    size_t depth;     /* of an item: columns before its mark */
    char mark[8];     /* of an item: "-", "12." */
    enum block shown; /* the last block that was put out */
    bool gap;         /* a blank line came since */
};

static const char *take_first(struct renderer *r)
{
    const char *first = r->first;
    r->first = r->rest;
    return first;
}

/* One blank line between blocks; items and lines of a table are blocks that stay together unless the author
 * parted them. */
static void part(struct renderer *r, enum block next)
{
    bool together =
        r->shown == next && !r->gap && (next == BLOCK_ITEM || next == BLOCK_TABLE || next == BLOCK_CODE);
    if (next == BLOCK_ITEM && r->shown == BLOCK_PARAGRAPH && !r->gap)
        together = true;
    if (r->shown != BLOCK_NONE && !together) {
        buf_adds(r->out, r->rest);
        while (r->out->len && r->out->data[r->out->len - 1] == ' ')
            buf_truncate(r->out, r->out->len - 1);
        buf_addc(r->out, '\n');
    }
    r->shown = next;
    r->gap = false;
}

static void put(struct renderer *r, const struct styled *text, enum breaking breaking, const char *mark,
                const char *hang)
{
    cleanup_free char *first = xasprintf("%s%s", take_first(r), mark);
    cleanup_free char *rest = xasprintf("%s%s", r->rest, hang);
    layout_text(text, r->look, breaking, first, rest, r->out);
}

static void flush(struct renderer *r)
{
    if (r->block == BLOCK_NONE)
        return;
    cleanup_styled struct styled text = {0};
    cleanup_buf struct buf mark = {0}, hang = {0};
    add_inline(buf_text(&r->text), r->look, r->block == BLOCK_HEADING ? STYLE_BOLD : STYLE_PLAIN, &text);
    if (r->block == BLOCK_ITEM) {
        buf_addf(&mark, "%*s%s ", (int)r->depth, "", r->mark);
        buf_addf(&hang, "%*s", (int)mark.len, "");
    }
    part(r, r->block);
    put(r, &text, BREAK_WORDS, buf_text(&mark), buf_text(&hang));
    buf_truncate(&r->text, 0);
    r->block = BLOCK_NONE;
}

/* Lines of code and of tables are shown as they stand. */
static void put_verbatim(struct renderer *r, enum block block, const char *line, const char *indent)
{
    cleanup_styled struct styled text = {0};
    flush(r);
    for (const char *p = line; *p; p++)
        styled_adds(&text, block == BLOCK_CODE ? STYLE_CODE : STYLE_PLAIN,
                    *p == '\t' ? "    " : (char[]){*p, '\0'});
    part(r, block);
    if (text.text.len)
        put(r, &text, BREAK_ANYWHERE, indent, indent);
    else
        buf_addc(r->out, '\n');
}

/* The mark of a list's item at p: "- ", "* " or "12. ". Its length without the spaces after it, or 0. */
static size_t item_mark(const char *p)
{
    size_t n = *p == '-' || *p == '*' || *p == '+' ? 1 : strspn(p, "0123456789");
    if (n && isdigit((unsigned char)*p))
        n = n <= 3 && p[n] == '.' ? n + 1 : 0;
    return n && p[n] == ' ' ? n : 0;
}

/* A number with a dot at a line's beginning may be no mark but the end of a sentence, as in "is PID\n3. It".
 * It is a mark where a block begins, in a list of numbers, and after a colon. */
static bool may_begin_item(const struct renderer *r, const char *p)
{
    if (!isdigit((unsigned char)*p) || r->block == BLOCK_NONE)
        return true;
    if (r->block == BLOCK_ITEM)
        return isdigit((unsigned char)r->mark[0]);
    return r->text.len && r->text.data[r->text.len - 1] == ':';
}

static void begin_item(struct renderer *r, const char *p, size_t depth, size_t mark)
{
    flush(r);
    r->block = BLOCK_ITEM;
    r->depth = depth < 12 ? depth : 12;
    memcpy(r->mark, p, mark);
    r->mark[mark] = '\0';
    if (mark == 1)
        r->mark[0] = '-';
    buf_adds(&r->text, p + mark + strspn(p + mark, " "));
}

static void continue_text(struct renderer *r, const char *p)
{
    if (r->block == BLOCK_NONE)
        r->block = BLOCK_PARAGRAPH;
    else
        buf_addc(&r->text, ' ');
    buf_adds(&r->text, p);
    while (r->text.len && r->text.data[r->text.len - 1] == ' ')
        buf_truncate(&r->text, r->text.len - 1);
}

static void take_line(struct renderer *r, const char *line)
{
    size_t depth = strspn(line, " ");
    const char *p = line + depth;
    size_t hashes = strspn(p, "#"), mark = item_mark(p);
    if (!*p) {
        flush(r);
        r->gap = true;
    } else if (hashes && hashes <= 6 && p[hashes] == ' ') {
        flush(r);
        r->block = BLOCK_HEADING;
        buf_adds(&r->text, p + hashes + strspn(p + hashes, " "));
        flush(r);
    } else if (*p == '|') {
        put_verbatim(r, BLOCK_TABLE, line, "");
    } else if (mark && may_begin_item(r, p)) {
        begin_item(r, p, depth, mark);
    } else {
        continue_text(r, p);
    }
}

void markdown_render_indented(const char *text, const struct look *look, const char *first, const char *rest,
                              struct buf *out)
{
    cleanup_buf struct buf harmless = {0};
    cleanup_strv struct strv lines = {0};
    struct renderer r = {.look = look, .first = first, .rest = rest, .out = out};
    bool fenced = false;
    add_harmless(&harmless, text, strlen(text));
    strv_split_lines(&lines, buf_text(&harmless));
    for (size_t i = 0; i < lines.len; i++) {
        const char *line = lines.items[i];
        if (starts_with(line + strspn(line, " "), "```")) {
            flush(&r);
            fenced = !fenced;
            r.gap = fenced || r.gap;
        } else if (fenced) {
            put_verbatim(&r, BLOCK_CODE, line, "    ");
        } else {
            take_line(&r, line);
        }
    }
    flush(&r);
    buf_free(&r.text);
}

void markdown_render(const char *text, const struct look *look, struct buf *out)
{
    markdown_render_indented(text, look, "", "", out);
}
