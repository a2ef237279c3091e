/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/explain.h"
#include "nslab/mem.h"

#include <errno.h>
#include <string.h>

#define assert_says(out, words)                                                                              \
    do {                                                                                                     \
        if (!strstr(buf_text(&(out)), (words)))                                                              \
            fail_msg("`%s` isn't in: %s", (words), buf_text(&(out)));                                        \
    } while (0)

static void an_id_map(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    const struct id_map map = {{{0, 100000, 65536}, {70000, 1001003, 1}}, 2};
    const struct id_map outer = {{{0, 1879048192, 200000}}, 1};
    struct map_facts facts = {.name = "db",
                              .file = "uid_map",
                              .pid = 4711,
                              .map = &map,
                              .reader = "the lab host",
                              .outer = &outer,
                              .link = "user:[42]",
                              .nobody = 65534};
    map_text(&facts, &out);
    assert_says(out, "`/proc/4711/uid_map`, read from the lab host,");
    assert_says(out,
                "- `0 100000 65536`: 65536 uids from 0 on are those from 100000 on. The first, 0, is 100000 "
                "on the lab host and 1879148192 on the machine; the last, 65535, is 165535 on the lab host "
                "and 1879213727 on the machine.\n");
    assert_says(out, "- `70000 1001003 1`: one uid. 70000 in db is 1001003 on the lab host and none on the "
                     "machine.\n");
    assert_says(out, "are for example 99999, 165536, 1001002, 1001004 on the lab host: ");
    assert_says(out, "shows in db as 65534");
    assert_null(strstr(buf_text(&out), "no user namespace of its own"));
}

static void the_whole_map(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    const struct id_map map = {{{0, 0, UINT32_MAX}}, 1};
    struct map_facts facts = {
        .name = "web", .file = "gid_map", .map = &map, .reader = "the machine", .link = "user:[1]"};
    facts.shared_with = "the lab host";
    map_text(&facts, &out);
    assert_says(out, "web has no user namespace of its own: it is in `user:[1]`, as the lab host is.");
    assert_says(out, "4294967295 gids from 0 on");
    assert_says(out, "No id is outside of the map.");
}

static void a_mount(void **state)
{
    (void)state;
    struct mount_info *mounts;
    cleanup_buf struct buf out = {0};
    assert_int_equal(mountinfo_parse("48 1 0:99 / / rw,relatime - overlay overlay rw,userxattr\n"
                                     "77 48 8:1 /tmp/x /demo ro,nosuid shared:3 - ext4 /dev/sda1 rw\n",
                                     &mounts),
                     2);
    struct mount_facts facts = {
        .name = "web", .path = "/demo", .pid = 5, .mount = &mounts[1], .parent = &mounts[0]};
    mount_text(&facts, &out);
    assert_says(out, "- `77`: the number of this mount. `48`: that of the mount that it is mounted on, which "
                     "is seen at `/`.\n- `8:1`: the device of the file system.\n- `/tmp/x`: of that file "
                     "system only this is shown here: a bind mount.\n- `/demo`: where it is seen, in web.\n");
    assert_says(out, "`ro` is only read here; `nosuid` set-user-id");
    assert_says(out, "- `shared:3`: mounts made below it travel");
    buf_truncate(&out, 0);
    facts = (struct mount_facts){.name = "web", .path = "/etc", .pid = 5, .mount = &mounts[0]};
    mount_text(&facts, &out);
    assert_says(out, "Nothing is mounted at `/etc` in web: what is there belongs to the mount at `/`.");
    assert_says(out, "which can't be seen from web");
    assert_says(out, "with 0 before the colon no disk");
    assert_says(out, "it is private");
    mounts_free(mounts, 2);
}

static void a_cable(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    const struct link_info eth0 = {.index = 2, .peer_index = 3, .name = "eth0"};
    const struct link_info veth = {.index = 3, .peer_index = 2, .name = "veth0002"};
    struct veth_facts facts = {.name = "web",
                               .other_name = "the lab host",
                               .link = &eth0,
                               .other = &veth,
                               .addresses = "172.17.0.2/16",
                               .master = "nslab0"};
    veth_text(&facts, &out);
    assert_says(out, "**`eth0@if3` in web.** It has index 2 and the address 172.17.0.2/16; its other end has "
                     "index 3 where that is.");
    assert_says(out, "In the lab host index 3 is `veth0002`, and it says `@if2`");
    assert_says(out, "a port of the bridge `nslab0`");
    assert_says(out, "In web itself no link has index 3");
    buf_truncate(&out, 0);
    facts = (struct veth_facts){.name = "web", .link = &eth0, .addresses = ""};
    veth_text(&facts, &out);
    assert_says(out, "It has index 2; its other end");
    assert_says(out, "none of the lab's network namespaces");
}

