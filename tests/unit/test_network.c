/* SPDX-License-Identifier: MIT
 *
 * The two halves of a lab's network, for real: in network namespaces below a user namespace of the test's
 * own. Where the machine doesn't allow one, these tests are skipped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/host.h"
#include "nslab/ids.h"
#include "nslab/mem.h"
#include "nslab/netlink.h"
#include "nslab/network.h"
#include "nslab/ports.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child found out; it asserts nothing itself. */
struct seen {
    bool done;
    char failed[64]; /* the call that failed */
    struct nslab_error error;
    char links[256];     /* "lo: up, nslab0: up bridge, ..." */
    char addresses[256]; /* "127.0.0.1/8 ..." */
    char routes[256];
};

static void look(struct seen *s)
{
    struct link_info *links = NULL;
    struct address_info *addresses = NULL;
    struct route_info *routes = NULL;
    size_t n = 0;
    cleanup_buf struct buf l = {0}, a = {0}, r = {0};
    int sock = nl_open(&s->error);
    if (nl_links(sock, &links, &n, &s->error) == 0)
        for (size_t i = 0; i < n; i++)
            buf_addf(&l, "%s%s %s %s", i ? ", " : "", links[i].name, links[i].flags & IFF_UP ? "up" : "down",
                     links[i].kind);
    if (nl_addresses(sock, &addresses, &n, &s->error) == 0)
        for (size_t i = 0; i < n; i++)
            if (addresses[i].index > 1)
                buf_addf(&a, "%s ", addresses[i].text);
    if (nl_routes(sock, &routes, &n, &s->error) == 0)
        for (size_t i = 0; i < n; i++)
            buf_addf(&r, "%s via %s, ", routes[i].destination, routes[i].gateway);
    snprintf(s->links, sizeof s->links, "%s", buf_text(&l));
    snprintf(s->addresses, sizeof s->addresses, "%s", buf_text(&a));
    snprintf(s->routes, sizeof s->routes, "%s", buf_text(&r));
    free(links);
    free(addresses);
    free(routes);
    close(sock);
}

static void note(struct seen *s, int rc, const char *call)
{
    if (rc < 0 && !s->failed[0])
        snprintf(s->failed, sizeof s->failed, "%s", call);
}

/* Runs in a child that is alone in a new network namespace. NULL journal. */
typedef void (*network_fn)(struct seen *s);

