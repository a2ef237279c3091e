/* SPDX-License-Identifier: MIT */
#include "nslab/need.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_row_is_whole(void **state)
{
    (void)state;
    struct nslab_error e;
    for (size_t i = 0; i < need_count; i++) {
        const struct need *n = &need_table[i];
        assert_ptr_equal(need_by_name(n->name), n); /* no name stands twice */
        assert_true(strlen(n->name) < sizeof e.cause);
        assert_true(strlen(n->remedy) < sizeof e.hint); /* the remedy isn't cut */
        assert_true(n->what[0]);
        assert_int_equal(n->remedy[strlen(n->remedy) - 1], '.');
    }
}

static void labs_may_name_the_namespace_types(void **state)
{
    (void)state;
    static const char *const names[] = {"user", "pid", "mnt", "net", "uts", "ipc", "cgroup", "time"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(need_by_name(names[i]));
    assert_null(need_by_name("mount"));
    assert_null(need_by_name(""));
}

static void an_error_gets_cause_and_remedy(void **state)
{
    (void)state;
    struct nslab_error e;
    error_say(&e, "no image");
    assert_int_equal(error_needs(&e, "image"), -1);
    assert_string_equal(e.cause, "image");
    assert_string_equal(e.hint, "Build it with `nslab image build nginx`.");
}

static void a_better_hint_stays(void **state)
{
    (void)state;
    struct nslab_error e;
    error_say(&e, "port 80 is in use");
    error_hint(&e, "Take 81.");
    error_needs(&e, "port");
    assert_string_equal(e.cause, "port");
    assert_string_equal(e.hint, "Take 81.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(labs_may_name_the_namespace_types),
        cmocka_unit_test(an_error_gets_cause_and_remedy),
        cmocka_unit_test(a_better_hint_stays),
    };
    return cmocka_run_group_tests_name("need", tests, NULL, NULL);
}
