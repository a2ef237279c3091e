/* SPDX-License-Identifier: MIT */
#include "nslab/paths.h"
#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef NSLAB_SHARE_DIR
#define NSLAB_SHARE_DIR "/usr/local/share/nslab"
#endif

bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The real path of a directory with labs/ and scripts/; NULL: it has none. */
static char *share_in(const char *directory)
{
    cleanup_free char *labs = xasprintf("%s/labs", directory);
    cleanup_free char *scripts = xasprintf("%s/scripts", directory);
    return is_directory(labs) && is_directory(scripts) ? realpath(directory, NULL) : NULL;
}

char *paths_share(struct nslab_error *e)
{
    const char *given = getenv("NSLAB_SHARE_DIR");
    char self[PATH_MAX], *found = NULL;
    if (given && *given)
        return xstrdup(given);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        const char *beside = dirname(self);
        cleanup_free char *tree = xasprintf("%s/..", beside);
        cleanup_free char *installed = xasprintf("%s/../share/nslab", beside);
        found = share_in(tree);
        if (!found)
            found = share_in(installed); /* an installation may be moved as a whole */
    }
    if (!found)
        found = share_in(NSLAB_SHARE_DIR);
    if (found)
        return found;
    error_say(e, "no labs directory beside the program's tree nor in %s", NSLAB_SHARE_DIR);
    error_hint(e, "Run nslab from its own tree (build/nslab), or install it with `make install`.");
    return NULL;
}

char *paths_data(struct nslab_error *e)
{
    const char *given = getenv("NSLAB_DATA_DIR");
    if (given && *given)
        return xstrdup(given);
    int root = have_root_rights(e);
    if (root != 0)
        return root > 0 ? xstrdup("/var/lib/nslab") : NULL;
    const char *xdg = getenv("XDG_DATA_HOME");
    if (xdg && xdg[0] == '/')
        return xasprintf("%s/nslab", xdg);
    const char *home = getenv("HOME");
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(geteuid());
        home = user ? user->pw_dir : NULL;
    }
    if (!home || home[0] != '/') {
        error_say(e, "no home directory is known for uid %u", (unsigned)geteuid());
        error_hint(e, "Set HOME or XDG_DATA_HOME to a directory that you can write to.");
        return NULL;
    }
    return xasprintf("%s/.local/share/nslab", home);
}

int make_directories(const char *path, mode_t mode, struct nslab_error *e)
{
    cleanup_free char *copy = xstrdup(path);
    if (!*copy)
        return error_sys(e, ENOENT, "create directory", "''");
    for (char *p = copy + 1;; p++) {
        if (*p && *p != '/')
            continue;
        char saved = *p;
        *p = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return error_sys(e, errno, "create directory", "%s", copy);
        *p = saved;
        if (!saved)
            return 0;
    }
}

static uint64_t effective_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    if (syscall(SYS_capget, &header, sets) < 0)
        return 0;
    return sets[0].effective | (uint64_t)sets[1].effective << 32;
}

int have_root_rights(struct nslab_error *e)
{
    static const unsigned needed[] = {CAP_SETUID, CAP_SETGID, CAP_CHOWN};
    uint64_t have = effective_capabilities();
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!(have >> needed[i] & 1))
            return 0;
    cleanup_buf struct buf map = {0};
    if (read_file_at(AT_FDCWD, "/proc/self/uid_map", &map, 0) < 0)
        return error_sys(e, errno, "read", "/proc/self/uid_map");
    return strstr(buf_text(&map), "4294967295") != NULL;
}

char *user_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return user ? xstrdup(user->pw_name) : xasprintf("uid %u", (unsigned)getuid());
}
