/* SPDX-License-Identifier: MIT
 *
 * Running one line: parse, start the lab host when it is needed, hand over to the verb.
 */
#include "nslab/mem.h"
#include "nslab/text.h"
#include "verbs.h"

#include <errno.h>
#include <string.h>

void sink_text(const struct sink *sink, const char *format, ...)
{
    cleanup_buf struct buf text = {0};
    va_list ap;
    va_start(ap, format);
    buf_vaddf(&text, format, ap);
    va_end(ap);
    if (sink && text.len)
        sink->write(sink->context, 1, text.data, text.len);
}

void sink_harmless(const struct sink *sink, const struct buf *text)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, buf_text(text), text->len);
    if (sink && harmless.len)
        sink->write(sink->context, 1, harmless.data, harmless.len);
}

int command_host(struct command_context *c, struct nslab_error *e)
{
    return c->host ? 0 : host_start(&c->host, e);
}

int status_of_error(const struct nslab_error *e)
{
    if (!starts_with(e->step, "execute"))
        return STATUS_NSLAB;
    return e->errnum == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_INVOKED;
}

int check_terminal(const struct command_context *c, const struct line *line, struct nslab_error *e)
{
    if (!line->interactive_terminal || c->terminal)
        return 0;
    error_say(e, "the input device is not a TTY");
    return error_hint(
        e, "Leave -t out: a command that ends by itself needs no terminal (`top -b -n 1` for `top`). "
           "For a terminal type the line in nslab's own shell.");
}

int command_run(struct command_context *c, const char *text, int *status, struct nslab_error *e)
{
    cleanup_with(line_free) struct line line = {0};
    *status = STATUS_USAGE;
    if (line_parse(&c->verbs, text, &line, NULL, e) < 0)
        return -1;
    if (c->host)
        containers_refresh(c->host);
    *status = 0;
    int r = line.verb->run(c, &line, status, e);
    if (r < 0 && *status == 0)
        *status = status_of_error(e);
    return r;
}
