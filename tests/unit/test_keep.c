/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/keep.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[32], path[64];
static char a[] = "a", b[] = "b";
static struct step steps[] = {{.id = a, .run.n = 1}, {.id = b, .run.n = 1}};
static const struct lab lab = {.steps = steps, .n_steps = 2};
#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/nslab-keep-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/w.yaml", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    cleanup_free char *command = xasprintf("rm -rf '%s'", directory);
    return system(command);
}

static void open_good(struct keep *k)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    assert_int_equal(keep_open(k, path, NULL, &d, &e), 0);
}

static void add_line(struct keep *k, const char *lab_id, size_t step, const char *line)
{
    struct work_lab *work = workbook_lab_begin(k->book, lab_id, DIGEST);
    struct work_step *s = work_lab_step_begin(work, &lab, step);
    strv_add(&s->lines, line);
    s->unsaved = true;
}

static char *save_good(struct keep *k)
{
    struct nslab_error e = {0};
    char *moved = NULL, text[NSLAB_ERROR_TEXT_MAX];
    assert_true(keep_unsaved(k));
    if (keep_save(k, &moved, &e) < 0)
        fail_msg("%s", error_text(&e, text, sizeof text));
    assert_false(keep_unsaved(k));
    return moved;
}

static void save_in_place(struct keep *k)
{
    assert_null(save_good(k));
}

static size_t lines_of(const struct keep *k, const char *lab_id, const char *step)
{
    const struct work_lab *work = workbook_lab(k->book, lab_id);
    const struct work_step *s = work ? work_lab_step(work, step) : NULL;
    return s ? s->lines.len : 0;
}

static void what_is_saved_is_there_again(void **state)
{
    (void)state;
    struct keep k, again;
    open_good(&k);
    assert_int_equal(k.book->n, 0);
    assert_int_equal(access(path, F_OK), -1); /* nothing is written for nothing */
    add_line(&k, "pid", 0, "do");
    save_in_place(&k);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    open_good(&again);
    assert_int_equal(lines_of(&again, "pid", "a"), 1);
    keep_close(&again);
    keep_close(&k);
}

static void two_take_over_from_each_other(void **state)
{
    (void)state;
    struct keep one, two;
    open_good(&one);
    open_good(&two);
    add_line(&one, "pid", 0, "do");
    save_in_place(&one);
    add_line(&two, "pid", 1, "do");
    add_line(&two, "user", 0, "do");
    save_in_place(&two);
    assert_int_equal(lines_of(&two, "pid", "a"), 1);
    keep_refresh(&one);
    assert_int_equal(lines_of(&one, "pid", "b"), 1);
    assert_int_equal(lines_of(&one, "user", "a"), 1);
    keep_close(&one);
    keep_close(&two);
}

static void a_damaged_one_is_moved_aside_when_something_is_saved(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        cleanup_with(diagnostics_free) struct diagnostics d = {0};
        struct nslab_error e = {0};
        struct keep k;
        unlink(path);
        assert_int_equal(write_file_atomically(path, "torn", 4, 0600, &e), 0);
        assert_int_equal(keep_open(&k, path, NULL, &d, &e), -1);
        assert_int_equal(d.n, 1);
        assert_true(k.damaged);
        assert_int_equal(access(path, F_OK), 0);
        add_line(&k, "pid", 0, "do");
        cleanup_free char *moved = save_good(&k), *wanted = xasprintf("%s.damaged-%d", path, i);
        cleanup_buf struct buf kept = {0};
        assert_string_equal(moved, wanted);
        assert_int_equal(read_file_at(AT_FDCWD, moved, &kept, 0), 0);
        assert_string_equal(buf_text(&kept), "torn");
        keep_close(&k);
        open_good(&k);
        assert_int_equal(lines_of(&k, "pid", "a"), 1);
        keep_close(&k);
    }
}

/* Somebody has put it right meanwhile: then both are kept. */
static void one_that_was_repaired_is_taken(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct keep good, k;
    open_good(&good);
    add_line(&good, "user", 0, "do");
    assert_int_equal(write_file_atomically(path, "torn", 4, 0600, &e), 0);
    assert_int_equal(keep_open(&k, path, NULL, &d, &e), -1);
    unlink(path);
    save_in_place(&good);
    add_line(&k, "pid", 0, "do");
    save_in_place(&k);
    assert_int_equal(lines_of(&k, "user", "a") + lines_of(&k, "pid", "a"), 2);
    keep_close(&good);
    keep_close(&k);
}

