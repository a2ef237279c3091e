/* SPDX-License-Identifier: MIT
 *
 * The port proxy's loop on the loopback of this machine: a real proxy in one child, a small server in
 * another.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ports.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE (1u << 20)

struct fixture {
    pid_t server, proxy;
    uint16_t port; /* the proxy's */
};

static const struct in_addr *loopback(void)
{
    static struct in_addr address;
    address.s_addr = htonl(INADDR_LOOPBACK);
    return &address;
}

static uint16_t port_of(int sock)
{
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    return getsockname(sock, (struct sockaddr *)&name, &size) < 0 ? 0 : ntohs(name.sin_port);
}

/* --- servers: each runs in a child, one connection a process --- */

static void echo(int fd)
{
    char bytes[16384];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (write_all(fd, bytes, (size_t)n) < 0)
            return;
}

/* Answers only when the request has ended: what half a close is for. */
static void count_then_answer(int fd)
{
    char bytes[16384], answer[32];
    unsigned long sum = 0;
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        sum += (unsigned long)n;
    int length = snprintf(answer, sizeof answer, "got %lu", sum);
    write_all(fd, answer, (size_t)length);
}

/* Sends a megabyte without being asked, then closes at once. */
static void talk(int fd)
{
    char *bytes = xmalloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 7);
    write_all(fd, bytes, LARGE);
    free(bytes);
}

static void reset(int fd)
{
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static pid_t serve(int listener, void (*handle)(int fd))
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    die_with_parent();
    signal(SIGCHLD, SIG_IGN);
    set_nonblocking(listener, false);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            _exit(1);
        if (fork() == 0) {
            die_with_parent();
            set_nonblocking(fd, false);
            handle(fd);
            _exit(0);
        }
        close(fd);
    }
}

static pid_t run_proxy(int listener, uint16_t to, rlim_t descriptors)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct nslab_error e = {0};
    const struct port_choice ports[] = {{.address = "127.0.0.1", .host = port_of(listener), .container = to}};
    const int listeners[] = {listener, -1};
    die_with_parent();
    if (descriptors) {
        const struct rlimit limit = {descriptors, descriptors};
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    port_proxy_loop(listeners, 2, "127.0.0.1", ports, &e);
    _exit(1);
}

/* handle NULL: nobody listens at the other end. */
static struct fixture start(void (*handle)(int fd), rlim_t descriptors)
{
    struct fixture f = {0};
    int server = port_listen(*loopback(), 0), proxy = port_listen(*loopback(), 0);
    assert_true(server >= 0 && proxy >= 0);
    uint16_t to = port_of(server);
    f.port = port_of(proxy);
    if (handle)
        f.server = serve(server, handle);
    close(server);
    f.proxy = run_proxy(proxy, to, descriptors);
    close(proxy);
    return f;
}

static bool runs(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == 0;
}

static void end(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Whatever a client did to it, the proxy still runs. */
static void stop(struct fixture *f)
{
    bool proxy_ran = runs(f->proxy);
    if (proxy_ran)
        end(f->proxy);
    end(f->server);
    assert_true(proxy_ran);
}

/* --- clients --- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = *loopback()};
    const struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void read_exactly(int fd, char *bytes, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = read(fd, bytes + got, n - got);
        assert_true(more > 0);
        got += (size_t)more;
    }
}

static void test_small(void **state)
{
    (void)state;
    struct fixture f = start(echo, 0);
    int fd = connect_to(f.port);
    char answer[5];
    assert_int_equal(write_all(fd, "hello", 5), 0);
    read_exactly(fd, answer, 5);
    assert_memory_equal(answer, "hello", 5);
    close(fd);
    stop(&f);
}

/* A megabyte there and back at the same time: more than all buffers on the way together hold, so that each
 * side has to wait for the other again and again. */
static void test_large_both_ways(void **state)
{
    (void)state;
    struct fixture f = start(echo, 0);
    int fd = connect_to(f.port);
    char *sent = xmalloc(LARGE), *got = xmalloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 31 + (i >> 8));
    pid_t writer = fork();
    if (writer == 0)
        _exit(write_all(fd, sent, LARGE) < 0 || shutdown(fd, SHUT_WR) < 0);
    read_exactly(fd, got, LARGE);
    assert_memory_equal(got, sent, LARGE);
    assert_int_equal(read(fd, got, 1), 0);
    int status = -1;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    free(sent);
    free(got);
    close(fd);
    stop(&f);
}

