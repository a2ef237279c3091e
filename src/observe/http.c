/* SPDX-License-Identifier: MIT */
#include "http.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the URL --- */

static int bad_url(struct nslab_error *e, const char *text, const char *why)
{
    error_say(e, "`%s` is no address to ask: %s", text, why);
    return error_hint(e, "Write http://ADDRESS[:PORT]/PATH, for example http://127.0.0.1:8080/.");
}

/* Takes the host off *p: up to a ':', a '/' or the end; an IPv6 address is in brackets. */
static bool take_host(const char **p, struct http_url *url)
{
    bool brackets = **p == '[';
    const char *start = *p + brackets;
    size_t n = strcspn(start, brackets ? "]" : ":/?#");
    if (!n || n >= sizeof url->host || (brackets && start[n] != ']'))
        return false;
    memcpy(url->host, start, n);
    url->host[n] = '\0';
    *p = start + n + brackets;
    return true;
}

static bool take_port(const char **p, struct http_url *url)
{
    char digits[8];
    unsigned long port;
    url->port = 80;
    if (**p != ':')
        return true;
    size_t n = strcspn(++*p, "/?#");
    if (n >= sizeof digits)
        return false;
    memcpy(digits, *p, n);
    digits[n] = '\0';
    *p += n;
    if (!parse_unsigned(digits, UINT16_MAX, &port) || !port)
        return false;
    url->port = (uint16_t)port;
    return true;
}

/* A space or a line end in the path would end the request's first line there. */
static bool take_path(const char *p, struct http_url *url)
{
    size_t n = strcspn(p, "#");
    const char *slash = *p == '/' ? "" : "/";
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] <= ' ' || p[i] == 0x7f)
            return false;
    int written = snprintf(url->path, sizeof url->path, "%s%.*s", slash, (int)n, p);
    return written > 0 && (size_t)written < sizeof url->path;
}

static socklen_t fill_address(const struct http_url *url, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    const char *host = strcmp(url->host, "localhost") ? url->host : "127.0.0.1";
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(url->port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(url->port);
        return sizeof *v6;
    }
    return 0;
}

int http_url_parse(const char *text, struct http_url *ret, struct nslab_error *e)
{
    static const char scheme[] = "http://";
    struct sockaddr_storage address;
    *ret = (struct http_url){0};
    if (!starts_with(text, scheme))
        return bad_url(e, text, "it doesn't begin with http://");
    const char *p = text + strlen(scheme);
    if (!take_host(&p, ret))
        return bad_url(e, text, "there is no host in it");
    if (!take_port(&p, ret))
        return bad_url(e, text, "the port isn't a number from 1 to 65535");
    if (*p && !strchr("/?#", *p))
        return bad_url(e, text, "something follows the host that is neither a port nor a path");
    if (!take_path(p, ret))
        return bad_url(e, text, "the path is too long, or has a space in it");
    if (!fill_address(ret, &address))
        return bad_url(e, text, "the host is neither an address nor localhost");
    return 0;
}

/* --- the answer --- */

static void take_header(const char *line, size_t n, const char *name, char *value, size_t size)
{
    size_t name_len = strlen(name);
    if (n <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len))
        return;
    line += name_len + 1;
    n -= name_len + 1;
    while (n && (*line == ' ' || *line == '\t'))
        line++, n--;
    snprintf(value, size, "%.*s", (int)n, line);
}

bool http_answer_parse(const char *bytes, size_t n, struct http_answer *ret)
{
    int used = 0;
    *ret = (struct http_answer){.body = bytes + n};
    if (sscanf(bytes, "HTTP/%*1u.%*1u %3u%n", &ret->status, &used) != 1 || !used || ret->status < 100)
        return false;
    const char *end = bytes + n;
    for (const char *line = bytes; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline)
            break;
        size_t length = (size_t)(newline - line);
        length -= length && line[length - 1] == '\r';
        if (!length) {
            ret->body = newline + 1;
            ret->body_len = (size_t)(end - ret->body);
            break;
        }
        take_header(line, length, "Server", ret->server, sizeof ret->server);
        line = newline + 1;
    }
    return true;
}

/* --- the exchange --- */

/* Waits until the socket is ready. 0, or an errno. */
static int wait_ready(int sock, short events, uint64_t end_ns)
{
    for (;;) {
        uint64_t now = now_ns();
        if (now >= end_ns)
            return ETIMEDOUT;
        struct pollfd p = {.fd = sock, .events = events};
        int rc = poll(&p, 1, (int)((end_ns - now) / 1000000) + 1);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return errno;
    }
}

static int connect_until(int sock, const struct http_url *url, uint64_t end_ns)
{
    struct sockaddr_storage address;
    socklen_t length = fill_address(url, &address);
    if (connect(sock, (struct sockaddr *)&address, length) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    int rc = wait_ready(sock, POLLOUT, end_ns);
    if (rc)
        return rc;
    int result = 0;
    socklen_t size = sizeof result;
    return getsockopt(sock, SOL_SOCKET, SO_ERROR, &result, &size) < 0 ? errno : result;
}

static int send_request(int sock, const struct http_url *url, uint64_t end_ns)
{
    cleanup_buf struct buf request = {0};
    const char *open = strchr(url->host, ':') ? "[" : "", *close_bracket = *open ? "]" : "";
    buf_addf(&request, "GET %s HTTP/1.0\r\nHost: %s%s%s:%u\r\nUser-Agent: nslab\r\nConnection: close\r\n\r\n",
             url->path, open, url->host, close_bracket, url->port);
    for (size_t sent = 0; sent < request.len;) {
        ssize_t n = send(sock, request.data + sent, request.len - sent, MSG_NOSIGNAL);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN) {
            int rc = wait_ready(sock, POLLOUT, end_ns);
            if (rc)
                return rc;
        } else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static int receive_all(int sock, size_t max, uint64_t end_ns, struct buf *out)
{
    for (size_t start = out->len; out->len - start < max;) {
        char chunk[4096];
        size_t room = max - (out->len - start);
        ssize_t n = recv(sock, chunk, room < sizeof chunk ? room : sizeof chunk, 0);
        if (n > 0)
            buf_add(out, chunk, (size_t)n);
        else if (n == 0)
            return 0;
        else if (errno == EAGAIN) {
            int rc = wait_ready(sock, POLLIN, end_ns);
            if (rc)
                return rc;
        } else if (errno != EINTR)
            return errno;
    }
    return 0;
}

int http_exchange(const struct http_url *url, int timeout_ms, size_t max, struct buf *out,
                  const char **ret_step)
{
    uint64_t end_ns = now_ns() + (uint64_t)timeout_ms * 1000000;
    int family = strchr(url->host, ':') ? AF_INET6 : AF_INET;
    *ret_step = HTTP_MAKE_SOCKET;
    cleanup_fd int sock = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return errno;
    *ret_step = "connect";
    int rc = connect_until(sock, url, end_ns);
    if (rc)
        return rc;
    *ret_step = "send the request";
    rc = send_request(sock, url, end_ns);
    if (rc)
        return rc;
    *ret_step = "read the answer";
    return receive_all(sock, max, end_ns, out);
}
