/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of each test's own, removed after it with all files in it. */
static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/nslab-test-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    DIR *d = opendir(directory);
    for (const struct dirent *entry; d && (entry = readdir(d));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    return rmdir(directory);
}

static size_t files_there(void)
{
    size_t n = 0;
    DIR *d = opendir(directory);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", directory, name);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void test_closing(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), number = fd;
    errno = EAGAIN;
    close_fd_p(&fd);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(fd, -1);
    assert_false(is_open(number));
    close_fd_p(&fd);
    {
        cleanup_fd int scoped = open("/dev/null", O_RDONLY | O_CLOEXEC);
        number = scoped;
        assert_true(is_open(number));
    }
    assert_false(is_open(number));
    {
        cleanup_fd int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
        fd = take_fd(given);
        assert_int_equal(given, -1);
    }
    assert_true(is_open(fd));
    close(fd);
}

static void test_atomic_write(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct stat st;
    cleanup_free char *path = path_of("workbook.yaml");
    cleanup_buf struct buf text = {0};
    mode_t mask = umask(022);
    assert_int_equal(write_file_atomically(path, "first version, longer", 21, 0640, &e), 0);
    assert_int_equal(stat(path, &st), 0);
    ino_t first = st.st_ino;
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(write_file_atomically(path, "second", 6, 0640, &e), 0);
    assert_int_equal(read_file_at(AT_FDCWD, path, &text, 0), 0);
    assert_string_equal(buf_text(&text), "second");
    assert_int_equal(stat(path, &st), 0);
    assert_int_not_equal(st.st_ino, first); /* replaced, not overwritten */
    assert_int_equal(files_there(), 1);     /* no temporary file is left */
    umask(mask);
}

static void test_atomic_write_fails(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX], wanted[512];
    cleanup_free char *nowhere = path_of("missing/file");
    assert_int_equal(write_file_atomically(nowhere, "x", 1, 0600, &e), -1);
    snprintf(wanted, sizeof wanted, "cannot create %s.new-%d: No such file or directory", nowhere,
             (int)getpid());
    assert_string_equal(error_text(&e, text, sizeof text), wanted);
    /* The target is a directory: the rename fails, and the temporary file goes. */
    cleanup_free char *taken = path_of("taken");
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_equal(write_file_atomically(taken, "x", 1, 0600, &e), -1);
    assert_string_equal(e.step, "write");
    assert_int_equal(e.errnum, EISDIR);
    assert_int_equal(rmdir(taken), 0);
    assert_int_equal(files_there(), 0);
}

/* Someone who may write to the directory has put a link where the temporary file will be. */
static void test_atomic_write_follows_no_link(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_free char *victim = path_of("victim"), *path = path_of("file");
    cleanup_free char *trap = xasprintf("%s.new-%d", path, (int)getpid());
    assert_int_equal(write_file_atomically(victim, "precious", 8, 0600, &e), 0);
    assert_int_equal(symlink(victim, trap), 0);
    assert_int_equal(write_file_atomically(path, "x", 1, 0600, &e), -1);
    assert_int_equal(e.errnum, ELOOP);
    cleanup_buf struct buf text = {0};
    assert_int_equal(read_file_at(AT_FDCWD, victim, &text, 0), 0);
    assert_string_equal(buf_text(&text), "precious");
}

