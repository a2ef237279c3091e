/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/command/picture.h"
#include "../../src/command/walls.h"
#include "nslab/mem.h"

#include <locale.h>
#include <string.h>

/* The models' texts aren't const, since they are owned; these are never changed or freed. */
#define TEXT(name, value) static char name[] = value

TEXT(web, "web");
TEXT(host_own, "user pid mnt net uts ipc");
TEXT(host_shared, "cgroup=machine, time=machine");
TEXT(web_own, "pid mnt net uts ipc");
TEXT(web_shared, "user=host, cgroup=host, time=host");
TEXT(init_args, "nslab: lab host init");
TEXT(nginx_args, "nginx: master process nginx -g daemon off;");
TEXT(foreign_args, "caf\xc3\xa9 \x1b[31m\xff");
static struct picture_process host_processes[] = {{11934, 1, 1, init_args}};
static struct picture_process web_processes[] = {{11937, 3, 1, nginx_args}, {11948, 5, 0, foreign_args}};
static struct picture_side containers[] = {{web, web_own, web_shared, web_processes, 2}};
static const struct picture_processes processes = {
    11925, 179, {NULL, host_own, host_shared, host_processes, 1}, containers, 1};

TEXT(space_names, "host, web");
TEXT(space_link, "user:[4026532398]");
TEXT(db, "db");
TEXT(db_link, "user:[4026532192]");
#define SPARSE                                                                                               \
    {                                                                                                        \
        {{0, 1001, 1}, {1, 100000, 1999}, {100000, 101999, 63536}, {1001003, 165535, 1}}, 4                  \
    }
static struct picture_ids_space spaces[] = {
    {space_names, space_link, SPARSE, SPARSE},
    {db, db_link, {{{0, 100000, 63536}}, 1}, {{{0, 1000, 5000}}, 1}},
};
static const struct picture_ids ids = {spaces, 2, 65534};

static struct link_info machine_links[] = {{.index = 1, .up = true, .name = "lo"},
                                           {.index = 2, .peer_index = 3, .up = true, .name = "eth0"}};
static struct link_info host_links[] = {
    {.index = 2, .up = true, .name = "nslab0", .kind = "bridge"},
    {.index = 3, .peer_index = 2, .master = 2, .up = true, .name = "veth0002", .kind = "veth"},
    {.index = 4, .peer_index = 2, .master = 2, .name = "veth0003", .kind = "veth"}};
static struct link_info web_links[] = {{.index = 2, .peer_index = 3, .up = true, .name = "eth0"}};
static struct link_info db_links[] = {{.index = 2, .peer_index = 4, .up = true, .name = "eth0"}};
static struct address_info host_addresses[] = {{.index = 2, .text = "172.17.0.1/16"}};
static struct address_info web_addresses[] = {{.index = 2, .text = "172.17.0.2/16"},
                                              {.index = 2, .text = "fe80::42/64"}};
TEXT(machine_title, "machine: net:[4026531833]");
TEXT(host_title, "host: net:[4026533916]");
TEXT(web_title, "web, side: net:[4026534420]");
TEXT(db_title, "db: net:[4026532226]");
TEXT(port_note, "127.0.0.1:18080 -> nslab's port proxy -> web:80");
static char *port_notes[] = {port_note, NULL};
static struct picture_net nets[] = {
    {machine_title, true, {port_notes, 1}, {.links = machine_links, .n_links = 2}},
    {host_title,
     false,
     {0},
     {.links = host_links, .n_links = 3, .addresses = host_addresses, .n_addresses = 1}},
    {web_title, false, {0}, {.links = web_links, .n_links = 1, .addresses = web_addresses, .n_addresses = 2}},
    {db_title, false, {0}, {.links = db_links, .n_links = 1}},
};
static const struct picture_network network = {nets, 4};