static void test_half_close(void **state)
{
    (void)state;
    struct fixture f = start(count_then_answer, 0);
    int fd = connect_to(f.port);
    char answer[10] = "";
    assert_int_equal(write_all(fd, "GET / HTTP/1.0\r\n\r\n", 18), 0);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    read_exactly(fd, answer, 6);
    assert_string_equal(answer, "got 18");
    assert_int_equal(read(fd, answer, 1), 0);
    close(fd);
    stop(&f);
}

/* The server closes first, with a megabyte on the way to a client that reads slowly: all of it arrives. */
static void test_server_closes_first(void **state)
{
    (void)state;
    struct fixture f = start(talk, 0);
    int fd = connect_to(f.port);
    char *got = xmalloc(LARGE);
    usleep(50000);
    read_exactly(fd, got, LARGE);
    assert_int_equal(got[LARGE - 1], (char)((LARGE - 1) * 7));
    assert_int_equal(read(fd, got, 1), 0);
    free(got);
    close(fd);
    stop(&f);
}

static void test_refused(void **state)
{
    (void)state;
    struct fixture f = start(NULL, 0);
    for (int i = 0; i < 3; i++) {
        int fd = connect_to(f.port);
        char byte;
        errno = 0;
        assert_true(read(fd, &byte, 1) <= 0);
        assert_true(errno != EAGAIN); /* closed, and not timed out */
        close(fd);
    }
    stop(&f);
}

static void test_reset_by_either_side(void **state)
{
    (void)state;
    struct fixture f = start(reset, 0);
    char byte;
    int fd = connect_to(f.port);
    assert_true(read(fd, &byte, 1) <= 0);
    close(fd);
    end(f.server);
    end(f.proxy);

    f = start(echo, 0);
    fd = connect_to(f.port);
    reset(fd);
    close(fd);
    fd = connect_to(f.port);
    assert_int_equal(write_all(fd, "x", 1), 0);
    read_exactly(fd, &byte, 1);
    assert_int_equal(byte, 'x');
    close(fd);
    stop(&f);
}

static void test_fifty_at_once(void **state)
{
    (void)state;
    struct fixture f = start(echo, 0);
    int fds[50];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = connect_to(f.port);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        unsigned char byte = (unsigned char)(i + 1);
        assert_int_equal(write_all(fds[i], &byte, 1), 0);
    }
    for (size_t i = ARRAY_LEN(fds); i-- > 0;) {
        char byte;
        read_exactly(fds[i], &byte, 1);
        assert_int_equal(byte, i + 1);
        close(fds[i]);
    }
    stop(&f);
}

/* Room for three connections: a fourth client waits in the backlog and is served when one of them has gone.
 */
static void test_runs_out_of_descriptors(void **state)
{
    (void)state;
    struct fixture f = start(echo, 32);
    int fds[20];
    char byte;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = connect_to(f.port);
        assert_int_equal(write_all(fds[i], "y", 1), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        read_exactly(fds[i], &byte, 1);
        assert_int_equal(byte, 'y');
        close(fds[i]);
    }
    stop(&f);
}

/* The 129th client isn't served while 128 are, and is when one of them leaves. */
static void test_limit(void **state)
{
    (void)state;
    struct fixture f = start(echo, 0);
    int fds[129];
    char byte;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = connect_to(f.port);
        assert_int_equal(write_all(fds[i], "z", 1), 0);
        if (i < 128)
            read_exactly(fds[i], &byte, 1);
    }
    struct pollfd p = {.fd = fds[128], .events = POLLIN};
    assert_int_equal(poll(&p, 1, 150), 0);
    close(fds[0]);
    read_exactly(fds[128], &byte, 1);
    assert_int_equal(byte, 'z');
    for (size_t i = 1; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    stop(&f);
}

