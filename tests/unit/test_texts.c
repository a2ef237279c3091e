/* SPDX-License-Identifier: MIT
 *
 * The program's texts can be translated: no word in them is made by putting an end to another one. Two forms
 * of a text are two texts, chosen by one_or_many().
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

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#define WORD_MAX 40

/* The literal that begins at p, which is its quote: its length, or 0 when it is no short plain word. */
static size_t literal(const char *p, char *ret)
{
    size_t n = 0;
    if (*p++ != '"')
        return 0;
    while (p[n] != '"' && n < WORD_MAX - 1 && (isalpha((unsigned char)p[n]) || p[n] == ' ')) {
        ret[n] = p[n];
        n++;
    }
    ret[n] = '\0';
    return p[n] == '"' ? n + 2 : 0;
}

static bool is_plural_of(const char *one, const char *many)
{
    static const char *const ends[] = {"s", "es"};
    static const char *const pairs[][2] = {{"is", "are"}, {"was", "were"}, {"has", "have"}, {"it", "they"}};
    size_t n = strlen(one);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (!strncmp(one, many, n) && !strcmp(many + n, ends[i]))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (!strcmp(one, pairs[i][0]) && !strcmp(many, pairs[i][1]))
            return true;
    return false;
}

/* Whether `p` points at `? "x" : "y"` of a word and its plural, in either order. */
static bool makes_a_plural(const char *p)
{
    char a[WORD_MAX], b[WORD_MAX];
    p++;
    p += strspn(p, " \n");
    size_t n = literal(p, a);
    if (!n)
        return false;
    p += n;
    p += strspn(p, " \n");
    if (*p++ != ':')
        return false;
    p += strspn(p, " \n");
    return literal(p, b) && (is_plural_of(a, b) || is_plural_of(b, a));
}

static const char *plural_in(const char *text)
{
    for (const char *p = text; (p = strchr(p, '?')); p++)
        if (makes_a_plural(p))
            return p;
    return NULL;
}

static void what_is_found(void **state)
{
    (void)state;
    assert_non_null(plural_in("n == 1 ? \"\" : \"s\")"));
    assert_non_null(plural_in("n > 1 ? \"s\"\n   : \"\")"));
    assert_non_null(plural_in("n == 1 ? \"is\" : \"are\""));
    assert_non_null(plural_in("n == 1 ? \"link\" : \"links\""));
    assert_null(plural_in("up ? \"up\" : \"down\""));
    assert_null(plural_in("i ? \", \" : \"\""));
}

static void no_text_is_made_plural(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("src/*/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        cleanup_buf struct buf text = {0};
        assert_int_equal(read_file_at(AT_FDCWD, files.gl_pathv[i], &text, 0), 0);
        const char *found = plural_in(buf_text(&text));
        if (found)
            fail_msg("%s: a word is made plural by its end; use one_or_many(): %.40s", files.gl_pathv[i],
                     found);
    }
    globfree(&files);
}

static void the_form_that_fits(void **state)
{
    (void)state;
    assert_string_equal(one_or_many(1, "%zu lab", "%zu labs"), "%zu lab");
    assert_string_equal(one_or_many(0, "%zu lab", "%zu labs"), "%zu labs");
    assert_string_equal(one_or_many(2, "%zu lab", "%zu labs"), "%zu labs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found),
        cmocka_unit_test(no_text_is_made_plural),
        cmocka_unit_test(the_form_that_fits),
    };
    return cmocka_run_group_tests_name("texts", tests, NULL, NULL);
}
