/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

/* A line that parses; the caller frees. */
static void parse(const char *text, struct line *line)
{
    struct nslab_error e = {0};
    size_t offset = 0;
    int r = line_parse(&lab_verbs, text, line, &offset, &e);
    if (r < 0)
        print_message("%s: %s %s\n", text, e.detail, e.hint);
    assert_int_equal(r, 0);
}

static void every_verb_parses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *verb;
        size_t n_args;
    } lines[] = {
        {"run nginx", "run", 1},
        {"run nginx:latest nginx -g 'daemon off;'", "run", 4},
        {"docker run -dit --rm nginx", "run", 1},
        {"sudo docker run nginx", "run", 1},
        {"docker sudo ps", "ps", 0},
        {"exec web ls -l --all -- x", "exec", 6},
        {"exec -ti -u www-data web bash", "exec", 2},
        {"kill web db", "kill", 2},
        {"kill web -s TERM", "kill", 1},
        {"rm web -f", "rm", 1},
        {"ps", "ps", 0},
        {"ps -a", "ps", 0},
        {"inspect web -f '{{.State.Pid}}'", "inspect", 1},
        {"inspect --format='{{json .State}}' web", "inspect", 1},
        {"logs web", "logs", 1},
        {"host ps -o pid,args -p 7", "host", 5},
        {"host -it top", "host", 1},
        {"ns", "ns", 0},
        {"ns web host machine", "ns", 3},
        {"map", "map", 0},
        {"trace host", "trace", 1},
        {"help", "help", 0},
        {"help run", "help", 1},
        {"  ps   # what runs", "ps", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_with(line_free) struct line line = {0};
        parse(lines[i].text, &line);
        assert_string_equal(line.verb->name, lines[i].verb);
        assert_int_equal(line.args.len, lines[i].n_args);
    }
}

static void options_are_written_as_dockers(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "run -d --name web -p 8080:80 nginx",
        "run -d --name=web -p8080:80 nginx",
        "run --detach -p=8080:80 --name web nginx",
        "run --detach=true --publish 8080:80 --name=web -- nginx",
        "run -dp 8080:80 --name db --name web nginx",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_with(line_free) struct line line = {0};
        parse(lines[i], &line);
        assert_true(line_has(&line, "detach"));
        assert_false(line_has(&line, "rm"));
        assert_string_equal(line_value(&line, "name"), "web");
        assert_string_equal(line_value(&line, "publish"), "8080:80");
        assert_string_equal(line_value(&line, "p"), "8080:80");
        assert_null(line_value(&line, "volume"));
        assert_false(line_has(&line, "no-such-option"));
        assert_false(line.interactive_terminal);
    }
}

static void flags_can_be_taken_back(void **state)
{
    (void)state;
    cleanup_with(line_free) struct line line = {0};
    parse("run -d --rm --detach=false -it nginx", &line);
    assert_false(line_has(&line, "detach"));
    assert_true(line_has(&line, "rm"));
    assert_true(line.interactive_terminal);
}

static void options_end_where_the_command_begins(void **state)
{
    (void)state;
    cleanup_with(line_free) struct line run = {0}, exec = {0};
    parse("run --rm nginx sh -c 'sleep 1' -d", &run);
    assert_false(line_has(&run, "detach"));
    assert_string_equal(run.args.items[3], "sleep 1");
    assert_string_equal(run.args.items[4], "-d");
    parse("exec web kill -TERM 7", &exec);
    assert_string_equal(exec.args.items[2], "-TERM");
}

static void expect_error(const char *text, size_t offset, const char *message)
{
    struct line line = {0};
    struct nslab_error e = {0};
    char shown[NSLAB_ERROR_TEXT_MAX];
    size_t at = 999;
    assert_int_equal(line_parse(&lab_verbs, text, &line, &at, &e), -1);
    assert_string_equal(error_text(&e, shown, sizeof shown), message);
    assert_int_equal(at, offset);
    assert_null(line.verb);
    assert_int_equal(line.args.len, 0);
}

