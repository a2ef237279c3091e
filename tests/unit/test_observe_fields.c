/* SPDX-License-Identifier: MIT
 *
 * The pure halves of the probes: what is asked of processes, mounts, ids, links that have been read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/observe/id_fields.h"
#include "../../src/observe/link_fields.h"
#include "../../src/observe/mount_fields.h"
#include "../../src/observe/process_fields.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>

#define DATA "tests/data/proc/"
static const char passwd[] = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\n";

/* Shows what was seen, absent ones in angle brackets, and compares. */
static void check_shown(struct observation *o, const char *expected)
{
    cleanup_buf struct buf shown = {0};
    if (o->kind == VALUE_ABSENT)
        buf_adds(&shown, "<");
    observation_show(o, &shown);
    if (o->kind == VALUE_ABSENT)
        buf_adds(&shown, ">");
    assert_string_equal(buf_text(&shown), expected);
    observation_free(o);
}

/* --- processes --- */

struct processes {
    struct process_info *list;
    size_t n;
};

static struct processes recorded_processes(void)
{
    struct processes p;
    struct nslab_error e = {0};
    assert_int_equal(procfs_list(DATA "tree", &p.list, &p.n, &e), 0);
    assert_int_equal(p.n, 4);
    return p;
}

static void processes_free(struct processes *p)
{
    for (size_t i = 0; i < p->n; i++)
        process_info_free(&p->list[i]);
    free(p->list);
}

static void check_process(const char *field, const struct process_info *list, size_t n, const char *expected,
                          const char *how)
{
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(process_field_read(field, list, n, passwd, &o, &e), 0);
    assert_string_equal(o.how, how);
    check_shown(&o, expected);
}

static void test_process_fields(void **state)
{
    (void)state;
    cleanup_with(processes_free) struct processes p = recorded_processes();
    const struct process_info *master = &p.list[1], *worker = &p.list[3];
    check_process("pid", master, 1, "12", "/proc/12");
    check_process("ppid", worker, 1, "12", "/proc/4711/status, PPid");
    check_process("uid", worker, 1, "33", "/proc/4711/status, Uid");
    check_process("gid", worker, 1, "33", "/proc/4711/status, Gid");
    check_process("user", worker, 1, "www-data", "/proc/4711/status, Uid, by /etc/passwd");
    check_process("state", worker, 1, "R", "/proc/4711/status, State");
    check_process("args", worker, 1, "nginx: worker process", "/proc/4711/cmdline");
    check_process("nspid", master, 1, "12, 1", "/proc/12/status, NSpid");
    check_process("count", master, 3, "3", "the processes in /proc");
    check_process("pid", p.list, p.n, "1", "/proc/1"); /* of several the lowest */
}

static void test_no_process(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct observation o = {0};
    check_process("pid", NULL, 0, "<no process matches>", "the processes in /proc");
    check_process("count", NULL, 0, "0", "the processes in /proc");
    assert_int_equal(process_field_read("colour", NULL, 0, passwd, &o, &e), -1);
    assert_string_equal(e.detail, "a process has no field `colour`");
}

static void test_process_user_without_passwd(void **state)
{
    (void)state;
    struct process_info p = {.pid = 5, .uid = 65534, .args = (char[]){"x"}};
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(process_field_read("user", &p, 1, "", &o, &e), 0);
    check_shown(&o, "65534");
}

static void check_column(const char *field, const struct processes *p, const char *expected)
{
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(processes_field_read(field, p->list, p->n, passwd, &o, &e), 0);
    assert_non_null(o.how);
    check_shown(&o, expected);
}

static void test_processes_columns(void **state)
{
    (void)state;
    cleanup_with(processes_free) struct processes p = recorded_processes();
    const struct processes none = {NULL, 0};
    check_column("pid", &p, "1, 12, 900, 4711");
    check_column("user", &p, "root, root, root, www-data");
    check_column(
        "args", &p,
        "nslab: lab host, nginx: master process nginx -g daemon off;, [sleep], nginx: worker process");
    check_column("count", &p, "4");
    check_column("args", &none, "(an empty list)");
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(processes_field_read("nspid", p.list, p.n, passwd, &o, &e), -1);
    assert_string_equal(e.detail, "a process list has no column `nspid`");
}

