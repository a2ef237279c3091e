/* SPDX-License-Identifier: MIT */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

const struct report report_table[] = {
    {"pretty",
     "for people: every expectation, and of those that fail what was expected and what was observed",
     report_pretty},
    {"tap", "Test Anything Protocol 14, a subtest for each lab and each step", report_tap},
    {"json", "one document, described by docs/result.schema.json", report_json},
};
const size_t report_count = ARRAY_LEN(report_table);

const struct report *report_by_name(const char *name)
{
    for (size_t i = 0; i < report_count; i++)
        if (!strcmp(report_table[i].name, name))
            return &report_table[i];
    return NULL;
}
