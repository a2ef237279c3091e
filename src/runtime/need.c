/* SPDX-License-Identifier: MIT
 *
 * One row a need. The remedies are for Debian and Ubuntu, with the commands to type; none asks for more than
 * the one thing that is missing.
 */
#include "nslab/need.h"
#include "nslab/mem.h"

#include <string.h>

#define UPDATE_KERNEL "Linux 5.11 or newer has it, as Debian 12 and Ubuntu 24.04 do: `uname -r` shows yours."
/* What a namespace type can be short of, once user namespaces work. */
#define QUOTA(type)                                                                                          \
    "Where `cat /proc/sys/user/max_" type "_namespaces` says 0, `sudo sysctl user.max_" type                 \
    "_namespaces=10000` allows them until the next boot. Inside a container, start that one with "           \
    "--privileged."

const struct need need_table[] = {
    {"user", "user namespaces that this user may create",
     "Run nslab with sudo, or allow them until the next boot: on Ubuntu with `sudo sysctl "
     "kernel.apparmor_restrict_unprivileged_userns=0`, on Debian with `sudo sysctl "
     "kernel.unprivileged_userns_clone=1`, and where `cat /proc/sys/user/max_user_namespaces` says 0, with "
     "`sudo sysctl user.max_user_namespaces=10000`. Inside a container, start that one with --security-opt "
     "seccomp=unconfined, or with --privileged. In a chroot they are refused: run nslab outside it."},
    {"pid", "PID namespaces", QUOTA("pid")},
    {"mnt", "mount namespaces, and mounting in them",
     "Run nslab with sudo, or, on Ubuntu, `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` "
     "allows it until the next boot. Inside a container, start that one with --privileged."},
    {"net", "network namespaces", QUOTA("net")},
    {"uts", "UTS namespaces: a hostname of one's own", QUOTA("uts")},
    {"ipc", "IPC namespaces: System V IPC and message queues of one's own", QUOTA("ipc")},
    {"cgroup", "cgroup namespaces", QUOTA("cgroup")},
    {"time", "time namespaces: clocks of one's own",
     "Linux 5.6 or newer has them, where `grep TIME_NS /boot/config-$(uname -r)` says y."},
    {"subids",
     "newuidmap, newgidmap and 65,536 subordinate ids for this user in /etc/subuid and in /etc/subgid",
     "`sudo apt-get install uidmap`, then `sudo usermod --add-subuids 100000-165535 --add-subgids "
     "100000-165535 $USER` (another range of that size, if `cat /etc/subuid /etc/subgid` shows this one in "
     "use), and start nslab again. Or run nslab with sudo."},
    {"overlay", "the overlay file system, mountable in a user namespace",
     "`sudo modprobe overlay` loads it, where it is a module. " UPDATE_KERNEL},
    {"userxattr", "overlay's option userxattr: without it, deleting a directory of the image fails in a lab",
     UPDATE_KERNEL},
    {"proc",
     "a /proc over which nothing is mounted: else the kernel refuses a fresh /proc to a new user namespace",
     "`grep ' /proc/' /proc/self/mountinfo` shows what covers it. Run nslab outside the container, or start "
     "that one with --security-opt systempaths=unconfined (Docker) or --security-opt 'unmask=/proc/*' "
     "(podman)."},
    {"image", "the root filesystem that containers are launched from",
     "Build it with `nslab image build nginx`."},
    {"port", "the port of the machine that is to be published, in nobody's use",
     "`ss -ltn` shows which are in use. Publish another one, as with `-p 18080:80`."},
    {"pty", "pseudo-terminals: the file system devpts",
     "`sudo mount -t devpts devpts /dev/pts` mounts it, where it is missing. Or run the command without -t."},
    {"nft", "nftables in the kernel",
     "`sudo modprobe -a nf_tables nft_nat nft_fib_ipv4` loads it, where it is a module. Inside a container, "
     "do that on its host."},
    {"veth", "veth links: virtual network cables",
     "`sudo modprobe veth` loads them, where they are a module. Inside a container, do that on its host."},
    {"bridge", "bridge links: virtual switches",
     "`sudo modprobe bridge` loads them, where they are a module. Inside a container, do that on its host."},
};
const size_t need_count = ARRAY_LEN(need_table);

const struct need *need_by_name(const char *name)
{
    for (size_t i = 0; i < need_count; i++)
        if (!strcmp(need_table[i].name, name))
            return &need_table[i];
    return NULL;
}

int error_needs(struct nslab_error *e, const char *need)
{
    const struct need *row = need_by_name(need);
    if (row && !e->hint[0])
        error_hint(e, "%s", row->remedy);
    return error_cause(e, need);
}
