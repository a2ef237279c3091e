/* SPDX-License-Identifier: MIT
 *
 * The side of `nslab attach`: finds sessions, asks one for a place.
 */
#include "nslab/fd.h"
#include "nslab/limits.h"
#include "nslab/mem.h"
#include "nslab/session.h"
#include "nslab/text.h"
#include "session_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MS 5000
#define CONNECT_S 2
#define SOCKETS_MAX (64u << 20) /* of /proc/net/unix */
#define LISTENING 0x10000ul     /* __SO_ACCEPTCON among a socket's flags: proc_net_unix(5) */

/* --- which there are --- */

/* "Num: RefCount Protocol Flags Type St Inode Path": an id, or NULL. Modifies the line. */
static const char *listening_id(char *line, const char *prefix)
{
    char *save = NULL, *field = strtok_r(line, " ", &save);
    for (int i = 1; field && i <= 7; i++) {
        field = strtok_r(NULL, i == 7 ? "" : " ", &save);
        if (i == 3 && field && !(strtoul(field, NULL, 16) & LISTENING))
            return NULL;
    }
    return field && starts_with(field, prefix) ? field + strlen(prefix) : NULL;
}

void sessions_parse(const char *text, uid_t uid, struct strv *ids)
{
    cleanup_strv struct strv lines = {0};
    cleanup_free char *prefix = xasprintf("@" SESSION_PREFIX "/%u/", (unsigned)uid);
    strv_split_lines(&lines, text);
    for (size_t i = 0; i < lines.len; i++) {
        const char *id = listening_id(lines.items[i], prefix);
        if (id && *id && !id[strspn(id, "0123456789-")])
            strv_add(ids, id);
    }
}

int sessions_list(struct strv *ids, struct nslab_error *e)
{
    static const char file[] = "/proc/self/net/unix";
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv named = {0};
    if (read_file_at(AT_FDCWD, file, &text, SOCKETS_MAX) < 0)
        return error_sys(e, errno, "look for sessions in", "%s", file);
    sessions_parse(buf_text(&text), getuid(), &named);
    /* Whose they are isn't said there. */
    for (size_t i = 0; i < named.len; i++) {
        struct nslab_error ignored = {0};
        cleanup_fd int connection = session_connect(named.items[i], &ignored);
        if (connection >= 0)
            strv_add(ids, named.items[i]);
    }
    return 0;
}

/* --- asking --- */

int session_connect(const char *id, struct nslab_error *e)
{
    const struct timeval patience = {.tv_sec = CONNECT_S};
    struct sockaddr_un address;
    if (strlen(id) > 32)
        return error_say(e, "no session is called %.40s", id);
    socklen_t size = session_address(id, getuid(), &address);
    cleanup_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return error_sys(e, errno, "make a socket for", "session %s", id);
    /* Who has taken the name may never accept: connecting waits for that, with EAGAIN at its end. */
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(sock, (const struct sockaddr *)&address, size) < 0) {
        if (errno == ECONNREFUSED)
            return error_say(e, "no session is called %s", id);
        if (errno != EAGAIN)
            return error_sys(e, errno, "connect to", "session %s", id);
        error_sys(e, ETIMEDOUT, "connect to", "session %s", id);
        return error_hint(
            e,
            "`ps -e -o pid,stat,args | grep 'nslab: session'` shows whether the process that should answer "
            "is stopped (T). `kill -CONT PID` lets it go on.");
    }
    /* Anybody may take an abstract name: what is handed over there would be entered. */
    int ours = session_peer_is(sock, getuid());
    if (ours < 0)
        return error_sys(e, errno, "ask who has", "session %s", id);
    if (!ours)
        return error_say(e, "session %s isn't yours: it belongs to another user", id);
    return take_fd(sock);
}

/* The answer, without its first byte, which it returns; -1. */
static int ask(int connection, const struct buf *question, struct buf *out, int *fds, size_t n_fds,
               struct nslab_error *e)
{
    cleanup_free char *message = xmalloc(SESSION_MESSAGE_MAX);
    struct pollfd p = {.fd = connection, .events = POLLIN};
    if (send_with_fds(connection, question->data, question->len, NULL, 0) < 0)
        return error_sys(e, errno, "ask", "the session");
    int rc;
    while ((rc = poll(&p, 1, ANSWER_MS)) < 0 && errno == EINTR)
        ;
    if (rc <= 0)
        return error_sys(e, rc < 0 ? errno : ETIMEDOUT, "get an answer from", "the session");
    ssize_t n = recv_with_fds(connection, message, SESSION_MESSAGE_MAX, fds, n_fds);
    if (n < 0)
        return error_sys(e, errno, "get an answer from", "the session");
    if (n == 0)
        return error_say(e, "the session has ended");
    buf_add(out, message + 1, (size_t)n - 1);
    return message[0];
}

