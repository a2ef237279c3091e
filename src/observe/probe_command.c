/* SPDX-License-Identifier: MIT
 *
 * {output: COMMAND, from: V} and {exit: COMMAND, from: V}: what the learner's own tools show. All else is
 * read from the kernel by the other probes.
 */
#include "nslab/command.h"
#include "probing.h"

#include <errno.h>

#define COMMAND_TIMEOUT_MS 5000

static void collect(void *context, int stream, const char *bytes, size_t n)
{
    if (stream == 1)
        buf_add(context, bytes, n);
}

static int run(struct host *host, const struct viewpoint *v, const char *command, struct buf *out,
               int *status, struct nslab_error *e)
{
    struct words words = {0};
    size_t offset;
    if (words_split(command, &words, &offset, e) < 0)
        return -1;
    struct exec_spec spec = {.stdio = STDIO_PIPES};
    strv_copy(&spec.command, &words.words);
    words_free(&words);
    struct process process = PROCESS_NONE;
    const struct sink sink = {.write = collect, .context = out};
    int rc = spec.command.len ? 0 : error_say(e, "there is no command in `%s`", command);
    if (rc == 0)
        rc = container_exec(host, v->container, &spec, &process, e);
    if (rc == 0)
        rc = process_communicate(&process, &sink, COMMAND_TIMEOUT_MS, status, e);
    process_finish(&process);
    strv_free(&spec.command);
    return rc;
}

static int run_from(struct host *host, const struct see *see, struct buf *out, int *status,
                    struct nslab_error *e)
{
    struct viewpoint v;
    if (viewpoint_open(host, see_key(see, SEE_FROM), &v, e) < 0)
        return -1;
    if (v.is_machine) {
        error_say(e, "a lab runs no command on the machine: `%s`", see->subject);
        return error_hint(e, "Run it `from: host` or from a container.");
    }
    return run(host, &v, see->subject, out, status, e);
}

int read_output(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    cleanup_buf struct buf out = {0};
    int status = 0;
    if (run_from(host, see, &out, &status, e) < 0)
        return -1;
    observe_file_text(ret, buf_text(&out));
    observe_how(ret, "standard output of `%s`, which ended with status %d", see->subject, status);
    return 0;
}

/* As a shell has it: 127 when there is no such program, 126 when it can't be executed. -1: something else
 * failed. */
static int status_of_failure(const struct nslab_error *e)
{
    if (strcmp(e->step, "execute"))
        return -1;
    return e->errnum == ENOENT ? 127 : 126;
}

int read_exit(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    cleanup_buf struct buf out = {0};
    int status = 0;
    if (run_from(host, see, &out, &status, e) < 0) {
        status = status_of_failure(e);
        if (status < 0)
            return -1;
        error_clear(e);
    }
    observe_text(ret, "%d", status);
    observe_how(ret, "exit status of `%s`", see->subject);
    return 0;
}
