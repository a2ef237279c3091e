/* SPDX-License-Identifier: MIT
 *
 * The one question that both sides of the comparison put to nginx: in a header, because the bare loop links
 * nothing of nslab's.
 */
#ifndef BENCH_ASK_H
#define BENCH_ASK_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ASK_AGAIN_US 100
#define ASK_TRIES 50000 /* five seconds */

/* Connects to 127.0.0.1 until somebody is there, asks for / and waits for the first bytes of the answer. 0
 * when it is "200", -1 otherwise. */
static inline int ask_until_answered(int sock, uint16_t port)
{
    static const char question[] = "GET / HTTP/1.0\r\n\r\n", good[] = "HTTP/1.1 200";
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timespec pause = {.tv_nsec = ASK_AGAIN_US * 1000};
    char answer[512];
    int tries = 0;
    while (connect(sock, (const struct sockaddr *)&to, sizeof to) < 0) {
        /* Nobody listens yet, or lo is still down. */
        if ((errno != ECONNREFUSED && errno != ENETUNREACH) || ++tries > ASK_TRIES)
            return -1;
        nanosleep(&pause, NULL);
    }
    if (write(sock, question, sizeof question - 1) < 0)
        return -1;
    errno = 0;
    ssize_t n = read(sock, answer, sizeof answer);
    return n >= (ssize_t)sizeof good - 1 && !memcmp(answer, good, sizeof good - 1) ? 0 : -1;
}

#endif