static void test_processes_match(void **state)
{
    (void)state;
    const struct process_info p = {.args = (char[]){"nginx: worker process"}};
    assert_true(processes_match(&p, NULL));
    assert_true(processes_match(&p, "nginx: worker*"));
    assert_true(processes_match(&p, "*worker*"));
    assert_false(processes_match(&p, "nginx")); /* anchored at both ends */
    assert_false(processes_match(&p, "worker*"));
}

/* --- mounts --- */

static void check_mount(const char *field, const char *path, const char *expected)
{
    struct mount_info *m;
    struct observation o = {0};
    struct nslab_error e = {0};
    cleanup_buf struct buf text = {0};
    assert_int_equal(read_file_at(AT_FDCWD, DATA "mountinfo", &text, 0), 0);
    int n = mountinfo_parse(buf_text(&text), &m);
    assert_int_equal(n, 6);
    assert_int_equal(mount_field_read(field, path, m, (size_t)n, &o, &e), 0);
    mounts_free(m, (size_t)n);
    check_shown(&o, expected);
}

static void test_mount_fields(void **state)
{
    (void)state;
    check_mount("type", "/proc", "proc");
    check_mount("type", "/proc/", "proc");
    check_mount("source", "/", "/dev/vda");
    check_mount("propagation", "/", "shared,slave");
    check_mount("propagation", "/proc", "private");
    check_mount("propagation", "/data", "unbindable");
    check_mount("options", "/", "rw, relatime, discard, resuid=65534");
    check_mount("exists", "/proc", "true");
    check_mount("exists", "/proc/1", "false");
    check_mount("count", "/proc", "1");
    check_mount("count", "/nowhere", "0");
    check_mount("type", "/nowhere", "<nothing is mounted at /nowhere>");
    check_mount("options", "", "<nothing is mounted at >");
}

static void test_topmost_mount(void **state)
{
    (void)state;
    check_mount("count", "/tmp/a b", "2");
    check_mount("source", "/tmp/a b", "(an empty text)"); /* the upper one was mounted with an empty source */
    check_mount("propagation", "/tmp/a b", "shared");
    check_mount("options", "/tmp/a b", "ro, relatime"); /* read-only by the mount, not by the filesystem */
    check_mount("options", "/data", "ro, relatime, lowerdir=/l,1, upperdir=/u"); /* by the filesystem */

    /* The parent says which is on top, and not the order. */
    static const char reversed[] = "2 1 0:2 / /x rw - upper upper rw\n1 0 0:1 / /x rw - lower lower rw\n";
    struct mount_info *m;
    assert_int_equal(mountinfo_parse(reversed, &m), 2);
    assert_string_equal(mount_at("/x", m, 2)->type, "upper");
    assert_null(mount_at("/xy", m, 2));
    mounts_free(m, 2);
}

static void test_mount_unknown_field(void **state)
{
    (void)state;
    struct mount_info *m;
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(mountinfo_parse("1 0 0:1 / / rw - a a rw\n", &m), 1);
    assert_int_equal(mount_field_read("colour", "/", m, 1, &o, &e), -1);
    assert_string_equal(e.detail, "a mount has no field `colour`");
    mounts_free(m, 1);
}

/* --- ids --- */

static void check_lines(struct strv *lines, const char *expected)
{
    cleanup_buf struct buf joined = {0};
    strv_join(lines, "; ", &joined);
    assert_string_equal(buf_text(&joined), expected);
    strv_free(lines);
}

static void test_id_map(void **state)
{
    (void)state;
    struct strv lines = {0};
    id_map_lines("         0       1001          1\n         1     100000       1999\n", &lines);
    check_lines(&lines, "0 1001 1; 1 100000 1999");
    id_map_lines("0 0 4294967295", &lines);
    check_lines(&lines, "0 0 4294967295");
    id_map_lines("", &lines);
    id_map_lines("0 x\nnothing\n", &lines);
    check_lines(&lines, "");
}

static void test_subid(void **state)
{
    (void)state;
    static const char text[] = "root:1:2\ndockremap:100000:63536\n\ndock:7:8\ndockremap:300000:10\n1001:5:6";
    struct strv lines = {0};
    subid_lines(text, "dockremap", &lines);
    check_lines(&lines, "100000:63536; 300000:10");
    subid_lines(text, "dock", &lines);
    check_lines(&lines, "7:8");
    subid_lines(text, "1001", &lines);
    check_lines(&lines, "5:6");
    subid_lines(text, "nobody", &lines);
    subid_lines("", "root", &lines);
    check_lines(&lines, "");
}