static void three_pids(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    struct pid_facts facts = {
        .name = "web", .args = "nginx", .numbers = {4711, 3, 1}, .n = 3, .is_container = true};
    pid_text(&facts, &out);
    assert_says(out, "`NSpid: 4711 3 1`");
    assert_says(out, "- **4711** on the machine");
    assert_says(out, "- **3** on the lab host");
    assert_says(out, "- **1** inside");
    buf_truncate(&out, 0);
    facts.n = 2;
    pid_text(&facts, &out);
    assert_says(out, "Inside it is **3** too: web has no PID namespace below the lab host's.");
}

static void errnos(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(errno_in_text("chown: x: Operation not permitted\nls: y: Permission denied\n"), EACCES);
    assert_int_equal(errno_in_text("mount: /mnt: PERMISSION DENIED."), EACCES);
    assert_int_equal(errno_in_text("all is well"), 0);
    assert_int_equal(errno_by_name("eperm", &e), EPERM);
    assert_int_equal(errno_by_name("EPRM", &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text),
                        "`EPRM` is no errno that is explained here. Did you mean `explain errno EPERM`?");
    cleanup_buf struct buf out = {0};
    errno_text(ENOTTY, &out);
    assert_says(out, "**ENOTTY** (errno 25, ");
    assert_says(out, "no meaning of its own");
}

static void the_last_failed_line(void **state)
{
    (void)state;
    static char line[] = "exec web mount -t tmpfs x /mnt";
    cleanup_buf struct buf out = {0};
    struct failed_line f = {0};
    failed_text(&f, &out);
    assert_says(out, "No line has failed yet.");
    buf_truncate(&out, 0);
    f = (struct failed_line){.line = line, .status = 32};
    failed_text(&f, &out);
    assert_says(out, "It named no error");
    buf_truncate(&out, 0);
    buf_adds(&f.said, "mount: /mnt: permission denied.\n");
    failed_text(&f, &out);
    assert_says(out, "with status 32. mount(8) says \"permission denied\" for EPERM too");
    assert_says(out, "**EPERM** (errno 1, ");
    buf_truncate(&out, 0);
    f.error.errnum = EINVAL;
    failed_text(&f, &out);
    assert_says(out, "The kernel's answer to nslab was **EINVAL**");
    buf_free(&f.said);
}

static void usage_error(char *first, char *second, const char *want)
{
    char *items[] = {first, second, NULL};
    const struct strv args = {items, second ? 2 : 1};
    struct command_context context = {0};
    struct failed_line failed = {0};
    struct explaining x = {&context, &failed};
    cleanup_buf struct buf out = {0};
    struct nslab_error e = {0};
    char text[NSLAB_ERROR_TEXT_MAX];
    assert_int_equal(explain_topic(&x, &args, &out, &e), -1);
    assert_string_equal(error_text(&e, text, sizeof text), want);
    assert_int_equal(out.len, 0);
}

static void topics(void **state)
{
    (void)state;
    static char near[] = "uidmap", ns[] = "ns", mount[] = "MOUNT", no_path[] = "web", far[] = "zzzzzzzz";
    cleanup_strv struct strv all = {0};
    explain_candidates(&all);
    assert_int_equal(all.len, 7);
    for (size_t i = 0; i < all.len; i++) {
        cleanup_free char *row = xasprintf("\n%s ", all.items[i]);
        assert_non_null(strstr(EXPLAIN_HELP, row));
    }
    usage_error(near, NULL, "nothing is known about `uidmap`. Did you mean `explain uid_map`?");
    usage_error(far, NULL,
                "nothing is known about `zzzzzzzz`. The topics are uid_map, gid_map, ns, mount, veth, pid, "
                "errno: `help explain` says what follows each. `explain` alone explains the step.");
    usage_error(ns, NULL,
                "`explain ns` needs a word more. The form is `explain ns NAME|LINK`; `ps` lists the "
                "containers, and `host` is the lab host.");
    usage_error(mount, no_path,
                "`web` names no path in a place. The form is `explain mount NAME:PATH`, as `explain mount "
                "host:/proc`.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_map), cmocka_unit_test(the_whole_map),        cmocka_unit_test(a_mount),
        cmocka_unit_test(a_cable),   cmocka_unit_test(three_pids),           cmocka_unit_test(errnos),
        cmocka_unit_test(topics),    cmocka_unit_test(the_last_failed_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
