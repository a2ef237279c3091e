/* SPDX-License-Identifier: MIT
 *
 * Whether an image is whole, asked where something of it could not be found: somebody may have removed it, or
 * a part of it, while labs run.
 */
#include "nslab/fd.h"
#include "nslab/image.h"
#include "nslab/mem.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What roots are built with, and what runs in all of them. */
static const char *const needed[] = {"dev", "etc", "proc", "sys", "tmp", "bin/sh"};

/* Links in an image lead to files of the image: openat2(2), Linux 5.6. */
static int open_inside(int rootfs, const char *path, int flags)
{
    const struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, rootfs, path, &how, sizeof how);
}

static bool is_there(int rootfs, const char *path)
{
    struct stat st;
    cleanup_fd int fd = open_inside(rootfs, path, O_PATH);
    /* A kernel that can't say counts as a yes: nothing is accused without having been looked at. */
    if (fd < 0)
        return errno != ENOENT && errno != ENOTDIR;
    return fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > 0);
}

/* The dynamic loader that a program names, elf(5). NULL: none, or it is no such program. The caller frees. */
static char *loader_of(int rootfs, const char *program)
{
    Elf64_Ehdr header;
    cleanup_fd int fd = open_inside(rootfs, program, O_RDONLY);
    if (fd < 0 || pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
        return NULL;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr part;
        char path[256] = "";
        off_t at = (off_t)(header.e_phoff + (Elf64_Off)i * sizeof part);
        if (pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part)
            return NULL;
        if (part.p_type == PT_INTERP && part.p_filesz < sizeof path &&
            pread(fd, path, part.p_filesz, (off_t)part.p_offset) == (ssize_t)part.p_filesz)
            return xstrdup(path);
    }
    return NULL;
}

/* The path of its program, by the PATH that it names itself; NULL: it isn't there. The caller frees. */
static char *command_of(const struct image *image, int rootfs)
{
    const char *name = image->command.len ? image->command.items[0] : "sh",
               *path = "/usr/sbin:/usr/bin:/sbin:/bin";
    if (*name == '/')
        return is_there(rootfs, name) ? xstrdup(name) : NULL;
    for (size_t i = 0; i < image->env.len; i++)
        if (!strncmp(image->env.items[i], "PATH=", strlen("PATH=")))
            path = image->env.items[i] + strlen("PATH=");
    for (const char *p = path; *p; p += strcspn(p, ":"), p += *p == ':') {
        cleanup_free char *program = xasprintf("%.*s/%s", (int)strcspn(p, ":"), p, name);
        if (is_there(rootfs, program))
            return take_ptr(program);
    }
    return NULL;
}

/* What is missing; NULL: nothing. The caller frees. */
static char *missing_part(const struct image *image, int rootfs)
{
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!is_there(rootfs, needed[i]))
            return xasprintf("/%s", needed[i]);
    cleanup_free char *command = command_of(image, rootfs);
    if (!command)
        return xasprintf("the program %s", image->command.len ? image->command.items[0] : "sh");
    cleanup_free char *loader = loader_of(rootfs, command);
    return loader && !is_there(rootfs, loader) ? xstrdup(loader) : NULL;
}

static char *missing_by_name(const struct image *image)
{
    cleanup_fd int rootfs = open(image->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rootfs < 0)
        return errno == ENOENT || errno == ENOTDIR ? xstrdup(image->rootfs) : NULL;
    return missing_part(image, rootfs);
}

static void hint_at(const struct image *image, const char *missing_there, struct nslab_error *e)
{
    if (missing_there)
        error_hint(
            e,
            "Leave the labs that run, and build it again: `nslab image rm %s`, then `nslab image build %s`.",
            image->name, image->name);
    else
        error_hint(
            e,
            "It was made anew by `nslab image build` while this lab ran: leave the lab, and start it again.");
}

int image_diagnose(const struct image *image, int tree, struct nslab_error *e)
{
    if (e->cause[0])
        return -1;
    cleanup_free char *there = missing_by_name(image);
    cleanup_free char *held = tree >= 0 ? missing_part(image, tree) : NULL;
    const char *missing = held ? held : there;
    if (!missing)
        return -1;
    char said[NSLAB_ERROR_TEXT_MAX];
    snprintf(said, sizeof said, "%s", e->detail);
    error_detail(e, "%s%sthe image %s is damaged: it lacks %.300s", said, *said ? "; " : "", image->name,
                 missing);
    hint_at(image, there, e);
    return error_cause(e, "image");
}