static void test_capability_names(void **state)
{
    (void)state;
    struct strv names = {0};
    capability_names(0, &names);
    check_lines(&names, "");
    capability_names(1u << 0 | 1u << 12 | 1u << 21, &names);
    check_lines(&names, "CAP_CHOWN; CAP_NET_ADMIN; CAP_SYS_ADMIN");
    capability_names(0xa80425fb, &names); /* Docker's default */
    assert_int_equal(names.len, 14);
    assert_true(strv_contains(&names, "CAP_NET_BIND_SERVICE"));
    strv_free(&names);
    capability_names(1ull << 63, &names);
    check_lines(&names, "63"); /* libcap knows no such */
}

static void test_credentials(void **state)
{
    (void)state;
    struct process_info p = {.uid = 5, .gid = 6, .groups = {7, 8}, .n_groups = 2, .cap_effective = 1};
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(credential_read("uid", &p, &o, &e), 0);
    check_shown(&o, "5");
    assert_int_equal(credential_read("gid", &p, &o, &e), 0);
    check_shown(&o, "6");
    assert_int_equal(credential_read("groups", &p, &o, &e), 0);
    check_shown(&o, "7, 8");
    assert_int_equal(credential_read("colour", &p, &o, &e), -1);
    assert_int_equal(capability_set_read("effective", &p, &o, &e), 0);
    assert_string_equal(o.how, ", CapEff 0000000000000001");
    check_shown(&o, "CAP_CHOWN");
    assert_int_equal(capability_set_read("bounding", &p, &o, &e), 0);
    check_shown(&o, "(an empty list)");
    assert_int_equal(capability_set_read("ambient", &p, &o, &e), -1);
    assert_string_equal(e.detail, "there is no capability set `ambient`");
}

/* --- links --- */

static struct link_info host_links[] = {
    {.index = 1, .name = "lo", .flags = IFF_LOOPBACK | IFF_UP, .up = true, .mtu = 65536},
    {.index = 2, .name = "nslab0", .kind = "bridge", .mtu = 1500, .up = true},
    {.index = 5, .name = "veth7", .kind = "veth", .peer_index = 2, .master = 2, .mtu = 1500},
    {.index = 6, .name = "veth8", .kind = "veth", .peer_index = 2, .master = 99},
};
static struct link_info web_links[] = {
    {.index = 1, .name = "lo", .flags = IFF_LOOPBACK, .mtu = 65536},
    {.index = 2,
     .name = "eth0",
     .kind = "veth",
     .peer_index = 5,
     .up = true,
     .mtu = 1500,
     .mac = {0x02, 0x42, 0xac, 0x11, 0x00, 0x02}},
};
static struct address_info addresses[] = {
    {.index = 1, .family = AF_INET, .text = "127.0.0.1/8"},
    {.index = 2, .family = AF_INET, .text = "172.17.0.2/16"},
    {.index = 2, .family = AF_INET6, .text = "fe80::42/64"},
};
static struct route_info routes[] = {
    {.destination = "172.17.0.0/16", .index = 2},
    {.is_default = true, .destination = "default", .index = 2, .gateway = "172.17.0.1"},
    {.destination = "10.0.0.0/8", .index = 77, .gateway = "172.17.0.9"},
};
static const struct net_view host_view = {.links = host_links, .n_links = ARRAY_LEN(host_links)};
static const struct net_view web_view = {.links = web_links,
                                         .n_links = ARRAY_LEN(web_links),
                                         .addresses = addresses,
                                         .n_addresses = ARRAY_LEN(addresses),
                                         .routes = routes,
                                         .n_routes = ARRAY_LEN(routes)};

static void check_link(const char *field, const struct net_view *view, size_t i, const struct link_info *peer,
                       const char *expected)
{
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(link_field_read(field, view, &view->links[i], peer, &o, &e), 0);
    check_shown(&o, expected);
}

