/* SPDX-License-Identifier: MIT */
#include "nslab/buf.h"
#include "nslab/image.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the metadata --- */

#define WHOLE                                                                                                \
    "description: nginx and tools\n"                                                                         \
    "command: [nginx, -g, \"daemon off;\"]\n"                                                                \
    "env:\n"                                                                                                 \
    "  - PATH=/usr/bin:/bin\n"                                                                               \
    "ready:\n"                                                                                               \
    "  ports: [80, 443]\n"                                                                                   \
    "  titles:\n"                                                                                            \
    "    \"nginx: master process*\": 1\n"                                                                    \
    "    \"nginx: worker process*\": 2\n"                                                                    \
    "single_id_files:\n"                                                                                     \
    "  /etc/nginx/user.conf: \"user root;\\n\"\n"                                                            \
    "built: \"nginx 1.22.1-9, Debian 12\"\n"

static void a_whole_file_is_read(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_with(image_free_p) struct image *image = xcalloc(1, sizeof *image);
    assert_int_equal(image_parse(WHOLE, "image.yaml", image, &e), 0);
    assert_string_equal(image->description, "nginx and tools");
    assert_string_equal(image->built, "nginx 1.22.1-9, Debian 12");
    assert_int_equal(image->command.len, 3);
    assert_string_equal(image->command.items[2], "daemon off;");
    assert_int_equal(image->env.len, 1);
    assert_string_equal(image->env.items[0], "PATH=/usr/bin:/bin");
    assert_int_equal(image->n_ports, 2);
    assert_int_equal(image->ports[1], 443);
    assert_int_equal(image->titles.len, 2);
    assert_string_equal(image->titles.items[1], "nginx: worker process*");
    assert_string_equal(image->title_counts.items[1], "2");
    assert_int_equal(image->n_single_id_files, 1);
    assert_string_equal(image->single_id_files[0].path, "/etc/nginx/user.conf");
    assert_string_equal(image->single_id_files[0].content, "user root;\n");
}

static void a_command_is_enough(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_with(image_free_p) struct image *image = xcalloc(1, sizeof *image);
    assert_int_equal(image_parse("command: [sh]\n", "image.yaml", image, &e), 0);
    assert_int_equal(image->n_ports, 0);
    assert_null(image->built);
}

static void mistakes_are_said_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "i.yaml:1:1: the file is empty"},
        {"just a text", "i.yaml:1:1: expected a mapping, found: a text"},
        {"env: []\n", "i.yaml:1:1: this key is missing: command"},
        {"command: []\n", "i.yaml:1:10: command is empty"},
        {"command: sh\n", "i.yaml:1:10: command must be a list, found: a text"},
        {"command: [sh, [x]]\n", "i.yaml:1:15: expected a text, found: a list"},
        {"command: [\"s\\0h\"]\n", "i.yaml:1:11: a text must not contain a NUL byte"},
        {"command: [sh]\nports: [80]\n", "i.yaml:2:1: unknown key: ports"},
        {"command: [sh]\ncommand: [ls]\n", "i.yaml:2:1: this key stands twice: command"},
        {"command: [sh]\nenv: [PATH]\n", "i.yaml:2:6: an entry of env is NAME=VALUE, found: PATH"},
        {"command: [sh]\nready:\n  port: [80]\n", "i.yaml:3:3: unknown key: port"},
        {"command: [sh]\nready: {ports: [0]}\n", "i.yaml:2:17: not a number in its range: 0"},
        {"command: [sh]\nready: {ports: [65536]}\n", "i.yaml:2:17: not a number in its range: 65536"},
        {"command: [sh]\nready: {ports: [-1]}\n", "i.yaml:2:17: not a number in its range: -1"},
        {"command: [sh]\nready: {ports: [1,2,3,4,5,6,7,8,9]}\n", "i.yaml:2:16: too many ports"},
        {"command: [sh]\nready: {titles: {sh: many}}\n", "i.yaml:2:22: not a number in its range: many"},
        {"command: [sh]\nsingle_id_files: {etc/x: y}\n",
         "i.yaml:2:19: expected an absolute path without .., found: etc/x"},
        {"command: [sh]\nsingle_id_files: {/etc/../x: y}\n",
         "i.yaml:2:19: expected an absolute path without .., found: /etc/../x"},
        {"command: [sh]\nsingle_id_files: {/etc/..: y}\n",
         "i.yaml:2:19: expected an absolute path without .., found: /etc/.."},
        {"command: [sh\n", "i.yaml:2:1: did not find expected ',' or ']'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nslab_error e = {0};
        char text[NSLAB_ERROR_TEXT_MAX];
        cleanup_with(image_free_p) struct image *image = xcalloc(1, sizeof *image);
        assert_int_equal(image_parse(cases[i].text, "i.yaml", image, &e), -1);
        assert_string_equal(error_text(&e, text, sizeof text), cases[i].error);
    }
}

