/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/passwd.h"

#include <stdio.h>

static char text[1024];

static char *fresh(const char *s)
{
    snprintf(text, sizeof text, "%s", s);
    return text;
}

static const char *const users = "root:x:0:0:root:/root:/bin/bash\n"
                                 "# www-data:x:1:1::/comment:/bin/sh\n"
                                 "+@nis\n"
                                 "www-data:x:33:33:www:data:/var/www:/usr/sbin/nologin\n"
                                 "short:x:34:34:no home\n"
                                 "huge:x:4294967295:4::/huge:\n"
                                 "minus:x:-1:4::/minus:\n"
                                 "last:x:1000:1001::/home/last";

static void by_name(void **state)
{
    struct passwd_line line;
    (void)state;
    assert_true(passwd_find(fresh(users), "www-data", 0, &line));
    assert_int_equal(line.uid, 33);
    assert_int_equal(line.gid, 33);
    assert_string_equal(line.home, "data");
    assert_true(passwd_find(fresh(users), "last", 0, &line));
    assert_int_equal(line.uid, 1000);
    assert_int_equal(line.gid, 1001);
    assert_string_equal(line.home, "/home/last");
    const char *const none[] = {"short", "huge", "minus", "nobody", "", "# www-data", "+@nis"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(passwd_find(fresh(users), none[i], 0, &line));
}

static void by_uid(void **state)
{
    struct passwd_line line;
    (void)state;
    assert_true(passwd_find(fresh(users), NULL, 0, &line));
    assert_string_equal(line.home, "/root");
    assert_true(passwd_find(fresh(users), NULL, 1000, &line));
    assert_string_equal(line.home, "/home/last");
    assert_false(passwd_find(fresh(users), NULL, 1, &line));
    assert_false(passwd_find(fresh(users), NULL, 34, &line));
    assert_false(passwd_find(fresh(""), NULL, 0, &line));
    assert_false(passwd_find(fresh("\n\n::::::\n"), NULL, 0, &line));
}

static void groups(void **state)
{
    gid_t gid = 7;
    (void)state;
    assert_true(group_find(fresh("root:x:0:\n#adm:x:9:\nadm:x:4:syslog,ada\n"), "adm", &gid));
    assert_int_equal(gid, 4);
    assert_true(group_find(fresh("bare:x:5"), "bare", &gid));
    assert_int_equal(gid, 5);
    assert_false(group_find(fresh("adm:x\nadm:x:y:\n"), "adm", &gid));
    assert_false(group_find(fresh(""), "", &gid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(by_uid),
        cmocka_unit_test(groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
