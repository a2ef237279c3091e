/* SPDX-License-Identifier: MIT */
#include "nslab/style.h"

/* One row a style. Underlining stands for emphasis: many terminals have no italics. No yellow: it can't be
 * read on a white background. */
static const char *const style_table[STYLE_COUNT] = {
    [STYLE_PLAIN] = "",          [STYLE_BOLD] = "\033[1m",  [STYLE_EMPHASIS] = "\033[4m",
    [STYLE_CODE] = "\033[36m",   [STYLE_DIM] = "\033[2m",   [STYLE_PASS] = "\033[32m",
    [STYLE_FAIL] = "\033[1;31m", [STYLE_WARN] = "\033[35m",
};

const char *style_begin(const struct look *look, enum style style)
{
    return look->colour ? style_table[style] : "";
}

const char *style_end(const struct look *look, enum style style)
{
    return look->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}

void style_add(struct buf *out, const struct look *look, enum style style, const char *text)
{
    buf_adds(out, style_begin(look, style));
    buf_adds(out, text);
    buf_adds(out, style_end(look, style));
}
