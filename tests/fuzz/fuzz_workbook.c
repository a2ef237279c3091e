/* SPDX-License-Identifier: MIT
 *
 * The workbook reader: any bytes are a workbook, or are refused with a diagnostic; what was read is written
 * so that reading it gives the same again.
 *
 * covers: src/engine/workbook_read.c src/engine/workbook_write.c src/lab/reader.c
 */
#include "fuzz.h"
#include "nslab/workbook.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0}, none = {0};
    cleanup_with(workbook_free_p) struct workbook *w = NULL, *again = NULL;
    cleanup_buf struct buf written = {0}, twice = {0};
    if (workbook_read_text((const char *)bytes, n, "fuzz.yaml", &w, &d) < 0) {
        HOLDS(d.n > 0);
        diagnostics_show(&d, &written);
        return 0;
    }
    workbook_write(w, &written);
    HOLDS(workbook_read_text(buf_text(&written), written.len, "again.yaml", &again, &none) == 0);
    workbook_write(again, &twice);
    HOLDS(written.len == twice.len && !memcmp(buf_text(&written), buf_text(&twice), written.len));
    return 0;
}
