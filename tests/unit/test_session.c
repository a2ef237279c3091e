/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/runtime/session_wire.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/session.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "Num       RefCount Protocol Flags    Type St Inode Path\n"

static void expect(const char *text, uid_t uid, const char *wanted)
{
    cleanup_strv struct strv ids = {0};
    cleanup_buf struct buf joined = {0};
    sessions_parse(text, uid, &ids);
    strv_join(&ids, " ", &joined);
    assert_string_equal(buf_text(&joined), wanted);
}

static void test_listening_sockets_of_this_user(void **state)
{
    (void)state;
    static const char text[] = HEAD
        "000000003f7e9888: 00000003 00000000 00000000 0005 03 14617915 @nslab/1000/8114\n" /* a client's */
        "000000000e0111d1: 00000002 00000000 00010000 0005 01 14616366 @nslab/1000/8114\n"
        "000000000e0111d2: 00000002 00000000 00010000 0005 01 14616367 @nslab/1000/9-2\n"
        "000000000e0111d3: 00000002 00000000 00010000 0005 01 14616368 @nslab/100/7\n"
        "000000000e0111d4: 00000002 00000000 00010000 0001 01 14616369 /run/dbus/system_bus_socket\n"
        "000000000e0111d5: 00000002 00000000 00000000 0002 01 14616370\n";
    expect(text, 1000, "8114 9-2");
    expect(text, 100, "7");
    expect(text, 0, "");
}

static void test_names_that_others_made_up(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "000000000e0111d1: 00000002 00000000 00010000 0005 01 1 @nslab/0/\n"
             "000000000e0111d1: 00000002 00000000 00010000 0005 01 2 @nslab/0/1\033[2J\n"
             "000000000e0111d1: 00000002 00000000 00010000 0005 01 3 @nslab/0/1 and more\n"
             "000000000e0111d1: 00000002 00000000 00010000 0005 01 4 /tmp/@nslab/0/2\n"
             "garbage\n\n"
             "000000000e0111d1: 00000002 00000000 00010000 0005 01 5 @nslab/0/12";
    expect(text, 0, "12");
    expect("", 0, "");
}

/* --- sockets --- */

static int listen_at(const char *id, uid_t uid, int backlog)
{
    struct sockaddr_un address;
    socklen_t size = session_address(id, uid, &address);
    int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(sock >= 0);
    assert_int_equal(bind(sock, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(sock, backlog), 0);
    return sock;
}

static char *own_id(const char *suffix)
{
    return xasprintf("%d-%s", (int)getpid(), suffix);
}

/* Anybody may take a name and answer nobody. */
static void test_who_never_accepts(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_free char *id = own_id("901");
    cleanup_fd int sock = listen_at(id, getuid(), 0);
    assert_true(sock >= 0);
    alarm(20); /* where it is waited for without end */
    cleanup_fd int first = session_connect(id, &e);
    assert_true(first >= 0);
    cleanup_fd int second = session_connect(id, &e);
    alarm(0);
    assert_int_equal(second, -1);
    assert_non_null(strstr(e.step, "connect to"));
}

static bool is_listed(const char *id)
{
    struct nslab_error e = {0};
    cleanup_strv struct strv ids = {0};
    assert_int_equal(sessions_list(&ids, &e), 0);
    return strv_contains(&ids, id);
}

static void test_names_that_others_took(void **state)
{
    (void)state;
    cleanup_free char *id = own_id("902"), *taken = own_id("903");
    cleanup_fd int sock = listen_at(id, getuid(), 8);
    assert_true(sock >= 0 && is_listed(id));
    if (geteuid() != 0)
        skip();
    uid_t self = getuid();
    assert_int_equal(setresuid(-1, 65534, -1), 0);
    cleanup_fd int theirs = listen_at(taken, self, 8);
    assert_int_equal(setresuid(-1, self, -1), 0);
    assert_true(theirs >= 0 && is_listed(id));
    assert_false(is_listed(taken));
}

/* --- the session process --- */

static unsigned count_fds(pid_t pid)
{
    cleanup_free char *path = xasprintf("/proc/%d/fd", (int)pid);
    unsigned n = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory));)
        n += entry->d_name[0] != '.';
    closedir(directory);
    return n;
}

/* A place, as nslab tells one, whose first process has ended. */
static void tell_ended_place(int control, const char *name)
{
    cleanup_fd int pidfd = -1;
    cleanup_buf struct buf text = {0};
    if (clone_process(0, &pidfd) == 0)
        _exit(0);
    assert_int_equal(wait_child(pidfd, NULL), 0);
    buf_addf(&text, "%c%s%c0%c%cwhose%c", SESSION_PLACE, name, 0, 0, 0, 0);
    assert_int_equal(send_with_fds(control, text.data, text.len, &pidfd, 1), 0);
}

static void test_what_has_ended_is_let_go(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct session_page page = {0};
    struct session_place place;
    cleanup_free char *id = own_id("904");
    cleanup_fd int pidfd = -1;
    int pair[2], listener = listen_at(id, getuid(), 8);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid_t pid = clone_process(0, &pidfd);
    if (pid == 0) {
        die_with_parent();
        if (keep_only(&pair[1], &listener) == 0)
            session_serve(pair[1], listener, &page);
        _exit(1);
    }
    close(pair[1]);
    close(listener);
    for (unsigned i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        tell_ended_place(pair[0], name);
    }
    cleanup_fd int connection = session_connect(id, &e);
    assert_true(connection >= 0);
    assert_int_equal(session_get_place(connection, "c7", &place, &e), -1);
    assert_string_equal(e.detail, "container c7 isn't running: it has ended");
    assert_in_range(count_fds(pid), 1, 10);
    close(pair[0]); /* with nslab it ends */
    assert_int_equal(wait_child(pidfd, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listening_sockets_of_this_user),
        cmocka_unit_test(test_names_that_others_made_up),
        cmocka_unit_test(test_who_never_accepts),
        cmocka_unit_test(test_names_that_others_took),
        cmocka_unit_test(test_what_has_ended_is_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