/* false: no such namespace can be made here. */
static bool run_in_new_network(network_fn fn, struct seen *s)
{
    int pair[2];
    char go;
    struct id_plan plan;
    struct nslab_error e = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = clone_process(CLONE_NEWUSER | CLONE_NEWNET, NULL);
    if (pid == 0) {
        static struct seen mine;
        close(pair[0]);
        if (recv(pair[1], &go, 1, 0) != 1)
            _exit(1);
        die_with_parent();
        fn(&mine);
        mine.done = true;
        send(pair[1], &mine, sizeof mine, 0);
        _exit(0);
    }
    close(pair[1]);
    bool possible = pid > 0 && id_plan_make(&plan, &e) == 0 && id_plan_write(&plan, pid, &e) == 0;
    if (possible) {
        send(pair[0], "g", 1, 0);
        ssize_t n = recv(pair[0], s, sizeof *s, 0);
        assert_int_equal(n, sizeof *s);
    }
    close(pair[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return possible;
}

static void assert_worked(const struct seen *s)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    if (s->failed[0])
        fail_msg("%s: %s", s->failed, error_text(&s->error, text, sizeof text));
    assert_true(s->done);
}

static void set_up_host(struct seen *s)
{
    note(s, network_host_setup(NULL, &s->error), "network_host_setup");
    look(s);
}

static void test_host(void **state)
{
    (void)state;
    struct seen s = {0};
    if (!run_in_new_network(set_up_host, &s))
        skip();
    assert_worked(&s);
    assert_string_equal(s.links, "lo up , nslab0 up bridge");
    assert_string_equal(s.addresses, "172.17.0.1/16 "); /* and no fe80:: */
    assert_string_equal(s.routes, "172.17.0.0/16 via , ");
}

static void set_up_twice(struct seen *s)
{
    network_host_setup(NULL, &s->error);
    note(s, network_host_setup(NULL, &s->error), "again");
}

static void test_host_twice(void **state)
{
    (void)state;
    struct seen s = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    if (!run_in_new_network(set_up_twice, &s))
        skip();
    assert_string_equal(s.failed, "again");
    assert_string_equal(error_text(&s.error, text, sizeof text), "cannot create bridge nslab0: File exists");
}

static void set_up_lo(struct seen *s)
{
    note(s, network_container_setup(NULL, NULL, &s->error), "network_container_setup");
    look(s);
}

static void test_lo_alone(void **state)
{
    (void)state;
    struct seen s = {0};
    if (!run_in_new_network(set_up_lo, &s))
        skip();
    assert_worked(&s);
    assert_string_equal(s.links, "lo up ");
    assert_string_equal(s.addresses, "");
}

static void without_eth0(struct seen *s)
{
    note(s, network_container_setup(NULL, "172.17.0.2", &s->error), "no eth0");
}

static void test_container_without_cable(void **state)
{
    (void)state;
    struct seen s = {0};
    if (!run_in_new_network(without_eth0, &s))
        skip();
    assert_string_equal(s.failed, "no eth0");
    assert_string_equal(s.error.step, "find the network link");
    assert_string_equal(s.error.object, "eth0");
    assert_int_equal(s.error.errnum, ENODEV);
}

/* --- both halves --- */

/* A second network namespace below the first, with a process in it that does what it is told and listens. */
struct container_side {
    pid_t pid;
    int sock; /* we write a byte, it writes a struct seen */
    int netns;
};

static void be_container(int sock)
{
    static struct seen s;
    char go;
    unshare(CLONE_NEWNET);
    send(sock, "u", 1, 0);
    if (recv(sock, &go, 1, 0) != 1)
        return;
    note(&s, network_container_setup(NULL, "172.17.0.2", &s.error), "network_container_setup");
    int listener = port_listen((struct in_addr){.s_addr = htonl(INADDR_ANY)}, 80);
    note(&s, listener, "listen");
    look(&s);
    s.done = true;
    send(sock, &s, sizeof s, 0);
    set_nonblocking(listener, false);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return;
        write_all(fd, "hello", 5);
        close(fd);
    }
}

static int start_container_side(struct container_side *c)
{
    int pair[2];
    char byte, path[64];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    c->pid = fork();
    if (c->pid == 0) {
        close(pair[0]);
        die_with_parent();
        be_container(pair[1]);
        _exit(0);
    }
    close(pair[1]);
    c->sock = pair[0];
    if (recv(c->sock, &byte, 1, 0) != 1)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)c->pid);
    c->netns = open(path, O_RDONLY | O_CLOEXEC);
    return c->netns < 0 ? -1 : 0;
}

static void end_container_side(struct container_side *c)
{
    kill(c->pid, SIGKILL);
    waitpid(c->pid, NULL, 0);
    close(c->netns);
    close(c->sock);
}

/* What is read over a first connection, and how long it took. */
static void fetch(struct seen *s, int *ms)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = inet_addr("172.17.0.2")};
    char answer[6] = "";
    uint64_t start = now_ns();
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 || read(fd, answer, 5) != 5 ||
        strcmp(answer, "hello") != 0)
        note(s, -1, "first connection");
    *ms = (int)((now_ns() - start) / 1000000);
}

