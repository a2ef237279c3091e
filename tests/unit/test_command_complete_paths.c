/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/command/complete_paths.h"
#include "nslab/command.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_typed(const char *raw, const char *wanted)
{
    cleanup_free char *text = word_typed(raw);
    assert_string_equal(text, wanted);
}

static void what_is_typed(void **state)
{
    (void)state;
    check_typed("", "");
    check_typed("/etc/os", "/etc/os");
    check_typed("'/srv/a b", "/srv/a b");
    check_typed("/srv/a\\ b", "/srv/a b");
    check_typed("\"/srv/a\\\"b", "/srv/a\"b");
    check_typed("'/srv/a\\", "/srv/a\\");
}

/* What is offered, read as a line, is the file again. */
static void check_continued(const char *raw, const char *file, const char *wanted)
{
    cleanup_free char *word = word_continued(raw, file);
    assert_string_equal(word, wanted);
    struct words words;
    size_t offset = 0;
    struct nslab_error e = {0};
    if (file[strlen(file) - 1] == '/')
        return; /* it is still being typed */
    assert_int_equal(words_split(word, &words, &offset, &e), 0);
    assert_int_equal(words.words.len, 1);
    assert_string_equal(words.words.items[0], file);
    words_free(&words);
}

static void what_goes_on(void **state)
{
    (void)state;
    check_continued("/e", "/etc/hosts", "/etc/hosts");
    check_continued("/e", "/etc/", "/etc/");
    check_continued("/srv/a", "/srv/a b", "/srv/a\\ b");
    check_continued("'/srv/a", "/srv/a b", "'/srv/a b'");
    check_continued("'/srv/a", "/srv/a b/", "'/srv/a b/");
    check_continued("\"/srv/", "/srv/$HOME", "\"/srv/\\$HOME\"");
    check_continued("'/srv/", "/srv/it's", "/srv/it\\'s");
    check_continued("/srv/", "/srv/#a|b&c", "/srv/\\#a\\|b\\&c");
}

static void make_file(const char *directory, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", directory, name);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static void check_paths(const char *directory, const char *rest, const char *wanted)
{
    cleanup_strv struct strv found = {0};
    cleanup_buf struct buf text = {0};
    cleanup_free char *typed = xasprintf("%s/%s", directory, rest);
    paths_there(&machine_place, typed, &found);
    for (size_t i = 0; i < found.len; i++)
        buf_addf(&text, "%s ", found.items[i] + strlen(directory) + 1);
    assert_string_equal(buf_text(&text), wanted);
}

static void paths(void **state)
{
    (void)state;
    char directory[] = "/tmp/nslab-unit-XXXXXX";
    assert_non_null(mkdtemp(directory));
    static const char *const names[] = {"beta", "alpha", ".hidden", "al\033pine", "a b"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        make_file(directory, names[i]);
    cleanup_free char *sub = xasprintf("%s/also", directory), *link = xasprintf("%s/alink", directory);
    assert_int_equal(mkdir(sub, 0755), 0);
    assert_int_equal(symlink("also", link), 0);
    check_paths(directory, "", "a b alink/ alpha also/ beta ");
    check_paths(directory, "al", "alink/ alpha also/ ");
    check_paths(directory, ".h", ".hidden ");
    check_paths(directory, "nothing", "");
    check_paths(directory, "nothing/here", "");
    cleanup_free char *clean = xasprintf("rm -r %s", directory);
    assert_int_equal(system(clean), 0);
}

static void programs(void **state)
{
    (void)state;
    cleanup_strv struct strv found = {0};
    programs_there(&machine_place, "hea", &found);
    assert_true(strv_contains(&found, "head"));
    assert_false(strv_contains(&found, "tail"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed),
        cmocka_unit_test(what_goes_on),
        cmocka_unit_test(paths),
        cmocka_unit_test(programs),
    };
    return cmocka_run_group_tests_name("command_complete_paths", tests, NULL, NULL);
}