#define PORTS "The form is -p [ADDRESS:]HOST:CONTAINER, as 8080:80"
#define BINDS                                                                                                \
    "The form is -v SOURCE:TARGET[:ro], both absolute: SOURCE on the lab host, TARGET in the container."

static void errors_of_the_verb(void **state)
{
    (void)state;
    expect_error("", 0, "the line has no verb. `help` lists all verbs.");
    expect_error("docker", 0, "the line has no verb. `help` lists all verbs.");
    expect_error("rnu -d nginx", 0, "unknown verb `rnu`. Did you mean `run`? `help` lists all verbs.");
    expect_error("sudo docker inspct web", 12,
                 "unknown verb `inspct`. Did you mean `inspect`? `help` lists all verbs.");
    expect_error(
        "frobnicate", 0,
        "unknown verb `frobnicate`. `help` lists all verbs; for a command use `host CMD...` or `exec "
        "NAME CMD...`.");
}

static void errors_of_options(void **state)
{
    (void)state;
    expect_error("run --nmae=x nginx", 4, "`run` has no option `--nmae`. Did you mean `--name`?");
    expect_error("run -dz nginx", 4, "`run` has no option `-z`. `help run` shows what it takes.");
    expect_error("logs -f web", 5, "`logs` has no option `-f`. `help logs` shows what it takes.");
    expect_error("ps --help", 3, "`ps` has no option `--help`. `help ps` shows what it takes.");
    expect_error("run --name", 4, "`--name` needs a value. The form is --name NAME.");
    expect_error("run -dp", 4, "`-p` needs a value. The form is -p [ADDR:]HOST:CONT.");
    expect_error("run --rm=maybe nginx", 4, "`--rm` takes no value. Leave `=maybe` away.");
    expect_error("ps -ef", 3,
                 "`ps` has no option `-e`. `ps` lists containers, as docker ps does. For the program: "
                 "`host ps -ef` to run it on the lab host, `exec NAME ps -ef` to run it in a container.");
    expect_error("docker kill -9 web", 12,
                 "`kill` has no option `-9`. `kill` sends a signal to a container, as docker kill does: "
                 "kill -s 9 NAME. For the program: `host kill -9 web` to run it on the lab host, `exec "
                 "NAME kill -9 web` to run it in a container.");
}

static void errors_of_arguments(void **state)
{
    (void)state;
    expect_error("run", 3, "`run` needs IMAGE. Usage: run [OPTIONS] IMAGE [CMD...]");
    expect_error("run -d", 6, "`run` needs IMAGE. Usage: run [OPTIONS] IMAGE [CMD...]");
    expect_error("exec web", 8,
                 "`exec` needs CMD. Usage: exec [-i] [-t] [-e NAME=VALUE] [-u USER] NAME CMD...");
    expect_error("kill", 4, "`kill` needs NAME. Usage: kill [-s SIGNAL] NAME...");
    expect_error("logs a b", 7, "`b` is one word too many for `logs`. Usage: logs NAME");
    expect_error("map ids x", 8, "`x` is one word too many for `map`. Usage: map [PICTURE]");
    expect_error("map netwrk", 4, "`netwrk` is no picture. Did you mean `map network`?");
    expect_error("map 42", 4, "`42` is no picture. There are processes, ids, network and mounts.");
    expect_error("ps aux", 3,
                 "`aux` is one word too many for `ps`. `ps` lists containers, as docker ps does. For "
                 "the program: `host ps aux` to run it on the lab host, `exec NAME ps aux` to run it in "
                 "a container.");
    expect_error("host ls | wc", 8,
                 "unquoted |: a line is one command, and no shell reads it. To have a shell do it: host "
                 "sh -c '...' or exec NAME sh -c '...', or quote it.");
}

