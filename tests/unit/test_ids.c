/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "nslab/buf.h"
#include "nslab/ids.h"
#include "nslab/mem.h"

#include <stdio.h>
#include <string.h>

/* --- the sparse map --- */

static void assert_map(const struct id_map *map, const char *wanted)
{
    char text[256];
    size_t n = id_map_format(map, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(n, strlen(wanted));
}

static void test_sparse_ordinary(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    assert_map(&map, "0 1001 1\n1 100000 1999\n100000 101999 63536\n1001003 165535 1\n");
}

/* The ids of the allotment are all used, each once: the last is the far one. */
static void test_sparse_uses_each_id_once(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    uint32_t sum = 0;
    for (size_t i = 1; i < map.n; i++) {
        assert_int_equal(map.extents[i].outside, 100000 + sum);
        sum += map.extents[i].count;
    }
    assert_int_equal(sum, 65536);
}

static void test_sparse_larger(void **state)
{
    (void)state;
    struct id_map map;
    /* With more ids the remapped range grows to Docker's 65,536, and no further. */
    assert_true(id_map_sparse(1000, 231072, 66000, &map));
    assert_map(&map, "0 1000 1\n1 231072 1999\n100000 233071 64000\n1001003 297071 1\n");
    assert_true(id_map_sparse(1000, 231072, 200000, &map));
    assert_map(&map, "0 1000 1\n1 231072 1999\n100000 233071 65536\n1001003 298607 1\n");
}

static void test_sparse_refused(void **state)
{
    (void)state;
    struct id_map map;
    assert_false(id_map_sparse(1000, 100000, 65535, &map));
    assert_false(id_map_sparse(1000, 100000, 0, &map));
    assert_false(id_map_sparse(1000, UINT32_MAX - 65535, 65536, &map)); /* runs over the end of the numbers */
    assert_true(id_map_sparse(1000, UINT32_MAX - 65536, 65536, &map));
    assert_false(id_map_sparse(100000, 100000, 65536, &map)); /* the own id would be mapped twice */
    assert_false(id_map_sparse(165535, 100000, 65536, &map));
    assert_true(id_map_sparse(165536, 100000, 65536, &map));
    assert_true(id_map_sparse(99999, 100000, 65536, &map));
}

/* --- numbering --- */

static void test_outside_inside(void **state)
{
    (void)state;
    struct id_map map;
    assert_true(id_map_sparse(1001, 100000, 65536, &map));
    static const uint32_t pairs[][2] = {{0, 1001},        {1, 100000},      {33, 100032},
                                        {1999, 101998},   {100000, 101999}, {100033, 102032},
                                        {163535, 165534}, {1001003, 165535}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        uint32_t id = 1;
        assert_true(id_map_outside(&map, pairs[i][0], &id));
        assert_int_equal(id, pairs[i][1]);
        assert_true(id_map_inside(&map, pairs[i][1], &id));
        assert_int_equal(id, pairs[i][0]);
    }
    static const uint32_t unmapped_inside[] = {2000, 65534, 99999, 163536, 1001002, 1001004, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(unmapped_inside); i++) {
        uint32_t id = 77;
        assert_false(id_map_outside(&map, unmapped_inside[i], &id));
        assert_int_equal(id, 77);
    }
    static const uint32_t unmapped_outside[] = {0, 1000, 1002, 99999, 165536, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(unmapped_outside); i++) {
        uint32_t id = 77;
        assert_false(id_map_inside(&map, unmapped_outside[i], &id));
        assert_int_equal(id, 77);
    }
}

static void test_whole_machine(void **state)
{
    (void)state;
    struct id_map map;
    uint32_t id;
    assert_int_equal(id_map_parse("         0          0 4294967295\n", &map), 1);
    assert_true(id_map_outside(&map, 4294967294u, &id));
    assert_int_equal(id, 4294967294u);
    assert_false(id_map_outside(&map, 4294967295u, &id));
}

/* --- the kernel's text --- */

static void test_parse(void **state)
{
    (void)state;
    struct id_map map;
    assert_int_equal(
        id_map_parse("         0       1001          1\n         1     100000       1999\n", &map), 2);
    assert_map(&map, "0 1001 1\n1 100000 1999\n");
    assert_int_equal(id_map_parse("0 5 1", &map), 1); /* without a last newline */
    assert_map(&map, "0 5 1\n");
    assert_int_equal(id_map_parse("", &map), 0); /* not written yet */
    assert_int_equal(map.n, 0);
}

static void test_parse_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"0 0",       "0 0 0\n",           "0 0 1 2\n", "x 0 1\n",
                                      "0 -1 1\n",  "0 4294967296 1\n",  "0 0 1x\n",  "\n",
                                      "0 0 1\n\n", "0 99999999999 1\n", "0,0,1\n",   "0 0\n1\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct id_map map = {.extents = {{7, 8, 9}}, .n = 1};
        if (id_map_parse(bad[i], &map) != -1)
            fail_msg("was taken: '%s'", bad[i]);
        assert_int_equal(map.n, 1); /* untouched */
        assert_int_equal(map.extents[0].outside, 8);
    }
}

