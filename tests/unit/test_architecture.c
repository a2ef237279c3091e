/* SPDX-License-Identifier: MIT
 *
 * docs/architecture.md names every module, and no module that isn't there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

/* The names in the second column of the rows of the table of modules. */
static void read_modules(struct strv *modules)
{
    cleanup_buf struct buf text = {0};
    cleanup_strv struct strv lines = {0};
    bool inside = false;
    assert_int_equal(read_file_at(AT_FDCWD, "docs/architecture.md", &text, 0), 0);
    strv_split_lines(&lines, buf_text(&text));
    for (size_t i = 0; i < lines.len; i++) {
        char *line = lines.items[i];
        if (starts_with(line, "| folder | module |"))
            inside = true;
        else if (inside && line[0] != '|')
            return;
        if (!inside)
            continue;
        char *column = strchr(line + 1, '|'), *end = column ? strchr(column + 1, '|') : NULL;
        assert_non_null(end);
        *end = '\0';
        for (char *save = NULL, *word = strtok_r(column + 1, ", ", &save); word;
             word = strtok_r(NULL, ", ", &save))
            strv_add(modules, word);
    }
}

static char *module_of(const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    const char *name = basename(copy);
    return xstrndup(name, strlen(name) - strlen(".c"));
}

static void test_every_module_is_named(void **state)
{
    (void)state;
    cleanup_strv struct strv modules = {0};
    glob_t files;
    read_modules(&modules);
    assert_int_equal(glob("src/*/*.c", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 50);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        cleanup_free char *module = module_of(files.gl_pathv[i]);
        bool named = false;
        for (size_t j = 0; j < modules.len; j++)
            named = named || glob_matches(modules.items[j], module);
        if (!named)
            fail_msg("%s isn't in docs/architecture.md", files.gl_pathv[i]);
    }
    globfree(&files);
}

static void test_every_name_is_a_module(void **state)
{
    (void)state;
    cleanup_strv struct strv modules = {0};
    read_modules(&modules);
    for (size_t i = 0; i < modules.len; i++) {
        const char *name = modules.items[i];
        if (name[0] == '-' || !strcmp(name, "module"))
            continue;
        cleanup_free char *pattern = xasprintf("src/*/%s.c", name);
        glob_t files;
        if (glob(pattern, 0, NULL, &files) != 0)
            fail_msg("docs/architecture.md names %s, which isn't there", name);
        globfree(&files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_module_is_named),
        cmocka_unit_test(test_every_name_is_a_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