static void test_reading(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_free char *path = path_of("file");
    cleanup_free char *bytes = xmalloc(20000);
    memset(bytes, 'x', 20000);
    assert_int_equal(write_file_atomically(path, bytes, 20000, 0600, &e), 0);
    cleanup_buf struct buf out = {0};
    buf_adds(&out, "before ");
    assert_int_equal(read_file_at(AT_FDCWD, path, &out, 0), 0);
    assert_int_equal(out.len, 20007); /* appended */
    buf_truncate(&out, 7);
    assert_int_equal(read_file_at(AT_FDCWD, path, &out, 10000), 0);
    assert_int_equal(out.len, 10007); /* no more than asked for */
    buf_truncate(&out, 7);
    assert_int_equal(read_file_at(AT_FDCWD, directory, &out, 0), -1);
    assert_int_equal(errno, EISDIR);
    assert_string_equal(buf_text(&out), "before ");
    assert_int_equal(read_file_at(AT_FDCWD, "/nowhere", &out, 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(read_file_at(AT_FDCWD, "/proc/self/status", &out, 0), 0); /* its size is said to be 0 */
    assert_non_null(strstr(buf_text(&out), "\nNSpid:"));
}

static void test_write_once(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_free char *path = path_of("file"), *missing = path_of("missing");
    cleanup_buf struct buf out = {0};
    assert_int_equal(write_file_atomically(path, "......", 6, 0600, &e), 0);
    assert_int_equal(write_once(path, "deny", 4), 0);
    assert_int_equal(read_file_at(AT_FDCWD, path, &out, 0), 0);
    assert_string_equal(buf_text(&out), "deny.."); /* as with a file of /proc: neither made nor cut */
    assert_int_equal(write_once(missing, "x", 1), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(write_once("/dev/full", "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
}

static void test_write_all(void **state)
{
    (void)state;
    int ends[2], status = -1;
    size_t size = 1 << 20; /* more than a pipe holds */
    char *bytes = xcalloc(size, 1);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_all(ends[1], bytes, size) < 0);
    close(ends[1]);
    cleanup_buf struct buf out = {0};
    assert_int_equal(read_fd_all(ends[0], &out, 0), 0);
    assert_int_equal(out.len, size);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    close(ends[0]);
    free(bytes);
    assert_int_equal(write_all(-1, "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(write_all(-1, "", 0), 0);
}

static void test_nonblocking(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(set_nonblocking(ends[0], true), 0);
    assert_int_equal(read(ends[0], &byte, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(set_nonblocking(ends[0], false), 0);
    assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(set_nonblocking(-1, true), -1);
}

/* --- descriptors over a socket --- */

static void test_fds_cross(void **state)
{
    (void)state;
    int pair[2], files[3], got[4];
    char bytes[8] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    for (int i = 0; i < 3; i++) {
        cleanup_free char *path = xasprintf("%s/f%d", directory, i);
        files[i] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    assert_int_equal(send_with_fds(pair[0], "abc", 3, files, 3), 0);
    assert_int_equal(recv_with_fds(pair[1], bytes, sizeof bytes, got, 4), 3);
    assert_string_equal(bytes, "abc");
    assert_int_equal(got[3], -1);
    for (int i = 0; i < 3; i++) {
        struct stat a, b;
        assert_int_equal(fstat(files[i], &a), 0);
        assert_int_equal(fstat(got[i], &b), 0);
        assert_int_equal(a.st_ino, b.st_ino);
        assert_true(fcntl(got[i], F_GETFD) & FD_CLOEXEC);
        close(files[i]);
        close(got[i]);
    }
    close(pair[0]);
    close(pair[1]);
}

static void test_fds_without(void **state)
{
    (void)state;
    int pair[2], got[1];
    char bytes[8] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(send_with_fds(pair[0], "x", 1, NULL, 0), 0);
    assert_int_equal(recv_with_fds(pair[1], bytes, sizeof bytes, got, 1), 1);
    assert_int_equal(got[0], -1);
    close(pair[0]);
    assert_int_equal(recv_with_fds(pair[1], bytes, sizeof bytes, got, 1), 0); /* the other end is closed */
    assert_int_equal(send_with_fds(pair[1], "x", 1, NULL, 0), -1);            /* an error, and no SIGPIPE */
    assert_int_equal(errno, EPIPE);
    close(pair[1]);
}

/* More arrive than were asked for: none of them stays open unseen. */
static void test_fds_too_many(void **state)
{
    (void)state;
    int pair[2], got[1], files[8];
    char bytes[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    for (int i = 0; i < 8; i++)
        files[i] = pair[0];
    assert_int_equal(send_with_fds(pair[0], "x", 1, files, 8), 0);
    int next = dup(0); /* the lowest number that is free */
    close(next);
    assert_int_equal(recv_with_fds(pair[1], bytes, sizeof bytes, got, 1), 1);
    assert_int_equal(got[0], next);
    close(got[0]);
    int after = dup(0);
    assert_int_equal(after, next);
    close(after);
    assert_int_equal(send_with_fds(pair[0], "x", 1, files, 9), -1);
    assert_int_equal(errno, EINVAL);
    close(pair[0]);
    close(pair[1]);
}

/* --- directories --- */

static void test_make_directories(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct stat st;
    cleanup_free char *a = path_of("a"), *b = path_of("a/b"), *c = path_of("a/b/c");
    assert_int_equal(make_directories(c, 0700, &e), 0);
    assert_int_equal(stat(c, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(make_directories(c, 0700, &e), 0); /* already there */
    assert_int_equal(rmdir(c), 0);
    assert_int_equal(write_file_atomically(c, "x", 1, 0600, &e), 0);
    cleanup_free char *below = xasprintf("%s/d", c);
    assert_int_equal(make_directories(below, 0700, &e), -1);
    assert_string_equal(e.step, "create directory");
    assert_string_equal(e.object, below);
    assert_int_equal(e.errnum, ENOTDIR);
    assert_int_equal(unlink(c), 0);
    assert_int_equal(rmdir(b), 0);
    assert_int_equal(rmdir(a), 0);
}

static void test_data_directory(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_free char *old = getenv("NSLAB_DATA_DIR") ? xstrdup(getenv("NSLAB_DATA_DIR")) : NULL;
    setenv("NSLAB_DATA_DIR", "/somewhere/else", 1);
    cleanup_free char *given = paths_data(&e);
    assert_string_equal(given, "/somewhere/else");
    unsetenv("NSLAB_DATA_DIR");
    setenv("XDG_DATA_HOME", "/xdg", 1);
    cleanup_free char *usual = paths_data(&e);
    assert_string_equal(usual, have_root_rights(&e) > 0 ? "/var/lib/nslab" : "/xdg/nslab");
    unsetenv("XDG_DATA_HOME");
    if (old)
        setenv("NSLAB_DATA_DIR", old, 1);
}

/* What a container may have put where a file is expected: nobody waits for it, nor reads it without end. */
static void test_regular_file(void **state)
{
    (void)state;
    cleanup_free char *pipe_path = path_of("pipe");
    cleanup_free char *file = path_of("file");
    cleanup_free char *device = path_of("device");
    cleanup_buf struct buf out = {0};
    struct nslab_error e = {0};
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(symlink("/dev/zero", device), 0);
    assert_int_equal(write_file_atomically(file, "text", 4, 0600, &e), 0);
    assert_int_equal(read_regular_file(pipe_path, &out, 0), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(read_regular_file(device, &out, 0), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(read_regular_file(directory, &out, 0), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(read_regular_file("/nowhere/at-all", &out, 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(read_regular_file(file, &out, 0), 0);
    assert_string_equal(buf_text(&out), "text");
}

static void test_closing_a_range(void **state)
{
    (void)state;
    int fds[3];
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 700);
    assert_int_equal(fds[2], fds[0] + 2);
    close_fds((unsigned)fds[1], (unsigned)fds[2]);
    assert_true(fcntl(fds[0], F_GETFD) >= 0);
    assert_int_equal(fcntl(fds[1], F_GETFD), -1);
    assert_int_equal(fcntl(fds[2], F_GETFD), -1);
    close_fds((unsigned)fds[0], (unsigned)fds[0] - 1); /* none */
    assert_true(fcntl(fds[0], F_GETFD) >= 0);
    close(fds[0]);
}

static void test_directory_without_a_name(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    assert_int_equal(make_directories("", 0755, &e), -1);
    assert_int_equal(e.errnum, ENOENT);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closing),
        IN_DIRECTORY(test_atomic_write),
        IN_DIRECTORY(test_atomic_write_fails),
        IN_DIRECTORY(test_atomic_write_follows_no_link),
        IN_DIRECTORY(test_reading),
        IN_DIRECTORY(test_write_once),
        cmocka_unit_test(test_write_all),
        cmocka_unit_test(test_nonblocking),
        IN_DIRECTORY(test_fds_cross),
        cmocka_unit_test(test_fds_without),
        cmocka_unit_test(test_fds_too_many),
        IN_DIRECTORY(test_make_directories),
        cmocka_unit_test(test_data_directory),
        IN_DIRECTORY(test_regular_file),
        cmocka_unit_test(test_closing_a_range),
        cmocka_unit_test(test_directory_without_a_name),
    };
    return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
