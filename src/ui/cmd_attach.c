/* SPDX-License-Identifier: MIT
 *
 * nslab attach: a shell, or a command, in the lab that runs in another terminal.
 */
#include "nslab/command.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/proc.h"
#include "nslab/session.h"
#include "nslab/text.h"
#include "subcommands.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* As `exec` in the shell has them. */
#define STATUS_COULD_NOT 125
#define STATUS_NOT_EXECUTED 126
#define STATUS_NOT_THERE 127
#define KILLED (128 + SIGKILL)

#define END_SEEN_MS 500 /* from the end of a process with its lab to the sign that the lab has ended */

/* --- which session --- */

static void add_session(const char *id, struct buf *out)
{
    struct nslab_error ignored = {0};
    cleanup_buf struct buf label = {0};
    cleanup_fd int connection = session_connect(id, &ignored);
    if (connection >= 0)
        session_get_label(connection, &label, &ignored);
    buf_addf(out, "%s%s%s%s%s", out->len ? ", " : "", id, label.len ? " (" : "", buf_text(&label),
             label.len ? ")" : "");
}

/* The one that is asked for, or the only one. */
static char *choose_session(const struct sub_args *args, int *status, struct nslab_error *e)
{
    cleanup_strv struct strv ids = {0};
    cleanup_buf struct buf list = {0};
    *status = STATUS_COULD_NOT;
    if (sub_value(args, "session"))
        return xstrdup(sub_value(args, "session"));
    if (sessions_list(&ids, e) < 0)
        return NULL;
    if (ids.len == 1)
        return xstrdup(ids.items[0]);
    if (!ids.len) {
        error_say(e, "no lab of yours runs in another terminal");
        error_hint(e, "Start one there: `nslab`. Its lab host is there from the first line on that needs it. "
                      "Only the user who started a lab can attach to it.");
        return NULL;
    }
    *status = STATUS_USAGE;
    for (size_t i = 0; i < ids.len; i++)
        add_session(ids.items[i], &list);
    error_say(e, "%zu labs of yours run: %s", ids.len, buf_text(&list));
    error_hint(e, "Say which: `nslab attach --session %s`.", ids.items[0]);
    return NULL;
}

/* --- the process --- */

static void write_out(void *context, int stream, const char *bytes, size_t n)
{
    struct harmless_stream *streams = context;
    int fd = stream == 2 ? STDERR_FILENO : STDOUT_FILENO;
    cleanup_buf struct buf text = {0};
    if (isatty(fd))
        harmless_feed(&streams[stream == 2], bytes, n, &text);
    else
        buf_add(&text, bytes, n);
    if (out_write(fd, buf_text(&text), text.len) < 0)
        raise(SIGINT); /* nobody reads any more */
}

static int start_shell(const struct session_place *place, struct exec_spec *spec, const char *name,
                       struct process *process, struct nslab_error *e)
{
    const char *shown = strcmp(name, "host") != 0 ? name : HOST_NAME;
    exec_spec_shell(spec, shown, false);
    if (exec_in(&place->where, spec, process, e) == 0)
        return 0;
    if (!exec_found_no_program(e))
        return -1;
    error_clear(e);
    exec_spec_shell(spec, shown, true);
    return exec_in(&place->where, spec, process, e);
}

static int start(const struct sub_args *args, const char *name, bool terminal,
                 const struct session_place *place, struct process *process, struct nslab_error *e)
{
    const char *user = sub_value(args, "user");
    cleanup_free char *user_copy = user ? xstrdup(user) : NULL;
    struct exec_spec spec = {.user = user_copy, .stdio = terminal ? STDIO_PTY : STDIO_INPUT};
    for (size_t i = 1; i < args->words.len; i++)
        strv_add(&spec.command, args->words.items[i]);
    int r = spec.command.len ? exec_in(&place->where, &spec, process, e)
                             : start_shell(place, &spec, name, process, e);
    strv_free(&spec.command);
    strv_free(&spec.env);
    return r;
}

static int follow(struct process *process, bool terminal, int connection, int *status, struct nslab_error *e)
{
    struct harmless_stream streams[2] = {0};
    const struct sink sink = {.write = write_out, .context = streams, .unbounded = true};
    if (terminal) {
        process->typed_fd = connection;
        return process_attach(process, status, e);
    }
    session_tell_typed(connection);
    return process_communicate(process, &sink, 0, status, e);
}

/* --- the end --- */

/* The session process ends with the lab, and its end of the connection closes. */
static bool lab_ended(int connection)
{
    struct pollfd p = {.fd = connection};
    return poll(&p, 1, END_SEEN_MS) > 0 && p.revents & POLLHUP;
}

/* What was killed along with where it was didn't end by itself. */
static void say_why(const struct session_place *place, const char *name, int connection)
{
    cleanup_buf struct buf text = {0};
    if (isatty(STDERR_FILENO))
        buf_addc(&text, '\n');
    if (strcmp(name, "host") != 0 && poll_exit(place->pidfd, END_SEEN_MS) > 0)
        buf_addf(&text, "nslab: container %s has ended, and what ran in it\n", name);
    else if (lab_ended(connection))
        buf_adds(&text, "nslab: the lab has ended, and what ran in it\n");
    else
        return;
    (void)!out_write(STDERR_FILENO, buf_text(&text), text.len);
}

static int failed(struct nslab_error *e)
{
    error_advise(e, advice_doctor);
    if (!starts_with(e->step, "execute"))
        return say_error(e, STATUS_COULD_NOT);
    return say_error(e, exec_found_no_program(e) ? STATUS_NOT_THERE : STATUS_NOT_EXECUTED);
}

static int run(const struct sub_args *args, const char *name, bool terminal, int connection)
{
    struct nslab_error e = {0};
    int status = STATUS_COULD_NOT;
    cleanup_with(session_place_free) struct session_place place = {.pidfd = -1};
    cleanup_with(process_finish) struct process process = PROCESS_NONE;
    if (session_get_place(connection, name, &place, &e) < 0 ||
        start(args, name, terminal, &place, &process, &e) < 0)
        return failed(&e);
    session_place_let_go(&place);
    int r = follow(&process, terminal, connection, &status, &e);
    process_finish(&process); /* unreaped, it would keep its PID namespace from ending */
    if (r < 0)
        return failed(&e);
    if (status == KILLED)
        say_why(&place, name, connection);
    return status;
}

int sub_attach(const struct sub_args *args)
{
    struct nslab_error e = {0};
    int status = STATUS_USAGE;
    const char *name = args->words.len ? args->words.items[0] : "host";
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!terminal && args->words.len < 2) {
        error_say(&e, "a shell needs a terminal, and standard %s isn't one",
                  isatty(STDIN_FILENO) ? "output" : "input");
        error_hint(
            &e,
            "Name a command: `nslab attach %s ps -e`. `nslab attach %s sh` runs what comes through a pipe.",
            name, name);
        return say_error(&e, STATUS_USAGE);
    }
    cleanup_free char *id = choose_session(args, &status, &e);
    if (!id)
        return say_error(&e, status);
    cleanup_fd int connection = session_connect(id, &e);
    if (connection < 0)
        return failed(&e);
    return run(args, name, terminal, connection);
}
