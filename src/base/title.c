/* SPDX-License-Identifier: MIT
 *
 * What ps shows of a process is the memory that its argv was in: /proc/PID/cmdline reads it there. A child
 * that overwrites its own copy of that memory gets a title of its own (as nginx's master and workers do).
 */
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *title_start;
static size_t title_size;

void title_init(int argc, char **argv)
{
    if (argc < 1)
        return;
    /* argv's strings and, after them, the environment's lie in one piece: use it all, with the environment
     * copied away first. */
    char *end = argv[0];
    for (int i = 0; i < argc; i++)
        if (argv[i] == end)
            end = argv[i] + strlen(argv[i]) + 1;
    for (char **entry = environ; entry && *entry; entry++) {
        if (*entry != end)
            break;
        end = *entry + strlen(*entry) + 1;
        *entry = xstrdup(*entry);
    }
    title_start = argv[0];
    title_size = (size_t)(end - argv[0]);
}

void title_set(const char *format, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    prctl(PR_SET_NAME, text);
    if (!title_size)
        return;
    memset(title_start, 0, title_size);
    snprintf(title_start, title_size, "%s", text);
}
