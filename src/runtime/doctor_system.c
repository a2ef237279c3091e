/* SPDX-License-Identifier: MIT
 *
 * What the machine is and allows, as far as it can be read: the reason behind a refusal, before there is one.
 */
#include "doctor_probes.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/image.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/proc.h"
#include "nslab/procfs.h"
#include "nslab/term.h"
#include "nslab/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Overlay in a user namespace with userxattr came with it; all else that nslab can't do without is older. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 11

void doctor_kernel(const struct id_plan *plan, struct doctor_seen *seen)
{
    struct utsname u;
    unsigned major = 0, minor = 0;
    (void)plan;
    uname(&u);
    if (sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
        (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))) {
        doctor_say(seen, DOCTOR_OK, "%s %s", u.sysname, u.release);
        return;
    }
    error_say(&seen->error, "%s %s is older than Linux %d.%d", u.sysname, u.release, KERNEL_MAJOR,
              KERNEL_MINOR);
    error_hint(&seen->error, "Debian 12 and Ubuntu 24.04 have a newer one.");
}

void doctor_seccomp(const struct id_plan *plan, struct doctor_seen *seen)
{
    bool no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    (void)plan;
    if (procfs_self_number("Seccomp") == SECCOMP_MODE_FILTER)
        doctor_say(
            seen, DOCTOR_NOTE,
            "a filter is in force, as in a container: where it refuses namespaces, start that container with "
            "--security-opt seccomp=unconfined --security-opt systempaths=unconfined");
    else if (no_new_privs)
        doctor_say(seen, DOCTOR_NOTE, "none; but no_new_privs is set, so that newuidmap gets no rights");
    else
        doctor_say(seen, DOCTOR_OK, "none");
}

void doctor_chroot(const struct id_plan *plan, struct doctor_seen *seen)
{
    (void)plan;
    if (!diagnose_chroot()) {
        doctor_say(seen, DOCTOR_OK, "%s", geteuid() ? "it is, as far as this user may see" : "it is");
        return;
    }
    error_say(&seen->error, "nslab runs in a chroot, where the kernel allows no user namespace");
    error_hint(&seen->error, "Run nslab outside the chroot.");
}

/* --- AppArmor and SELinux --- */

static bool reads_as(const char *path, const char *wanted)
{
    cleanup_buf struct buf text = {0};
    return read_file_at(AT_FDCWD, path, &text, 64) == 0 && starts_with(buf_text(&text), wanted);
}

void doctor_security(const struct id_plan *plan, struct doctor_seen *seen)
{
    cleanup_buf struct buf modules = {0};
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].for_users && setting_forbids(&setting_table[i], plan)) {
            setting_error(&setting_table[i], &seen->error);
            return;
        }
    if (reads_as("/sys/fs/selinux/enforce", "1"))
        doctor_say(seen, DOCTOR_NOTE, "SELinux enforces its policy: what it refuses is in `ausearch -m avc`");
    else if (read_file_at(AT_FDCWD, "/sys/kernel/security/lsm", &modules, 256) == 0)
        doctor_say(seen, DOCTOR_OK, "nothing in the way (%s)", buf_text(&modules));
    else
        doctor_say(seen, DOCTOR_OK, "nothing in the way");
}

/* --- ids --- */

void doctor_subids(const struct id_plan *plan, struct doctor_seen *seen)
{
    switch (plan->situation) {
    case IDS_ROOT:
        doctor_say(seen, DOCTOR_OK, "%u of the machine's, from %u on: as root", LAB_ROOT_COUNT,
                   LAB_ROOT_BASE);
        return;
    case IDS_RANGE:
        doctor_say(seen, DOCTOR_OK, "%u subordinate ids, from %u on",
                   plan->uid.extents[1].count + plan->remap_count + 1, plan->uid.extents[1].outside);
        return;
    case IDS_SINGLE:
        break;
    }
    error_say(&seen->error, "a lab has a single id here: %s", plan->why_not_range);
    id_plan_hint(plan, &seen->error);
}

/* --- room --- */

#define PROCESSES_LEAST 64u /* a lab of the course has some 20 */
#define FILES_LEAST 64u

