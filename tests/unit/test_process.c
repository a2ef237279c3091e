/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/limits.h"
#include "nslab/proc.h"
#include "nslab/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void collect(void *context, int stream, const char *bytes, size_t n)
{
    struct buf *texts = context;
    buf_add(&texts[stream - 1], bytes, n);
}

/* A child of ours with pipes, as container_exec() makes one in a lab. */
static struct process start(const char *script)
{
    struct process p = PROCESS_NONE;
    int out[2], err[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    pid_t pid = clone_process(0, &p.pidfd);
    if (pid == 0) {
        die_with_parent();
        if (dup2(out[1], 1) == 1 && dup2(err[1], 2) == 2)
            execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(99);
    }
    assert_true(pid > 0);
    close(out[1]);
    close(err[1]);
    p.out = out[0];
    p.err = err[0];
    return p;
}

/* A limit: over it the command is ended, and the limit noted. */
static void test_output_limit(void **state)
{
    (void)state;
    struct buf texts[2] = {{0}, {0}};
    const struct sink sink = {.write = collect, .context = texts};
    struct nslab_error e = {0};
    unsigned struck = 0;
    int status = -1;
    struct process p = start("exec yes");
    p.output_max = 1 << 20;
    p.struck = &struck;
    assert_int_equal(process_communicate(&p, &sink, 20000, &status, &e), -1);
    assert_non_null(strstr(e.detail, "wrote more than 1 MiB and was killed"));
    assert_int_equal(struck, limit_bit(LIMIT_OUTPUT));
    assert_int_equal(texts[0].len, 1 << 20);
    assert_non_null(strstr(buf_text(&texts[1]), "[output over 1 MiB: the rest is dropped]"));
    process_finish(&p);
    buf_free(&texts[0]);
    buf_free(&texts[1]);
}

/* It ends by itself before nslab has read that far: too much all the same. */
static void test_output_limit_at_the_end(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    unsigned struck = 0;
    int status = -1;
    struct process p = start("head -c 1100000 /dev/zero");
    p.output_max = 1 << 20;
    p.struck = &struck;
    assert_int_equal(process_communicate(&p, NULL, 20000, &status, &e), -1);
    assert_int_equal(struck, limit_bit(LIMIT_OUTPUT));
    process_finish(&p);
}

static void test_time_limit_is_noted(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    unsigned struck = 0;
    int status = -1;
    struct process p = start("trap '' TERM INT; while :; do sleep 1; done");
    p.struck = &struck;
    assert_int_equal(process_communicate(&p, NULL, 100, &status, &e), -1);
    assert_int_equal(struck, limit_bit(LIMIT_LINE_TIME));
    process_finish(&p);
}

static void test_output_and_status(void **state)
{
    (void)state;
    struct buf texts[2] = {{0}, {0}};
    const struct sink sink = {.write = collect, .context = texts};
    struct nslab_error e = {0};
    int status = -1;
    struct process p = start("echo to out; echo to err >&2; exit 7");
    assert_int_equal(process_communicate(&p, &sink, 5000, &status, &e), 0);
    assert_int_equal(status, 7);
    assert_string_equal(buf_text(&texts[0]), "to out\n");
    assert_string_equal(buf_text(&texts[1]), "to err\n");
    assert_int_equal(peek_child(p.pidfd, &status), 0); /* it isn't reaped */
    process_finish(&p);
    assert_int_equal(p.pidfd, -1);
    assert_int_equal(p.out, -1);
    buf_free(&texts[0]);
    buf_free(&texts[1]);
}

/* What it has started holds both pipes: its own end is what counts, and what it wrote is there. */
static void test_background_process_holds_pipes(void **state)
{
    (void)state;
    struct buf texts[2] = {{0}, {0}};
    const struct sink sink = {.write = collect, .context = texts};
    struct nslab_error e = {0};
    int status = -1;
    uint64_t began = now_ns();
    struct process p = start("sleep 4 & echo started; exit 3");
    assert_int_equal(process_communicate(&p, &sink, 0, &status, &e), 0);
    assert_true(now_ns() - began < 3000000000u);
    assert_int_equal(status, 3);
    assert_string_equal(buf_text(&texts[0]), "started\n");
    process_finish(&p);
    buf_free(&texts[0]);
    buf_free(&texts[1]);
}

/* There is always something to read: the limits on time and on output hold none the less. */
static void test_endless_output(void **state)
{
    (void)state;
    struct buf texts[2] = {{0}, {0}};
    const struct sink sink = {.write = collect, .context = texts};
    struct nslab_error e = {0};
    int status = -1;
    uint64_t began = now_ns();
    struct process p = start("exec yes");
    assert_int_equal(process_communicate(&p, &sink, 300, &status, &e), -1);
    assert_true(now_ns() - began < 4000000000u);
    assert_non_null(strstr(e.detail, "took longer than 0.3 s and was killed"));
    assert_true(e.hint[0]);
    assert_int_equal(texts[0].len, PROCESS_OUTPUT_MAX);
    assert_string_equal(buf_text(&texts[1]), "\n[output over 1 MiB: the rest is dropped]\n");
    assert_int_equal(poll_exit(p.pidfd, 0), 1);
    process_finish(&p);
    buf_free(&texts[0]);
    buf_free(&texts[1]);
}

static void test_interrupt_ends_it(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    int status = -1;
    assert_int_equal(interrupt_install(), 0);
    struct process p = start("kill -INT $PPID; exec sleep 20");
    assert_int_equal(process_communicate(&p, NULL, 10000, &status, &e), 0);
    assert_int_equal(status, 128 + SIGINT);
    assert_false(interrupt_pending());
    process_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_limit),
        cmocka_unit_test(test_output_limit_at_the_end),
        cmocka_unit_test(test_time_limit_is_noted),
        cmocka_unit_test(test_output_and_status),
        cmocka_unit_test(test_background_process_holds_pipes),
        cmocka_unit_test(test_endless_output),
        cmocka_unit_test(test_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