static void errors_of_names(void **state)
{
    (void)state;
    expect_error("run --name host nginx", 11,
                 "`host` can't be a container's name: it is the viewpoint of that name. Take another name.");
    expect_error(
        "run --name machine nginx", 11,
        "`machine` can't be a container's name: it is the viewpoint of that name. Take another name.");
    expect_error("run --name -x nginx", 11,
                 "`-x` can't be a container's name. A name begins with a letter or a digit; letters, "
                 "digits, `_`, `.` and `-` follow.");
    expect_error("rm ''", 3,
                 "`` can't be a container's name. A name begins with a letter or a digit; letters, "
                 "digits, `_`, `.` and `-` follow.");
    expect_error("exec host ls", 5,
                 "`host` is not a container. For a command on the lab host type `host CMD...`; for its "
                 "namespaces `ns`.");
    expect_error(
        "run --name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa nginx", 11,
        "the name `aaaaaaaaaaaaaaaaaaaa...` is too long: it becomes the container's hostname. Use at "
        "most 63 characters.");
    expect_error("run nginx:1.25", 4,
                 "`nginx:1.25`: there is one version of each image. Type `nginx` or `nginx:latest`.");
    expect_error("run docker.io/library/nginx", 4,
                 "`docker.io/library/nginx`: images have plain names here, and no registry stands "
                 "behind them. Type `run nginx`; `nslab image list` shows what there is.");
    expect_error("run ':latest'", 4,
                 "`:latest` can't be an image's name. `nslab image list` shows what there is.");
}

static void errors_of_ports(void **state)
{
    (void)state;
    expect_error("run -p 8080 nginx", 7,
                 "`8080` says only one port. Say both: -p [ADDRESS:]HOST:CONTAINER, as 8080:80.");
    expect_error("run -p 0:80 nginx", 7,
                 "`0` is not a port to listen on: ports are numbers from 1 to 65535. " PORTS ".");
    expect_error("run -p8080:65536 nginx", 4,
                 "`65536` is not a port in the container: ports are numbers from 1 to 65535. " PORTS ".");
    expect_error("run -p 8080: nginx", 7,
                 "`` is not a port in the container: ports are numbers from 1 to 65535. " PORTS ".");
    expect_error("run -p 8000-8010:80 nginx", 7,
                 "`8000-8010` is not a port to listen on: ports are numbers from 1 to 65535. " PORTS ".");
    expect_error("run -p 8080:80/udp nginx", 7,
                 "`8080:80/udp`: only TCP ports are published. nslab's port proxy accepts connections, "
                 "and UDP has none. Leave /udp away.");
    expect_error("run -p 8080:80/sctp nginx", 7,
                 "`8080:80/sctp`: unknown protocol `sctp`. Leave it away, or write /tcp.");
    expect_error("run -p localhost:8080:80 nginx", 7,
                 "`localhost` is not an IPv4 address to listen on. " PORTS
                 "; without an address nslab listens on 127.0.0.1.");
}

static void errors_of_binds(void **state)
{
    (void)state;
    expect_error(
        "run -v data:/x nginx", 7,
        "`data:/x`: the source is not an absolute path (Docker would take it for a volume's name). " BINDS);
    expect_error("run -v /a nginx", 7, "`/a`: only one path. " BINDS);
    expect_error("run -v /a:b nginx", 7, "`/a:b`: the target is not an absolute path. " BINDS);
    expect_error("run -v /a:// nginx", 7, "`/a://`: the target can't be the container's root. " BINDS);
    expect_error("run -v /a:/b:z nginx", 7,
                 "`/a:/b:z`: after the second colon only `ro` or `rw` may stand. " BINDS);
}

