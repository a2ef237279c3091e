/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/session.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listening_sockets_of_this_user),
        cmocka_unit_test(test_names_that_others_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
