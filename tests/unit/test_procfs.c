/* SPDX-License-Identifier: MIT
 *
 * The parsers of procfs, over files recorded on Linux 6.18 and over malformed ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/passwd.h"
#include "nslab/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DATA "tests/data/proc/"
#define TREE DATA "tree"

static struct buf recorded(const char *name)
{
    struct buf text = {0};
    cleanup_free char *path = xasprintf(DATA "%s", name);
    assert_int_equal(read_file_at(AT_FDCWD, path, &text, 0), 0);
    return text;
}

/* --- status --- */

static void test_status_of_a_master(void **state)
{
    (void)state;
    struct process_info p;
    cleanup_buf struct buf text = recorded("tree/12/status");
    assert_true(procfs_parse_status(buf_text(&text), &p));
    assert_int_equal(p.pid, 12);
    assert_int_equal(p.ppid, 0);
    assert_int_equal(p.uid, 0);
    assert_int_equal(p.state, 'S');
    assert_int_equal(p.n_nspid, 2);
    assert_int_equal(p.nspid[0], 12);
    assert_int_equal(p.nspid[1], 1);
    assert_int_equal(p.n_groups, 3);
    assert_int_equal(p.groups[2], 33);
    assert_int_equal(p.cap_effective, 0xa80425fb);
    assert_int_equal(p.cap_permitted, 0xa80425fb);
    assert_int_equal(p.cap_bounding, 0xa80425fb);
    assert_string_equal(p.args, "[nginx]");
    process_info_free(&p);
    assert_null(p.args);
}

static void test_status_takes_effective_ids(void **state)
{
    (void)state;
    struct process_info p;
    cleanup_buf struct buf text = recorded("tree/4711/status");
    assert_true(procfs_parse_status(buf_text(&text), &p));
    assert_int_equal(p.uid, 33);
    assert_int_equal(p.gid, 33);
    assert_int_equal(p.ppid, 12);
    process_info_free(&p);
}

static void test_status_with_an_odd_name(void **state)
{
    (void)state;
    struct process_info p;
    cleanup_buf struct buf text = recorded("status-odd-name");
    assert_true(procfs_parse_status(buf_text(&text), &p));
    assert_string_equal(p.args, "[) a\\n(b\tc]");
    assert_int_equal(p.pid, 577);
    process_info_free(&p);
}

static void test_status_without_nspid_or_newline(void **state)
{
    (void)state;
    struct process_info p;
    assert_true(procfs_parse_status("State:\tZ\nPid:\t7\nPPid:\t1\nUid:\t0 5\nGid:\t0 4294967295", &p));
    assert_int_equal(p.state, 'Z');
    assert_int_equal(p.uid, 5);
    assert_int_equal(p.gid, UINT32_MAX);
    assert_int_equal(p.n_nspid, 1);
    assert_int_equal(p.nspid[0], 7);
    assert_string_equal(p.args, "[]");
    process_info_free(&p);
}

static void test_status_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n\n\n",
        "Name:\tx\n",
        "State:\tS\nPid:\t7\nPPid:\t1\nUid:\t0 5\n",                      /* no Gid */
        "State:\tS\nPid:\tx\nPPid:\t1\nUid:\t0 5\nGid:\t0 0\n",           /* no number */
        "State:\tS\nPid:\t-7\nPPid:\t1\nUid:\t0 5\nGid:\t0 0\n",          /* negative */
        "State:\tS\nPid:\t99999999999\nPPid:\t1\nUid:\t0 5\nGid:\t0 0\n", /* too big for a pid_t */
        "State:\tS\nPid:\t7\nPPid:\t1\nUid:\t0\nGid:\t0 0\n", /* one uid: its second is Gid's line */
        "State:\tS\nPid:\t7\nPPid:\t1\nUid:\t0 4294967296\nGid:\t0 0\n", /* too big for a uid */
        "State:\tS\nPid:\t7\nPPid:\t1\nUid:\t0 99999999999999999999\nGid:\t0 0\n",
        "State:\nPid:\t7\nPPid:\t1\nUid:\t0 0\nGid:\t0 0\n",         /* no state */
        " State:\tS\n Pid:\t7\n PPid:\t1\n Uid:\t0 5\n Gid:\t0 0\n", /* keys are at the line's start */
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct process_info p;
        assert_false(procfs_parse_status(bad[i], &p));
        assert_null(p.args);
    }
}

static void test_status_takes_the_first_of_a_key_and_drops_what_is_too_much(void **state)
{
    (void)state;
    struct process_info p;
    cleanup_buf struct buf text = {0};
    buf_adds(&text, "Pid:\t7\nPid:\t8\nState:\tS\nPPid:\t1\nUid:\t0 5\nGid:\t0 0\nNSpid:");
    for (int i = 1; i <= 40; i++)
        buf_addf(&text, "\t%d", i);
    buf_adds(&text, "\nGroups:");
    for (int i = 100; i < 200; i++)
        buf_addf(&text, " %d", i);
    assert_true(procfs_parse_status(buf_text(&text), &p));
    assert_int_equal(p.pid, 7);
    assert_int_equal(p.n_nspid, 8);
    assert_int_equal(p.nspid[7], 8);
    assert_int_equal(p.n_groups, 32);
    assert_int_equal(p.groups[31], 131);
    process_info_free(&p);
}

