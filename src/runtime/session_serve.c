/* SPDX-License-Identifier: MIT
 *
 * The session process: a child of nslab in the machine's namespaces, in a login session of its own so that no
 * key of nslab's terminal reaches it. It starts nothing and enters nothing: it hands descriptors to whoever
 * is the same user.
 */
#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ns.h"
#include "nslab/proc.h"
#include "session_wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS_MAX 32
#define PLACE_FDS_MAX 8

struct seat {
    struct buf text; /* the message as nslab sent it */
    int fds[PLACE_FDS_MAX];
    size_t n_fds; /* 0: its first process has ended */
};

struct server {
    int control, listener;
    struct session_page *page;
    struct seat *seats;
    size_t n_seats;
    int clients[CLIENTS_MAX]; /* -1: free */
};

/* --- places --- */

static const char *seat_name(const struct seat *seat)
{
    return seat->text.data + 1;
}

static void seat_close(struct seat *seat)
{
    for (size_t i = 0; i < seat->n_fds; i++)
        close_fd_p(&seat->fds[i]);
    seat->n_fds = 0;
}

static void seat_free(struct seat *seat)
{
    buf_free(&seat->text);
    seat_close(seat);
}

/* What has ended keeps nothing but its name: hundreds of containers may come and go. */
static bool seat_ended(struct seat *seat)
{
    if (seat->n_fds && poll_exit(seat->fds[0], 0) > 0) {
        seat_close(seat);
        buf_truncate(&seat->text, 1 + strlen(seat_name(seat)) + 1);
    }
    return !seat->n_fds;
}

static void remove_seat(struct server *s, size_t i)
{
    seat_free(&s->seats[i]);
    s->seats[i] = s->seats[--s->n_seats];
}

/* A name that is given again is another container's. */
static void add_seat(struct server *s, struct seat *seat)
{
    for (size_t i = s->n_seats; i-- > 0;) {
        seat_ended(&s->seats[i]);
        if (!strcmp(seat_name(&s->seats[i]), seat_name(seat)))
            remove_seat(s, i);
    }
    s->seats = xrealloc(s->seats, s->n_seats + 1, sizeof *s->seats);
    s->seats[s->n_seats++] = *seat;
}

/* false: nslab has ended. */
static bool hear_nslab(struct server *s, char *message)
{
    struct seat seat = {0};
    ssize_t n = recv_with_fds(s->control, message, SESSION_MESSAGE_MAX, seat.fds, PLACE_FDS_MAX);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    while (seat.n_fds < PLACE_FDS_MAX && seat.fds[seat.n_fds] >= 0)
        seat.n_fds++;
    buf_add(&seat.text, message, (size_t)n);
    if (message[0] == SESSION_PLACE && seat.n_fds)
        add_seat(s, &seat);
    else
        seat_free(&seat);
    return true;
}

/* --- clients --- */

static void answer(int client, char kind, const struct buf *text, const int *fds, size_t n_fds)
{
    cleanup_buf struct buf message = {0};
    buf_addc(&message, kind);
    buf_add(&message, buf_text(text), text->len);
    (void)send_with_fds(client, message.data, message.len, fds, n_fds);
}

static void answer_names(const struct server *s, int client)
{
    cleanup_buf struct buf names = {0};
    for (size_t i = 0; i < s->n_seats; i++) {
        const char *name = seat_name(&s->seats[i]);
        if (!seat_ended(&s->seats[i]) && names.len + strlen(name) + 2 < SESSION_MESSAGE_MAX)
            buf_add(&names, name, strlen(name) + 1);
    }
    answer(client, SESSION_UNKNOWN, &names, NULL, 0);
}

static void answer_place(const struct server *s, int client, const char *name)
{
    const struct buf none = {0};
    for (size_t i = 0; i < s->n_seats; i++) {
        struct seat *seat = &s->seats[i];
        if (strcmp(seat_name(seat), name) != 0)
            continue;
        if (seat_ended(seat))
            answer(client, SESSION_ENDED, &none, NULL, 0);
        else
            (void)send_with_fds(client, seat->text.data, seat->text.len, seat->fds, seat->n_fds);
        return;
    }
    answer_names(s, client);
}

/* false: it has gone. */
static bool hear_client(struct server *s, int client, char *message)
{
    ssize_t n = recv(client, message, SESSION_MESSAGE_MAX - 1, 0);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    message[n] = '\0';
    if (message[0] == SESSION_TYPED)
        s->page->typed++;
    else if (message[0] == SESSION_ASK)
        answer_place(s, client, message + 1);
    else if (message[0] == SESSION_LABEL) {
        cleanup_buf struct buf label = {0};
        buf_add(&label, s->page->label, strnlen(s->page->label, sizeof s->page->label));
        answer(client, SESSION_LABEL, &label, NULL, 0);
    }
    return true;
}

static void take_client(struct server *s)
{
    cleanup_fd int client = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0 || session_peer_is(client, getuid()) <= 0)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (s->clients[i] < 0) {
            s->clients[i] = take_fd(client);
            return;
        }
}

void session_serve(int control, int listener, struct session_page *page)
{
    struct server s = {.control = control, .listener = listener, .page = page};
    char *message = xmalloc(SESSION_MESSAGE_MAX);
    struct pollfd fds[CLIENTS_MAX + 2];
    setsid();
    signals_to_default();
    title_set("nslab: session");
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        s.clients[i] = -1;
    for (;;) {
        for (size_t i = 0; i < CLIENTS_MAX; i++)
            fds[i] = (struct pollfd){.fd = s.clients[i], .events = POLLIN};
        fds[CLIENTS_MAX] = (struct pollfd){.fd = control, .events = POLLIN};
        fds[CLIENTS_MAX + 1] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
            _exit(1);
        /* What nslab says first: who asks for a container has seen that it runs. */
        if (fds[CLIENTS_MAX].revents && !hear_nslab(&s, message))
            _exit(0);
        for (size_t i = 0; i < CLIENTS_MAX; i++)
            if (fds[i].revents && !hear_client(&s, s.clients[i], message))
                close_fd_p(&s.clients[i]);
        if (fds[CLIENTS_MAX + 1].revents)
            take_client(&s);
    }
}
