/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/workers.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct told {
    struct buf text; /* what came, in the order in which it was told */
    size_t stop_at;  /* the job at which `done` wants no more */
};

static const char *label(void *context, size_t i)
{
    static const char *const labels[] = {"slow", "dead", "wordless", "last"};
    (void)context;
    return labels[i];
}

/* The first one comes last; the second dies; the third has nothing to send. */
static int job(void *context, size_t i, struct buf *out)
{
    (void)context;
    if (i == 0)
        usleep(50000);
    if (i == 1)
        kill(getpid(), SIGKILL);
    if (i == 2)
        return -1;
    buf_addf(out, "job %zu", i);
    return 0;
}

static int done(void *context, size_t i, const struct buf *found, const struct nslab_error *why)
{
    struct told *told = context;
    buf_addf(&told->text, "%zu: %s\n", i, why ? why->detail : buf_text(found));
    return i == told->stop_at ? 7 : 0;
}

static int do_all(struct told *told, size_t at_once)
{
    struct nslab_error e = {0};
    const struct work work = {"try", 4, job, label, done, told, false};
    return work_do(&work, at_once, &e);
}

static void test_all_is_told_in_order_also_of_those_that_die(void **state)
{
    (void)state;
    for (size_t at_once = 1; at_once <= 5; at_once += 2) {
        cleanup_with(buf_free) struct buf text = {0};
        struct told told = {.stop_at = 99};
        assert_int_equal(do_all(&told, at_once), 0);
        text = told.text;
        assert_string_equal(buf_text(&text),
                            "0: job 0\n"
                            "1: the process that ran this lab was ended by signal 9 (Killed)\n"
                            "2: the process that ran this lab ended with status 5 and without a result\n"
                            "3: job 3\n");
    }
}

static void test_done_may_end_it(void **state)
{
    (void)state;
    struct told told = {.stop_at = 0};
    assert_int_equal(do_all(&told, 1), 7);
    assert_string_equal(buf_text(&told.text), "0: job 0\n");
    buf_free(&told.text);
}

static int jobs_of(const char *text, size_t *ret, struct nslab_error *e)
{
    char option[] = "--jobs";
    cleanup_free char *value = text ? xstrdup(text) : NULL;
    char *const words[] = {option, value};
    struct sub_args args = {0};
    assert_int_equal(sub_args_parse(subcommand_by_name("verify"), value ? 2 : 0, words, &args, e), 0);
    int rc = jobs_option(&args, ret, e);
    sub_args_free(&args);
    return rc;
}

static void test_the_number_of_jobs(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    size_t jobs = 0;
    assert_int_equal(jobs_of("3", &jobs, &e), 0);
    assert_int_equal(jobs, 3);
    assert_int_equal(jobs_of(NULL, &jobs, &e), 0);
    assert_in_range(jobs, 1, JOBS_MAX);
    assert_int_equal(jobs_of("0", &jobs, &e), -1);
    assert_string_equal(e.detail, "verify: --jobs takes a number from 1 to 64, not `0`");
    assert_int_equal(jobs_of("65", &jobs, &e), -1);
    assert_int_equal(jobs_of("two", &jobs, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_told_in_order_also_of_those_that_die),
        cmocka_unit_test(test_done_may_end_it),
        cmocka_unit_test(test_the_number_of_jobs),
    };
    interrupt_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
