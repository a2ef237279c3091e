/* SPDX-License-Identifier: MIT
 *
 * The workers of `verify`, real ones, on a data directory without an image: each lab comes back unsupported,
 * at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/subcommands.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LABS 5

static struct lab *the_labs[LABS];

static int make_labs(void **state)
{
    (void)state;
    setenv("NSLAB_DATA_DIR", "/nonexistent/nslab-tests", 1);
    for (size_t i = 0; i < LABS; i++) {
        cleanup_buf struct buf text = {0};
        cleanup_with(diagnostics_free) struct diagnostics d = {0};
        buf_addf(&text,
                 "format: nslab/1\nid: lab-%zu\ntitle: t\nsummary: s\nminutes: 1\nrequires: [pid]\nsteps:\n"
                 "  - id: one\n    title: One\n    expect:\n"
                 "      - {id: a, say: a, see: {hostname: now, from: host}, is: b}\n",
                 i);
        if (lab_read_text(buf_text(&text), text.len, "x.yaml", &the_labs[i], &d) < 0)
            return -1;
    }
    return interrupt_install();
}

static int free_labs(void **state)
{
    (void)state;
    for (size_t i = 0; i < LABS; i++)
        lab_free(the_labs[i]);
    return 0;
}

static void test_results_come_in_the_labs_order_whatever_the_number_of_workers(void **state)
{
    (void)state;
    const struct engine_options o = {.learner = "ada"};
    for (size_t jobs = 1; jobs <= LABS + 1; jobs += 2) {
        cleanup_with(result_free) struct result r = {0};
        struct nslab_error e = {0};
        assert_int_equal(verify_labs(the_labs, LABS, &o, jobs, &r, &e), 0);
        assert_int_equal(r.n, LABS);
        assert_int_equal(r.unsupported, LABS);
        for (size_t i = 0; i < LABS; i++) {
            assert_string_equal(r.labs[i].id, the_labs[i]->id);
            assert_string_equal(r.labs[i].steps[0].expectations[0].cause, "image");
        }
    }
}

static void test_no_labs_no_results(void **state)
{
    (void)state;
    const struct engine_options o = {.learner = "ada"};
    struct result r = {0};
    struct nslab_error e = {0};
    assert_int_equal(verify_labs(the_labs, 0, &o, 4, &r, &e), 0);
    assert_int_equal(r.n, 0);
}

static void test_an_interrupt_ends_it_without_results(void **state)
{
    (void)state;
    const struct engine_options o = {.learner = "ada"};
    cleanup_with(result_free) struct result r = {0};
    struct nslab_error e = {0};
    raise(SIGINT);
    assert_int_equal(verify_labs(the_labs, LABS, &o, 2, &r, &e), -1);
    assert_int_equal(r.n, 0);
    assert_string_equal(e.detail, "interrupted; no lab is left running");
    assert_int_equal(interrupt_signal(), SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_come_in_the_labs_order_whatever_the_number_of_workers),
        cmocka_unit_test(test_no_labs_no_results),
        cmocka_unit_test(test_an_interrupt_ends_it_without_results),
    };
    return cmocka_run_group_tests(tests, make_labs, free_labs);
}
