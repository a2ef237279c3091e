/* SPDX-License-Identifier: MIT */
#include "nslab/features.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* In a network namespace of its own: what is asked for must not be there afterwards, and nobody else sees it.
 * Returns the status with which `ask` ended. */
static int in_own_network(int (*ask)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? 77 : ask());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    return WEXITSTATUS(status);
}

static int ask_for_veth(void)
{
    struct nslab_error e = {0};
    return feature_link_kind("veth", &e) == 0 && !error_is_set(&e) ? 0 : 1;
}

static int ask_for_no_link(void)
{
    struct nslab_error e = {0};
    if (feature_link_kind("nslabnone", &e) == 0)
        return 1;
    return e.errnum == EOPNOTSUPP && !strcmp(e.cause, "nslabnone") ? 0 : 2;
}

static int ask_for_nft_twice(void)
{
    struct nslab_error e = {0};
    /* The second would be another answer if the first had left something. */
    return feature_nft("nat", &e) == 0 && feature_nft("nat", &e) == 0 && !error_is_set(&e) ? 0 : 1;
}

static int ask_for_no_chain(void)
{
    struct nslab_error e = {0};
    if (feature_nft("nslabnone", &e) == 0)
        return 1;
    return e.errnum == ENOENT && !strcmp(e.cause, "nft") && strstr(e.hint, "modprobe") ? 0 : 2;
}

static void test_link_kinds(void **state)
{
    (void)state;
    assert_int_equal(in_own_network(ask_for_veth), 0);
    assert_int_equal(in_own_network(ask_for_no_link), 0);
}

static void test_nft(void **state)
{
    (void)state;
    assert_int_equal(in_own_network(ask_for_nft_twice), 0);
    assert_int_equal(in_own_network(ask_for_no_chain), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_kinds),
        cmocka_unit_test(test_nft),
    };
    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