/* --- cmdline --- */

static void check_cmdline(const char *bytes, size_t n, const char *expected)
{
    struct process_info p = {.args = xstrdup("[name]")};
    procfs_parse_cmdline(bytes, n, &p);
    assert_string_equal(p.args, expected);
    process_info_free(&p);
}

static void test_cmdline(void **state)
{
    (void)state;
    check_cmdline("sleep\0001000\0", 11, "sleep 1000");
    check_cmdline("nginx: master process nginx\0\0\0\0", 31, "nginx: master process nginx");
    check_cmdline("a\0\0b\0", 5, "a  b"); /* an empty argument */
    check_cmdline("unterminated", 12, "unterminated");
    check_cmdline("a  \0", 4, "a");
    check_cmdline("", 0, "[name]");
    check_cmdline("\0\0\0", 3, "[name]");
    cleanup_buf struct buf odd = recorded("cmdline-odd");
    check_cmdline(buf_text(&odd), odd.len, "/root/.pyenv/versions/3.11.7/bin/python3 w.py two words  x\ny");
}

/* --- a /proc directory --- */

static void test_list(void **state)
{
    (void)state;
    struct process_info *list;
    size_t n;
    struct nslab_error e = {0};
    assert_int_equal(procfs_list(TREE, &list, &n, &e), 0);
    /* 77 (empty status) and 300 (no status) ended while they were read; 0 and self are no processes. */
    assert_int_equal(n, 4);
    static const int pids[] = {1, 12, 900, 4711};
    static const char *const args[] = {"nslab: lab host", "nginx: master process nginx -g daemon off;",
                                       "[sleep]", "nginx: worker process"};
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].pid, pids[i]);
        assert_string_equal(list[i].args, args[i]);
        process_info_free(&list[i]);
    }
    free(list);
}

/* Whoever has no descriptors left has seen no list, and not a short one. */
static void test_list_without_descriptors(void **state)
{
    (void)state;
    struct process_info *list = NULL;
    struct nslab_error e = {0};
    struct rlimit before, few;
    size_t n = 0;
    int first = dup(0);
    close(first);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)first + 2; /* for the directory, and for reading it */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int rc = procfs_list(TREE, &list, &n, &e);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(rc, -1);
    assert_int_equal(e.errnum, EMFILE);
    assert_int_equal(n, 0);
    assert_null(list);
}

/* In place of the C library's: fails after so many entries. */
static int entries_left = -1;
struct dirent *readdir(DIR *dir)
{
    if (entries_left == 0) {
        errno = EIO;
        return NULL;
    }
    entries_left -= entries_left > 0;
    return (struct dirent *)(void *)readdir64(dir);
}

/* Wherever reading the directory fails: what comes before is no list. */
static void test_list_cut_off(void **state)
{
    (void)state;
    for (int entries = 0; entries < 6; entries++) {
        struct process_info *list = NULL;
        struct nslab_error e = {0};
        size_t n = 0;
        entries_left = entries;
        int rc = procfs_list(TREE, &list, &n, &e);
        entries_left = -1;
        assert_int_equal(rc, -1);
        assert_int_equal(e.errnum, EIO);
        assert_int_equal(n, 0);
        assert_null(list);
    }
}

static void test_list_without_proc(void **state)
{
    (void)state;
    struct process_info *list;
    size_t n;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(procfs_list("/nonexistent", &list, &n, &e), -1);
    assert_int_equal(n, 0);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "cannot open /nonexistent: No such file or directory. A "
                        "proc filesystem must be mounted there.");
}

static void test_read_one(void **state)
{
    (void)state;
    struct process_info p;
    struct nslab_error e = {0};
    assert_int_equal(procfs_read(TREE, 900, &p, &e), 1);
    assert_int_equal(p.state, 'Z');
    assert_string_equal(p.args, "[sleep]");
    process_info_free(&p);
    assert_int_equal(procfs_read(TREE, 300, &p, &e), 0);
    assert_int_equal(procfs_read(TREE, 5, &p, &e), 0);
    assert_int_equal(procfs_read(TREE, 77, &p, &e), -1);
    assert_string_equal(e.detail, TREE "/77/status isn't the status of a process");
    assert_int_equal(procfs_read("/nonexistent", 1, &p, &e), -1);
}

/* --- mountinfo --- */