TEXT(slash, "/");
TEXT(rw, "rw,relatime");
TEXT(ro, "ro,relatime");
TEXT(overlay, "overlay");
TEXT(tmpfs, "tmpfs");
TEXT(devtmpfs, "devtmpfs");
TEXT(proc, "proc");
TEXT(proc_target, "/proc");
TEXT(null_root, "/null");
TEXT(null_target, "/dev/null");
TEXT(tty_target, "/dev/tty");
TEXT(demo, "/demo");
TEXT(demo_root, "/upper/tmp/x");
TEXT(demo_source, "/tmp/x");
TEXT(other, "/etc/motd");
TEXT(side_name, "container side");
TEXT(lower, "image nginx, /srv/nslab/images/nginx/rootfs");
static struct mount_info mounts[] = {
    {.root = slash, .target = slash, .type = overlay, .options = rw},
    {.root = slash, .target = proc_target, .type = proc, .options = rw},
    {.root = null_root, .target = null_target, .type = devtmpfs, .options = rw},
    {.root = null_root, .target = tty_target, .type = devtmpfs, .options = rw},
    {.root = demo_root, .target = demo, .type = tmpfs, .options = ro},
    {.root = other, .target = other, .type = tmpfs, .options = ro},
};
static struct picture_bind binds[] = {{demo_source, demo}};
static struct picture_layers roots[] = {
    {side_name, lower, UINT64_C(128) << 20, 12288, mounts, ARRAY_LEN(mounts), binds, 1}};
static const struct picture_mounts layers = {roots, 1};

static void draw_processes(const struct canvas *canvas, struct buf *out)
{
    picture_processes_draw(&processes, canvas, out);
}
static void draw_ids(const struct canvas *canvas, struct buf *out)
{
    picture_ids_draw(&ids, canvas, out);
}
static void draw_network(const struct canvas *canvas, struct buf *out)
{
    picture_network_draw(&network, canvas, out);
}
static void draw_mounts(const struct canvas *canvas, struct buf *out)
{
    picture_mounts_draw(&layers, canvas, out);
}
static void draw_ns(const struct canvas *canvas, struct buf *out)
{
    struct side sides[8] = {{.name = "machine"}, {.name = "host"}};
    static const char *const names[] = {"machine", "host", "web", "db",
                                        "side",    "a",    "b",   "a-container-with-quite-a-long-name"};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        sides[i].name = names[i];
        for (int type = 0; type < NS_COUNT; type++)
            strcpy(sides[i].links[type], type == NS_PID && i == 7 ? "pid:[4026532523]" : "x:[4026531837]");
    }
    sides_show(&(struct sides){sides, ARRAY_LEN(sides)}, canvas->width, canvas->utf8, out);
}

static void (*const drawers[])(const struct canvas *canvas, struct buf *out) = {
    draw_processes, draw_ids, draw_network, draw_mounts, draw_ns};

static size_t columns(const char *row, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n; i++)
        columns += ((unsigned char)row[i] & 0xc0) != 0x80;
    return columns;
}

/* At every width, and in plain characters nothing but them. */
static void never_wider_than_the_terminal(void **state)
{
    (void)state;
    for (size_t d = 0; d < ARRAY_LEN(drawers); d++)
        for (unsigned width = 20; width <= 200; width++)
            for (int utf8 = 0; utf8 < 2; utf8++) {
                cleanup_buf struct buf out = {0};
                drawers[d](&(struct canvas){width, utf8}, &out);
                assert_true(out.len > 0);
                for (const char *row = buf_text(&out); *row; row += strcspn(row, "\n") + 1)
                    if (columns(row, strcspn(row, "\n")) > width)
                        fail_msg("drawer %zu is wider than %u: %s", d, width, row);
                for (size_t i = 0; !utf8 && i < out.len; i++)
                    assert_in_range((unsigned char)out.data[i], '\n', '~');
                assert_null(strchr(buf_text(&out), '\x1b'));
            }
}

/* Boxes are closed: each row of a picture of boxes is as wide as the first. */
static void boxes_are_closed(void **state)
{
    (void)state;
    for (unsigned width = 30; width <= 120; width += 10) {
        cleanup_buf struct buf out = {0};
        draw_processes(&(struct canvas){width, true}, &out);
        size_t first = columns(buf_text(&out), strcspn(buf_text(&out), "\n"));
        assert_int_equal(first, width < PICTURE_WIDTH_MAX ? width : PICTURE_WIDTH_MAX);
        const char *end = strstr(buf_text(&out), "One process,");
        for (const char *row = buf_text(&out); row < end; row += strcspn(row, "\n") + 1)
            assert_int_equal(columns(row, strcspn(row, "\n")), first);
    }
}