static long cpu_ms(pid_t pid)
{
    char path[64];
    cleanup_buf struct buf text = {0};
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_file_at(-1, path, &text, 0) < 0)
        return -1;
    unsigned long user = 0, system = 0;
    const char *after = strrchr(buf_text(&text), ')');
    if (!after || sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return -1;
    return (long)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

/* Connections in every state of rest: nothing to do must cost nothing. */
static void test_no_busy_loop(void **state)
{
    (void)state;
    struct fixture f = start(echo, 0);
    struct fixture g = start(talk, 0);
    int idle = connect_to(f.port), unread = connect_to(g.port), half = connect_to(g.port);
    shutdown(half, SHUT_WR);
    usleep(50000);
    long before = cpu_ms(f.proxy) + cpu_ms(g.proxy);
    usleep(400000);
    long used = cpu_ms(f.proxy) + cpu_ms(g.proxy) - before;
    assert_in_range(used, 0, 50);
    close(idle);
    close(unread);
    close(half);
    stop(&f);
    stop(&g);
}

/* --- listening --- */

static void test_port_in_use(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char wanted[128], text[NSLAB_ERROR_TEXT_MAX];
    int first = port_listen(*loopback(), 0);
    assert_true(first >= 0);
    unsigned port = port_of(first);
    assert_int_equal(port_listen_on_machine("127.0.0.1", (uint16_t)port, &e), -1);
    snprintf(wanted, sizeof wanted, "port %u of 127.0.0.1 is in use on this machine, by test_ports (PID %d)",
             port, (int)getpid());
    assert_string_equal(error_text_brief(&e, text, sizeof text), wanted);
    assert_string_equal(e.cause, "port");
    assert_int_equal(e.errnum, EADDRINUSE);
    unsigned proposed = 0, again = 0;
    assert_int_equal(sscanf(e.hint, "Publish another one: %u is free, as in `-p %u:80`.", &proposed, &again),
                     2);
    assert_int_equal(proposed, again);
    assert_int_not_equal(proposed, port);
    int second = port_listen_on_machine("127.0.0.1", (uint16_t)proposed, &e);
    assert_true(second >= 0);
    close(first);
    close(second);
}

static void test_listen_errors(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(port_listen_on_machine("localhost", 8080, &e), -1);
    assert_string_equal(
        error_text(&e, text, sizeof text),
        "'localhost' is not an IPv4 address. Write it as in `-p 127.0.0.1:8080:80`, or leave it out: "
        "then it is 127.0.0.1.");
    assert_int_equal(port_listen_on_machine("192.0.2.1", 8080, &e), -1);
    assert_string_equal(
        error_text(&e, text, sizeof text),
        "cannot listen on port 8080 of 192.0.2.1: Cannot assign requested address. No network "
        "interface of this machine has that address: `ip addr` lists those there are.");
    assert_string_equal(e.cause, "port");
}

static void test_loop_refuses_bad_address(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    assert_int_equal(port_proxy_loop(NULL, 0, "web", NULL, &e), -1);
    assert_string_equal(e.detail, "'web' is not an IPv4 address");
}

static void test_loop_reports_broken_listener(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    const struct port_choice ports[] = {{.address = "127.0.0.1", .host = 8080, .container = 80}};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[1]);
    assert_int_equal(port_proxy_loop(pair, 1, "127.0.0.1", ports, &e), -1);
    assert_string_equal(e.step, "accept connections for");
    assert_string_equal(e.object, "port 8080");
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_large_both_ways),
        cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_server_closes_first),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_reset_by_either_side),
        cmocka_unit_test(test_fifty_at_once),
        cmocka_unit_test(test_runs_out_of_descriptors),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_busy_loop),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_listen_errors),
        cmocka_unit_test(test_loop_refuses_bad_address),
        cmocka_unit_test(test_loop_reports_broken_listener),
    };
    return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
