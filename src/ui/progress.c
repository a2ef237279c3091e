/* SPDX-License-Identifier: MIT */
#include "progress.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/term.h"
#include "nslab/text.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_shown;

static unsigned width(void)
{
    struct winsize size = {0};
    return term_width_from(ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0, getenv("COLUMNS"));
}

static bool can_show(void)
{
    const char *name = getenv("TERM");
    return isatty(STDERR_FILENO) && name && *name && strcmp(name, "dumb") != 0;
}

void progress_show(size_t done, size_t all, const char *running)
{
    cleanup_buf struct buf text = {0}, line = {0};
    if (!can_show())
        return;
    buf_addf(&text, one_or_many(all, "%zu of %zu lab done", "%zu of %zu labs done"), done, all);
    if (*running)
        buf_addf(&text, "; running: %s", running);
    add_harmless(&line, text.data, text.len);
    /* One column less: a full line would wrap on some terminals. */
    unsigned room = width() - 1;
    while (line.len && display_columns(line.data, line.len) > room)
        buf_truncate(&line, line.len - 1);
    cleanup_free char *shown = xasprintf("\r\033[K%s", buf_text(&line));
    (void)!out_write(STDERR_FILENO, shown, strlen(shown));
    is_shown = true;
}

void progress_clear(void)
{
    static const char clear[] = "\r\033[K";
    if (is_shown)
        (void)!out_write(STDERR_FILENO, clear, strlen(clear));
    is_shown = false;
}
