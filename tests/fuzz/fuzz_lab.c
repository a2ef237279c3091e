/* SPDX-License-Identifier: MIT
 *
 * The lab reader: any bytes are a lab, or are refused with at least one diagnostic that can be shown.
 *
 * covers: src/lab/reader.c src/lab/read_lab.c src/lab/read_step.c src/lab/read_expect.c src/lab/source.c
 * src/lab/place.c src/lab/check.c src/lab/check_lines.c src/lab/scope.c src/lab/diagnostics.c
 */
#include "fuzz.h"
#include "nslab/lab.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_with(lab_free_p) struct lab *lab = NULL;
    cleanup_buf struct buf shown = {0};
    cleanup_free char *text = text_of(bytes, n);
    int rc = lab_read_text((const char *)bytes, n, "fuzz.yaml", &lab, &d);
    HOLDS(rc == 0 ? lab && !d.n : d.n > 0);
    if (rc < 0)
        diagnostics_show(&d, &shown);
    for (size_t i = 0; lab && i < lab->n_steps; i++)
        lab_mark(lab, text, lab->steps[i].title, 1);
    return 0;
}