static void test_link_fields(void **state)
{
    (void)state;
    check_link("name", &web_view, 1, NULL, "eth0");
    check_link("index", &web_view, 1, NULL, "2");
    check_link("type", &web_view, 1, NULL, "veth");
    check_link("type", &web_view, 0, NULL, "loopback");
    check_link("type", &host_view, 1, NULL, "bridge");
    check_link("state", &web_view, 1, NULL, "up");
    check_link("state", &web_view, 0, NULL, "down");
    check_link("mtu", &web_view, 1, NULL, "1500");
    check_link("address", &web_view, 1, NULL, "02:42:ac:11:00:02");
    check_link("master", &host_view, 2, NULL, "nslab0");
    check_link("master", &host_view, 3, NULL, "99"); /* a master that isn't seen from here */
    check_link("master", &host_view, 1, NULL, "<nslab0 is a port of no bridge>");
    check_link("peer", &web_view, 1, &host_links[2], "5 veth7");
    check_link("peer", &web_view, 1, NULL, "5");
    check_link("peer", &web_view, 0, NULL, "<lo has no other end: it is no veth>");
    struct observation o = {0};
    struct nslab_error e = {0};
    assert_int_equal(link_field_read("colour", &web_view, web_links, NULL, &o, &e), -1);
    assert_string_equal(e.detail, "a link has no field `colour`");
}

static void test_link_peer_points_back(void **state)
{
    (void)state;
    assert_ptr_equal(link_peer_in(&host_view, &web_links[1]), &host_links[2]);
    assert_ptr_equal(link_peer_in(&web_view, &host_links[2]), &web_links[1]);
    assert_null(link_peer_in(&web_view, &host_links[3])); /* another's eth0 has the same index */
    assert_null(link_peer_in(&host_view, &web_links[0]));
}

static void check_addresses(const char *name, const char *expected)
{
    struct observation o = {0};
    addresses_read(&web_view, name, &o);
    check_shown(&o, expected);
}

static void check_route(const struct net_view *view, const char *destination, const char *expected)
{
    struct observation o = {0};
    route_read(view, destination, &o);
    check_shown(&o, expected);
}

static void test_addresses_and_routes(void **state)
{
    (void)state;
    check_addresses("eth0", "172.17.0.2/16, fe80::42/64");
    check_addresses("lo", "127.0.0.1/8");
    check_addresses("eth1", "<there is no link eth1>");
    check_route(&web_view, "default", "172.17.0.1 dev eth0");
    check_route(&web_view, "172.17.0.0/16", "dev eth0");
    check_route(&web_view, "10.0.0.0/8", "172.17.0.9 dev ?");
    check_route(&web_view, "1.1.1.1", "<there is no route to 1.1.1.1>");
    check_route(&host_view, "default", "<there is no default route>");
}

static void test_net_view_as_bytes(void **state)
{
    (void)state;
    struct net_view back;
    cleanup_buf struct buf bytes = {0};
    net_view_pack(&web_view, &bytes);
    assert_true(net_view_unpack(buf_text(&bytes), bytes.len, &back));
    assert_int_equal(back.n_links, 2);
    assert_string_equal(back.links[1].name, "eth0");
    assert_int_equal(back.n_addresses, 3);
    assert_string_equal(back.addresses[2].text, "fe80::42/64");
    assert_int_equal(back.n_routes, 3);
    assert_string_equal(back.routes[1].gateway, "172.17.0.1");
    net_view_free(&back);
    for (size_t n = 0; n < bytes.len; n++) /* incomplete at any place */
        assert_false(net_view_unpack(buf_text(&bytes), n, &back));
    buf_addc(&bytes, 'x');
    assert_false(net_view_unpack(buf_text(&bytes), bytes.len, &back));
    memset(bytes.data, 0xff, sizeof(size_t)); /* more items than there are bytes */
    assert_false(net_view_unpack(buf_text(&bytes), bytes.len, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_fields),
        cmocka_unit_test(test_no_process),
        cmocka_unit_test(test_process_user_without_passwd),
        cmocka_unit_test(test_processes_columns),
        cmocka_unit_test(test_processes_match),
        cmocka_unit_test(test_mount_fields),
        cmocka_unit_test(test_topmost_mount),
        cmocka_unit_test(test_mount_unknown_field),
        cmocka_unit_test(test_id_map),
        cmocka_unit_test(test_subid),
        cmocka_unit_test(test_capability_names),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_link_fields),
        cmocka_unit_test(test_link_peer_points_back),
        cmocka_unit_test(test_addresses_and_routes),
        cmocka_unit_test(test_net_view_as_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
