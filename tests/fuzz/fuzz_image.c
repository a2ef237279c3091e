/* SPDX-License-Identifier: MIT
 *
 * An image's metadata.
 *
 * covers: src/runtime/image_yaml.c
 */
#include "fuzz.h"
#include "nslab/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cleanup_free char *text = text_of(bytes, n);
    cleanup_with(image_free_p) struct image *image = xcalloc(1, sizeof *image);
    struct nslab_error e = {0};
    if (image_parse(text, "image.yaml", image, &e) < 0)
        HOLDS(error_is_set(&e));
    return 0;
}