#define GOLDEN(test, draw, width, utf8, text)                                                                \
    static void test(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        cleanup_buf struct buf out = {0};                                                                    \
        draw(&(struct canvas){width, utf8}, &out);                                                           \
        assert_string_equal(buf_text(&out), text);                                                           \
    }

/* clang-format off */
GOLDEN(processes_at_80, draw_processes, 80, true,
       "┌─ machine ────────────────────────────────────────────────────────────────────┐\n"
       "│ nslab is PID 11925 here. Outside of the lab: 179 processes, not drawn.       │\n"
       "│ ┌─ lab host ───────────────────────────────────────────────────────────────┐ │\n"
       "│ │ its own: user pid mnt net uts ipc                                        │ │\n"
       "│ │ shared: cgroup=machine, time=machine                                     │ │\n"
       "│ │ machine host            command                                          │ │\n"
       "│ │ 11934   1               nslab: lab host init                             │ │\n"
       "│ │ ┌─ container web ──────────────────────────────────────────────────────┐ │ │\n"
       "│ │ │ its own: pid mnt net uts ipc                                         │ │ │\n"
       "│ │ │ shared: user=host, cgroup=host, time=host                            │ │ │\n"
       "│ │ │ machine host    inside  command                                      │ │ │\n"
       "│ │ │ 11937   3       1       nginx: master process nginx -g daemon off;   │ │ │\n"
       "│ │ │ 11948   5       -       café ^[[31m\\xff                              │ │ │\n"
       "│ │ └──────────────────────────────────────────────────────────────────────┘ │ │\n"
       "│ └──────────────────────────────────────────────────────────────────────────┘ │\n"
       "└──────────────────────────────────────────────────────────────────────────────┘\n"
       "One process, one number in each PID namespace that it is in: `NSpid` in\n"
       "/proc/PID/status.\n")
GOLDEN(processes_at_40, draw_processes, 40, false,
       "+- machine ----------------------------+\n"
       "| nslab is PID 11925 here. Outside of  |\n"
       "| the lab: 179 processes, not drawn.   |\n"
       "| +- lab host -----------------------+ |\n"
       "| | its own: user pid mnt net uts    | |\n"
       "| |   ipc                            | |\n"
       "| | shared: cgroup=machine,          | |\n"
       "| |   time=machine                   | |\n"
       "| | machine/host command             | |\n"
       "| | 11934/1 nslab: lab host init     | |\n"
       "| | +- container web --------------+ | |\n"
       "| | | its own: pid mnt net uts ipc | | |\n"
       "| | | shared: user=host,           | | |\n"
       "| | |   cgroup=host, time=host     | | |\n"
       "| | | machine/host/inside command  | | |\n"
       "| | | 11937/3/1 nginx: master p... | | |\n"
       "| | | 11948/5/- caf? ^[[31m\\xff    | | |\n"
       "| | +------------------------------+ | |\n"
       "| +----------------------------------+ |\n"
       "+--------------------------------------+\n"
       "One process, one number in each PID\n"
       "namespace that it is in: `NSpid` in\n"
       "/proc/PID/status.\n")
GOLDEN(ids_at_80, draw_ids, 80, false,
       "+- host, web: user:[4026532398] -----------------------------------------------+\n"
       "| uids, and gids the same                                                      |\n"
       "| 1 id                                                                         |\n"
       "| lab host + 0    +                                                            |\n"
       "| machine  + 1001 +                                                            |\n"
       "| 1999 ids                                                                     |\n"
       "| lab host + 1 --------------------------------------------------- 1999 +      |\n"
       "| machine  + 100000 -------------------------------------------- 101998 +      |\n"
       "| 63536 ids                                                                    |\n"
       "| lab host + 100000 -------------------------------------------- 163535 +      |\n"
       "| machine  + 101999 -------------------------------------------- 165534 +      |\n"
       "| 1 id                                                                         |\n"
       "| lab host + 1001003 +                                                         |\n"
       "| machine  + 165535  +                                                         |\n"
       "| No other id exists in there: it shows as 65534.                              |\n"
       "+------------------------------------------------------------------------------+\n"
       "+- db: user:[4026532192] ------------------------------------------------------+\n"
       "| uids                                                                         |\n"
       "| 63536 ids                                                                    |\n"
       "| inside   + 0 -------------------------------------------------- 63535 +      |\n"
       "| lab host + 100000 -------------------------------------------- 163535 +      |\n"
       "| machine  + 101999 -------------------------------------------- 165534 +      |\n"
       "| gids                                                                         |\n"
       "| 1000 ids                                                                     |\n"
       "| inside   + 0 ---------------------------------------------------- 999 +      |\n"
       "| lab host + 1000 ------------------------------------------------ 1999 +      |\n"
       "| machine  + 100999 -------------------------------------------- 101998 +      |\n"
       "| No other id exists in there: it shows as 65534.                              |\n"
       "+------------------------------------------------------------------------------+\n"
       "Below each other stands one id under its names. A ruler is as long as its text\n"
       "needs, not as its range. Read in /proc/PID/uid_map and gid_map.\n")
