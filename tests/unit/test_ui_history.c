/* SPDX-License-Identifier: MIT */
#include "../../src/ui/history.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void the_tail(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t most, begin;
    } cases[] = {
        {"", 2, 0},        {"a\n", 2, 0},       {"a\nb\n", 2, 0},       {"a\nb\nc\n", 2, 2},
        {"a\nb\nc", 2, 2}, {"a\nb\nc\n", 1, 4}, {"a\nb", 1, 2},         {"\n\n\n", 1, 2},
        {"abc", 1, 0},     {"a\nb\n", 0, 4},    {"aa\nbb\ncc\n", 3, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(history_tail(cases[i].text, strlen(cases[i].text), cases[i].most), cases[i].begin);
}

static void each_line_is_kept_at_once(void **state)
{
    (void)state;
    char place[] = "/tmp/nslab-history-XXXXXX";
    assert_non_null(mkdtemp(place));
    cleanup_free char *data = xasprintf("%s/data", place), *path = xasprintf("%s/history", data);
    cleanup_strv struct strv none = {0}, lines = {0};
    struct stat st;
    history_load(path, &none);
    assert_int_equal(none.len, 0);
    history_append(path, "ps -a");
    history_append(path, "map");
    history_load(path, &lines);
    assert_int_equal(lines.len, 2);
    assert_string_equal(lines.items[1], "map");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(data), 0); /* nothing lies beside it */
    assert_int_equal(rmdir(place), 0);
}

static void a_long_file_is_cut_in_place(void **state)
{
    (void)state;
    char path[] = "/tmp/nslab-history-XXXXXX";
    cleanup_fd int fd = mkstemp(path);
    cleanup_buf struct buf text = {0}, after = {0};
    cleanup_strv struct strv lines = {0};
    struct stat before, now;
    for (int i = 0; i < 2 * HISTORY_MAX; i++)
        buf_addf(&text, "line %d\n", i);
    assert_int_equal(write_all(fd, buf_text(&text), text.len), 0);
    history_load(path, &lines);
    assert_int_equal(lines.len, HISTORY_MAX);
    assert_string_equal(lines.items[0], "line 1000");
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(before.st_size, text.len); /* not yet twice as long as it may be */
    history_append(path, "one more");
    strv_free(&lines);
    history_load(path, &lines);
    assert_int_equal(lines.len, HISTORY_MAX);
    assert_string_equal(lines.items[0], "line 1001");
    assert_string_equal(lines.items[HISTORY_MAX - 1], "one more");
    assert_int_equal(read_file_at(AT_FDCWD, path, &after, 0), 0);
    assert_true(!strncmp(buf_text(&after), "line 1001\n", 10));
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_ino, before.st_ino);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tail),
        cmocka_unit_test(each_line_is_kept_at_once),
        cmocka_unit_test(a_long_file_is_cut_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
