/* SPDX-License-Identifier: MIT */
#include "internal.h"
#include "nslab/mem.h"

#include <string.h>

#define GITHUB_SUMMARY_MAX (1u << 20) /* of a step; what is larger isn't shown at all */

const struct report report_table[] = {
    {.name = "pretty",
     .help = "for people: every expectation, and of those that fail what was expected and what was observed",
     .write = report_pretty},
    {.name = "tap",
     .help = "Test Anything Protocol 14, a subtest for each lab and each step",
     .write = report_tap},
    {.name = "junit",
     .help = "JUnit XML, as GitLab, Jenkins and actions for GitHub read it",
     .write = report_junit},
    {.name = "json", .help = "one document, described by docs/result.schema.json", .write = report_json},
    {.name = "github",
     .help = "GitHub Actions: the log, annotations at the labs' lines, and a step summary",
     .write = report_github,
     .also_in = "GITHUB_STEP_SUMMARY",
     .write_also = report_github_summary,
     .also_max = GITHUB_SUMMARY_MAX},
    {.name = "classroom50", .help = "Classroom 50's result/v1", .write = report_classroom50},
    {.name = "gradescope",
     .help = "Gradescope's results.json, which is there even if nslab dies",
     .write = report_gradescope,
     .always = true},
    {.name = "html",
     .help = "one page for people, with a picture of the namespaces after each step",
     .write = report_html},
};
const size_t report_count = ARRAY_LEN(report_table);

const struct report *report_by_name(const char *name)
{
    for (size_t i = 0; i < report_count; i++)
        if (!strcmp(report_table[i].name, name))
            return &report_table[i];
    return NULL;
}