GOLDEN(ids_at_40, draw_ids, 40, true,
       "┌─ host, web: user:[4026532398] ───────┐\n"
       "│ uids, and gids the same              │\n"
       "│ 1 id                                 │\n"
       "│ lab host ├ 0    ┤                    │\n"
       "│ machine  ├ 1001 ┤                    │\n"
       "│ 1999 ids                             │\n"
       "│ lab host ├ 1 ──────────────── 1999 ┤ │\n"
       "│ machine  ├ 100000 ───────── 101998 ┤ │\n"
       "│ 63536 ids                            │\n"
       "│ lab host ├ 100000 ───────── 163535 ┤ │\n"
       "│ machine  ├ 101999 ───────── 165534 ┤ │\n"
       "│ 1 id                                 │\n"
       "│ lab host ├ 1001003 ┤                 │\n"
       "│ machine  ├ 165535  ┤                 │\n"
       "│ No other id exists in there: it      │\n"
       "│ shows as 65534.                      │\n"
       "└──────────────────────────────────────┘\n"
       "┌─ db: user:[4026532192] ──────────────┐\n"
       "│ uids                                 │\n"
       "│ 63536 ids                            │\n"
       "│ inside   ├ 0 ─────────────── 63535 ┤ │\n"
       "│ lab host ├ 100000 ───────── 163535 ┤ │\n"
       "│ machine  ├ 101999 ───────── 165534 ┤ │\n"
       "│ gids                                 │\n"
       "│ 1000 ids                             │\n"
       "│ inside   ├ 0 ───────────────── 999 ┤ │\n"
       "│ lab host ├ 1000 ───────────── 1999 ┤ │\n"
       "│ machine  ├ 100999 ───────── 101998 ┤ │\n"
       "│ No other id exists in there: it      │\n"
       "│ shows as 65534.                      │\n"
       "└──────────────────────────────────────┘\n"
       "Below each other stands one id under its\n"
       "names. A ruler is as long as its text\n"
       "needs, not as its range. Read in\n"
       "/proc/PID/uid_map and gid_map.\n")
GOLDEN(network_at_80, draw_network, 80, true,
       "   ┌─ machine: net:[4026531833] ───────────────────────────────────────────────┐\n"
       "   │ 1 lo                                                                      │\n"
       "   │ 2 eth0@if3                                                                │\n"
       "   │ 127.0.0.1:18080 -> nslab's port proxy -> web:80                           │\n"
       "   └───────────────────────────────────────────────────────────────────────────┘\n"
       "   ┌─ host: net:[4026533916] ──────────────────────────────────────────────────┐\n"
       "   │ 2 nslab0  172.17.0.1/16  bridge                                           │\n"
       "┌──┤ 3 veth0002@if2  port of nslab0                                            │\n"
       "│┌─┤ 4 veth0003@if2  port of nslab0  down                                      │\n"
       "││ └───────────────────────────────────────────────────────────────────────────┘\n"
       "││ ┌─ web, side: net:[4026534420] ─────────────────────────────────────────────┐\n"
       "└┼─┤ 2 eth0@if3  172.17.0.2/16, fe80::42/64                                    │\n"
       " │ └───────────────────────────────────────────────────────────────────────────┘\n"
       " │ ┌─ db: net:[4026532226] ────────────────────────────────────────────────────┐\n"
       " └─┤ 2 eth0@if4                                                                │\n"
       "   └───────────────────────────────────────────────────────────────────────────┘\n"
       "A number is an interface's index; `@if3` says that the other end of this cable\n"
       "has index 3 where it is.\n")
