/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"

#include <string.h>

static void help_of_run(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    verb_help(verb_find(&lab_verbs, "run"), 80, &out);
    assert_string_equal(buf_text(&out),
                        "run: launches a container from an image\n"
                        "\n"
                        "Usage: run [OPTIONS] IMAGE [CMD...]\n"
                        "\n"
                        "Options:\n"
                        "  -d, --detach                    in the background; return when it is ready\n"
                        "      --rm                        remove it as soon as it has ended\n"
                        "  -i, --interactive               keep the input open; Docker's habit, as in -it\n"
                        "  -t, --tty                       give it a terminal, as top and bash want one\n"
                        "      --name NAME                 its name; without it one is made up\n"
                        "  -p, --publish [ADDR:]HOST:CONT  the machine's port HOST leads to its port CONT\n"
                        "  -v, --volume SRC:DST[:ro]       show SRC of the lab host at DST inside\n"
                        "      --pid MODE                  whose process table: host, or container:NAME\n"
                        "      --network MODE              whose network: bridge, host, none, or\n"
                        "                                  container:NAME\n"
                        "      --userns MODE               whose user ids: host, or remap (its root is\n"
                        "                                  uid 100000 of the lab host)\n"
                        "      --uts MODE                  whose hostname: host\n"
                        "      --ipc MODE                  whose System V IPC: private, or host\n"
                        "  -h, --hostname NAME             its hostname; without it its name\n"
                        "      --cap-add CAP               a capability beyond Docker's fourteen, as\n"
                        "                                  SYS_ADMIN\n"
                        "      --privileged                all capabilities\n"
                        "  -e, --env NAME=VALUE            set an environment variable\n"
                        "  -u, --user USER                 be this user inside: NAME or UID[:GID]\n"
                        "\n"
                        "Options end at the image; what follows is the container's own command. With -d\n"
                        "the line returns when the image is ready, and prints the name and what was\n"
                        "published. Without -d it prints the output until the command ends. Exit status:\n"
                        "the command's own; 127 it isn't there, 126 it can't be executed, 125 nslab\n"
                        "itself couldn't.\n"
                        "\n"
                        "Two differences from Docker: -p listens on 127.0.0.1 unless you give an address,\n"
                        "and --userns remap, which in Docker is a setting of the daemon (userns-remap),\n"
                        "is an option here.\n"
                        "\n"
                        "Example:\n"
                        "  run -d --name web -p 8080:80 nginx\n");
}

static void help_of_a_short_verb(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    verb_help(verb_find(&lab_verbs, "kill"), 80, &out);
    assert_string_equal(buf_text(&out),
                        "kill: sends a signal to a container's first process\n"
                        "\n"
                        "Usage: kill [-s SIGNAL] NAME...\n"
                        "\n"
                        "Options:\n"
                        "  -s, --signal SIGNAL  TERM, SIGTERM or 15\n"
                        "\n"
                        "Without -s the signal is KILL, and the line returns when the container has\n"
                        "ended.\n"
                        "\n"
                        "Example:\n"
                        "  kill -s TERM web\n");
}

static void lists_every_verb(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    verbs_help(&lab_verbs, 80, &out);
    for (size_t i = 0; i < container_verb_count; i++) {
        cleanup_free char *begin = xasprintf("  %s ", container_verbs[i].name);
        assert_non_null(strstr(buf_text(&out), begin));
    }
    assert_non_null(strstr(buf_text(&out), "  kill     sends a signal to a container's first process\n"));
    assert_non_null(strstr(buf_text(&out), "\n\n`help VERB` shows its options and an example.\n"));
}

static void no_line_is_wider_than_a_terminal(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    cleanup_strv struct strv lines = {0};
    verbs_help(&lab_verbs, 80, &out);
    for (size_t i = 0; i < container_verb_count; i++)
        verb_help(&container_verbs[i], 80, &out);
    strv_split_lines(&lines, buf_text(&out));
    assert_true(lines.len > 100);
    for (size_t i = 0; i < lines.len; i++) {
        assert_true(strlen(lines.items[i]) <= 80);
        assert_false(lines.items[i][0] && lines.items[i][strlen(lines.items[i]) - 1] == ' ');
    }
}

/* --- the tables check themselves --- */

static int do_nothing(struct command_context *c, const struct line *line, int *status, struct nslab_error *e)
{
    (void)c;
    (void)line;
    (void)status;
    (void)e;
    return 0;
}

static void the_table_is_sound(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    int r = verbs_self_check(&lab_verbs, &e);
    if (r < 0)
        print_message("%s\n", e.detail);
    assert_int_equal(r, 0);
    assert_false(verb_find(&lab_verbs, "help")->in_labs);
    assert_true(verb_find(&lab_verbs, "run")->in_labs);
}

static void expect_unsound(struct verb verb, const char *message)
{
    const struct verb table[] = {verb};
    const struct verb *const tables[] = {table};
    const size_t counts[] = {1};
    const struct verb_set set = {tables, counts, 1};
    struct nslab_error e = {0};
    assert_int_equal(verbs_self_check(&set, &e), -1);
    assert_string_equal(e.detail, message);
}

static void unsound_tables_are_found(void **state)
{
    (void)state;
    const struct verb good = {.name = "go", .help = "goes", .example = "go", .run = do_nothing};
    struct verb verb = good;
    verb.help = "";
    expect_unsound(verb, "verb go: no help");
    verb = good;
    verb.run = NULL;
    expect_unsound(verb, "verb go does nothing");
    verb = good;
    verb.example = NULL;
    expect_unsound(verb, "verb go: no example");
    verb = good;
    verb.example = "go there";
    expect_unsound(verb, "verb go, example `go there`: `there` is one word too many for `go`. Usage: go");
    verb = good;
    verb.options[0] = (struct verb_option){'a', "all", ARG_NONE, false, NULL, "x"};
    verb.options[1] = (struct verb_option){'a', "any", ARG_NONE, false, NULL, "x"};
    expect_unsound(verb, "verb go: two options -a");
    verb.options[1] = (struct verb_option){0, "all", ARG_NONE, false, NULL, "x"};
    expect_unsound(verb, "verb go: two options --all");
    verb.options[1] = (struct verb_option){0, "to", ARG_TEXT, false, NULL, "x"};
    expect_unsound(verb, "verb go, option to: a placeholder belongs to a value");
    verb = good;
    verb.args[0] = (struct verb_arg){"A", ARG_TEXT, true, false};
    verb.args[1] = (struct verb_arg){"B", ARG_TEXT, false, false};
    expect_unsound(verb, "verb go: B is required behind an optional one");
    verb.args[0] = (struct verb_arg){"A", ARG_TEXT, false, true};
    expect_unsound(verb, "verb go: B follows one that takes the rest");
}

static void two_verbs_of_one_name(void **state)
{
    (void)state;
    const struct verb again = container_verbs[0];
    const struct verb *const tables[] = {container_verbs, &again};
    const size_t counts[] = {container_verb_count, 1};
    const struct verb_set set = {tables, counts, 2};
    struct nslab_error e = {0};
    assert_int_equal(verbs_self_check(&set, &e), -1);
    assert_string_equal(e.detail, "two verbs run");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_of_run),           cmocka_unit_test(help_of_a_short_verb),
        cmocka_unit_test(lists_every_verb),      cmocka_unit_test(no_line_is_wider_than_a_terminal),
        cmocka_unit_test(the_table_is_sound),    cmocka_unit_test(unsound_tables_are_found),
        cmocka_unit_test(two_verbs_of_one_name),
    };
    return cmocka_run_group_tests_name("command: help and table", tests, NULL, NULL);
}