/* --- images on disk --- */

struct fixture {
    char *data;
};

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_image(const char *data, const char *name)
{
    cleanup_free char *image = xasprintf("%s/images/%s", data, name);
    cleanup_free char *rootfs = xasprintf("%s/rootfs", image);
    cleanup_free char *yaml = xasprintf("%s/image.yaml", image);
    assert_int_equal(mkdir(image, 0755), 0);
    assert_int_equal(mkdir(rootfs, 0755), 0);
    write_file(yaml, WHOLE);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    f->data = xstrdup("/tmp/nslab-test-image-XXXXXX");
    assert_non_null(mkdtemp(f->data));
    setenv("NSLAB_DATA_DIR", f->data, 1);
    *state = f;
    return 0;
}

static int setup_with_images(void **state)
{
    setup(state);
    struct fixture *f = *state;
    cleanup_free char *images = xasprintf("%s/images", f->data);
    cleanup_free char *half = xasprintf("%s/.half.new-1", images);
    mkdir(images, 0755);
    mkdir(half, 0700);
    make_image(f->data, "teapot");
    make_image(f->data, "kettle");
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cleanup_strv struct strv names = {0};
    struct nslab_error e = {0};
    image_list(&names, &e);
    for (size_t i = 0; i < names.len; i++)
        image_remove(names.items[i], &e);
    cleanup_free char *images = xasprintf("%s/images", f->data);
    cleanup_free char *half = xasprintf("%s/.half.new-1", images);
    rmdir(half);
    rmdir(images);
    int rc = rmdir(f->data); /* nothing else was left in it */
    unsetenv("NSLAB_DATA_DIR");
    free(f->data);
    free(f);
    return rc;
}

static void no_images_are_an_empty_list(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_strv struct strv names = {0};
    assert_int_equal(image_list(&names, &e), 0);
    assert_int_equal(names.len, 0);
}

static void the_list_is_sorted_and_has_whole_images_only(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    cleanup_strv struct strv names = {0};
    assert_int_equal(image_list(&names, &e), 0);
    assert_int_equal(names.len, 2);
    assert_string_equal(names.items[0], "kettle");
    assert_string_equal(names.items[1], "teapot");
}

static void an_image_opens_by_name_and_by_tag_latest(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"teapot", "teapot:latest"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct nslab_error e = {0};
        cleanup_with(image_free_p) struct image *image = NULL;
        cleanup_free char *rootfs = xasprintf("%s/images/teapot/rootfs", f->data);
        assert_int_equal(image_open(names[i], &image, &e), 0);
        assert_string_equal(image->name, "teapot");
        assert_string_equal(image->rootfs, rootfs);
        assert_string_equal(image->command.items[0], "nginx");
    }
}

static void an_image_that_does_not_open_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *name, *error;
    } cases[] = {
        {"taepot", "no image is called taepot. Did you mean teapot?"},
        {"teapot:1.2", "the image teapot has no tag 1.2. Use teapot, or teapot:latest, which is the same."},
        {"../teapot", "no image is called ../teapot. Did you mean teapot?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nslab_error e = {0};
        char text[NSLAB_ERROR_TEXT_MAX];
        struct image *image = NULL;
        assert_int_equal(image_open(cases[i].name, &image, &e), -1);
        assert_null(image);
        assert_string_equal(error_text(&e, text, sizeof text), cases[i].error);
        assert_string_equal(e.cause, ""); /* a mistake in the line, not something that the machine lacks */
    }
}

