/* SPDX-License-Identifier: MIT
 *
 * Observations as values: filling, showing, their form as bytes; a `see` and what it is refused for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/observe/probing.h"
#include "nslab/text.h"

static void check_shown(const struct observation *o, const char *expected)
{
    cleanup_buf struct buf out = {0};
    observation_show(o, &out);
    assert_string_equal(buf_text(&out), expected);
}

static void test_filling(void **state)
{
    (void)state;
    cleanup_with(observation_free) struct observation o = {0};
    check_shown(&o, "nothing");
    observe_text(&o, "%d of %s", 3, "many");
    check_shown(&o, "3 of many");
    observe_absent(&o, "there is no %s", "link");
    assert_int_equal(o.kind, VALUE_ABSENT);
    assert_null(o.text);
    check_shown(&o, "there is no link");
    observe_list(&o);
    assert_int_equal(o.kind, VALUE_LIST);
    assert_null(o.absent);
    check_shown(&o, "(an empty list)");
    strv_add(&o.list, "a");
    strv_add(&o.list, "b c");
    check_shown(&o, "a, b c");
    observe_text(&o, "%s", "");
    assert_int_equal(o.list.len, 0);
    check_shown(&o, "(an empty text)");
    observe_bool(&o, false);
    check_shown(&o, "false");
    observe_how_add(&o, "%s", "first");
    observe_how_add(&o, ", %s", "second");
    assert_string_equal(o.how, "first, second");
    observe_how(&o, "other");
    assert_string_equal(o.how, "other");
}

static void test_file_text(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"one\n", "one"}, {"one\n\n", "one"}, {"a\nb\n", "a\nb"},
                                          {"\n\n", ""},     {"", ""},           {" x ", " x "}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_with(observation_free) struct observation o = {0};
        observe_file_text(&o, rows[i][0]);
        assert_string_equal(o.text, rows[i][1]);
    }
}

/* --- as bytes --- */

static void check_round(const struct observation *o)
{
    cleanup_with(observation_free) struct observation back = {0};
    cleanup_buf struct buf bytes = {0};
    observation_pack(o, &bytes);
    assert_true(observation_unpack(buf_text(&bytes), bytes.len, &back));
    assert_int_equal(back.kind, o->kind);
    assert_string_equal(back.how, o->how);
    cleanup_buf struct buf shown = {0};
    observation_show(o, &shown);
    check_shown(&back, buf_text(&shown));
    assert_int_equal(back.list.len, o->list.len);
    for (size_t n = 0; n < bytes.len;
         n++) { /* what is cut off is never taken for whole, but between two items of a list */
        cleanup_with(observation_free) struct observation part = {0};
        if (observation_unpack(buf_text(&bytes), n, &part))
            assert_true(part.kind == VALUE_LIST && part.list.len < o->list.len);
    }
}

static void test_as_bytes(void **state)
{
    (void)state;
    cleanup_with(observation_free) struct observation o = {0};
    observe_how(&o, "/proc/1/status");
    observe_text(&o, "text with\nlines");
    check_round(&o);
    observe_text(&o, "%s", "");
    check_round(&o);
    observe_absent(&o, "not there");
    check_round(&o);
    observe_list(&o);
    check_round(&o);
    strv_add(&o.list, "");
    strv_add(&o.list, "b");
    strv_add(&o.list, "");
    check_round(&o);
}

static void test_bytes_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {{"", 0},    {"T", 1},         {"X\0x\0", 4}, {"Thow", 4},
               {"T\0", 2}, {"T\0a\0b\0", 6}, {"A\0", 2},    {"L", 1}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        cleanup_with(observation_free) struct observation o = {0};
        assert_false(observation_unpack(bad[i].bytes, bad[i].n, &o));
    }
}

/* --- see --- */

static void test_see_copy(void **state)
{
    (void)state;
    struct see see = {
        .probe = probe_by_name("file"), .subject = xstrdup("/etc"), .keys = {[SEE_FROM] = xstrdup("web")}};
    struct see copy;
    see_copy(&copy, &see);
    see_free(&see);
    assert_null(see.subject);
    assert_string_equal(copy.probe->name, "file");
    assert_string_equal(copy.subject, "/etc");
    assert_string_equal(copy.keys[SEE_FROM], "web");
    assert_null(copy.keys[SEE_FIELD]);
    see_free(&copy);
}

static void check_refused(const char *probe, const char *subject, const char *field, const char *from,
                          const char *of, const char *expected)
{
    struct observation o;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    const struct see see = {.probe = probe_by_name(probe),
                            .subject = (char *)(uintptr_t)subject,
                            .keys = {[SEE_FIELD] = (char *)(uintptr_t)field,
                                     [SEE_FROM] = (char *)(uintptr_t)from,
                                     [SEE_OF] = (char *)(uintptr_t)of}};
    assert_int_equal(observe(NULL, &see, &o, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text), expected);
    assert_null(o.how);
}

