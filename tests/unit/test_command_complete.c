/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

/* Two containers, as completion sees them: only their names matter. */
static struct container second = {.spec = {.name = (char[]){"db"}}};
static struct container first = {.next = &second, .spec = {.name = (char[]){"web"}}};
static struct host lab_host = {.containers = &first};

static struct command_context context(void)
{
    return (struct command_context){.host = &lab_host, .verbs = lab_verbs};
}

static void expect(const char *line, size_t start, const char *joined)
{
    struct command_context c = context();
    cleanup_strv struct strv candidates = {0};
    cleanup_buf struct buf text = {0};
    size_t at = 999;
    verb_complete(&c, line, strlen(line), &candidates, &at);
    strv_join(&candidates, " ", &text);
    assert_string_equal(buf_text(&text), joined);
    assert_int_equal(at, start);
}

static void verbs(void **state)
{
    (void)state;
    expect("", 0, "run exec kill rm ps inspect logs host enter ns map trace help");
    expect("r", 0, "run rm");
    expect("  in", 2, "inspect");
    expect("sudo docker ex", 12, "exec");
    expect("frob", 0, "");
    expect("frob x", 5, "");
    expect("help tr", 5, "trace");
}

static void options(void **state)
{
    (void)state;
    expect("run --p", 4, "--publish --pid --privileged");
    expect("rm -", 3, "--force -f");
    expect("run -d --net", 7, "--network");
    expect("logs -", 5, "");
    expect("exec web --a", 9, "");
    expect("run nginx --p", 10, "");
}

static void values(void **state)
{
    (void)state;
    expect("run --pid ", 10, "host container:web container:db");
    expect("run --pid=", 10, "host container:web container:db");
    expect("run --pid=container:d", 10, "container:db");
    expect("run --userns r", 13, "remap");
    expect("run --network n", 14, "none");
    expect("run --net=n", 10, "none");
    expect("run --uts ", 10, "host");
    expect("run --cap-add SYS_AD", 14, "SYS_ADMIN");
    expect("kill -s TER", 8, "TERM");
    expect("kill --signal=TER", 14, "TERM");
    expect("run --name ", 11, "");
    expect("run --nope=h", 4, "");
}

static void names(void **state)
{
    (void)state;
    expect("exec ", 5, "web db");
    expect("exec -it w", 9, "web");
    expect("exec -u root d", 13, "db");
    expect("rm -f web ", 10, "web db");
    expect("ns ", 3, "host machine web db");
    expect("logs web ", 9, "");
    expect("exec 'web' ", 11, "");
    expect("inspect -f '{{.State.Pid}} x' ", 30, "web db");
}

static void the_cursor_within_a_line(void **state)
{
    (void)state;
    struct command_context c = context();
    cleanup_strv struct strv candidates = {0};
    size_t at = 0;
    verb_complete(&c, "exec w ls", 6, &candidates, &at);
    assert_int_equal(candidates.len, 1);
    assert_string_equal(candidates.items[0], "web");
    assert_int_equal(at, 5);
}

static void without_a_lab_host(void **state)
{
    (void)state;
    struct command_context c = {.verbs = lab_verbs};
    cleanup_strv struct strv candidates = {0};
    size_t at = 0;
    verb_complete(&c, "run --pid ", 10, &candidates, &at);
    assert_int_equal(candidates.len, 2);
    assert_string_equal(candidates.items[1], "container:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs),
        cmocka_unit_test(options),
        cmocka_unit_test(values),
        cmocka_unit_test(names),
        cmocka_unit_test(the_cursor_within_a_line),
        cmocka_unit_test(without_a_lab_host),
    };
    return cmocka_run_group_tests_name("command: completion", tests, NULL, NULL);
}
