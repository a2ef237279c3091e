/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/command.h"
#include "nslab/mem.h"
#include "nslab/observe.h"

#include <string.h>

static void check_line(const char *probe, const char *subject, const char *field, const char *from,
                       const char *wanted)
{
    const struct see see = {
        .probe = probe_by_name(probe),
        .subject = xstrdup(subject),
        .keys = {[SEE_FIELD] = field ? xstrdup(field) : NULL, [SEE_FROM] = from ? xstrdup(from) : NULL}};
    struct see owned = see;
    cleanup_buf struct buf out = {0};
    assert_int_equal(see_look(&see, &out), wanted != NULL);
    assert_string_equal(buf_text(&out), wanted ? wanted : "");
    see_free(&owned);
}

static void lines(void **state)
{
    (void)state;
    check_line("process", "nginx: master*", "pid", "web", "exec web ps -e -o pid,ppid,user,stat,args");
    check_line("process", "nginx: master*", "pid", "host", "host ps -e -o pid,ppid,user,stat,args");
    check_line("file", "/etc/os-release", "content", "web", "exec web cat /etc/os-release");
    check_line("file", "/etc/os-release", "mode", "web", "exec web stat /etc/os-release");
    check_line("output", "sh -c 'id -u'", NULL, "host", "host sh -c 'id -u'");
    check_line("container", "web", "status", NULL, "ps -a");
    check_line("namespace", "pid", NULL, "web", "ns web");
    check_line("hostname", "now", NULL, "machine", NULL); /* no line of the shell looks from there */
}

/* A probe that is new has a line too, and each is one that the shell takes. */
static void every_probe_has_one(void **state)
{
    (void)state;
    char from[] = "web";
    for (size_t i = 0; i < probe_count; i++) {
        char subject[] = "eth0";
        const struct see see = {.probe = &probe_table[i], .subject = subject, .keys = {[SEE_FROM] = from}};
        cleanup_buf struct buf out = {0};
        struct line line = {0};
        struct nslab_error e = {0};
        size_t offset = 0;
        if (!see_look(&see, &out))
            fail_msg("%s: no line shows it", probe_table[i].name);
        if (line_parse(&lab_verbs, buf_text(&out), &line, &offset, &e) < 0)
            fail_msg("%s: `%s` is no line", probe_table[i].name, buf_text(&out));
        line_free(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(every_probe_has_one),
    };
    return cmocka_run_group_tests_name("observe_look", tests, NULL, NULL);
}