GOLDEN(network_at_40, draw_network, 40, false,
       "   +- machine: net:[4026531833] -------+\n"
       "   | 1 lo                              |\n"
       "   | 2 eth0@if3                        |\n"
       "   | 127.0.0.1:18080 -> nslab's port   |\n"
       "   |   proxy -> web:80                 |\n"
       "   +-----------------------------------+\n"
       "   +- host: net:[4026533916] ----------+\n"
       "   | 2 nslab0  172.17.0.1/16  bridge   |\n"
       "+--+ 3 veth0002@if2  port of nslab0    |\n"
       "|+-+ 4 veth0003@if2  port of nslab0... |\n"
       "|| +-----------------------------------+\n"
       "|| +- web, side: net:[4026534420] -----+\n"
       "+|-+ 2 eth0@if3  172.17.0.2/16, fe8... |\n"
       " | +-----------------------------------+\n"
       " | +- db: net:[4026532226] ------------+\n"
       " +-+ 2 eth0@if4                        |\n"
       "   +-----------------------------------+\n"
       "A number is an interface's index; `@if3`\n"
       "says that the other end of this cable\n"
       "has index 3 where it is.\n")
GOLDEN(mounts_at_80, draw_mounts, 80, true,
       "┌─ container side ─────────────────────────────────────────────────────────────┐\n"
       "│ on top, mounted over the root:                                               │\n"
       "│ /proc  rw  proc                                                              │\n"
       "│ /demo  ro  -v: /tmp/x of the lab host                                        │\n"
       "│ /etc/motd  ro  bind: /etc/motd of a tmpfs                                    │\n"
       "│ in /dev, bound from the machine: null tty                                    │\n"
       "│ ┌─ root: an overlay of two layers ─────────────────────────────────────────┐ │\n"
       "│ │ ┌─ upper layer: takes every write ─────────────────────────────────────┐ │ │\n"
       "│ │ │ a tmpfs of 128.0 MiB, in memory; 12 KiB used; gone with its owner    │ │ │\n"
       "│ │ └──────────────────────────────────────────────────────────────────────┘ │ │\n"
       "│ │ ┌─ lower layer: is only read ──────────────────────────────────────────┐ │ │\n"
       "│ │ │ image nginx, /srv/nslab/images/nginx/rootfs                          │ │ │\n"
       "│ │ └──────────────────────────────────────────────────────────────────────┘ │ │\n"
       "│ └──────────────────────────────────────────────────────────────────────────┘ │\n"
       "└──────────────────────────────────────────────────────────────────────────────┘\n"
       "Read in /proc/PID/mountinfo; `explain mount NAME:PATH` takes a row of it apart.\n")
GOLDEN(mounts_at_200, draw_mounts, 200, false,
       "+- container side ---------------------------------------------------------------------------------+\n"
       "| on top, mounted over the root:                                                                   |\n"
       "| /proc  rw  proc                                                                                  |\n"
       "| /demo  ro  -v: /tmp/x of the lab host                                                            |\n"
       "| /etc/motd  ro  bind: /etc/motd of a tmpfs                                                        |\n"
       "| in /dev, bound from the machine: null tty                                                        |\n"
       "| +- root: an overlay of two layers -------------------------------------------------------------+ |\n"
       "| | +- upper layer: takes every write ---------------------------------------------------------+ | |\n"
       "| | | a tmpfs of 128.0 MiB, in memory; 12 KiB used; gone with its owner                        | | |\n"
       "| | +------------------------------------------------------------------------------------------+ | |\n"
       "| | +- lower layer: is only read --------------------------------------------------------------+ | |\n"
       "| | | image nginx, /srv/nslab/images/nginx/rootfs                                              | | |\n"
       "| | +------------------------------------------------------------------------------------------+ | |\n"
       "| +----------------------------------------------------------------------------------------------+ |\n"
       "+--------------------------------------------------------------------------------------------------+\n"
       "Read in /proc/PID/mountinfo; `explain mount NAME:PATH` takes a row of it apart.\n")
