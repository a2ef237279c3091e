/* SPDX-License-Identifier: MIT
 *
 * The lines of the Docker walkthrough that the labs are built from: each can be pasted as it stands, and
 * either parses or is answered with what to type instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

static void these_lines_work(void **state)
{
    (void)state;
    static const struct {
        const char *text, *verb;
    } lines[] = {
        {"docker run --rm --name=my-nginx -p 8080:80 -d nginx:latest", "run"},
        {"docker inspect -f '{{.State.Pid}}' my-nginx", "inspect"},
        {"docker exec -ti my-nginx bash", "exec"},
        {"docker kill my-nginx", "kill"},
        {"docker run --rm --name=my-nginx -p 8080:80 -d --pid=host nginx:latest", "run"},
        {"docker run --rm --name=my-nginx -p 8080:80 -v /tmp/userns-demo:/demo -d nginx:latest", "run"},
        {"docker run --rm --name=my-nginx -d --network=host nginx:latest", "run"},
        {"sudo docker ps -a", "ps"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_with(line_free) struct line line = {0};
        struct nslab_error e = {0};
        assert_int_equal(line_parse(&lab_verbs, lines[i].text, &line, NULL, &e), 0);
        assert_string_equal(line.verb->name, lines[i].verb);
    }
}

struct answer {
    const char *text;
    size_t offset;
    const char *says, *hint; /* parts */
};

static void expect_answers(const struct answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct line line = {0};
        struct nslab_error e = {0};
        size_t offset = 999;
        assert_int_equal(line_parse(&lab_verbs, answers[i].text, &line, &offset, &e), -1);
        if (!strstr(e.detail, answers[i].says) || !strstr(e.hint, answers[i].hint))
            print_message("%s: %s. %s\n", answers[i].text, e.detail, e.hint);
        assert_non_null(strstr(e.detail, answers[i].says));
        assert_non_null(strstr(e.hint, answers[i].hint));
        assert_int_equal(offset, answers[i].offset);
        assert_int_equal(e.errnum, 0);
    }
}

static void programs_are_sent_to_one_side(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {"ls -la /tmp/userns-demo", 0, "`ls` is a program",
         "Type `host ls -la /tmp/userns-demo` to run it on the lab host, `exec NAME ls -la /tmp/userns-demo` "
         "to"},
        {"cat /etc/os-release", 0, "which side of the wall", "`exec NAME cat /etc/os-release`"},
        {"cat /etc/nginx/nginx.conf", 0, "`cat` is a program", "`host cat /etc/nginx/nginx.conf`"},
        {"mkdir -p /tmp/userns-demo", 0, "`mkdir` is a program", "`host mkdir -p /tmp/userns-demo`"},
        {"chmod 600 /demo/container_file.txt", 0, "`chmod` is a program",
         "`exec NAME chmod 600 /demo/container_file.txt`"},
        {"ls -la /etc/subuid", 0, "`ls` is a program", "`host ls -la /etc/subuid`"},
        {"sudo chown -R 100000:100000 /tmp/userns-demo", 5, "`chown` is a program",
         "`host chown -R 100000:100000 /tmp/userns-demo`"},
        {"sudo chown -R 1001003:1001003 /tmp/userns-demo  ", 5, "`chown`",
         "`host chown -R 1001003:1001003 /tmp/userns-demo`"},
        {"ip addr", 0, "`ip` is a program", "`host ip addr`"},
        {"/sbin/ip addr", 0, "`/sbin/ip` is a program", "`host /sbin/ip addr`"},
        {"curl localhost:8080", 0, "`curl` is a program", "`host curl localhost:8080`"},
        {"top", 0, "`top` is a program", "`exec -it NAME top`"},
        {"bash", 0, "`bash` is a program", "`host -it bash`"},
        {"echo \"test from container\" > /demo/container_file.txt", 0, "`echo` is a program",
         "`exec NAME sh -c 'echo \"test from container\" > /demo/container_file.txt'`"},
        {"nginx", 0, "`nginx` is a program", "`exec NAME nginx`"},
        {"ps -ef", 3, "no option `-e`", "`exec NAME ps -ef`"},
        {"rm -rf /tmp/userns-demo", 3, "no option `-r`", "`host rm -rf /tmp/userns-demo`"},
    };
    expect_answers(answers, ARRAY_LEN(answers));
}

static void other_things_are_done_otherwise(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {"sudoedit /etc/docker/daemon.json", 0, "no daemon reads", "--userns remap"},
        {"{\"userns-remap\": \"default\"}", 0, "daemon.json", "--userns remap"},
        {"  { ", 2, "daemon.json", "--userns remap"},
        {"sudo service docker restart", 5, "no daemon stands behind nslab", "--userns remap"},
        {"sudo systemctl restart docker", 5, "none to restart", "`rm -f NAME`"},
        {"apt update && apt install -f procps iproute2", 0, "nothing needs to be installed",
         "`exec NAME ps -e"},
        {"sudo apt-get install procps", 5, "has procps", "`exec NAME ip addr`"},
        {"cd /tmp", 0, "each line starts in /", "host sh -c 'cd DIR && CMD'"},
        {"PID=$(docker inspect -f '{{.State.Pid}}' my-nginx) && sudo ls -l /proc/$PID/ns", 0, "`PID=`",
         "`inspect -f '{{.State.Pid}}' NAME`"},
        {"export PID=1", 0, "no shell reads these lines", "-e NAME=VALUE"},
        {"sudo ls -l /proc/$PID/ns", 17, "expands $PID", "inspect -f"},
        {"vi /etc/hosts", 0, "no editor", "host sh -c"},
        {"docker stop web", 7, "`stop`", "`kill -s TERM NAME`"},
        {"docker pull nginx", 7, "images are built once", "`run -d --name web nginx`"},
        {"docker network ls", 7, "`network`", "--network"},
    };
    expect_answers(answers, ARRAY_LEN(answers));
}

static void long_lines_are_cut_in_the_answer(void **state)
{
    (void)state;
    char text[1200] = "ls ";
    memset(text + 3, 'x', sizeof text - 4);
    struct line line = {0};
    struct nslab_error e = {0};
    assert_int_equal(line_parse(&lab_verbs, text, &line, NULL, &e), -1);
    assert_string_equal(
        e.hint, "Type `host ls ...` to run it on the lab host, `exec NAME ls ...` to run it in a container.");
}

/* A verb of the set goes before the table: `start` is Docker's, and a lesson verb of the shell. */
static void own_verbs_go_first(void **state)
{
    (void)state;
    static const struct verb lesson[] = {{.name = "start", .help = "x", .example = "start"}};
    static const struct verb *const tables[] = {lesson};
    static const size_t counts[] = {1};
    const struct verb_set set = {tables, counts, 1};
    cleanup_with(line_free) struct line line = {0};
    struct nslab_error e = {0};
    assert_int_equal(line_parse(&set, "start", &line, NULL, &e), 0);
    assert_ptr_equal(line.verb, &lesson[0]);
    struct line other = {0};
    assert_int_equal(line_parse(&lab_verbs, "start", &other, NULL, &e), -1);
    assert_non_null(strstr(e.detail, "not started again"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_lines_work),
        cmocka_unit_test(programs_are_sent_to_one_side),
        cmocka_unit_test(other_things_are_done_otherwise),
        cmocka_unit_test(long_lines_are_cut_in_the_answer),
        cmocka_unit_test(own_verbs_go_first),
    };
    return cmocka_run_group_tests_name("command: the walkthrough", tests, NULL, NULL);
}
