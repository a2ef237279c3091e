/* SPDX-License-Identifier: MIT
 *
 * The table of the compared. A program more is a row more.
 *
 * Without a network but lo, all of them; the same image, the same five namespaces. What is different is said
 * in `detail`, and by how: cgroups take time where they are made, and an overlay where one is mounted.
 */
#include "peers.h"

#include "nslab/mem.h"

#define CRUN "crun --root {own}/crun "
#define CRUN_BARE "crun --root {own}/crun-bare --cgroup-manager=disabled "
#define RUNC "runc --root {own}/runc "
#define BWRAP                                                                                                \
    "bwrap --die-with-parent --unshare-pid --unshare-net --unshare-uts --unshare-ipc --bind {own}/root / "   \
    "--proc /proc "                                                                                          \
    "--dev /dev "
#define UNSHARE "unshare --fork --kill-child --pid --mount --net --uts --ipc --mount-proc={own}/root/proc "
#define PODMAN                                                                                               \
    "podman --root {own}/podman --runroot {own}/podman-run --tmpdir {own}/podman-tmp --events-backend=none "
/* It would raise these limits, for which not every root has the right. */
#define PODMAN_RUN                                                                                           \
    PODMAN "run --network none --cgroups disabled --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "
#define IDS "--uidmap 0:100000:65536 --gidmap 0:100000:65536 "

const struct peer peers[] = {
    {.name = "bare kernel calls", .detail = "a loop in one process", .measure = bare_measure},
    {.name = "nslab, in a session", .detail = "a line in a shell that runs", .measure = session_measure},
    {.name = "nslab",
     .detail = "the whole program, with its lab host",
     .asked = "{nslab} --version",
     .whole_true = "{nslab} -c 'run --rm --network none nginx /bin/true'",
     .userns = "{nslab} -c 'run --rm --network none --userns remap nginx /bin/true'",
     .start = "{nslab}",
     .stays = true,
     .told_start = "run -d --network none --name bench nginx {nginx}\n",
     .told_end = "rm -f bench\n",
     .exec = "{nslab} attach --session {started} bench /bin/true"},
    {.name = "unshare and chroot",
     .detail = "no overlay; user: one id; exec: nsenter",
     .asked = "unshare --version",
     .whole_true = UNSHARE "chroot {own}/root /bin/true",
     .userns = UNSHARE "--map-root-user chroot {own}/root /bin/true",
     .start = UNSHARE "chroot {own}/root {nginx}",
     .stays = true,
     .exec = "nsenter --target {pid} --mount --uts --ipc --net --pid --root /bin/true"},
    {.name = "bubblewrap",
     .detail = "no overlay; user: one id; exec: nsenter",
     .asked = "bwrap --version",
     .whole_true = BWRAP "/bin/true",
     .userns = BWRAP "--unshare-user /bin/true",
     .start = BWRAP "--as-pid-1 {nginx}",
     .stays = true,
     .exec = "nsenter --target {pid} --mount --uts --ipc --net --pid --root /bin/true"},
    {.name = "crun, no cgroups",
     .detail = "no overlay",
     .asked = "crun --version",
     .whole_true = CRUN_BARE "run --bundle {own}/true bench",
     .userns = CRUN_BARE "run --bundle {own}/userns bench",
     .start = CRUN_BARE "run --detach --bundle {own}/nginx bench",
     .exec = CRUN_BARE "exec bench /bin/true",
     .remove = CRUN_BARE "delete --force bench"},
    {.name = "crun",
     .detail = "no overlay; cgroups",
     .asked = "crun --version",
     .whole_true = CRUN "run --bundle {own}/true bench",
     .userns = CRUN "run --bundle {own}/userns bench",
     .start = CRUN "run --detach --bundle {own}/nginx bench",
     .exec = CRUN "exec bench /bin/true",
     .remove = CRUN "delete --force bench"},
    {.name = "runc",
     .detail = "no overlay; cgroups",
     .asked = "runc --version",
     .whole_true = RUNC "run --bundle {own}/true bench",
     .userns = RUNC "run --bundle {own}/userns bench",
     .start = RUNC "run --detach --bundle {own}/nginx bench",
     .exec = RUNC "exec bench /bin/true",
     .remove = RUNC "delete --force bench"},
    {.name = "podman",
     .asked = "podman --version",
     .whole_true = PODMAN_RUN "--rm --rootfs {own}/tree:O /bin/true",
     .userns = PODMAN_RUN "--rm " IDS "--rootfs {own}/shifted:O /bin/true",
     .start = PODMAN_RUN "--detach --name bench --rootfs {own}/tree:O {nginx}",
     .exec = PODMAN "exec bench /bin/true",
     .remove = PODMAN "rm --force --time 0 bench"},
    {.name = "docker",
     .detail = "its daemon runs; cgroups",
     .asked = "docker version --format '{{.Server.Version}}'",
     .whole_true = "docker run --rm --network none nslab-bench /bin/true",
     .userns_gap = "by its daemon",
     .start = "docker run --detach --name bench --network none nslab-bench {nginx}",
     .exec = "docker exec bench /bin/true",
     .remove = "docker rm --force bench",
     .daemons = {"dockerd", "containerd", "containerd-shim"}},
};
const size_t peer_count = ARRAY_LEN(peers);
