/* SPDX-License-Identifier: MIT
 *
 * What is tried here is tried as a lab does it: in a user namespace with the lab's ids, as uid 0 of it.
 */
#include "doctor_probes.h"
#include "nslab/diagnose.h"
#include "nslab/fd.h"
#include "nslab/features.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/netlink.h"
#include "nslab/ns.h"
#include "nslab/proc.h"
#include "nslab/shift.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- one type of namespace --- */

static int enter_new(enum ns_type type, struct nslab_error *e)
{
    if (unshare((int)ns_table[type].clone_flag) == 0)
        return 0;
    int errnum = errno;
    error_sys(e, errnum, "create namespaces for", "a trial (%s)", ns_table[type].name);
    return errnum == EINVAL ? error_detail(e, "this kernel has none of this type") : -1;
}

static int new_namespace(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)out, (void)ret_fd;
    return enter_new(*(const enum ns_type *)arg, e);
}

static void try_type(const struct id_plan *plan, enum ns_type type, call_fn fn, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, fn, &type, seen);
}

/* It holds only who is born after unshare(2). */
static int new_pid_namespace(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    int status = 0;
    if (new_namespace(arg, out, ret_fd, e) < 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return error_sys(e, errno, "start a process in", "a new PID namespace");
    if (pid == 0)
        _exit(getpid() == 1 ? 0 : 1);
    if (waitpid(pid, &status, 0) != pid || status)
        return error_say(e, "the first process of a new PID namespace isn't PID 1");
    return 0;
}

static int new_mount_namespace(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    if (new_namespace(arg, out, ret_fd, e) < 0)
        return -1;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_sys(e, errno, "mount the root privately in", "a new mount namespace");
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") < 0)
        return error_sys(e, errno, "mount a tmpfs in", "a new mount namespace");
    return 0;
}

static int new_uts_namespace(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    if (new_namespace(arg, out, ret_fd, e) < 0)
        return -1;
    return sethostname("trial", 5) < 0 ? error_sys(e, errno, "set the hostname in", "a new UTS namespace")
                                       : 0;
}

void doctor_user(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, NULL, NULL, seen);
    /* AppArmor's restriction lets it be made, and takes the rights in it away. */
    if (error_is_set(&seen->error))
        return;
    enum ns_type type = NS_UTS;
    struct nslab_error e = {0};
    if (in_lab_ids(plan, new_namespace, &type, &e) < 0 && e.errnum == EPERM) {
        seen->error = e;
        error_detail(&seen->error, "a user namespace can be made, but gives no rights");
        diagnose_host(plan, &seen->error);
    }
}

void doctor_pid(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_PID, new_pid_namespace, seen);
}

void doctor_mnt(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_MNT, new_mount_namespace, seen);
}

void doctor_net(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_NET, new_namespace, seen);
}

void doctor_uts(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_UTS, new_uts_namespace, seen);
}

void doctor_ipc(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_IPC, new_namespace, seen);
}

void doctor_cgroup(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_CGROUP, new_namespace, seen);
}

void doctor_time(const struct id_plan *plan, struct doctor_seen *seen)
{
    try_type(plan, NS_TIME, new_namespace, seen);
}

/* --- a user namespace in a user namespace --- */

static int nested_user(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    const struct id_map map = {.extents = {{0, 0, 1}}, .n = 1};
    cleanup_fd int pidfd = -1;
    (void)arg, (void)out, (void)ret_fd;
    /* After a change of uid the files of a process in /proc belong to the machine's root: not so this one's.
     */
    prctl(PR_SET_DUMPABLE, 1);
    pid_t pid = clone_process(CLONE_NEWUSER, &pidfd);
    if (pid < 0)
        return error_sys(e, errno, "create namespaces for", "a trial (user, in another)");
    if (pid == 0) {
        die_with_parent();
        pause();
        _exit(0);
    }
    int rc = id_map_write(&map, &map, pidfd_pid(pidfd), e);
    pidfd_signal(pidfd, SIGKILL);
    wait_child(pidfd, NULL);
    return rc;
}

void doctor_nesting(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, nested_user, NULL, seen);
}

/* --- links --- */

static const uint8_t trial_mac[6] = {2, 0, 0, 0, 0, 1}, trial_peer_mac[6] = {2, 0, 0, 0, 0, 2};

static int make_bridge(int sock, struct nslab_error *e)
{
    struct nl_message m;
    nl_build_bridge(&m, "nslab0", trial_mac);
    return nl_transact(sock, &m, "create", "a bridge", e);
}

/* The cable's other end is born in this same network namespace: which one makes no difference here. */
static int make_veth(int sock, struct nslab_error *e)
{
    struct nl_message m;
    cleanup_fd int netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    nl_build_veth(&m, "veth0", trial_mac, 0, "eth0", trial_peer_mac, netns);
    return nl_transact(sock, &m, "create", "a veth pair", e);
}

static int in_new_net(int (*fn)(int sock, struct nslab_error *e), const char *kind, struct nslab_error *e)
{
    if (enter_new(NS_NET, e) < 0)
        return -1;
    cleanup_fd int sock = nl_open(e);
    if (sock < 0)
        return -1;
    if (fn(sock, e) == 0)
        return 0;
    return e->errnum == EOPNOTSUPP ? error_needs(e, kind) : -1;
}

static int try_bridge(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return in_new_net(make_bridge, "bridge", e);
}

static int try_veth(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return in_new_net(make_veth, "veth", e);
}

void doctor_bridge(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_bridge, NULL, seen);
}

void doctor_veth(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_veth, NULL, seen);
}

/* --- nftables --- */

static int try_nft(void *arg, struct buf *out, int *ret_fd, struct nslab_error *e)
{
    (void)arg, (void)out, (void)ret_fd;
    return enter_new(NS_NET, e) < 0 ? -1 : feature_nft("nat", e);
}

void doctor_nft(const struct id_plan *plan, struct doctor_seen *seen)
{
    doctor_try_as_lab(plan, try_nft, NULL, seen);
}
