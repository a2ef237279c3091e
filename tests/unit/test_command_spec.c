/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

static void spec_of(const char *text, struct container_spec *spec)
{
    cleanup_with(line_free) struct line line = {0};
    struct nslab_error e = {0};
    assert_int_equal(line_parse(&lab_verbs, text, &line, NULL, &e), 0);
    assert_int_equal(line_to_spec(&line, spec, &e), 0);
}

static void a_plain_container(void **state)
{
    (void)state;
    cleanup_with(container_spec_free) struct container_spec spec = {0};
    spec_of("run nginx", &spec);
    assert_string_equal(spec.image, "nginx");
    assert_null(spec.name);
    assert_null(spec.hostname);
    assert_null(spec.user);
    assert_int_equal(spec.command.len, 0);
    assert_int_equal(spec.pid.share, SHARE_PRIVATE);
    assert_int_equal(spec.net.share, SHARE_PRIVATE);
    assert_int_equal(spec.uts.share, SHARE_PRIVATE);
    assert_int_equal(spec.ipc.share, SHARE_PRIVATE);
    assert_false(spec.remap || spec.privileged || spec.detach || spec.remove_after);
    assert_int_equal(spec.stdio, STDIO_PIPES);
}

static void all_options(void **state)
{
    (void)state;
    cleanup_with(container_spec_free) struct container_spec spec = {0};
    spec_of("run -d --rm --name web -p 8080:80 -p 0.0.0.0:8443:443/tcp -v /a:/b -v /c:/d/:ro --pid "
            "container:db --net none --uts host --ipc host --cap-add SYS_ADMIN --privileged -e A=1 -e "
            "B= -u 33:33 nginx:latest sh -c 'a b'",
            &spec);
    assert_string_equal(spec.name, "web");
    assert_string_equal(spec.image, "nginx");
    assert_int_equal(spec.stdio, STDIO_LOG);
    assert_true(spec.detach && spec.remove_after && spec.privileged);
    assert_int_equal(spec.n_ports, 2);
    assert_string_equal(spec.ports[0].address, "127.0.0.1");
    assert_int_equal(spec.ports[0].host, 8080);
    assert_int_equal(spec.ports[0].container, 80);
    assert_string_equal(spec.ports[1].address, "0.0.0.0");
    assert_int_equal(spec.ports[1].container, 443);
    assert_int_equal(spec.n_binds, 2);
    assert_string_equal(spec.binds[0].source, "/a");
    assert_string_equal(spec.binds[0].target, "/b");
    assert_false(spec.binds[0].read_only);
    assert_string_equal(spec.binds[1].target, "/d/");
    assert_true(spec.binds[1].read_only);
    assert_int_equal(spec.pid.share, SHARE_CONTAINER);
    assert_string_equal(spec.pid.container, "db");
    assert_int_equal(spec.net.share, SHARE_NONE);
    assert_int_equal(spec.uts.share, SHARE_HOST);
    assert_int_equal(spec.ipc.share, SHARE_HOST);
    assert_string_equal(spec.cap_add.items[0], "SYS_ADMIN");
    assert_int_equal(spec.env.len, 2);
    assert_string_equal(spec.env.items[1], "B=");
    assert_string_equal(spec.user, "33:33");
    assert_int_equal(spec.command.len, 3);
    assert_string_equal(spec.command.items[2], "a b");
}

static void the_last_mode_wins(void **state)
{
    (void)state;
    cleanup_with(container_spec_free) struct container_spec spec = {0}, remap = {0}, tty = {0};
    spec_of("run --pid container:db --network none --pid=host --network bridge --hostname h nginx", &spec);
    assert_int_equal(spec.pid.share, SHARE_HOST);
    assert_null(spec.pid.container);
    assert_int_equal(spec.net.share, SHARE_PRIVATE);
    assert_string_equal(spec.hostname, "h");
    spec_of("run --userns host --userns remap nginx", &remap);
    assert_true(remap.remap);
    spec_of("run -it nginx", &tty);
    assert_int_equal(tty.stdio, STDIO_PTY);
}

static void expect_conflict(const char *text, const char *detail, const char *in_hint)
{
    cleanup_with(line_free) struct line line = {0};
    struct container_spec spec = {0};
    struct nslab_error e = {0};
    assert_int_equal(line_parse(&lab_verbs, text, &line, NULL, &e), 0);
    assert_int_equal(line_to_spec(&line, &spec, &e), -1);
    assert_string_equal(e.detail, detail);
    assert_non_null(strstr(e.hint, in_hint));
    assert_null(spec.image);
}

/* The lines are well formed, so that a lab can show them fail: it is running them that is refused. */
static void docker_refuses_some_pairs(void **state)
{
    (void)state;
    expect_conflict("run --userns remap --network host nginx",
                    "cannot share the host's network namespace when user namespaces are enabled",
                    "Docker's policy, not the kernel's");
    expect_conflict("run --userns remap --pid host nginx",
                    "cannot share the host PID namespace when user namespaces are enabled",
                    "Docker's policy, not the kernel's");
    expect_conflict("run --userns remap --privileged nginx",
                    "privileged mode is incompatible with user namespaces. You must run the container "
                    "in the host namespace when running privileged mode",
                    "--privileged");
    expect_conflict("run --network container:a -p 1:1 nginx",
                    "conflicting options: port publishing and the container type network mode",
                    "give -p to that one");
    expect_conflict("run --uts host -h x nginx", "conflicting options: hostname and the UTS mode",
                    "--uts host");
}

static void a_template_that_is_left_is_an_error(void **state)
{
    (void)state;
    expect_conflict("run -p ${port}:80 nginx",
                    "`${port}` is not a port to listen on: ports are numbers from 1 to 65535",
                    "-p [ADDRESS:]HOST:CONTAINER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_container),
        cmocka_unit_test(all_options),
        cmocka_unit_test(the_last_mode_wins),
        cmocka_unit_test(docker_refuses_some_pairs),
        cmocka_unit_test(a_template_that_is_left_is_an_error),
    };
    return cmocka_run_group_tests_name("command: run's container", tests, NULL, NULL);
}
