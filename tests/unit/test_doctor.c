/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char debian[] = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n";
static char mint[] = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
static char fedora[] = "ID=fedora\n";
static char unknown[] = "ID=plan9\n";
static char taken[] = "ada:100000:65536\nbob:165536:65536\n";
static char empty[] = "", user[] = "eve", program[] = "/home/eve/nslab/build/nslab",
            odd_program[] = "/home/e ve/nslab";

/* What doctor_fix() gives for a row that saw this. The caller frees. */
static char *fix_of(const char *row, const char *seen, const char *detail, const struct doctor_place *place)
{
    struct doctor_seen s = {.verdict = DOCTOR_LESS};
    error_say(&s.error, "%s", detail);
    snprintf(s.text, sizeof s.text, "%s", seen);
    return doctor_fix(doctor_row_by_name(row), &s, place);
}

static void test_every_cause_has_its_own_command(void **state)
{
    (void)state;
    static const struct {
        const char *row, *seen, *detail, *command;
    } cases[] = {
        {"net", "x", "user.max_net_namespaces is 0", "sudo sysctl user.max_net_namespaces=10000"},
        {"user", "x", "kernel.unprivileged_userns_clone is 0",
         "sudo sysctl kernel.unprivileged_userns_clone=1"},
        {"subids", "newuidmap is not installed", "x", "sudo apt-get install -y uidmap"},
        {"subids", "/etc/subuid has no line for user eve", "x",
         "sudo usermod --add-subuids 231072-296607 --add-subgids 231072-296607 eve"},
        {"veth", "x", "x", "sudo modprobe veth"},
        {"image", "no image is called nginx", "x", "nslab image build nginx"},
        {"image", "the image is damaged", "x", "nslab image build nginx --force"},
        {"chroot", "x", "x", NULL},
    };
    const struct doctor_place place = {
        .os_release = debian, .subuid = taken, .user = user, .program = program};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *fix = fix_of(cases[i].row, cases[i].seen, cases[i].detail, &place);
        if (cases[i].command)
            assert_string_equal(fix, cases[i].command);
        else
            assert_null(fix);
    }
}

static void test_packages_go_by_the_distribution(void **state)
{
    (void)state;
    static const struct {
        char *os_release;
        const char *command;
    } cases[] = {{mint, "sudo apt-get install -y uidmap"},
                 {fedora, "sudo dnf install -y shadow-utils"},
                 {unknown, NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doctor_place place = {
            .os_release = cases[i].os_release, .subuid = empty, .user = user, .program = program};
        cleanup_free char *fix = fix_of("subids", "newuidmap is not installed", "x", &place);
        if (cases[i].command)
            assert_string_equal(fix, cases[i].command);
        else
            assert_null(fix);
    }
}

static void test_the_first_range_is_docker_s(void **state)
{
    (void)state;
    const struct doctor_place place = {
        .os_release = debian, .subuid = empty, .user = user, .program = program};
    cleanup_free char *fix = fix_of("subids", "/etc/subuid has no line for user eve", "x", &place);
    assert_string_equal(fix, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 eve");
}

static void test_the_apparmor_profile_is_for_this_very_path(void **state)
{
    (void)state;
    static const char detail[] = "kernel.apparmor_restrict_unprivileged_userns is 1";
    struct doctor_place place = {.os_release = debian, .subuid = empty, .user = user, .program = program};
    cleanup_free char *fix = fix_of("security", "x", detail, &place);
    assert_non_null(
        strstr(fix, "'profile nslab /home/eve/nslab/build/nslab flags=(unconfined) { userns, }'"));
    assert_non_null(strstr(fix, "sudo apparmor_parser -r /etc/apparmor.d/nslab"));
    place.program = odd_program; /* a shell or AppArmor would read it otherwise */
    cleanup_free char *none = fix_of("security", "x", detail, &place);
    assert_null(none);
}

static void test_nothing_is_mended_where_nothing_is_wrong(void **state)
{
    (void)state;
    const struct doctor_place place = {
        .os_release = debian, .subuid = empty, .user = user, .program = program};
    const struct doctor_seen seen = {.verdict = DOCTOR_OK};
    for (size_t i = 0; i < doctor_count; i++)
        assert_null(doctor_fix(&doctor_table[i], &seen, &place));
}

static void test_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < doctor_count; i++) {
        const struct doctor_row *row = &doctor_table[i];
        assert_ptr_equal(doctor_row_by_name(row->name), row); /* no name twice */
        assert_true(!row->need || need_by_name(row->need));
        assert_true(!row->after ||
                    doctor_row_by_name(row->after) < row); /* what comes first is tried first */
        assert_non_null(row->probe);
    }
    for (size_t i = 0; i < need_count; i++) {
        bool tried = false;
        for (size_t k = 0; k < doctor_count; k++)
            tried |= doctor_table[k].need && !strcmp(doctor_table[k].need, need_table[i].name);
        if (!tried)
            fail_msg("no probe tries the need %s", need_table[i].name);
    }
}