GOLDEN(namespaces_at_80, draw_ns, 80, false,
       "NAMESPACE  machine     host                  web\n"
       "user       4026531837  4026531837 = machine  4026531837 = host\n"
       "pid        4026531837  4026531837 = machine  4026531837 = host\n"
       "mnt        4026531837  4026531837 = machine  4026531837 = host\n"
       "net        4026531837  4026531837 = machine  4026531837 = host\n"
       "uts        4026531837  4026531837 = machine  4026531837 = host\n"
       "ipc        4026531837  4026531837 = machine  4026531837 = host\n"
       "cgroup     4026531837  4026531837 = machine  4026531837 = host\n"
       "time       4026531837  4026531837 = machine  4026531837 = host\n"
       "\n"
       "NAMESPACE  db                 side               a\n"
       "user       4026531837 = host  4026531837 = host  4026531837 = host\n"
       "pid        4026531837 = host  4026531837 = host  4026531837 = host\n"
       "mnt        4026531837 = host  4026531837 = host  4026531837 = host\n"
       "net        4026531837 = host  4026531837 = host  4026531837 = host\n"
       "uts        4026531837 = host  4026531837 = host  4026531837 = host\n"
       "ipc        4026531837 = host  4026531837 = host  4026531837 = host\n"
       "cgroup     4026531837 = host  4026531837 = host  4026531837 = host\n"
       "time       4026531837 = host  4026531837 = host  4026531837 = host\n"
       "\n"
       "NAMESPACE  b                  a-container-with-quite-a-long-name\n"
       "user       4026531837 = host  4026531837 = host\n"
       "pid        4026531837 = host  4026532523 differs\n"
       "mnt        4026531837 = host  4026531837 = host\n"
       "net        4026531837 = host  4026531837 = host\n"
       "uts        4026531837 = host  4026531837 = host\n"
       "ipc        4026531837 = host  4026531837 = host\n"
       "cgroup     4026531837 = host  4026531837 = host\n"
       "time       4026531837 = host  4026531837 = host\n")
/* clang-format on */

static void pieces_of_maps(void **state)
{
    (void)state;
    struct id_piece pieces[ID_PIECES_MAX];
    const struct id_map outer = SPARSE;
    const struct id_map inner = {{{0, 1998, 10}, {50, 4000000000u, 4}, {60, 1001003, 5}}, 3};
    assert_int_equal(id_pieces(&inner, &outer, pieces), 2);
    assert_int_equal(pieces[0].inside, 0);
    assert_int_equal(pieces[0].middle, 1998);
    assert_int_equal(pieces[0].outside, 101997);
    assert_int_equal(pieces[0].count, 2);
    assert_int_equal(pieces[1].inside, 60);
    assert_int_equal(pieces[1].outside, 165535);
    assert_int_equal(pieces[1].count, 1);
    const struct id_map all = {{{0, 0, UINT32_MAX}}, 1};
    assert_int_equal(id_pieces(&all, &all, pieces), 1);
    assert_int_equal(pieces[0].count, UINT32_MAX);
}

static void texts_are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned columns;
        bool utf8;
        const char *want;
    } cases[] = {
        {"abcdef", 6, false, "abcdef"}, {"abcdefg", 6, false, "abc..."},
        {"abcdefg", 6, true, "abcde…"}, {"abcdefg", 2, false, ".."},
        {"é€", 4, false, "??"},         {"é€", 2, true, "é€"},
        {"a\tb\nc", 9, true, "a b c"},  {"", 0, true, ""},
        {"漢字漢字", 5, true, "漢字…"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf out = {0};
        unsigned used = picture_cut(cases[i].text, cases[i].columns, cases[i].utf8, &out);
        assert_string_equal(buf_text(&out), cases[i].want);
        assert_true(used <= cases[i].columns);
    }
}

static int utf8_locale(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_wider_than_the_terminal),
        cmocka_unit_test(boxes_are_closed),
        cmocka_unit_test(processes_at_80),
        cmocka_unit_test(processes_at_40),
        cmocka_unit_test(ids_at_80),
        cmocka_unit_test(ids_at_40),
        cmocka_unit_test(network_at_80),
        cmocka_unit_test(network_at_40),
        cmocka_unit_test(mounts_at_80),
        cmocka_unit_test(mounts_at_200),
        cmocka_unit_test(namespaces_at_80),
        cmocka_unit_test(pieces_of_maps),
        cmocka_unit_test(texts_are_cut),
    };
    return cmocka_run_group_tests(tests, utf8_locale, NULL);
}