int session_get_label(int connection, struct buf *out, struct nslab_error *e)
{
    cleanup_buf struct buf question = {0};
    buf_addc(&question, SESSION_LABEL);
    return ask(connection, &question, out, NULL, 0, e) < 0 ? -1 : 0;
}

void session_tell_typed(int connection)
{
    const char typed = SESSION_TYPED;
    (void)send(connection, &typed, sizeof typed, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void split_strings(const struct buf *text, struct strv *out)
{
    for (size_t at = 0; at < text->len; at += strlen(text->data + at) + 1)
        strv_add(out, text->data + at);
}

static int say_unknown(const char *name, const struct buf *text, struct nslab_error *e)
{
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf list = {0};
    split_strings(text, &names);
    strv_join(&names, ", ", &list);
    const char *nearest = nearest_word(name, (const char *const *)names.items, names.len);
    error_say(e, "no container is called %s", name);
    if (nearest)
        return error_hint(e, "Did you mean %s?", nearest);
    return error_hint(e, "One can attach to: %s.", buf_text(&list));
}

/* The descriptors into the order that struct place has them in. */
static int take_place(const struct buf *text, int *fds, size_t n_fds, struct session_place *ret,
                      struct nslab_error *e)
{
    cleanup_strv struct strv strings = {0};
    split_strings(text, &strings);
    size_t next = 1;
    ret->pidfd = take_fd(fds[0]);
    for (int type = 0; type < NS_COUNT && next < n_fds; type++)
        if (ns_table[type].clone_flag & EXEC_NAMESPACES) {
            ret->ns_fds[type] = take_fd(fds[next]);
            next++;
        }
    if (strings.len < PLACE_ENV || ret->pidfd < 0)
        return error_sys(e, EPROTO, "understand", "the session");
    ret->where = (struct exec_where){
        .place = {.pidfd = ret->pidfd,
                  .ns_fds = ret->ns_fds[NS_USER] >= 0 ? ret->ns_fds : NULL,
                  .name = strings.items[PLACE_NAME]},
        .capabilities = strtoull(strings.items[PLACE_CAPABILITIES], NULL, 16),
        .user = strings.items[PLACE_USER][0] ? xstrdup(strings.items[PLACE_USER]) : NULL,
        .whose = xstrdup(strings.items[PLACE_WHOSE]),
        .limits = &limits_learning, /* grading lets nobody attach */
    };
    ret->where.place.name = ret->where.whose;
    for (size_t i = PLACE_ENV; i < strings.len; i++)
        strv_add(&ret->where.env, strings.items[i]);
    return 0;
}

int session_get_place(int connection, const char *name, struct session_place *ret, struct nslab_error *e)
{
    int fds[8];
    cleanup_buf struct buf question = {0}, text = {0};
    *ret = (struct session_place){.pidfd = -1};
    for (int type = 0; type < NS_COUNT; type++)
        ret->ns_fds[type] = -1;
    buf_addf(&question, "%c%.200s", SESSION_ASK, name);
    int kind = ask(connection, &question, &text, fds, ARRAY_LEN(fds), e);
    if (kind < 0)
        return -1;
    if (kind == SESSION_UNKNOWN)
        return say_unknown(name, &text, e);
    if (kind == SESSION_ENDED)
        return error_say(e, "container %s isn't running: it has ended", name);
    return take_place(&text, fds, ARRAY_LEN(fds), ret, e);
}

void session_place_let_go(struct session_place *place)
{
    for (int type = 0; type < NS_COUNT; type++)
        close_fd_p(&place->ns_fds[type]);
    place->where.place.ns_fds = NULL;
}

void session_place_free(struct session_place *place)
{
    session_place_let_go(place);
    close_fd_p(&place->pidfd);
    exec_where_free(&place->where);
}
