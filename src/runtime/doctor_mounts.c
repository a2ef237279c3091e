/* SPDX-License-Identifier: MIT
 *
 * File systems, mounted as a lab mounts them: as uid 0 of a user namespace with the lab's ids, on a tmpfs of
 * the trial's own mount namespace.
 */
#include "doctor_probes.h"
#include "nslab/fd.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/shift.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

/* A mount namespace with an empty tmpfs as the working directory. */
static int begin(int more_namespaces, struct nslab_error *e)
{
    if (unshare(CLONE_NEWNS | more_namespaces) < 0)
        return error_sys(e, errno, "create namespaces for", "a trial");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") < 0)
        return error_sys(e, errno, "mount a tmpfs in", "a new mount namespace");
    if (chdir("/tmp") < 0)
        return error_sys(e, errno, "enter", "/tmp");
    return 0;
}

static int make_directories_here(const char *const *names, size_t n, struct nslab_error *e)
{
    for (size_t i = 0; i < n; i++)
        if (mkdir(names[i], 0755) < 0)
            return error_sys(e, errno, "make", "a directory on a tmpfs");
    return 0;
}

/* --- proc --- */

static int try_proc(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    static const char *const names[] = {"proc"};
    int status = 0;
    (void)arg, (void)out, (void)ret_fd;
    if (begin(CLONE_NEWPID, e) < 0 || make_directories_here(names, 1, e) < 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return error_sys(e, errno, "start a process in", "a new PID namespace");
    if (pid == 0)
        _exit(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? errno : 0);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return error_say(e, "the process that mounts /proc was ended");
    if (!WEXITSTATUS(status))
        return 0;
    return error_sys(e, WEXITSTATUS(status), "mount proc in", "a new PID namespace");
}

void doctor_proc(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_proc, NULL, seen);
}

/* --- overlay --- */

static int mount_overlay(struct nslab_error *e)
{
    static const char *const names[] = {"lower", "lower/old", "upper", "work", "root"};
    static const char plain[] = "lowerdir=lower,upperdir=upper,workdir=work",
                      better[] = "lowerdir=lower,upperdir=upper,workdir=work,userxattr";
    if (begin(0, e) < 0 || make_directories_here(names, ARRAY_LEN(names), e) < 0)
        return -1;
    if (mount("overlay", "root", "overlay", 0, better) == 0)
        return 0;
    if (errno == EINVAL && mount("overlay", "root", "overlay", 0, plain) == 0) /* as mounts.c does */
        return 0;
    error_sys(e, errno, "mount an overlay in", "a user namespace");
    if (e->errnum == ENODEV)
        error_detail(e, "this kernel has no overlayfs, or its module isn't loaded");
    return error_needs(e, "overlay");
}

static int try_overlay(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return mount_overlay(e);
}

static int try_userxattr(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    if (mount_overlay(e) < 0)
        return -1;
    if (rmdir("root/old") == 0 && mkdir("root/old", 0755) == 0)
        return 0;
    error_sys(e, errno, "replace a directory in", "an overlay");
    return error_needs(e, "userxattr");
}

void doctor_overlay(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_overlay, NULL, seen);
}

void doctor_userxattr(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_userxattr, NULL, seen);
}

/* --- idmapped mounts --- */

/* Only root may, on the machine's file systems; others have a copy made, once, and lose nothing but its size.
 */
void doctor_idmap(const struct id_plan *plan, struct doctor_seen *seen)
{
    static const char copy_instead[] =
        "a remapped container gets a copy of the image with its owners, made once";
    cleanup_with(image_free_p) struct image *image = NULL;
    struct nslab_error e = {0};
    if (plan->situation == IDS_SINGLE) {
        doctor_say(seen, DOCTOR_NOTE, "not needed: with a single id nothing can be remapped");
        return;
    }
    if (plan->situation == IDS_RANGE) {
        doctor_say(seen, DOCTOR_NOTE, "only root may; %s", copy_instead);
        return;
    }
    if (image_open("nginx", &image, &e) < 0) {
        doctor_say(seen, DOCTOR_NOTE, "not tried: there is no image yet");
        return;
    }
    cleanup_fd int userns = -1;
    cleanup_fd int shown = shift_idmapped(plan, image->rootfs, &userns, &e);
    if (shown >= 0) {
        doctor_say(seen, DOCTOR_OK, "works, on the file system of the image");
        return;
    }
    doctor_say(seen, DOCTOR_NOTE, "refused on the file system of the image (%s); %s", strerror(e.errnum),
               copy_instead);
}

/* --- pseudo-terminals --- */

static int try_pty(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    static const char *const names[] = {"pts"};
    int unlock = 0;
    (void)arg, (void)out, (void)ret_fd;
    if (begin(0, e) < 0 || make_directories_here(names, 1, e) < 0)
        return -1;
    if (mount("devpts", "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620") < 0) {
        error_sys(e, errno, "mount devpts in", "a user namespace");
        return error_needs(e, "pty");
    }
    cleanup_fd int master = open("pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0) {
        error_sys(e, errno, "open", "a pseudo-terminal");
        return error_needs(e, "pty");
    }
    return 0;
}

void doctor_pty(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_pty, NULL, seen);
}
