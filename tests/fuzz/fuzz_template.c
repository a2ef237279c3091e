/* SPDX-License-Identifier: MIT
 *
 * Templates: ${...} in any text is expanded, or its error names it; the names that lint finds are those that
 * are asked for.
 *
 * covers: src/lab/template.c src/ui/markdown.c src/base/text.c src/base/layout.c
 */
#include "fuzz.h"
#include "nslab/lab.h"
#include "nslab/markdown.h"
#include "nslab/text.h"

#include <string.h>

struct asked {
    const struct strv *names;
};

static char *lookup(void *context, const char *name)
{
    const struct asked *asked = context;
    HOLDS(strv_contains(asked->names, name));
    return strlen(name) % 7 ? xasprintf("<%s>", name) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct look look = {.width = 40, .colour = true, .utf8 = true};
    cleanup_free char *text = text_of(bytes, n);
    cleanup_free char *expanded = NULL;
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf out = {0};
    struct nslab_error e = {0};
    size_t offset = 0;
    if (!template_names(text, &names, &offset)) {
        HOLDS(offset <= strlen(text));
        return 0;
    }
    if (template_expand(text, lookup, &(struct asked){&names}, &expanded, &e) < 0) {
        HOLDS(error_is_set(&e));
        return 0;
    }
    markdown_render(expanded, &look, &out);
    add_harmless(&out, (const char *)bytes, n);
    return 0;
}
