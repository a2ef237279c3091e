/* SPDX-License-Identifier: MIT
 *
 * Commands that mend. A row is found by what was seen, so that each cause gets its own command.
 */
#include "nslab/buf.h"
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/ids.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the place --- */

static char *read_text(const char *path)
{
    cleanup_buf struct buf text = {0};
    read_file_at(AT_FDCWD, path, &text, 0);
    return buf_take(&text);
}

void doctor_place_read(struct doctor_place *place)
{
    char program[PATH_MAX];
    const struct passwd *user = getpwuid(getuid());
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    *place = (struct doctor_place){.os_release = read_text("/etc/os-release"),
                                   .subuid = read_text("/etc/subuid"),
                                   .user = xstrdup(user ? user->pw_name : ""),
                                   .program = xstrdup(program)};
}

void doctor_place_free(struct doctor_place *place)
{
    free(place->os_release);
    free(place->subuid);
    free(place->user);
    free(place->program);
    *place = (struct doctor_place){0};
}

/* --- distributions --- */

/* How a distribution installs what has newuidmap. ID and ID_LIKE of os-release(5) name the distribution. */
static const struct {
    const char *id, *install_uidmap;
} distributions[] = {
    {"debian", "sudo apt-get install -y uidmap"},   {"ubuntu", "sudo apt-get install -y uidmap"},
    {"fedora", "sudo dnf install -y shadow-utils"}, {"rhel", "sudo dnf install -y shadow-utils"},
    {"arch", "sudo pacman -S --needed shadow"},     {"alpine", "sudo apk add shadow-uidmap"},
    {"suse", "sudo zypper install -y shadow"},
};

/* Whether a line `ID=...` or `ID_LIKE=...` has this word. */
static bool is_distribution(const char *os_release, const char *id)
{
    cleanup_strv struct strv lines = {0};
    strv_split_lines(&lines, os_release);
    for (size_t i = 0; i < lines.len; i++) {
        char *line = lines.items[i], *rest = strchr(line, '=');
        if (!rest || (!starts_with(line, "ID=") && !starts_with(line, "ID_LIKE=")))
            continue;
        for (char *word; (word = strsep(&rest, "= \"'"));)
            if (!strcmp(word, id))
                return true;
    }
    return false;
}

static char *install_uidmap(const struct doctor_place *place)
{
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++)
        if (is_distribution(place->os_release, distributions[i].id))
            return xstrdup(distributions[i].install_uidmap);
    return NULL;
}

/* --- commands that have to be made --- */

#define ALLOTMENT 65536ul
#define FIRST_ALLOTMENT 100000ul

/* The first multiple of the allotment after all that is given away. */
static unsigned long free_ids(const char *subuid)
{
    cleanup_strv struct strv lines = {0};
    unsigned long first = FIRST_ALLOTMENT;
    strv_split_lines(&lines, subuid);
    for (size_t i = 0; i < lines.len; i++) {
        const char *start = strchr(lines.items[i], ':');
        const char *count = start ? strchr(start + 1, ':') : NULL;
        unsigned long end = count ? strtoul(start + 1, NULL, 10) + strtoul(count + 1, NULL, 10) : 0;
        if (end > first && end < UINT32_MAX - ALLOTMENT)
            first = end;
    }
    return first;
}

static char *give_subids(const struct doctor_place *place)
{
    unsigned long first = free_ids(place->subuid), last = first + ALLOTMENT - 1;
    if (!place->user[0])
        return NULL;
    return xasprintf("sudo usermod --add-subuids %lu-%lu --add-subgids %lu-%lu %s", first, last, first, last,
                     place->user);
}

char *doctor_apparmor_profile(const char *program, const char *before, const char *between, const char *after)
{
    if (program[0] != '/' || strpbrk(program, " '\"\\\n*?[]{}^"))
        return NULL;
    return xasprintf("%sabi <abi/4.0>,%sprofile nslab %s flags=(unconfined) { userns, }%s", before, between,
                     program, after);
}

static char *install_apparmor_profile(const struct doctor_place *place)
{
    return doctor_apparmor_profile(place->program, "printf '%s\\n' '", "' '",
                                   "' | sudo tee /etc/apparmor.d/nslab && sudo apparmor_parser -r "
                                   "/etc/apparmor.d/nslab");
}

/* user.max_net_namespaces is 0: the number that a kernel has by default is half its limit on threads; any
 * will do. */
static char *raise_quota(const struct doctor_seen *seen)
{
    const char *name = strstr(seen->error.detail, "user.max_");
    return name ? xasprintf("sudo sysctl %.*s=10000", (int)strcspn(name, " "), name) : NULL;
}

/* --- the table --- */

enum maker { FIXED, INSTALL_UIDMAP, GIVE_SUBIDS, APPARMOR, RAISE_QUOTA };
static const struct {
    const char *row;  /* NULL: any */
    const char *seen; /* in what was seen, or in the error's detail; NULL: anything */
    enum maker maker;
    const char *command;
} fixes[] = {
    {NULL, "user.max_", RAISE_QUOTA, NULL},
    {NULL, "kernel.unprivileged_userns_clone is 0", FIXED, "sudo sysctl kernel.unprivileged_userns_clone=1"},
    {NULL, "apparmor_restrict_unprivileged_userns is 1", APPARMOR, NULL},
    {"subids", "is not installed", INSTALL_UIDMAP, NULL},
    {"subids", "has no line for", GIVE_SUBIDS, NULL},
    {"subids", "is too small", GIVE_SUBIDS, NULL},
    {"overlay", NULL, FIXED, "sudo modprobe overlay"},
    {"bridge", NULL, FIXED, "sudo modprobe bridge"},
    {"veth", NULL, FIXED, "sudo modprobe veth"},
    {"nft", NULL, FIXED, "sudo modprobe -a nf_tables nft_nat nft_fib_ipv4"},
    {"port", "cannot connect to", FIXED, "sudo ip link set lo up"},
    {"image", "damaged", FIXED, "nslab image build nginx --force"},
    {"image", NULL, FIXED, "nslab image build nginx"},
};

char *doctor_fix(const struct doctor_row *row, const struct doctor_seen *seen,
                 const struct doctor_place *place)
{
    for (size_t i = 0; error_is_set(&seen->error) && i < ARRAY_LEN(fixes); i++) {
        if (fixes[i].row && strcmp(fixes[i].row, row->name) != 0)
            continue;
        if (fixes[i].seen && !strstr(seen->text, fixes[i].seen) && !strstr(seen->error.detail, fixes[i].seen))
            continue;
        switch (fixes[i].maker) {
        case FIXED:
            return xstrdup(fixes[i].command);
        case INSTALL_UIDMAP:
            return install_uidmap(place);
        case GIVE_SUBIDS:
            return give_subids(place);
        case APPARMOR:
            return install_apparmor_profile(place);
        case RAISE_QUOTA:
            return raise_quota(seen);
        }
    }
    return NULL;
}
