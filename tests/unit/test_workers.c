/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/workers.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
    char text[NSLAB_ERROR_TEXT_MAX];
    buf_addf(&told->text, "%zu: %s\n", i, why ? error_text_brief(why, text, sizeof text) : buf_text(found));
    return i == told->stop_at ? 7 : 0;
}

static int do_all(struct told *told, size_t at_once)
{
    struct nslab_error e = {0};
    const struct work work = {
        .name = "try", .n = 4, .job = job, .label = label, .done = done, .context = told};
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

/* The first one hangs; the second is stopped by somebody; the third sends without end. */
static int hanging_job(void *context, size_t i, struct buf *out)
{
    cleanup_free char *much = NULL;
    (void)context;
    if (i == 0)
        for (;;)
            pause();
    if (i == 1)
        raise(SIGSTOP);
    if (i == 2) {
        much = xcalloc(WORK_FOUND_MAX, 1);
        buf_add(out, much, WORK_FOUND_MAX);
    }
    buf_addf(out, "job %zu", i);
    return 0;
}

static int short_limit(void *context, size_t i)
{
    (void)context;
    return i < 2 ? 1000 : 0;
}

static void test_one_that_hangs_or_floods_is_ended_and_the_others_are_told(void **state)
{
    (void)state;
    for (size_t at_once = 1; at_once <= 4; at_once += 3) {
        struct told told = {.stop_at = 99};
        struct nslab_error e = {0};
        const struct work work = {.name = "try",
                                  .n = 4,
                                  .job = hanging_job,
                                  .label = label,
                                  .limit_ms = short_limit,
                                  .done = done,
                                  .context = &told};
        assert_int_equal(work_do(&work, at_once, &e), 0);
        assert_string_equal(buf_text(&told.text),
                            "0: the process that ran this lab did not end within 1 s, and was killed\n"
                            "1: the process that ran this lab did not end within 1 s, and was killed\n"
                            "2: the process that ran this lab sent more than 64 MiB, and was killed\n"
                            "3: job 3\n");
        buf_free(&told.text);
    }
}

/* Nobody can make a process: each job is told so, and work_do comes back. */
static void test_no_process_can_be_made(void **state)
{
    (void)state;
    struct told told = {.stop_at = 99};
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3; /* root isn't held by RLIMIT_NPROC */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = do_all(&told, 2);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(rc, 0);
    assert_non_null(
        strstr(buf_text(&told.text), "3: cannot start a process that runs this lab: Too many open files"));
    buf_free(&told.text);
}

static const char *same_label(void *context, size_t i)
{
    (void)context;
    (void)i;
    return "one";
}

static int add_number(void *context, size_t i, struct buf *out)
{
    (void)context;
    if (i == 0)
        usleep(500000); /* all the others are done, and wait to be told */
    buf_addf(out, "%zu", i);
    return 0;
}

static int count_good(void *context, size_t i, const struct buf *found, const struct nslab_error *why)
{
    size_t *good = context;
    *good += !why && (size_t)atol(buf_text(found)) == i;
    return 0;
}

/* poll(2) takes no more descriptors than a process may have open, also of those that are -1. */
static void test_more_jobs_than_descriptors(void **state)
{
    (void)state;
    struct rlimit before, few;
    struct nslab_error e = {0};
    size_t good = 0;
    const struct work work = {.name = "try",
                              .n = 100,
                              .job = add_number,
                              .label = same_label,
                              .done = count_good,
                              .context = &good};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = 40, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    alarm(30); /* it waited for ever */
    int rc = work_do(&work, 2, &e);
    alarm(0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, 0);
    assert_int_equal(good, 100);
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

/* Into the pipe to nslab, wherever that is. */
static void say_last(const struct nslab_error *e)
{
    for (int fd = 3; fd < 64; fd++) {
        struct stat st;
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && !(flags & O_NONBLOCK) && fstat(fd, &st) == 0 &&
            S_ISFIFO(st.st_mode))
            (void)!write(fd, e, sizeof *e);
    }
}

/* The first could not do it and says why; the second says so too, but ends otherwise; the third was taken
 * over. */
static int failing_job(void *context, size_t i, struct buf *out)
{
    struct nslab_error e;
    (void)context;
    error_sys(&e, EMFILE, "make a pipe in", "a worker");
    if (i == 2) {
        memset(&e, 'x', sizeof e);
        e.errnum = ENOMEM;
    }
    if (i == 3) {
        error_sys(&e, EINTR, "pretend", "an interruption");
    }
    say_last(&e);
    (void)out;
    _exit(i == 1 ? 9 : STATUS_BROKEN);
}

static void test_why_a_worker_failed_is_told(void **state)
{
    (void)state;
    struct told told = {.stop_at = 99};
    struct nslab_error e = {0};
    const struct work work = {
        .name = "try", .n = 4, .job = failing_job, .label = label, .done = done, .context = &told};
    assert_int_equal(work_do(&work, 1, &e), 0);
    const char *text = buf_text(&told.text);
    assert_int_equal(strncmp(text, "0: cannot make a pipe in a worker: Too many open files\n", 55), 0);
    assert_non_null(strstr(
        text, "\n1: the process that ran this lab ended with status 9 and without a result\n2: cannot xxx"));
    assert_non_null(strstr(text, "xxx: Cannot allocate memory (xxx"));
    assert_non_null(
        strstr(text, "\n3: the process that ran this lab ended with status 5 and without a result\n"));
    buf_free(&told.text);
}

static void test_the_number_of_jobs(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    size_t jobs = 0;
    assert_int_equal(jobs_of("3", &jobs, &e), 0);
    assert_int_equal(jobs, 3);
    assert_int_equal(jobs_of(NULL, &jobs, &e), 0);
    assert_in_range(jobs, 1 + JOBS_WAITING, JOBS_MAX);
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
        cmocka_unit_test(test_one_that_hangs_or_floods_is_ended_and_the_others_are_told),
        cmocka_unit_test(test_no_process_can_be_made),
        cmocka_unit_test(test_more_jobs_than_descriptors),
        cmocka_unit_test(test_why_a_worker_failed_is_told),
        cmocka_unit_test(test_the_number_of_jobs),
    };
    interrupt_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