static void plug_in(struct seen *s)
{
    struct container_side c = {0};
    uint32_t cable = 0;
    int ms = 0;
    note(s, network_host_setup(NULL, &s->error), "network_host_setup");
    note(s, start_container_side(&c), "second network namespace");
    note(s, network_connect(NULL, c.netns, "172.17.0.2", &cable, &s->error), "network_connect");
    send(c.sock, "g", 1, 0);
    struct seen inside = {0};
    if (recv(c.sock, &inside, sizeof inside, 0) != (ssize_t)sizeof inside)
        note(s, -1, "answer from inside");
    if (inside.failed[0])
        *s = inside;
    fetch(s, &ms);
    if (ms > 900) /* a packet that is lost is sent again after a second */
        note(s, -1, "a first connection that loses no packet");
    look(s);
    snprintf(s->addresses, sizeof s->addresses, "%.100s", inside.addresses);
    snprintf(s->routes, sizeof s->routes, "%.100s", inside.routes);
    size_t used = strlen(s->links);
    snprintf(s->links + used, sizeof s->links - used, " / %.100s", inside.links);
    end_container_side(&c);
    note(s, network_disconnect(cable, &s->error), "network_disconnect");
    if (if_nametoindex("veth0002"))
        note(s, -1, "the cable's end goes with the container");
}

static void test_connected(void **state)
{
    (void)state;
    struct seen s = {0};
    if (!run_in_new_network(plug_in, &s))
        skip();
    assert_worked(&s);
    assert_string_equal(s.links, "lo up , nslab0 up bridge, veth0002 up veth / lo up , eth0 up veth");
    assert_string_equal(s.addresses, "172.17.0.2/16 ");
    assert_string_equal(s.routes, "default via 172.17.0.1, 172.17.0.0/16 via , ");
}

/* The network namespace lives on: another container shares it. */
static void unplug(struct seen *s)
{
    struct container_side c = {0};
    uint32_t cable = 0;
    note(s, network_host_setup(NULL, &s->error), "network_host_setup");
    note(s, start_container_side(&c), "second network namespace");
    note(s, network_connect(NULL, c.netns, "172.17.1.9", &cable, &s->error), "network_connect");
    if (cable != if_nametoindex("veth0109"))
        note(s, -1, "name from the address");
    note(s, network_disconnect(cable, &s->error), "network_disconnect");
    if (if_nametoindex("veth0109"))
        note(s, -1, "deletes");
    note(s, network_disconnect(cable, &s->error), "gone is no error");
    end_container_side(&c);
}

static void test_disconnect(void **state)
{
    (void)state;
    struct seen s = {0};
    if (!run_in_new_network(unplug, &s))
        skip();
    assert_worked(&s);
}

static void bad_address(struct seen *s)
{
    uint32_t index;
    note(s, network_connect(NULL, -1, "172.17.0.256", &index, &s->error), "connect");
}

static void test_bad_address(void **state)
{
    (void)state;
    struct seen s = {0};
    bad_address(&s);
    assert_string_equal(s.failed, "connect");
    assert_string_equal(s.error.detail, "'172.17.0.256' is not an IPv4 address");
}

static void test_journal(void **state)
{
    (void)state;
    struct journal *j = journal_new();
    struct nslab_error e = {0};
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? 77 : network_host_setup(j, &e) < 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(j->n, 6);
    assert_string_equal(j->entries[0].call, "RTM_SETLINK");
    assert_string_equal(j->entries[0].args, "lo up");
    assert_string_equal(j->entries[1].call, "RTM_NEWLINK");
    assert_string_equal(j->entries[1].args, "nslab0 type bridge address 02:42:ac:11:00:01");
    assert_string_equal(j->entries[1].why, "the switch that containers are plugged into");
    assert_string_equal(j->entries[3].args, "172.17.0.1/16 dev nslab0");
    assert_int_equal(j->entries[3].result, 0);
    for (uint32_t i = 0; i < j->n; i++)
        assert_true(strlen(j->entries[i].why) + 1 < sizeof j->entries[i].why); /* not cut */
    journal_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),        cmocka_unit_test(test_host_twice),
        cmocka_unit_test(test_lo_alone),    cmocka_unit_test(test_container_without_cable),
        cmocka_unit_test(test_connected),   cmocka_unit_test(test_disconnect),
        cmocka_unit_test(test_bad_address), cmocka_unit_test(test_journal),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
