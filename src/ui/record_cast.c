/* SPDX-License-Identifier: MIT */
#include "record_cast.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <jansson.h>
#include <string.h>

#define LABEL_MAX 256u
#define MARK_END '\a'

/* --- lines --- */

/* U+FFFD for each byte that isn't UTF-8. */
static void add_valid(struct buf *out, const char *text, size_t n)
{
    while (n) {
        uint32_t c;
        size_t length = utf8_decode(text, n, &c);
        if (length)
            buf_add(out, text, length);
        else
            buf_adds(out, "\xef\xbf\xbd");
        length = length ? length : 1;
        text += length;
        n -= length;
    }
}

static void add_json_text(struct buf *out, const char *text, size_t n)
{
    cleanup_buf struct buf valid = {0};
    add_valid(&valid, text, n);
    json_t *string = json_stringn(buf_text(&valid), valid.len);
    char *encoded = json_dumps(string, JSON_ENCODE_ANY);
    buf_adds(out, encoded ? encoded : "\"\"");
    free(encoded);
    json_decref(string);
}

static void add_event(struct buf *out, double seconds, char code, const char *text, size_t n)
{
    buf_addf(out, "[%.6f, \"%c\", ", seconds, code);
    add_json_text(out, text, n);
    buf_adds(out, "]\n");
}

static void set_text(json_t *object, const char *key, const char *text)
{
    cleanup_buf struct buf valid = {0};
    if (!text)
        return;
    add_valid(&valid, text, strlen(text));
    json_object_set_new(object, key, json_string(buf_text(&valid)));
}

void cast_header(const struct cast_header *h, struct buf *out)
{
    json_t *env = json_object(), *header = json_object();
    set_text(env, "TERM", h->term);
    set_text(env, "SHELL", h->shell);
    json_object_set_new(header, "version", json_integer(2));
    json_object_set_new(header, "width", json_integer(h->width));
    json_object_set_new(header, "height", json_integer(h->height));
    json_object_set_new(header, "timestamp", json_integer(h->timestamp));
    json_object_set_new(header, "idle_time_limit", json_integer(CAST_IDLE_LIMIT_S));
    set_text(header, "title", h->title);
    json_object_set_new(header, "env", env);
    char *encoded = json_dumps(header, JSON_PRESERVE_ORDER);
    buf_addf(out, "%s\n", encoded ? encoded : "{}");
    free(encoded);
    json_decref(header);
}

void cast_resize(double seconds, unsigned width, unsigned height, struct buf *events)
{
    char size[32];
    int n = snprintf(size, sizeof size, "%ux%u", width, height);
    add_event(events, seconds, 'r', size, (size_t)n);
}

/* --- marks --- */

static void mark_begin(const char *secret, struct buf *out)
{
    buf_addf(out, "\033]nslab;%s;", secret);
}

void cast_mark(const char *secret, const char *label, struct buf *out)
{
    mark_begin(secret, out);
    for (size_t i = 0; i < LABEL_MAX && label[i]; i++)
        buf_addc(out, (unsigned char)label[i] < 0x20 ? ' ' : label[i]);
    buf_addc(out, MARK_END);
}

/* --- bytes --- */

/* How many bytes at the end may be the beginning of a character. */
static size_t cut_character(const char *text, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)text[n - back];
        if (c < 0x80)
            return 0;
        if (c >= 0xc0)
            return back < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? back : 0;
    }
    return 0;
}

static void drop_front(struct buf *b, size_t n)
{
    if (!n)
        return;
    memmove(b->data, b->data + n, b->len - n);
    buf_truncate(b, b->len - n);
}

static void take_text(struct cast *c, double seconds, size_t n, struct buf *shown, struct buf *events)
{
    buf_add(shown, c->bytes.data, n);
    buf_add(&c->text, c->bytes.data, n);
    drop_front(&c->bytes, n);
    size_t whole = c->text.len - cut_character(buf_text(&c->text), c->text.len);
    if (!whole)
        return;
    add_event(events, seconds, 'o', c->text.data, whole);
    drop_front(&c->text, whole);
}

/* So many bytes at the end may be the beginning of a mark. */
static size_t cut_mark(const struct buf *bytes, const struct buf *begin)
{
    size_t most = bytes->len < begin->len - 1 ? bytes->len : begin->len - 1;
    for (size_t n = most; n; n--)
        if (!memcmp(bytes->data + bytes->len - n, begin->data, n))
            return n;
    return 0;
}

/* The bytes begin with a mark. false: its end is still to come. */
static bool take_mark(struct cast *c, double seconds, size_t begin, struct buf *events)
{
    const char *label = c->bytes.data + begin;
    const char *end = memchr(label, MARK_END, c->bytes.len - begin);
    if (!end)
        return false;
    add_event(events, seconds, 'm', label, (size_t)(end - label));
    drop_front(&c->bytes, (size_t)(end - c->bytes.data) + 1);
    return true;
}

void cast_feed(struct cast *c, double seconds, const char *bytes, size_t n, struct buf *shown,
               struct buf *events)
{
    cleanup_buf struct buf begin = {0};
    mark_begin(c->secret, &begin);
    buf_add(&c->bytes, bytes, n);
    while (c->bytes.len) {
        const char *mark = memmem(c->bytes.data, c->bytes.len, begin.data, begin.len);
        size_t before = mark ? (size_t)(mark - c->bytes.data) : c->bytes.len - cut_mark(&c->bytes, &begin);
        if (before)
            take_text(c, seconds, before, shown, events);
        if (!mark || !take_mark(c, seconds, begin.len, events))
            return;
    }
}

void cast_flush(struct cast *c, double seconds, struct buf *shown, struct buf *events)
{
    if (c->bytes.len)
        take_text(c, seconds, c->bytes.len, shown, events);
}

void cast_free(struct cast *c)
{
    buf_free(&c->bytes);
    buf_free(&c->text);
}
