/* SPDX-License-Identifier: MIT
 *
 * What a fuzz target is: libFuzzer calls LLVMFuzzerTestOneInput() with bytes, over and over, and a sanitizer
 * ends it where something is wrong. Each target is one reader of bytes that others write.
 */
#ifndef NSLAB_FUZZ_H
#define NSLAB_FUZZ_H

#include "nslab/mem.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The bytes as a text of their own, so that reading past their end is seen. The caller frees. */
static inline char *text_of(const uint8_t *bytes, size_t n)
{
    return xstrndup((const char *)bytes, n);
}

/* What must hold, also in a build without assertions. */
#define HOLDS(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

#endif
