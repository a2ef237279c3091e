/* SPDX-License-Identifier: MIT
 *
 * The probe table checks itself: what lint, help, docs and the reader derive from it is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/mem.h"
#include "nslab/observe.h"

#include <string.h>

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_count; i++) {
        assert_ptr_equal(probe_by_name(probe_table[i].name), &probe_table[i]); /* so no name comes twice */
        for (size_t key = 0; key < SEE_KEY_COUNT; key++)
            assert_string_not_equal(probe_table[i].name, see_key_names[key]);
    }
    assert_null(probe_by_name("colour"));
}

static void test_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_count; i++) {
        assert_non_null(probe_table[i].help);
        assert_in_range(strlen(probe_table[i].help), 10, 160);
        assert_non_null(probe_table[i].subject_help);
        assert_in_range(strlen(probe_table[i].subject_help), 3, 60);
        assert_non_null(probe_table[i].read);
    }
}

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_count; i++) {
        const struct probe *p = &probe_table[i];
        assert_int_equal(p->required & ~p->allowed, 0);
        assert_int_equal(p->allowed >> SEE_KEY_COUNT, 0);
        /* `field` goes with fields. */
        assert_int_equal((p->allowed >> SEE_FIELD) & 1, p->fields[0].name != NULL);
    }
    for (size_t key = 0; key < SEE_KEY_COUNT; key++)
        assert_non_null(see_key_names[key]);
}

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_count; i++) {
        const struct probe *p = &probe_table[i];
        assert_null(p->fields[PROBE_FIELDS_MAX - 1].name); /* the list ends */
        for (const struct probe_field *f = p->fields; f->name; f++) {
            assert_ptr_equal(probe_field_by_name(p, f->name), f);
            assert_true(f->kind == VALUE_TEXT || f->kind == VALUE_LIST);
        }
        assert_null(probe_field_by_name(p, "colour"));
    }
}

/* Something that is on every machine, so that the reader gets as far as the field. */
static const char *sample_subject(const struct probe *p, size_t i)
{
    if (p->subjects)
        return p->subjects[i];
    if (!strcmp(p->name, "http"))
        return "http://127.0.0.1:1/";
    return !strcmp(p->name, "link") || !strcmp(p->name, "addresses") ? "lo" : "/";
}

/* Each field and each subject that the table offers is one that the probe's reader knows: asked without a lab
 * host, it may complain of that, but not of the field. */
static void test_readers_know_their_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_count; i++) {
        const struct probe *p = &probe_table[i];
        for (size_t s = 0; !s || (p->subjects && p->subjects[s]); s++)
            for (size_t f = 0; !f || (f < PROBE_FIELDS_MAX && p->fields[f].name); f++) {
                cleanup_with(see_free) struct see see = {.probe = p};
                cleanup_with(observation_free) struct observation o = {0};
                struct nslab_error e = {0};
                see.subject = xstrdup(sample_subject(p, s));
                see.keys[SEE_FIELD] = p->fields[f].name ? xstrdup(p->fields[f].name) : NULL;
                see.keys[SEE_FROM] = p->allowed & 1u << SEE_FROM ? xstrdup("machine") : NULL;
                see.keys[SEE_OF] = p->allowed & 1u << SEE_OF ? xstrdup("machine") : NULL;
                see.keys[SEE_USER] = p->allowed & 1u << SEE_USER ? xstrdup("root") : NULL;
                if (observe(NULL, &see, &o, &e) == 0)
                    assert_non_null(o.how);
                else if (strstr(e.detail, "no field") || strstr(e.detail, "no column") ||
                         strstr(e.detail, "no capability set"))
                    fail_msg("%s: %s", p->name, e.detail);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_readers_know_their_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
