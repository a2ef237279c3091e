/* SPDX-License-Identifier: MIT
 *
 * What nslab, its session process and a client say to each other: datagrams whose first byte says what they
 * are.
 */
#ifndef NSLAB_SESSION_WIRE_H
#define NSLAB_SESSION_WIRE_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SESSION_PLACE 'p'   /* nslab to session, session to client: a place, with its descriptors */
#define SESSION_ASK 'a'     /* client to session: the place of this name */
#define SESSION_LABEL 'l'   /* client to session, and back with the text */
#define SESSION_TYPED 't'   /* client to session */
#define SESSION_UNKNOWN 'u' /* session to client: no such place; the names that there are */
#define SESSION_ENDED 'e'   /* session to client: its first process has ended */

#define SESSION_MESSAGE_MAX (64u << 10)
#define SESSION_PREFIX "nslab"

/* A page that nslab and its session process share. */
struct session_page {
    _Atomic uint64_t typed;
    char label[256];
};

/* A place as strings, each with its NUL: name, capabilities in hex, user ("": root), whose, then the
 * environment. Its descriptors: the pidfd; for the lab host also those of its namespaces, in the order of
 * ns_table, without those that exec doesn't enter. */
enum { PLACE_NAME, PLACE_CAPABILITIES, PLACE_USER, PLACE_WHOSE, PLACE_ENV };

/* The socket of this user's session: an abstract name. Returns its length. */
socklen_t session_address(const char *id, uid_t uid, struct sockaddr_un *ret);
int session_peer_is(int socket, uid_t uid); /* by SO_PEERCRED: 1, 0, or -1 with errno */

/* The session process (session_serve.c). */
void session_serve(int control, int listener, struct session_page *page) __attribute__((noreturn));

#endif