static void test_mountinfo(void **state)
{
    (void)state;
    struct mount_info *m;
    cleanup_buf struct buf text = recorded("mountinfo");
    int n = mountinfo_parse(buf_text(&text), &m);
    assert_int_equal(n, 6);
    assert_int_equal(m[0].id, 22);
    assert_int_equal(m[0].parent, 27);
    assert_int_equal(m[0].minor, 21);
    assert_string_equal(m[0].optional, "");
    assert_string_equal(m[1].optional, "shared:1 master:7");
    assert_int_equal(m[1].major, 254);
    assert_string_equal(m[1].super_options, "rw,discard,resuid=65534");
    assert_string_equal(m[3].root, "/sub");
    assert_string_equal(m[3].target, "/tmp/a b");
    assert_string_equal(m[3].source, "my\\src");
    assert_string_equal(m[3].options, "rw,nosuid,relatime");
    assert_string_equal(m[4].source, ""); /* mounted with an empty source */
    assert_string_equal(m[4].type, "tmpfs");
    assert_string_equal(m[5].super_options, "ro,lowerdir=/l\\0541,upperdir=/u");
    mounts_free(m, (size_t)n);
}

static void test_mountinfo_malformed(void **state)
{
    (void)state;
    static const char good[] = "22 27 0:21 / /proc rw - proc proc rw\n";
    static const char *const bad[] = {
        "22",
        "22 27 0:21 / /proc rw proc proc rw",
        "22 27 0:21 / /proc rw - proc",
        "22 27 0:21 / /proc rw - proc proc",
        "x 27 0:21 / /proc rw - proc proc rw",
        "22 27 021 / /proc rw - proc proc rw",
        "22 27 0:21x / /proc rw - proc proc rw",
        "22 y 0:21 / /proc rw - proc proc rw",
        " ",
        "22 27 0:21 / /proc",
    };
    struct mount_info *m;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        cleanup_free char *text = xasprintf("%s%s\n", good, bad[i]);
        assert_int_equal(mountinfo_parse(text, &m), -1);
        assert_null(m);
    }
    assert_int_equal(mountinfo_parse("", &m), 0);
    mounts_free(m, 0);
    /* The last line may lack its newline; an incomplete escape stays as it is. */
    assert_int_equal(mountinfo_parse("22 27 0:21 / /a\\04 rw - proc p\\ rw", &m), 1);
    assert_string_equal(m[0].target, "/a\\04");
    assert_string_equal(m[0].source, "p\\");
    mounts_free(m, 1);
}

/* --- sockets, names --- */

static void test_sockets(void **state)
{
    (void)state;
    cleanup_strv struct strv out = {0};
    cleanup_buf struct buf tcp = recorded("tcp"), tcp6 = recorded("tcp6");
    sockets_parse_listening(buf_text(&tcp), "tcp", &out);
    sockets_parse_listening(buf_text(&tcp6), "tcp", &out);
    assert_int_equal(out.len, 4);
    assert_string_equal(out.items[0], "tcp 0.0.0.0:80");
    assert_string_equal(out.items[1], "tcp 127.0.0.1:8080");
    assert_string_equal(out.items[2], "tcp [::]:80");
    assert_string_equal(out.items[3], "tcp [::1]:3306");
}

static void test_sockets_malformed(void **state)
{
    (void)state;
    cleanup_strv struct strv out = {0};
    sockets_parse_listening("", "tcp", &out);
    sockets_parse_listening("garbage\n 0: 00:0050 00:0000 0A\n 1: 00000000:0050\n 2: zz\n", "tcp", &out);
    sockets_parse_listening(" 0: 000000000000000000000000000000000000000000:0050 00000000:0000 0A\n", "tcp",
                            &out);
    assert_int_equal(out.len, 0);
}

static void check_name(const char *text, uint32_t id, const char *expected)
{
    cleanup_free char *name = name_of_id(text, id);
    if (expected)
        assert_string_equal(name, expected);
    else
        assert_null(name);
}

static void test_names(void **state)
{
    (void)state;
    static const char passwd[] =
        "root:x:0:0:root:/root:/bin/sh\n\nbroken\n:x:4:4:\nalso:broken\nbad:x:12x:0::\n"
        "empty:x::0::\nwww-data:x:33:33:www:/:/bin/false\nagain:x:33:33\nlast:x:1000";
    check_name(passwd, 0, "root");
    check_name(passwd, 33, "www-data");
    check_name(passwd, 1000, "last");
    check_name(passwd, 12, NULL);
    check_name(passwd, 4, NULL);
    check_name(passwd, 5, NULL);
    check_name("", 0, NULL);
    check_name("root:x:\n0:x\n", 0, NULL); /* a number isn't taken from the next line */
    check_name("big:x:4294967294:0", UINT32_MAX - 1, "big");
    check_name("none:x:4294967295:0", UINT32_MAX, NULL); /* (uid_t)-1 is no uid: setresuid(2) */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_of_a_master),
        cmocka_unit_test(test_status_takes_effective_ids),
        cmocka_unit_test(test_status_with_an_odd_name),
        cmocka_unit_test(test_status_without_nspid_or_newline),
        cmocka_unit_test(test_status_malformed),
        cmocka_unit_test(test_status_takes_the_first_of_a_key_and_drops_what_is_too_much),
        cmocka_unit_test(test_cmdline),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_without_descriptors),
        cmocka_unit_test(test_list_cut_off),
        cmocka_unit_test(test_list_without_proc),
        cmocka_unit_test(test_read_one),
        cmocka_unit_test(test_mountinfo),
        cmocka_unit_test(test_mountinfo_malformed),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_sockets_malformed),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