static void test_parse_too_many(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    struct id_map map;
    for (int i = 0; i < ID_EXTENTS_MAX; i++)
        buf_addf(&text, "%d %d 1\n", i * 10, i * 20);
    assert_int_equal(id_map_parse(buf_text(&text), &map), ID_EXTENTS_MAX);
    buf_adds(&text, "5000 5000 1\n");
    assert_int_equal(id_map_parse(buf_text(&text), &map), -1);
}

static void test_format_whole_lines(void **state)
{
    (void)state;
    struct id_map map = {.extents = {{0, 1001, 1}, {1, 100000, 1999}}, .n = 2};
    char text[20];
    assert_int_equal(id_map_format(&map, text, sizeof text), 9);
    assert_string_equal(text, "0 1001 1\n");
    struct id_map none = {0};
    assert_int_equal(id_map_format(&none, text, sizeof text), 0);
    assert_string_equal(text, "");
    struct id_map longest = {.n = ID_EXTENTS_MAX};
    for (size_t i = 0; i < longest.n; i++)
        longest.extents[i] = (struct id_extent){4294967294u, 4294967294u, 4294967294u};
    char all[ID_EXTENTS_MAX * 36];
    assert_int_equal(id_map_format(&longest, all, sizeof all), ID_EXTENTS_MAX * 33);
}

/* --- subuid(5) --- */

static const char subuid[] = "# who may use which ids\n"
                             "root:1:65536\n"
                             "anna:100000:65536\n"
                             "\n"
                             "#ben:500000:65536\n"
                             "ben:200000:1000\n"
                             "ben:300000:70000\n"
                             "ben:400000:65536\n"
                             "1003:600000:65536\n"
                             "annabel:700000:65536";

static void test_subid_by_name(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "anna", 1001, 65536, &start, &count));
    assert_int_equal(start, 100000);
    assert_int_equal(count, 65536);
    assert_true(subid_find(subuid, "annabel", 1009, 65536, &start, &count)); /* last line without a newline */
    assert_int_equal(start, 700000);
    assert_false(subid_find(subuid, "ann", 1010, 1, &start, &count));
}

static void test_subid_by_uid(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "carl", 1003, 65536, &start, &count));
    assert_int_equal(start, 600000);
    assert_true(subid_find(subuid, NULL, 1003, 65536, &start, &count)); /* a uid without a name */
    assert_false(subid_find(subuid, NULL, 100, 1, &start, &count));
}

static void test_subid_least(void **state)
{
    (void)state;
    uint32_t start = 0, count = 0;
    assert_true(subid_find(subuid, "ben", 1002, 65536, &start, &count)); /* the first that is large enough */
    assert_int_equal(start, 300000);
    assert_int_equal(count, 70000);
    assert_true(subid_find(subuid, "ben", 1002, 1, &start, &count));
    assert_int_equal(start, 200000);
    assert_int_equal(count, 1000);
    assert_false(subid_find(subuid, "ben", 1002, 70001, &start, &count));
}

static void test_subid_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "anna",
        "anna:100000",
        "anna:100000:",
        "anna::65536",
        ":100000:65536",
        "anna:100000:65536:7",
        "anna:-1:65536",
        "anna:1e5:65536",
        "anna:100000:0",
        "anna:4294967296:65536",
        "anna:4294967295:65536",
        "anna:100000:99999999999999999999",
        "anna :100000:65536",
        " anna:100000:65536",
        "anna:100000: 65536",
        "anna:100000:65536 # mine",
        "# anna:100000:65536",
        "anna:100\n000:65536",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        uint32_t start = 7, count = 7;
        if (subid_find(bad[i], "anna", 1001, 1, &start, &count))
            fail_msg("was taken: '%s' as %u:%u", bad[i], start, count);
        assert_int_equal(start, 7);
    }
}

static void test_subid_long_owner(void **state)
{
    (void)state;
    cleanup_buf struct buf text = {0};
    uint32_t start = 0, count = 0;
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, ":1:65536\nanna:100000:65536\n");
    assert_true(subid_find(buf_text(&text), "anna", 1001, 65536, &start, &count));
    assert_int_equal(start, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_ordinary),
        cmocka_unit_test(test_sparse_uses_each_id_once),
        cmocka_unit_test(test_sparse_larger),
        cmocka_unit_test(test_sparse_refused),
        cmocka_unit_test(test_outside_inside),
        cmocka_unit_test(test_whole_machine),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_malformed),
        cmocka_unit_test(test_parse_too_many),
        cmocka_unit_test(test_format_whole_lines),
        cmocka_unit_test(test_subid_by_name),
        cmocka_unit_test(test_subid_by_uid),
        cmocka_unit_test(test_subid_least),
        cmocka_unit_test(test_subid_malformed),
        cmocka_unit_test(test_subid_long_owner),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
