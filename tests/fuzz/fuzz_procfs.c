/* SPDX-License-Identifier: MIT
 *
 * Texts of procfs, of passwd and of subuid, as a container may have made them: mountinfo, status, cmdline,
 * uid_map.
 *
 * covers: src/base/mountinfo.c src/base/passwd.c src/base/procfs.c src/base/sockets.c src/runtime/ids.c
 */
#include "fuzz.h"
#include "nslab/ids.h"
#include "nslab/passwd.h"
#include "nslab/procfs.h"

#include <string.h>

static void fuzz_passwd(const char *text)
{
    struct passwd_line line;
    gid_t gid;
    cleanup_free char *first = xstrdup(text), *second = xstrdup(text), *third = xstrdup(text);
    if (passwd_find(first, NULL, 33, &line))
        HOLDS(line.uid == 33 && strlen(line.home) < strlen(text));
    passwd_find(second, "www-data", 0, &line);
    group_find(third, "adm", &gid);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    cleanup_free char *text = text_of(bytes, n);
    struct mount_info *mounts = NULL;
    struct process_info process = {0};
    struct id_map map;
    cleanup_strv struct strv sockets = {0};
    uint32_t start = 0, count = 0;
    int found = mountinfo_parse(text, &mounts);
    if (found >= 0)
        mounts_free(mounts, (size_t)found);
    procfs_parse_status(text, &process);
    process_info_free(&process);
    process = (struct process_info){0};
    procfs_parse_cmdline((const char *)bytes, n, &process);
    process_info_free(&process);
    sockets_parse_listening(text, "tcp", &sockets);
    free(name_of_id(text, 0));
    fuzz_passwd(text);
    if (id_map_parse(text, &map) > 0) {
        char formatted[512];
        struct id_map again;
        HOLDS(id_map_format(&map, formatted, sizeof formatted) == strlen(formatted));
        HOLDS(id_map_parse(formatted, &again) == (int)map.n);
        uint32_t there, back;
        for (size_t i = 0; i < map.n; i++)
            if (id_map_outside(&map, map.extents[i].inside, &there))
                HOLDS(id_map_inside(&map, there, &back));
    }
    if (subid_find(text, "ada", 1000, 1, &start, &count)) {
        HOLDS(count >= 1 && start <= UINT32_MAX - count);
        if (id_map_sparse(1000, start, count, &map))
            HOLDS(id_map_inside(&map, start, &start));
    }
    return 0;
}
