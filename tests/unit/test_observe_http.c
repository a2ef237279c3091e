/* SPDX-License-Identifier: MIT
 *
 * The small HTTP client: URLs, answers, and exchanges with a server on the loopback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/observe/http.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- URLs --- */

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        unsigned port;
        const char *path;
    } rows[] = {
        {"http://127.0.0.1", "127.0.0.1", 80, "/"},
        {"http://127.0.0.1/", "127.0.0.1", 80, "/"},
        {"http://172.17.0.2:8080/a/b?c=d#e", "172.17.0.2", 8080, "/a/b?c=d"},
        {"http://localhost:1", "localhost", 1, "/"},
        {"http://127.0.0.1?x", "127.0.0.1", 80, "/?x"},
        {"http://127.0.0.1:65535#x", "127.0.0.1", 65535, "/"},
        {"http://[::1]:81/x", "::1", 81, "/x"},
        {"http://[fe80::1]", "fe80::1", 80, "/"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_url url;
        struct nslab_error e = {0};
        assert_int_equal(http_url_parse(rows[i].text, &url, &e), 0);
        assert_string_equal(url.host, rows[i].host);
        assert_int_equal(url.port, rows[i].port);
        assert_string_equal(url.path, rows[i].path);
    }
}

static void test_bad_urls(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "it doesn't begin with http://"},
        {"https://127.0.0.1/", "it doesn't begin with http://"},
        {"http://", "there is no host in it"},
        {"http:///x", "there is no host in it"},
        {"http://[::1", "there is no host in it"},
        {"http://127.0.0.1:/", "the port isn't a number from 1 to 65535"},
        {"http://127.0.0.1:0/", "the port isn't a number from 1 to 65535"},
        {"http://127.0.0.1:65536/", "the port isn't a number from 1 to 65535"},
        {"http://127.0.0.1:80x/", "the port isn't a number from 1 to 65535"},
        {"http://127.0.0.1:123456789/", "the port isn't a number from 1 to 65535"},
        {"http://[::1]x/", "something follows the host that is neither a port nor a path"},
        {"http://web/", "the host is neither an address nor localhost"},
        {"http://::1/", "the port isn't a number from 1 to 65535"},
        {"http://127.0.0.1/a b", "the path is too long, or has a space in it"},
        {"http://127.0.0.1/a\r\nX: y", "the path is too long, or has a space in it"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_url url;
        struct nslab_error e = {0};
        cleanup_free char *expected = xasprintf("`%s` is no address to ask: %s", rows[i].text, rows[i].why);
        assert_int_equal(http_url_parse(rows[i].text, &url, &e), -1);
        if (strcmp(rows[i].text, "http://::1/")) /* an address without brackets: any complaint will do */
            assert_string_equal(e.detail, expected);
    }
}

static void test_long_urls(void **state)
{
    (void)state;
    struct http_url url;
    struct nslab_error e = {0};
    cleanup_buf struct buf text = {0};
    buf_adds(&text, "http://127.0.0.1/");
    for (int i = 0; i < 1022; i++)
        buf_addc(&text, 'x');
    assert_int_equal(http_url_parse(buf_text(&text), &url, &e), 0);
    assert_int_equal(strlen(url.path), 1023);
    buf_addc(&text, 'x');
    assert_int_equal(http_url_parse(buf_text(&text), &url, &e), -1);
    buf_truncate(&text, 0);
    buf_adds(&text, "http://");
    for (int i = 0; i < 64; i++)
        buf_addc(&text, '1');
    assert_int_equal(http_url_parse(buf_text(&text), &url, &e), -1);
}

/* --- answers --- */

static void check_answer(const char *bytes, unsigned status, const char *server, const char *body)
{
    struct http_answer a;
    assert_true(http_answer_parse(bytes, strlen(bytes), &a));
    assert_int_equal(a.status, status);
    assert_string_equal(a.server, server);
    assert_int_equal(a.body_len, strlen(body));
    assert_memory_equal(a.body, body, a.body_len);
}

