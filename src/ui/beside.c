/* SPDX-License-Identifier: MIT */
#include "beside.h"
#include "nslab/command.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

#define GUTTER 4u
#define TAB 8u

void said_line_free(struct said_line *s)
{
    free(s->line);
    buf_free(&s->output);
    *s = (struct said_line){0};
}

/* --- what belongs together --- */

/* Who looks, and with which words. */
struct looking {
    struct line line;
    const char *viewpoint;      /* NULL: no command is run */
    const char *const *command; /* ends at NULL */
};

static void looking_free(struct looking *l)
{
    line_free(&l->line);
}
#define cleanup_looking __attribute__((cleanup(looking_free)))

static void look_at(const char *text, struct looking *ret)
{
    struct nslab_error e = {0};
    size_t offset = 0;
    *ret = (struct looking){0};
    if (line_parse(&lab_verbs, text, &ret->line, &offset, &e) < 0 || ret->line.interactive_terminal)
        return;
    bool exec = !strcmp(ret->line.verb->name, "exec");
    if (!exec && strcmp(ret->line.verb->name, "host") != 0)
        return;
    ret->viewpoint = exec ? ret->line.args.items[0] : "host";
    ret->command = (const char *const *)ret->line.args.items + (exec ? 1 : 0);
}

bool line_may_stand_beside(const char *line)
{
    cleanup_looking struct looking it = {0};
    look_at(line, &it);
    return it.viewpoint != NULL;
}

static bool same_words(const char *const *a, const char *const *b)
{
    for (; *a && *b && !strcmp(*a, *b); a++, b++)
        ;
    return !*a && !*b;
}

/* With a shell, anything may stand behind the first word. */
static bool is_shell(const char *program)
{
    return !strcmp(program, "sh") || !strcmp(program, "bash");
}

bool lines_belong_together(const struct said_line *before, size_t n, const char *line)
{
    cleanup_looking struct looking new = {0};
    look_at(line, &new);
    if (!n || n == BESIDE_MAX || !new.viewpoint || !before[n - 1].output.len)
        return false;
    for (size_t i = 0; i < n; i++) {
        cleanup_looking struct looking old = {0};
        look_at(before[i].line, &old);
        if (!old.viewpoint || !strcmp(old.viewpoint, new.viewpoint) ||
            strcmp(old.command[0], new.command[0]) != 0)
            return false;
        if (is_shell(new.command[0]) && !same_words(old.command, new.command))
            return false;
    }
    return true;
}

/* Only the very same words can be expected to say the same. */
static bool comparable(const struct said_line *lines, size_t n)
{
    cleanup_looking struct looking first = {0};
    look_at(lines[0].line, &first);
    for (size_t i = 1; i < n; i++) {
        cleanup_looking struct looking it = {0};
        look_at(lines[i].line, &it);
        if (!first.viewpoint || !it.viewpoint || !same_words(first.command, it.command))
            return false;
    }
    return n > 1;
}

/* --- columns --- */

struct column {
    struct strv rows;
    size_t width;
};

struct columns {
    struct column of[BESIDE_MAX];
};

static void columns_free(struct columns *c)
{
    for (size_t i = 0; i < BESIDE_MAX; i++)
        strv_free(&c->of[i].rows);
}

static void add_row(struct column *column, const char *text)
{
    cleanup_buf struct buf row = {0};
    for (const char *p = text; *p; p++) {
        size_t blanks = *p == '\t' ? TAB - display_columns(buf_text(&row), row.len) % TAB : 0;
        if (blanks)
            buf_addf(&row, "%*s", (int)blanks, "");
        else
            buf_addc(&row, *p);
    }
    size_t width = display_columns(buf_text(&row), row.len);
    if (width > column->width)
        column->width = width;
    strv_add_taken(&column->rows, buf_take(&row));
}