/* How many processes this user has: what RLIMIT_NPROC counts. */
static unsigned count_processes(void)
{
    DIR *proc = opendir("/proc");
    unsigned n = 0;
    struct stat st;
    for (struct dirent *d; proc && (d = readdir(proc));)
        if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && fstatat(dirfd(proc), d->d_name, &st, 0) == 0 &&
            st.st_uid == getuid())
            n++;
    if (proc)
        closedir(proc);
    return n;
}

void doctor_limits(const struct id_plan *plan, struct doctor_seen *seen)
{
    struct rlimit processes = {0}, files = {0};
    unsigned running = count_processes();
    (void)plan;
    getrlimit(RLIMIT_NPROC, &processes);
    getrlimit(RLIMIT_NOFILE, &files);
    if (geteuid() && processes.rlim_cur != RLIM_INFINITY && processes.rlim_cur < running + PROCESSES_LEAST) {
        error_say(&seen->error,
                  "`ulimit -u` allows %llu processes, and this user has %u: a lab needs some %u",
                  (unsigned long long)processes.rlim_cur, running, PROCESSES_LEAST);
        error_hint(&seen->error, "Raise it, as with `ulimit -u 4096`, or end some.");
    } else if (files.rlim_cur < FILES_LEAST) {
        error_say(&seen->error, "`ulimit -n` allows %llu open files: nslab needs %u",
                  (unsigned long long)files.rlim_cur, FILES_LEAST);
        error_hint(&seen->error, "Raise it, as with `ulimit -n 1024`.");
    } else {
        doctor_say(seen, DOCTOR_OK, "enough: %llu open files, and processes",
                   (unsigned long long)files.rlim_cur);
    }
}

/* --- the rest --- */

void doctor_image(const struct id_plan *plan, struct doctor_seen *seen)
{
    cleanup_with(image_free_p) struct image *image = NULL;
    struct stat st;
    (void)plan;
    if (image_open("nginx", &image, &seen->error) < 0)
        return;
    cleanup_free char *program = xasprintf("%s/usr/sbin/nginx", image->rootfs);
    if (lstat(program, &st) == 0 && S_ISREG(st.st_mode)) {
        doctor_say(seen, DOCTOR_OK, "%s, in %s", image->built ? image->built : "there", image->directory);
        return;
    }
    error_say(&seen->error, "the image in %s is damaged: there is no /usr/sbin/nginx in it",
              image->directory);
    error_hint(&seen->error, "Build it anew with `nslab image build nginx --force`.");
}

void doctor_port(const struct id_plan *plan, struct doctor_seen *seen)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *any = (struct sockaddr *)&address;
    socklen_t length = sizeof address;
    const struct timeval limit = {.tv_sec = 1};
    (void)plan;
    cleanup_fd int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_fd int browser = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* While lo is down, what is sent to it is dropped: connecting takes for ever. */
    setsockopt(browser, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (listener < 0 || bind(listener, any, length) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, any, &length) < 0) {
        error_sys(&seen->error, errno, "listen on", "127.0.0.1");
    } else if (connect(browser, any, length) < 0) {
        error_sys(&seen->error, errno == EINPROGRESS ? ETIMEDOUT : errno, "connect to",
                  "127.0.0.1, where something listens");
        error_hint(&seen->error, "`sudo ip link set lo up` brings the machine's loopback up.");
    } else {
        doctor_say(seen, DOCTOR_OK, "works");
    }
}

void doctor_locale(const struct id_plan *plan, struct doctor_seen *seen)
{
    struct term term = {0};
    (void)plan;
    term_probe(&term, false);
    const char *charset = nl_langinfo(CODESET);
    if (!term.output)
        doctor_say(seen, DOCTOR_NOTE, "standard output is no terminal; the locale's characters are %s",
                   charset);
    else if (!term.look.utf8)
        doctor_say(
            seen, DOCTOR_NOTE,
            "the locale's characters are %s: pictures are drawn in ASCII. `export LANG=C.UTF-8` gives lines",
            charset);
    else
        doctor_say(seen, DOCTOR_OK, "%u columns, %s, %s", term.look.width, charset,
                   term.look.colour ? "colours" : "no colours");
}
