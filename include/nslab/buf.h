/* SPDX-License-Identifier: MIT
 *
 * Two growing containers: a text (also for bytes), and a list of strings. Both start as all zeroes.
 */
#ifndef NSLAB_BUF_H
#define NSLAB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NUL-terminated whenever it isn't NULL */
    size_t len; /* without the NUL */
    size_t cap;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_truncate(struct buf *b, size_t len);
const char *buf_text(const struct buf *b); /* never NULL; owned by b */
char *buf_take(struct buf *b);             /* the caller frees it; never NULL; b is empty afterwards */
void buf_free(struct buf *b);
#define cleanup_buf __attribute__((cleanup(buf_free)))

struct strv {
    char **items; /* NULL-terminated whenever it isn't NULL: may be passed to execve */
    size_t len;
};

void strv_add(struct strv *v, const char *s); /* copies */
void strv_addf(struct strv *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strv_add_taken(struct strv *v, char *s); /* takes s over */
void strv_copy(struct strv *to, const struct strv *from);
bool strv_contains(const struct strv *v, const char *s);
void strv_join(const struct strv *v, const char *separator, struct buf *out);
void strv_split_lines(struct strv *v,
                      const char *text); /* without the newlines; a last empty line is no line */
void strv_free(struct strv *v);
#define cleanup_strv __attribute__((cleanup(strv_free)))

#endif