static void where_nothing_is_built_the_need_is_named(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    struct image *image = NULL;
    assert_int_equal(image_open("nginx", &image, &e), -1);
    assert_string_equal(e.cause, "image");
    assert_string_equal(e.hint, "Build it with `nslab image build nginx`.");
}

static void a_broken_image_says_so(void **state)
{
    struct fixture *f = *state;
    struct nslab_error e = {0};
    struct image *image = NULL;
    char text[NSLAB_ERROR_TEXT_MAX];
    cleanup_free char *yaml = xasprintf("%s/images/kettle/image.yaml", f->data);
    write_file(yaml, "command: 1\n");
    assert_int_equal(image_open("kettle", &image, &e), -1);
    assert_non_null(strstr(error_text(&e, text, sizeof text),
                           "image.yaml:1:10: command must be a list, found: a text. "
                           "Build it again: `nslab image rm kettle`"));
    cleanup_free char *rootfs = xasprintf("%s/images/teapot/rootfs", f->data);
    rmdir(rootfs);
    assert_int_equal(image_open("teapot", &image, &e), -1);
    assert_string_equal(e.step, "find the root filesystem");
    assert_string_equal(e.cause, "image");
}

static void removing_works_whatever_the_modes(void **state)
{
    struct fixture *f = *state;
    struct nslab_error e = {0};
    cleanup_free char *locked = xasprintf("%s/images/teapot/rootfs/locked", f->data);
    cleanup_free char *inner = xasprintf("%s/inner", locked);
    cleanup_free char *file = xasprintf("%s/file", inner);
    cleanup_free char *link = xasprintf("%s/images/teapot/rootfs/link", f->data);
    mkdir(locked, 0700);
    mkdir(inner, 0700);
    write_file(file, "x");
    assert_int_equal(symlink(f->data, link), 0);
    chmod(inner, 0000);
    chmod(locked, 0500);
    assert_int_equal(image_remove("teapot", &e), 0);
    cleanup_strv struct strv names = {0};
    assert_int_equal(image_list(&names, &e), 0);
    assert_int_equal(names.len, 1);
    assert_string_equal(names.items[0], "kettle"); /* the link wasn't followed */
}

static void only_names_of_images_can_be_removed(void **state)
{
    (void)state;
    static const char *const names[] = {"", ".", "..", ".half.new-1", "teapot/rootfs", "/tmp"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct nslab_error e = {0};
        assert_int_equal(image_remove(names[i], &e), -1);
        assert_non_null(strstr(e.detail, "is not an image's name"));
    }
    struct nslab_error e = {0};
    assert_int_equal(image_remove("kettel", &e), -1);
    assert_string_equal(e.hint, "Did you mean kettle?");
}

static void an_unknown_image_is_not_built(void **state)
{
    (void)state;
    struct nslab_error e = {0};
    assert_int_equal(image_build("../nginx", false, &e), -1);
    assert_true(error_is_set(&e));
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup_with_images, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_read),
        cmocka_unit_test(a_command_is_enough),
        cmocka_unit_test(mistakes_are_said_with_their_place),
        cmocka_unit_test_setup_teardown(no_images_are_an_empty_list, setup, teardown),
        cmocka_unit_test_setup_teardown(where_nothing_is_built_the_need_is_named, setup, teardown),
        ON_DISK(the_list_is_sorted_and_has_whole_images_only),
        ON_DISK(an_image_opens_by_name_and_by_tag_latest),
        ON_DISK(an_image_that_does_not_open_says_what_to_do),
        ON_DISK(a_broken_image_says_so),
        ON_DISK(removing_works_whatever_the_modes),
        ON_DISK(only_names_of_images_can_be_removed),
        ON_DISK(an_unknown_image_is_not_built),
    };
    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
