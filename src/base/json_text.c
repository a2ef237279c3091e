/* SPDX-License-Identifier: MIT */
#include "nslab/json_text.h"
#include "nslab/text.h"

#include <string.h>

json_t *harmless_json(const char *text)
{
    cleanup_buf struct buf harmless = {0};
    if (!text)
        return json_null();
    add_harmless(&harmless, text, strlen(text));
    return json_stringn(buf_text(&harmless), harmless.len);
}

static int add_bytes(const char *bytes, size_t n, void *out)
{
    buf_add(out, bytes, n);
    return 0;
}

void json_write(json_t *taken, struct buf *out)
{
    json_dump_callback(taken, add_bytes, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(taken);
    buf_addc(out, '\n');
}
