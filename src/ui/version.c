/* SPDX-License-Identifier: MIT
 *
 * nslab --version: what this program is made of. It starts nothing, and reads no more than where things are.
 */
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/paths.h"
#include "subcommands.h"

#include <cmark.h>
#include <jansson.h>
#include <readline/readline.h>
#include <stdio.h>
#include <sys/capability.h>
#include <yaml.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED ", with the address sanitizer"
#else
#define SANITIZED ""
#endif

static void add_libraries(struct buf *out)
{
    buf_addf(out, "libraries   readline %s, libyaml %s, jansson %s, cmark %s", rl_library_version,
             yaml_get_version_string(), jansson_version_str(), cmark_version_string());
#ifdef LIBCAP_MAJOR
    buf_addf(out, ", libcap %d.%d", LIBCAP_MAJOR, LIBCAP_MINOR);
#endif
    buf_addc(out, '\n');
}

static void add_place(struct buf *out, const char *label, char *(*where)(struct nslab_error *e))
{
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    cleanup_free char *path = where(&e);
    const char *said = path ? path : error_text(&e, text, sizeof text);
    buf_adds(out, label);
    add_harmless(out, said, strlen(said));
    buf_addc(out, '\n');
}

void version_text(struct buf *out)
{
    buf_adds(out, "nslab " NSLAB_VERSION "\n");
#ifdef __clang__
    buf_adds(out, "built by    clang " __clang_version__ SANITIZED "\n");
#else
    buf_adds(out, "built by    gcc " __VERSION__ SANITIZED "\n");
#endif
    add_libraries(out);
    buf_adds(out, "namespaces ");
    for (size_t i = 0; i < NS_COUNT; i++)
        buf_addf(out, " %s", ns_table[i].name);
    buf_addc(out, '\n');
    add_place(out, "labs from   ", paths_share);
    add_place(out, "data in     ", paths_data);
}
