/* SPDX-License-Identifier: MIT
 *
 * The probes of the doctor's table. Each runs in a process of its own, in the machine's namespaces, and may
 * do there what it likes: it is gone afterwards. It says what it saw, or leaves an error.
 */
#ifndef NSLAB_DOCTOR_PROBES_H
#define NSLAB_DOCTOR_PROBES_H

#include "nslab/call.h"
#include "nslab/doctor.h"

void doctor_say(struct doctor_seen *seen, enum doctor_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs fn with the lab's ids, as uid 0 of a user namespace. Its error, with the cause looked for, is what was
 * seen; else that it works. */
void doctor_try_as_lab(const struct id_plan *plan, call_fn fn, void *arg, struct doctor_seen *seen);

typedef void doctor_fn(const struct id_plan *plan, struct doctor_seen *seen);

/* doctor_system.c: what the machine is */
doctor_fn doctor_kernel, doctor_seccomp, doctor_chroot, doctor_security, doctor_subids, doctor_limits,
    doctor_image, doctor_locale, doctor_port;
/* doctor_namespaces.c: new namespaces, and links in them */
doctor_fn doctor_user, doctor_nesting, doctor_pid, doctor_mnt, doctor_net, doctor_uts, doctor_ipc,
    doctor_cgroup, doctor_time, doctor_bridge, doctor_veth, doctor_nft;
/* doctor_mounts.c: file systems in a user namespace */
doctor_fn doctor_proc, doctor_overlay, doctor_userxattr, doctor_idmap, doctor_pty;

#endif
