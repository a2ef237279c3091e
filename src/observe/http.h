/* SPDX-License-Identifier: MIT
 *
 * One GET request, HTTP/1.0, with a deadline. Enough to ask a server who it is; not a client for the world.
 */
#ifndef NSLAB_OBSERVE_HTTP_H
#define NSLAB_OBSERVE_HTTP_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_url {
    char host[64]; /* as in the URL, without brackets: "172.17.0.2", "::1", "localhost" */
    uint16_t port;
    char path[1024]; /* "/", with the query */
};
/* "http://HOST[:PORT][/PATH]"; HOST is an address or localhost: nobody resolves names in a lab. */
int http_url_parse(const char *text, struct http_url *ret, struct nslab_error *e);

struct http_answer {
    unsigned status;  /* 200 */
    char server[128]; /* the header Server; "" without */
    const char *body; /* inside the parsed bytes */
    size_t body_len;
};
/* Bytes as received, NUL-terminated at bytes[n]. false: not an HTTP answer. */
bool http_answer_parse(const char *bytes, size_t n, struct http_answer *ret);

#define HTTP_MAKE_SOCKET "make a socket" /* the one step that asks nobody else */
/* Connects, asks, reads until the server closes, at most max bytes. 0; or the errno of what failed
 * (ETIMEDOUT: the deadline), with *ret_step what was being done. */
int http_exchange(const struct http_url *url, int timeout_ms, size_t max, struct buf *out,
                  const char **ret_step);

#endif
