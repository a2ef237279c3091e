/* SPDX-License-Identifier: MIT
 *
 * The table of what is tried, and the trying: each row in a child, so that nothing of it stays in nslab.
 */
#include "nslab/doctor.h"
#include "doctor_probes.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/proc.h"
#include "nslab/shift.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROBE_TIMEOUT_MS 5000

const char *const doctor_verdict_names[DOCTOR_VERDICT_COUNT] = {
    [DOCTOR_OK] = "ok", [DOCTOR_NOTE] = "note", [DOCTOR_LESS] = "less", [DOCTOR_MISSING] = "missing"};

#define ESSENTIAL DOCTOR_ESSENTIAL
#define PASSING DOCTOR_PASSING

/* In the order in which one would look. */
const struct doctor_row doctor_table[] = {
    {"kernel", NULL, "a kernel that has the calls nslab makes", NULL, ESSENTIAL,
     "another release (personality)", doctor_kernel},
    {"seccomp", NULL, "filters on system calls", NULL, 0, "a filter like Docker's, no_new_privs",
     doctor_seccomp},
    {"chroot", NULL, "a root directory that is the machine's", NULL, 0, "a chroot", doctor_chroot},
    {"security", NULL, "AppArmor, SELinux, sysctls", NULL, 0, "files over /proc/sys/kernel and /sys/fs",
     doctor_security},
    {"user", "user", "a user namespace and its id maps", NULL, ESSENTIAL, "a quota of 0, a filter, a chroot",
     doctor_user},
    {"nesting", "user", "a user namespace in that one, as a remapped container has", "user", 0,
     "a quota of 2", doctor_nesting},
    {"pid", "pid", "a PID namespace", "user", ESSENTIAL, "a quota of 0", doctor_pid},
    {"mnt", "mnt", "a mount namespace, and a mount in it", "user", ESSENTIAL, "a quota of 0", doctor_mnt},
    {"net", "net", "a network namespace", "user", ESSENTIAL, "a quota of 0", doctor_net},
    {"uts", "uts", "a UTS namespace, and a hostname in it", "user", ESSENTIAL, "a quota of 0", doctor_uts},
    {"ipc", "ipc", "an IPC namespace", "user", ESSENTIAL, "a quota of 0", doctor_ipc},
    {"cgroup", "cgroup", "a cgroup namespace", "user", 0, "a quota of 0", doctor_cgroup},
    {"time", "time", "a time namespace", "user", 0, "a quota of 0", doctor_time},
    {"subids", "subids", "a range of ids for a lab", NULL, 0,
     "no line, no newuidmap, nosuid, no_new_privs, fewer capabilities", doctor_subids},
    {"proc", "proc", "a fresh /proc in a new PID namespace", "pid", ESSENTIAL, "a mount over a file of /proc",
     doctor_proc},
    {"overlay", "overlay", "an overlay mounted in a user namespace", "mnt", ESSENTIAL, "a refused mount(2)",
     doctor_overlay},
    {"userxattr", "userxattr", "removing a directory of an overlay's lower layer", "overlay", 0,
     "a refused mount(2)", doctor_userxattr},
    {"idmap", NULL, "the image with other owners, by an idmapped mount", NULL, 0,
     "a refused mount_setattr(2)", doctor_idmap},
    {"pty", "pty", "pseudo-terminals of a container's own", "mnt", 0, "a refused mount(2)", doctor_pty},
    {"bridge", "bridge", "a bridge in a new network namespace", "net", ESSENTIAL, "a refused netlink message",
     doctor_bridge},
    {"veth", "veth", "a veth pair in a new network namespace", "net", ESSENTIAL, "a refused netlink message",
     doctor_veth},
    {"nft", "nft", "a NAT chain of nftables in a new network namespace", "net", 0, "a refused socket(2)",
     doctor_nft},
    {"port", "port", "a port of the machine to publish on", NULL, PASSING, "the loopback down", doctor_port},
    {"limits", NULL, "room for a lab's processes and files", NULL, PASSING, "low limits", doctor_limits},
    {"image", "image", "the image nginx", NULL, ESSENTIAL | PASSING, "no image", doctor_image},
    {"locale", NULL, "terminal and locale", NULL, PASSING, "LC_ALL=C", doctor_locale},
};
const size_t doctor_count = ARRAY_LEN(doctor_table);

