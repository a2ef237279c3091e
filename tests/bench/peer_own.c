/* SPDX-License-Identifier: MIT
 *
 * The two that are no programs of their own: the bare loop of limit.c, on the machine, and lines in a session
 * of nslab's, which is this process.
 */
#include "ask.h"
#include "limit.h"
#include "peers.h"

#include "nslab/call.h"
#include "nslab/command.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>

/* A loop, asked by a byte. */
struct bare {
    int to, from, pidfd;
};

static struct own {
    struct command_context session;
    struct bare bare_loops[THING_COUNT];
} own;

/* What one of them works on: the image's tree, or nslab's container, which `exec` enters. */
static const char *const bare_modes[THING_COUNT] = {
    [THING_TRUE] = "true", [THING_USERNS] = "userns", [THING_NGINX] = "nginx", [THING_EXEC] = "exec"};

static int bare_open(const char *limit, const char *mode, int fd, struct bare *ret, struct nslab_error *e)
{
    char number[16];
    int in[2], out[2];
    snprintf(number, sizeof number, "%d", fd);
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return error_sys(e, errno, "make", "a pipe");
    *ret = (struct bare){.to = in[1], .from = out[0], .pidfd = -1};
    pid_t pid = clone_process(0, &ret->pidfd);
    if (pid == 0) {
        die_with_parent();
        if (!strcmp(mode, "userns") && chdir("tree") < 0)
            _exit(127);
        if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0 && fcntl(fd, F_SETFD, 0) >= 0)
            execl(limit, "limit", mode, number, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return pid < 0 ? error_sys(e, errno, "start", "the bare loop") : 0;
}

static void bare_close(struct bare *b)
{
    close_fd_p(&b->to);
    if (b->pidfd >= 0)
        wait_child(b->pidfd, NULL);
    close_fd_p(&b->from);
    close_fd_p(&b->pidfd);
}

int bare_measure(enum thing thing, double *ms, struct nslab_error *e)
{
    struct limit_times times;
    const struct bare *b = &own.bare_loops[thing];
    if (write(b->to, "!", 1) != 1 || read(b->from, &times, sizeof times) != (ssize_t)sizeof times)
        return error_say(e, "the bare loop gave no answer");
    *ms = (double)times.all_ns / 1e6;
    return 0;
}

static void dropped(void *context, int stream, const char *bytes, size_t n)
{
    (void)context;
    (void)stream;
    (void)bytes;
    (void)n;
}
static const struct sink nowhere = {.write = dropped};

static int line(const char *text, struct nslab_error *e)
{
    int status = -1;
    if (command_run(&own.session, text, &status, e) < 0)
        return -1;
    return status == 0 ? 0 : error_say(e, "status %d of: %s", status, text);
}

static int ask_inside(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg;
    (void)out;
    (void)ret_fd;
    cleanup_fd int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ask_until_answered(sock, 80) < 0 ? error_sys(e, errno, "ask", "nginx") : 0;
}

static int nginx_in_session(struct nslab_error *e)
{
    if (line("run -d --network none --name web nginx", e) < 0)
        return -1;
    const struct container *c = container_get(own.session.host, "web", e);
    if (!c)
        return -1;
    const struct place place = container_place(c);
    if (call_in(&place, CLONE_NEWUSER | CLONE_NEWNET, ask_inside, NULL, 0, NULL, NULL, e) < 0)
        return -1;
    return line("rm -f web", e);
}

int session_measure(enum thing thing, double *ms, struct nslab_error *e)
{
    static const char *const lines[THING_COUNT] = {
        [THING_TRUE] = "run --rm --network none nginx /bin/true",
        [THING_USERNS] = "run --rm --network none --userns remap nginx /bin/true",
        [THING_EXEC] = "exec stays /bin/true",
    };
    double start = bench_now_ms();
    int rc = lines[thing] ? line(lines[thing], e) : nginx_in_session(e);
    *ms = bench_now_ms() - start;
    return rc;
}

int own_open(const char *limit, struct nslab_error *e)
{
    for (size_t i = 0; i < THING_COUNT; i++)
        own.bare_loops[i] = (struct bare){.to = -1, .from = -1, .pidfd = -1};
    own.session = (struct command_context){.sink = &nowhere, .verbs = lab_verbs};
    /* A mount of no mount namespace: a loop's containers are in other ones. */
    cleanup_fd int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "tree", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return error_sys(e, errno, "take hold of", "%s/tree", setting.own);
    if (line("run -d --network none --name stays nginx", e) < 0)
        return -1;
    const struct container *stays = container_get(own.session.host, "stays", e);
    for (size_t i = 0; stays && i < THING_COUNT; i++)
        if (bare_open(limit, bare_modes[i], i == THING_EXEC ? stays->process.pidfd : tree, &own.bare_loops[i],
                      e) < 0)
            return -1;
    return stays ? 0 : -1;
}

void own_close(void)
{
    for (size_t i = 0; i < THING_COUNT; i++)
        bare_close(&own.bare_loops[i]);
    if (own.session.host)
        host_stop(own.session.host);
    own.session.host = NULL;
}