static void test_answers(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nX: y\r\n\r\nhello\n", 200, "nginx/1.22.1",
                 "hello\n");
    check_answer("HTTP/1.0 404 Not Found\nserver:\t x\n\n", 404, "x", "");
    check_answer("HTTP/1.1 204\r\n\r\n", 204, "", "");
    check_answer("HTTP/1.1 200 OK\r\nServers: no\r\nServer\r\n\r\nServer: in the body\r\n", 200, "",
                 "Server: in the body\r\n");
    check_answer("HTTP/1.1 200 OK\r\nServer: cut", 200, "", ""); /* the headers have no end */
}

static void test_no_answers(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "\r\n\r\n",
                                      "SSH-2.0-OpenSSH_9.2\r\n",
                                      "HTTP/1.1 ",
                                      "HTTP/1.1",
                                      "HTTP/1.1 abc OK",
                                      "HTTP/x 200",
                                      "HTTP/1.1 20 OK",
                                      "HTTP/2 200",
                                      " HTTP/1.1 200 OK"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct http_answer a;
        assert_false(http_answer_parse(bad[i], strlen(bad[i]), &a));
    }
}

static void test_long_server(void **state)
{
    (void)state;
    struct http_answer a;
    cleanup_buf struct buf text = {0};
    buf_adds(&text, "HTTP/1.1 200 OK\r\nServer: ");
    for (int i = 0; i < 500; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\r\n\r\n");
    assert_true(http_answer_parse(buf_text(&text), text.len, &a));
    assert_int_equal(strlen(a.server), sizeof a.server - 1);
}

/* --- exchanges --- */

static int listening(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(sock >= 0);
    assert_int_equal(bind(sock, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(sock, 1), 0);
    assert_int_equal(getsockname(sock, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return sock;
}

/* A child that answers one request with these bytes, in two pieces. */
static pid_t serve_once(int sock, const char *answer)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    char request[2048];
    int client = accept(sock, NULL, NULL);
    ssize_t n = client < 0 ? -1 : read(client, request, sizeof request - 1);
    if (n <= 0)
        _exit(1);
    request[n] = '\0';
    bool good = !strncmp(request, "GET /x HTTP/1.0\r\nHost: 127.0.0.1:", 33) && strstr(request, "\r\n\r\n");
    size_t half = strlen(answer) / 2;
    if (!good || write_all(client, answer, half) < 0)
        _exit(2);
    usleep(20000);
    _exit(write_all(client, answer + half, strlen(answer) - half) < 0 ? 3 : 0);
}

static int exchange(uint16_t port, int timeout_ms, size_t max, struct buf *out, const char **step)
{
    struct http_url url = {.host = "127.0.0.1", .port = port, .path = "/x"};
    return http_exchange(&url, timeout_ms, max, out, step);
}

static void check_exchange(const char *answer, size_t max, const char *expected)
{
    uint16_t port;
    int status;
    const char *step;
    cleanup_buf struct buf out = {0};
    cleanup_fd int sock = listening(&port);
    pid_t child = serve_once(sock, answer);
    assert_int_equal(exchange(port, 2000, max, &out, &step), 0);
    assert_string_equal(buf_text(&out), expected);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_exchange(void **state)
{
    (void)state;
    check_exchange("HTTP/1.1 200 OK\r\n\r\nbody", 4096, "HTTP/1.1 200 OK\r\n\r\nbody");
    check_exchange("HTTP/1.1 200 OK\r\n\r\nbody", 12, "HTTP/1.1 200");
}

static void test_exchange_refused(void **state)
{
    (void)state;
    uint16_t port;
    const char *step;
    cleanup_buf struct buf out = {0};
    int sock = listening(&port);
    close(sock);
    assert_int_equal(exchange(port, 1000, 4096, &out, &step), ECONNREFUSED);
    assert_string_equal(step, "connect");
    assert_int_equal(out.len, 0);
}

static void test_exchange_keeps_its_deadline(void **state)
{
    (void)state;
    uint16_t port;
    const char *step;
    cleanup_buf struct buf out = {0};
    int sock = listening(&port); /* accepts by its backlog, and says nothing */
    uint64_t start = now_ns();
    assert_int_equal(exchange(port, 50, 4096, &out, &step), ETIMEDOUT);
    assert_string_equal(step, "read the answer");
    assert_in_range((now_ns() - start) / 1000000, 50, 1000);
    close(sock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_long_urls),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_no_answers),
        cmocka_unit_test(test_long_server),
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_exchange_refused),
        cmocka_unit_test(test_exchange_keeps_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
