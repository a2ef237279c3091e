/* SPDX-License-Identifier: MIT */
#include "nslab/buf.h"
#include "nslab/mem.h"

#include <stdio.h>
#include <string.h>

static void reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->data = xrealloc(b->data, cap, 1);
    b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    reserve(b, n);
    if (n)
        memcpy(b->data + b->len, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    if (n > 0) {
        reserve(b, (size_t)n);
        vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void buf_addf(struct buf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    buf_vaddf(b, format, ap);
    va_end(ap);
}

void buf_truncate(struct buf *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->data[len] = '\0';
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
    char *text = b->data ? b->data : xstrdup("");
    *b = (struct buf){0};
    return text;
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void strv_add_taken(struct strv *v, char *s)
{
    v->items = xrealloc(v->items, v->len + 2, sizeof *v->items);
    v->items[v->len++] = s;
    v->items[v->len] = NULL;
}

void strv_add(struct strv *v, const char *s)
{
    strv_add_taken(v, xstrdup(s));
}

void strv_addf(struct strv *v, const char *format, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&b, format, ap);
    va_end(ap);
    strv_add_taken(v, buf_take(&b));
}

void strv_copy(struct strv *to, const struct strv *from)
{
    for (size_t i = 0; i < from->len; i++)
        strv_add(to, from->items[i]);
}

bool strv_contains(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->len; i++)
        if (!strcmp(v->items[i], s))
            return true;
    return false;
}

void strv_join(const struct strv *v, const char *separator, struct buf *out)
{
    for (size_t i = 0; i < v->len; i++) {
        if (i)
            buf_adds(out, separator);
        buf_adds(out, v->items[i]);
    }
}

void strv_split_lines(struct strv *v, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        strv_add_taken(v, xstrndup(text, n));
        text += n + (text[n] == '\n');
    }
}

void strv_free(struct strv *v)
{
    for (size_t i = 0; i < v->len; i++)
        free(v->items[i]);
    free(v->items);
    *v = (struct strv){0};
}
