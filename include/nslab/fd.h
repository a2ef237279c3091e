/* SPDX-License-Identifier: MIT
 *
 * File descriptors and whole files. Every descriptor that nslab opens is close-on-exec.
 */
#ifndef NSLAB_FD_H
#define NSLAB_FD_H

#include "nslab/buf.h"
#include "nslab/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void close_fd_p(int *fd); /* closes *fd if it is >= 0 and makes it -1; errno is kept */
#define cleanup_fd __attribute__((cleanup(close_fd_p)))
#define take_fd(fd)                                                                                          \
    ({                                                                                                       \
        int taken_ = (fd);                                                                                   \
        (fd) = -1;                                                                                           \
        taken_;                                                                                              \
    })

/* Reads a whole file (procfs too), at most max bytes (0: 16 MiB). 0, or -1 with errno set and out unchanged.
 */
int read_file_at(int dirfd, const char *path, struct buf *out, size_t max);
/* The same for a file that a container may have put there: anything but a regular file is refused (EINVAL),
 * and not waited for. */
int read_regular_file(const char *path, struct buf *out, size_t max);
int read_fd_all(int fd, struct buf *out, size_t max);
/* One write(2) to an existing file: what uid_map and most of /proc/sys ask for. 0, or -1 with errno set. */
int write_once(const char *path, const void *bytes, size_t n);
/* All of it, over short writes and EINTR. 0, or -1 with errno set. */
int write_all(int fd, const void *bytes, size_t n);
/* Replaces the file at path with these bytes: temporary file beside it, fsync, rename. */
int write_file_atomically(const char *path, const void *bytes, size_t n, mode_t mode, struct nslab_error *e);

/* Closes all of first..last: close_range(2), or one by one where that is not there. */
void close_fds(unsigned first, unsigned last);
/* For a process that stays: keeps these two, as 3 and 4, and /dev/null as standard streams; closes all else.
 * 0, or -1 with errno: the two can still be used, and nothing was closed. */
int keep_only(int *a, int *b);
int set_nonblocking(int fd, bool on);
/* A datagram with up to 8 descriptors over a unix socket. 0, or -1 with errno set. */
int send_with_fds(int sock, const void *bytes, size_t n, const int *fds, size_t n_fds);
/* Returns the number of bytes (0: the other end is closed), or -1 with errno. Unused entries of fds are -1.
 */
ssize_t recv_with_fds(int sock, void *bytes, size_t size, int *fds, size_t n_fds);

#endif