const struct doctor_row *doctor_row_by_name(const char *name)
{
    for (size_t i = 0; i < doctor_count; i++)
        if (!strcmp(doctor_table[i].name, name))
            return &doctor_table[i];
    return NULL;
}

void doctor_say(struct doctor_seen *seen, enum doctor_verdict verdict, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(seen->text, sizeof seen->text, format, ap);
    va_end(ap);
    seen->verdict = verdict;
}

void doctor_try_as_lab(const struct id_plan *plan, call_fn fn, void *arg, struct doctor_seen *seen)
{
    if (in_lab_ids(plan, fn, arg, &seen->error) < 0)
        diagnose_host(plan, &seen->error);
    else
        doctor_say(seen, DOCTOR_OK, "works");
}

static void judge(const struct doctor_row *row, struct doctor_seen *seen)
{
    if (!error_is_set(&seen->error))
        return;
    if (seen->verdict == DOCTOR_OK)
        seen->verdict = row->flags & ESSENTIAL ? DOCTOR_MISSING : DOCTOR_LESS;
    if (row->need && !seen->error.cause[0])
        error_needs(&seen->error, row->need);
    if (!seen->text[0])
        error_text_brief(&seen->error, seen->text, sizeof seen->text);
}

static void __attribute__((noreturn))
child_main(const struct doctor_row *row, const struct id_plan *plan, int out, pid_t parent)
{
    struct doctor_seen seen = {0};
    die_with_parent();
    if (getppid() != parent)
        _exit(1);
    row->probe(plan, &seen);
    judge(row, &seen);
    _exit(write_all(out, &seen, sizeof seen) < 0);
}

/* What the child wrote, or how it ended without. */
static void receive(const struct doctor_row *row, int in, int pidfd, struct doctor_seen *ret)
{
    struct pollfd p = {.fd = in, .events = POLLIN};
    int status = 0;
    int rc;
    while ((rc = poll(&p, 1, PROBE_TIMEOUT_MS)) < 0 && errno == EINTR)
        ;
    bool in_time = rc > 0;
    ssize_t n = in_time ? read(in, ret, sizeof *ret) : -1;
    pidfd_signal(pidfd, SIGKILL);
    wait_child(pidfd, &status);
    if (n == (ssize_t)sizeof *ret)
        return;
    *ret = (struct doctor_seen){0};
    if (!in_time)
        error_say(&ret->error, "it took longer than %d s, and was ended", PROBE_TIMEOUT_MS / 1000);
    else
        error_say(&ret->error, "the process that tried it ended with status %d", status);
    judge(row, ret);
}

void doctor_probe(const struct doctor_row *row, const struct id_plan *plan, struct doctor_seen *ret)
{
    int ends[2];
    cleanup_fd int pidfd = -1;
    *ret = (struct doctor_seen){0};
    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_sys(&ret->error, errno, "make a pipe for", "a trial");
        judge(row, ret);
        return;
    }
    pid_t self = getpid();
    pid_t pid = clone_process(0, &pidfd);
    if (pid == 0)
        child_main(row, plan, ends[1], self);
    int errnum = errno;
    close(ends[1]);
    if (pid < 0) {
        error_sys(&ret->error, errnum, "start a process for", "a trial");
        if (errnum == EAGAIN)
            error_hint(&ret->error, "The limit on processes is reached: look at `ulimit -u`.");
        judge(row, ret);
    } else {
        receive(row, ends[0], pidfd, ret);
    }
    close(ends[0]);
}