static void one_that_was_moved_away_is_forgotten(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct keep k;
    assert_int_equal(write_file_atomically(path, "torn", 4, 0600, &e), 0);
    assert_int_equal(keep_open(&k, path, NULL, &d, &e), -1);
    unlink(path);
    add_line(&k, "pid", 0, "do");
    save_in_place(&k);
    add_line(&k, "pid", 1, "do");
    save_in_place(&k); /* what it has written itself is not damaged */
    keep_close(&k);
}

static void a_link_stays_one(void **state)
{
    (void)state;
    cleanup_free char *target = xasprintf("%s/real.yaml", directory);
    struct nslab_error e = {0};
    struct keep k;
    struct stat st;
    static const char empty[] = "format: nslab-workbook/1\nlearner: ada\n";
    assert_int_equal(write_file_atomically(target, empty, strlen(empty), 0600, &e), 0);
    assert_int_equal(symlink(target, path), 0);
    open_good(&k);
    assert_string_equal(k.book->learner, "ada");
    add_line(&k, "pid", 0, "do");
    save_in_place(&k);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    keep_close(&k);
}

static void a_learner_has_a_file(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    setenv("NSLAB_DATA_DIR", "/data", 1);
    cleanup_free char *own = keep_path(NULL, NULL, &e), *others = keep_path(NULL, "../Ada Ö", &e),
                      *given = keep_path("x.yaml", "ada", &e);
    unsetenv("NSLAB_DATA_DIR");
    assert_string_equal(own, "/data/workbook.yaml");
    assert_string_equal(others, "/data/workbook-..%2fAda%20%c3%96.yaml");
    assert_string_equal(given, "x.yaml");
}

static void who_may_not_have_it(void **state)
{
    (void)state;
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct nslab_error e = {0};
    struct keep k;
    static const char adas[] = "format: nslab-workbook/1\nlearner: ada\n";
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(write_file_atomically(path, adas, strlen(adas), 0600, &e), 0);
    assert_int_equal(keep_open(&k, path, "bob", &d, &e), -1);
    assert_null(k.book);
    assert_non_null(strstr(error_text(&e, text, sizeof text), "is the workbook of ada, and not of bob"));
    keep_close(&k);
    assert_int_equal(keep_open(&k, path, " ", &d, &e), -1);
    assert_null(k.book);
    keep_close(&k);
}

static void a_writer_that_was_killed_leaves_nothing(void **state)
{
    (void)state;
    cleanup_free char *left = xasprintf("%s.new-4711", path);
    struct nslab_error e = {0};
    struct keep k;
    assert_int_equal(write_file_atomically(left, "x", 1, 0600, &e), 0);
    open_good(&k);
    keep_announce(&k);
    assert_int_equal(access(left, F_OK), -1);
    keep_close(&k);
}

/* In another process, since a process never disturbs itself. */
static bool is_shared_for_another(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct keep k;
        open_good(&k);
        keep_announce(&k);
        _exit(k.shared);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void the_second_one_knows(void **state)
{
    (void)state;
    struct keep k;
    assert_false(is_shared_for_another());
    assert_false(is_shared_for_another()); /* the first has ended */
    open_good(&k);
    keep_announce(&k);
    assert_false(k.shared);
    assert_true(is_shared_for_another());
    keep_close(&k);
    assert_false(is_shared_for_another());
}

/* Many die while they write: what is there is always whole, and has all of what was said to be written. */
static void killed_at_any_moment(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        struct keep k;
        int pipe_fds[2];
        size_t said = 0;
        assert_int_equal(pipe(pipe_fds), 0);
        unlink(path);
        pid_t child = fork();
        if (child == 0) {
            open_good(&k);
            for (;;) {
                add_line(&k, "pid", 0, "do");
                save_in_place(&k);
                if (write(pipe_fds[1], "!", 1) != 1)
                    _exit(1);
            }
        }
        close(pipe_fds[1]);
        char c;
        for (int i = 0; i < 3 && read(pipe_fds[0], &c, 1) == 1; i++)
            said++;
        usleep((useconds_t)(round * 37 % 500));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(pipe_fds[0], &c, 1) == 1)
            said++;
        close(pipe_fds[0]);
        open_good(&k);
        assert_in_range(lines_of(&k, "pid", "a"), said, said + 1);
        keep_close(&k);
    }
}

#define in_directory(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_directory(what_is_saved_is_there_again),
        in_directory(two_take_over_from_each_other),
        in_directory(a_damaged_one_is_moved_aside_when_something_is_saved),
        in_directory(one_that_was_repaired_is_taken),
        in_directory(one_that_was_moved_away_is_forgotten),
        in_directory(a_link_stays_one),
        cmocka_unit_test(a_learner_has_a_file),
        in_directory(who_may_not_have_it),
        in_directory(a_writer_that_was_killed_leaves_nothing),
        in_directory(the_second_one_knows),
        in_directory(killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
