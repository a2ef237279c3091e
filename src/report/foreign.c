/* SPDX-License-Identifier: MIT
 *
 * Texts that nslab didn't write: what a process in a lab printed, a file's name, a lab's title.
 */
#include "internal.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

void add_foreign(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    if (!text)
        return;
    add_harmless(&harmless, text, strlen(text));
    const char *p = buf_text(&harmless);
    for (const char *command; (command = strstr(p, "##[")); p = command + 3) {
        buf_add(out, p, (size_t)(command - p));
        buf_adds(out, "##\\x5b");
    }
    buf_adds(out, p);
}

void add_foreign_line(struct buf *out, const char *text)
{
    size_t start = out->len;
    add_foreign_capped(out, text, REPORT_TEXT_MAX);
    for (size_t i = start; i < out->len; i++)
        if (out->data[i] == '\n' || out->data[i] == '\t')
            out->data[i] = ' ';
}

void add_foreign_capped(struct buf *out, const char *text, size_t max)
{
    size_t start = out->len, end = start + max;
    add_foreign(out, text);
    if (out->len <= end)
        return;
    size_t all = out->len;
    while (end > start && ((unsigned char)out->data[end] & 0xc0) == 0x80) /* not within a character */
        end--;
    buf_truncate(out, end);
    buf_addf(out, " (and %zu bytes more)", all - end);
}