static void test_see_refused(void **state)
{
    (void)state;
    check_refused("nothing", "x", NULL, NULL, NULL, "an observation needs a probe and its value");
    check_refused("file", NULL, NULL, NULL, NULL, "an observation needs a probe and its value");
    check_refused("file", "/", NULL, "machine", NULL, "the probe `file` needs the key `field`");
    check_refused("file", "/", "mode", NULL, NULL, "the probe `file` needs the key `from`");
    check_refused("file", "/", "mode", "machine", "web", "the probe `file` doesn't take the key `of`");
    check_refused("file", "/", "colour", "machine", NULL, "the probe `file` has no field `colour`");
    check_refused("namespace", "colour", NULL, NULL, "machine",
                  "the probe `namespace` doesn't know `colour`");
    check_refused("file", "etc", "mode", "machine", NULL, "`etc` isn't an absolute path");
    check_refused("file", "/", "mode", "web", NULL, "there is no lab host to look from `web`");
    check_refused(
        "process", "*", "pid", "machine", NULL,
        "`from: machine` needs `of: NAME`: the machine's other processes are no part of a lab. Add `of: "
        "host` or `of:` with a container's name.");
    check_refused("output", "true", NULL, "machine", NULL,
                  "a lab runs no command on the machine: `true`. Run it `from: host` or from a container.");
    check_refused(
        "http", "ftp://x/", "status", "machine", NULL,
        "`ftp://x/` is no address to ask: it doesn't begin with http://. Write http://ADDRESS[:PORT]/PATH, "
        "for example http://127.0.0.1:8080/.");
}

/* --- the machine can be looked at without a lab host --- */

static struct observation seen_on_machine(const char *probe, const char *subject, const char *field,
                                          enum see_key where)
{
    struct observation o;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    struct see see = {.probe = probe_by_name(probe),
                      .subject = (char *)(uintptr_t)subject,
                      .keys = {[SEE_FIELD] = (char *)(uintptr_t)field}};
    see.keys[where] = (char[]){"machine"};
    if (observe(NULL, &see, &o, &e) < 0)
        fail_msg("%s", error_text(&e, text, sizeof text));
    assert_non_null(o.how);
    assert_string_equal(o.from, "machine");
    return o;
}

static void check_machine(const char *probe, const char *subject, const char *field, enum see_key where,
                          const char *glob, const char *how)
{
    cleanup_with(observation_free) struct observation o = seen_on_machine(probe, subject, field, where);
    cleanup_buf struct buf shown = {0};
    observation_show(&o, &shown);
    if (!glob_matches(glob, buf_text(&shown)))
        fail_msg("%s %s shows `%s`, not `%s`", probe, subject, buf_text(&shown), glob);
    assert_string_equal(o.how, how);
}

static void test_machine(void **state)
{
    (void)state;
    check_machine("namespace", "pid", NULL, SEE_OF, "pid:\\[*\\]", "/proc/self/ns/pid");
    check_machine("file", "/", "type", SEE_FROM, "directory", "stat of /, in the machine's mount namespace");
    check_machine("file", "/nonexistent", "exists", SEE_FROM, "false",
                  "stat of /nonexistent, in the machine's mount namespace");
    check_machine("file", "/nonexistent/x", "mode", SEE_FROM,
                  "/nonexistent/x isn't there as seen from the machine",
                  "stat of /nonexistent/x, in the machine's mount namespace");
    check_machine("file", "/dev/null", "content", SEE_FROM,
                  "/dev/null has no content: it is a character device",
                  "stat of /dev/null, in the machine's mount namespace");
    check_machine("file", "/proc/self/ns/pid", "target", SEE_FROM, "pid:*",
                  "readlink of /proc/self/ns/pid, in the machine's mount namespace");
    check_machine("mounts", "/proc", "type", SEE_FROM, "proc",
                  "/proc/self/mountinfo, in the machine's mount namespace");
    check_machine("mounts", "/nonexistent", "type", SEE_FROM,
                  "nothing is mounted at /nonexistent as seen from the machine",
                  "/proc/self/mountinfo, in the machine's mount namespace");
    check_machine("id_map", "uid", NULL, SEE_OF, "[0-9]* [0-9]* [0-9]*",
                  "/proc/self/uid_map, read in the machine's user namespace");
    check_machine("links", "name", NULL, SEE_FROM, "lo*", "RTM_GETLINK in the machine's network namespace");
    check_machine("link", "lo", "type", SEE_FROM, "loopback",
                  "RTM_GETLINK in the machine's network namespace");
    check_machine("link", "nolink", "type", SEE_FROM, "there is no link nolink as seen from the machine",
                  "RTM_GETLINK in the machine's network namespace");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filling),  cmocka_unit_test(test_file_text),
        cmocka_unit_test(test_as_bytes), cmocka_unit_test(test_bytes_malformed),
        cmocka_unit_test(test_see_copy), cmocka_unit_test(test_see_refused),
        cmocka_unit_test(test_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