/* docs/doctor.md has a line for each row, as this makes it. */
static void test_the_documentation_has_this_table(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    assert_int_equal(read_file_at(AT_FDCWD, "docs/doctor.md", &text, 0), 0);
    for (size_t i = 0; i < doctor_count; i++) {
        const struct doctor_row *row = &doctor_table[i];
        cleanup_free char *line = xasprintf(
            "\n| `%s` | %s | %s | %s |\n", row->name, row->what,
            row->flags & DOCTOR_ESSENTIAL ? "no lab runs" : "labs run; what needs it is unsupported",
            row->made ? row->made : "no");
        if (!strstr(buf_text(&text), line))
            fail_msg("docs/doctor.md lacks:%s", line);
    }
}

/* --- what was seen last --- */

static char place[] = "/tmp/nslab-test-doctor-XXXXXX";

static bool recall(const struct id_plan *plan, size_t *works, size_t *less)
{
    struct doctor_memory m;
    bool known = doctor_recall(plan, &m);
    *works = m.works;
    *less = m.less.len;
    doctor_memory_free(&m);
    return known;
}

static void test_what_was_seen_is_known_for_the_same_situation_only(void **state)
{
    (void)state;
    struct id_plan plan = {.situation = IDS_SINGLE, .why_not_range = "no line"};
    enum doctor_verdict *verdicts = xcalloc(doctor_count, sizeof *verdicts);
    size_t works, less, kept = 0;
    for (size_t i = 0; i < doctor_count; i++)
        kept += !(doctor_table[i].flags & DOCTOR_PASSING);
    assert_false(recall(&plan, &works, &less));
    verdicts[doctor_row_by_name("subids") - doctor_table] = DOCTOR_LESS;
    verdicts[doctor_row_by_name("image") - doctor_table] = DOCTOR_MISSING; /* it may be built in a moment */
    doctor_remember(&plan, verdicts);
    assert_true(recall(&plan, &works, &less));
    assert_int_equal(works, kept - 1);
    assert_int_equal(less, 1);
    plan.situation = IDS_RANGE;
    assert_false(recall(&plan, &works, &less));
    free(verdicts);
}

/* Whatever a file holds, it is either what was written or nothing. */
static void test_half_a_memory_is_none(void **state)
{
    (void)state;
    const struct id_plan plan = {.situation = IDS_SINGLE, .why_not_range = "no line"};
    enum doctor_verdict *verdicts = xcalloc(doctor_count, sizeof *verdicts);
    cleanup_free char *path = xasprintf("%s/nslab/doctor", place);
    cleanup_buf struct buf whole = {0};
    struct nslab_error e = {0};
    size_t works, less;
    doctor_remember(&plan, verdicts);
    assert_int_equal(read_file_at(AT_FDCWD, path, &whole, 0), 0);
    for (size_t n = 0; n + 1 < whole.len; n++) { /* without the last newline it is whole */
        assert_int_equal(write_file_atomically(path, whole.data, n, 0600, &e), 0);
        assert_false(recall(&plan, &works, &less));
    }
    free(verdicts);
}

static int begin(void **state)
{
    (void)state;
    return !mkdtemp(place) || setenv("XDG_RUNTIME_DIR", place, 1);
}

static int end(void **state)
{
    (void)state;
    cleanup_free char *command = xasprintf("rm -r %s", place);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cause_has_its_own_command),
        cmocka_unit_test(test_packages_go_by_the_distribution),
        cmocka_unit_test(test_the_first_range_is_docker_s),
        cmocka_unit_test(test_the_apparmor_profile_is_for_this_very_path),
        cmocka_unit_test(test_nothing_is_mended_where_nothing_is_wrong),
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_the_documentation_has_this_table),
        cmocka_unit_test(test_what_was_seen_is_known_for_the_same_situation_only),
        cmocka_unit_test(test_half_a_memory_is_none),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
