/* SPDX-License-Identifier: MIT */
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_MAX_DEFAULT (16u << 20)
#define FDS_MAX 8

void close_fd_p(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd);
    errno = saved;
    *fd = -1;
}

int read_fd_all(int fd, struct buf *out, size_t max)
{
    size_t before = out->len;
    if (!max)
        max = READ_MAX_DEFAULT;
    for (;;) {
        char chunk[8192];
        size_t room = max - (out->len - before);
        if (!room)
            return 0;
        ssize_t n = read(fd, chunk, room < sizeof chunk ? room : sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            buf_truncate(out, before);
            return -1;
        }
        if (n == 0)
            return 0;
        buf_add(out, chunk, (size_t)n);
    }
}

int read_file_at(int dirfd, const char *path, struct buf *out, size_t max)
{
    cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    return read_fd_all(fd, out, max);
}

int read_regular_file(const char *path, struct buf *out, size_t max)
{
    struct stat st;
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    return read_fd_all(fd, out, max);
}

int write_once(const char *path, const void *bytes, size_t n)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t written;
    do
        written = write(fd, bytes, n);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return -1;
    if ((size_t)written != n) {
        errno = EIO;
        return -1;
    }
    return 0;
}

int write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        p += written;
        n -= (size_t)written;
    }
    return 0;
}

int write_file_atomically(const char *path, const void *bytes, size_t n, mode_t mode, struct nslab_error *e)
{
    cleanup_free char *temporary = xasprintf("%s.new-%d", path, (int)getpid());
    cleanup_fd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return error_sys(e, errno, "create", "%s", temporary);
    if (write_all(fd, bytes, n) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0) {
        error_sys(e, errno, "write", "%s", path);
        unlink(temporary);
        return -1;
    }
    return 0;
}

void close_fds(unsigned first, unsigned last)
{
    struct rlimit limit = {0};
    if (first > last || syscall(SYS_close_range, first, last, 0u) == 0)
        return;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
        close((int)fd);
}

int keep_only(int *a, int *b)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high_a = null < 0 ? -1 : fcntl(*a, F_DUPFD_CLOEXEC, 10);
    int high_b = high_a < 0 ? -1 : fcntl(*b, F_DUPFD_CLOEXEC, 10);
    if (high_b < 0)
        return -1;
    *a = high_a;
    *b = high_b;
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(null, fd) < 0)
            return -1;
    if (dup3(high_a, 3, O_CLOEXEC) < 0 || dup3(high_b, 4, O_CLOEXEC) < 0)
        return -1;
    *a = 3;
    *b = 4;
    close_fds(5, ~0u);
    return 0;
}

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) < 0 ? -1 : 0;
}

union fd_message {
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct cmsghdr align;
};

int send_with_fds(int sock, const void *bytes, size_t n, const int *fds, size_t n_fds)
{
    union fd_message control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds > FDS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (n_fds) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

ssize_t recv_with_fds(int sock, void *bytes, size_t size, int *fds, size_t n_fds)
{
    union fd_message control = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    for (size_t i = 0; i < n_fds; i++)
        fds[i] = -1;
    ssize_t got;
    do
        got = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -1;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
            if (i < n_fds)
                fds[i] = fd;
            else
                close(fd);
        }
    }
    return got;
}