static void errors_of_modes_and_more(void **state)
{
    (void)state;
    expect_error("run --pid hots nginx", 10,
                 "unknown mode `hots`: it can be `host`, `container:NAME`. Did you mean `host`?");
    expect_error(
        "run --net=nine nginx", 4,
        "unknown mode `nine`: it can be `host`, `none`, `bridge`, `default`, `container:NAME`. Did you "
        "mean `none`?");
    expect_error("run --userns=x nginx", 4, "unknown mode `x`: it can be `host`, `remap`");
    expect_error("run --pid container: nginx", 10,
                 "`container:` names no container. Write container:NAME, with the name that `ps` shows.");
    expect_error("kill -s TREM web", 8, "unknown signal `TREM`. Did you mean `TERM`?");
    expect_error("kill -s 0 web", 8,
                 "unknown signal `0`. Write a name, as TERM or SIGTERM, or a number from 1 to 64.");
    expect_error(
        "run -e FOO nginx", 7,
        "`FOO` sets no variable. The form is -e NAME=VALUE. nslab hands none of your own environment on.");
    expect_error("run -u 'a b' nginx", 7,
                 "`a b` is not a user. The form is -u NAME or -u UID[:GID], as they are inside.");
    expect_error("run -h a_b! nginx", 7,
                 "`a_b!` can't be a hostname. Use letters, digits, `-` and `.`, at most 63.");
    expect_error("inspect -f '{{.State' web", 11,
                 "malformed format: {{ is not closed by }}. The form is '{{.State.Pid}}' or '{{json "
                 ".State}}', with any text around it. Go's other template functions are not there.");
}

static void a_capability_names_the_nearest(void **state)
{
    struct line line = {0};
    struct nslab_error e = {0};
    size_t at = 0;
    (void)state;
    assert_int_equal(line_parse(&lab_verbs, "run --cap-add NET_ADMN nginx", &line, &at, &e), -1);
    assert_int_equal(at, 14);
    assert_non_null(strstr(e.hint, "NET_ADMIN"));
    cleanup_with(line_free) struct line good = {0};
    parse("run --cap-add NET_ADMIN --cap-add CAP_SYS_ADMIN nginx", &good);
}

/* lint parses lines whose ${...} aren't known yet. */
static void templates_pass(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "run -d --name ${name} -p ${port}:80 -v ${dir}:/x --pid ${mode} ${image}",
        "exec ${name} ls",
        "kill -s ${signal} web",
        "run -u ${uid} -e ${pair} --cap-add ${cap} nginx",
        "inspect -f '${format}' web",
        "host ps -o pid,args -p ${web.pid}",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_with(line_free) struct line line = {0};
        parse(lines[i], &line);
    }
}

static void names_for_lint(void **state)
{
    (void)state;
    static const struct {
        const char *text, *makes, *uses;
    } rows[] = {
        {"run --name web --pid container:db --net=container:db2 nginx", "web", "db db2"},
        {"run --name ${x} --pid host nginx", "", ""},
        {"run nginx web", "", ""},
        {"exec web cat db", "", "web"},
        {"rm -f a b ${c}", "", "a b"},
        {"ns host machine web", "", "web"},
        {"trace host", "", ""},
        {"host ls", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_with(line_free) struct line line = {0};
        cleanup_strv struct strv makes = {0}, uses = {0};
        cleanup_buf struct buf made = {0}, used = {0};
        parse(rows[i].text, &line);
        line_names(&line, &makes, &uses);
        strv_join(&makes, " ", &made);
        strv_join(&uses, " ", &used);
        assert_string_equal(buf_text(&made), rows[i].makes);
        assert_string_equal(buf_text(&used), rows[i].uses);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_parses),        cmocka_unit_test(options_are_written_as_dockers),
        cmocka_unit_test(flags_can_be_taken_back),  cmocka_unit_test(options_end_where_the_command_begins),
        cmocka_unit_test(errors_of_the_verb),       cmocka_unit_test(errors_of_options),
        cmocka_unit_test(errors_of_arguments),      cmocka_unit_test(errors_of_names),
        cmocka_unit_test(errors_of_ports),          cmocka_unit_test(errors_of_binds),
        cmocka_unit_test(errors_of_modes_and_more), cmocka_unit_test(a_capability_names_the_nearest),
        cmocka_unit_test(templates_pass),           cmocka_unit_test(names_for_lint),
    };
    return cmocka_run_group_tests_name("command: lines", tests, NULL, NULL);
}
