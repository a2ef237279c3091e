/* SPDX-License-Identifier: MIT
 *
 * How text looks: styles, and what the place can show that it is written to.
 */
#ifndef NSLAB_STYLE_H
#define NSLAB_STYLE_H

#include "nslab/buf.h"

#include <stdbool.h>

enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_EMPHASIS,
    STYLE_CODE,
    STYLE_DIM,
    STYLE_PASS,
    STYLE_FAIL,
    STYLE_WARN,
    STYLE_COUNT
};

/* How to draw: all that a renderer needs to know, so that renderers are pure. */
struct look {
    unsigned width; /* columns; never 0 */
    bool colour;    /* escape sequences for colours and weight */
    bool utf8;      /* frame characters; else ASCII */
    bool plain;     /* to be read aloud: nothing side by side, one thing below the other */
};

/* The escape sequence that begins a style, and the one that ends it; "" without colour. */
const char *style_begin(const struct look *look, enum style style);
const char *style_end(const struct look *look, enum style style);
void style_add(struct buf *out, const struct look *look, enum style style, const char *text);

#endif
