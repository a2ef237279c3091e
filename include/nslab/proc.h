/* SPDX-License-Identifier: MIT
 *
 * Processes: making them, knowing them by pidfd, waiting for them.
 */
#ifndef NSLAB_PROC_H
#define NSLAB_PROC_H

#include "nslab/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* fork() with namespaces: clone3(2) (Linux 5.3), clone(2) where that is ENOSYS or filtered away. flags are
 * CLONE_NEW* and CLONE_PARENT. The child gets 0. In the parent the pid (in the caller's PID namespace) and,
 * where ret_pidfd isn't NULL, a close-on-exec pidfd (Linux 5.2). -1 with errno. */
pid_t clone_process(uint64_t flags, int *ret_pidfd);

int pidfd_open_of(pid_t pid); /* pidfd_open(2), Linux 5.3; -1 with errno */
/* pidfd_send_signal(2), Linux 5.1; where that is filtered away, kill(2) by its number. -1 with errno */
int pidfd_signal(int pidfd, int signo);
/* To its process group, which it leads (setsid(2) made it so): PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9; before
 * that by its number. -1 with errno. */
int pidfd_signal_group(int pidfd, int signo);
/* The pid in the PID namespace of the /proc mount that we see, from /proc/self/fdinfo: right also where /proc
 * belongs to another PID namespace than ours. 0 or less, with errno: ESRCH when the process is gone. */
pid_t pidfd_pid(int pidfd);
/* All its PIDs, outermost (the /proc mount's) first, as NSpid has them. Returns how many, at most max; 0 when
 * gone. */
size_t pidfd_pids(int pidfd, pid_t *pids, size_t max);

/* Waits for a child of ours. *status as a shell has it: 0..255, 128+N after signal N. 0, or -1 with errno. */
int wait_child(int pidfd, int *status);
/* The same, and leaves it to be waited for. */
int peek_child(int pidfd, int *status);
/* The same as wait_child() without waiting: 1 when it had ended, 0 when it runs. *signo: the signal that
 * ended it, or 0; the status alone doesn't tell an exit(137) from a SIGKILL. */
int try_wait_child(int pidfd, int *status, int *signo);
/* Kills a child of ours and reaps it, which takes no longer than the kernel needs: 5 s at most. */
void end_child(int pidfd);
/* Waits until it has ended or the time is over. 1 ended (not reaped), 0 time over, -1 errno. */
int poll_exit(int pidfd, int timeout_ms);

/* SIGKILL when the parent ends; for helpers, after their last credential change (which clears it, prctl(2)).
 */
void die_with_parent(void);
/* Makes this process undumpable: nobody in a lab may look into nslab's memory and program file (prctl(2)). */
int shut_memory(struct nslab_error *e);
/* The title that ps shows; call title_init once from main, before the first fork. */
void title_init(int argc, char **argv);
void title_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t now_ns(void); /* CLOCK_MONOTONIC */
/* A session keyring of its own (keyrings(7)): the one of the user's login, with the user's keys in it, would
 * otherwise follow into a lab, whatever the namespaces. */
void leave_keyring(void);
/* Puts signal handlers and the mask back to their defaults: for a child that is about to exec. */
void signals_to_default(void);

#endif