static void fill_column(const struct said_line *said, struct column *column)
{
    cleanup_strv struct strv rows = {0};
    cleanup_free char *head = xasprintf("%s%s", LINE_SIGN, said->line);
    strv_split_lines(&rows, buf_text(&said->output));
    add_row(column, head);
    for (size_t i = 0; i < rows.len; i++)
        add_row(column, rows.items[i]);
}

/* They share the line evenly if each has room enough in its part; else each gets what it needs. false: there
 * isn't enough for all. */
static bool share_width(struct column *columns, size_t n, unsigned width)
{
    size_t gutters = (n - 1) * GUTTER, needed = gutters, widest = 0;
    for (size_t i = 0; i < n; i++) {
        needed += columns[i].width;
        widest = columns[i].width > widest ? columns[i].width : widest;
    }
    if (needed > width)
        return false;
    for (size_t i = 0; widest <= (width - gutters) / n && i < n; i++)
        columns[i].width = (width - gutters) / n;
    return true;
}

static const char *row_at(const struct column *column, size_t row)
{
    return row < column->rows.len ? column->rows.items[row] : "";
}

/* Between a row and its neighbour: whether they are the same. */
static const char *sign_between(const char *a, const char *b, const struct look *look)
{
    if (!*a && !*b)
        return "";
    return !strcmp(a, b) ? "=" : look->utf8 ? "≠" : "!=";
}

static void put_row(const struct column *columns, size_t n, size_t row, bool compare, const struct look *look,
                    struct buf *out)
{
    size_t owed = 0; /* blanks: none are put at a line's end */
    for (size_t i = 0; i < n; i++) {
        const char *text = row_at(&columns[i], row);
        if (*text) {
            buf_addf(out, "%*s", (int)owed, "");
            owed = 0;
            if (row) {
                style_add(out, look, STYLE_PLAIN, text);
            } else { /* as show_line() has it */
                style_add(out, look, STYLE_PLAIN, LINE_SIGN);
                style_add(out, look, STYLE_CODE, text + strlen(LINE_SIGN));
            }
        }
        owed += columns[i].width - display_columns(text, strlen(text)) + GUTTER;
        const char *sign =
            compare && row && i + 1 < n ? sign_between(text, row_at(&columns[i + 1], row), look) : "";
        if (!*sign)
            continue;
        buf_addf(out, "%*s", (int)(owed - GUTTER + 1), "");
        style_add(out, look, *sign == '=' ? STYLE_DIM : STYLE_WARN, sign);
        owed = GUTTER - 1 - display_columns(sign, strlen(sign));
    }
    buf_addc(out, '\n');
}

static bool put_columns(const struct said_line *lines, size_t n, const struct look *look, struct buf *out)
{
    cleanup_with(columns_free) struct columns columns = {0};
    size_t rows = 0;
    bool compare = comparable(lines, n);
    for (size_t i = 0; i < n; i++) {
        fill_column(&lines[i], &columns.of[i]);
        rows = columns.of[i].rows.len > rows ? columns.of[i].rows.len : rows;
    }
    if (!share_width(columns.of, n, look->width))
        return false;
    for (size_t row = 0; row < rows; row++)
        put_row(columns.of, n, row, compare, look, out);
    return true;
}

/* --- one below the other --- */

static const char *remark(const struct said_line *lines, size_t n)
{
    bool same = true;
    for (size_t i = 1; i < n; i++)
        same = same && !strcmp(buf_text(&lines[0].output), buf_text(&lines[i].output));
    if (n == 2)
        return same ? "(Both say the same.)" : "(They don't say the same.)";
    return same ? "(All of them say the same.)" : "(They don't all say the same.)";
}

void show_said(const struct said_line *lines, size_t n, const struct look *look, struct buf *out)
{
    if (n > 1 && !look->plain && put_columns(lines, n, look, out))
        return;
    for (size_t i = 0; i < n; i++) {
        show_line(lines[i].line, look, out);
        buf_add(out, buf_text(&lines[i].output), lines[i].output.len);
    }
    if (n > 1 && comparable(lines, n)) {
        style_add(out, look, STYLE_DIM, remark(lines, n));
        buf_addc(out, '\n');
    }
}
