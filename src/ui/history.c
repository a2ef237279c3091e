/* SPDX-License-Identifier: MIT */
#include "history.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/paths.h"
#include "nslab/workbook.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

size_t history_tail(const char *text, size_t n, size_t most)
{
    size_t lines = 0, at = n;
    while (at && lines <= most) {
        if (text[at - 1] == '\n' && at < n && ++lines == most)
            return at;
        at--;
    }
    return most ? at : n;
}

/* In place: a second file would be left behind by a sudden end. What is written is shorter than what was
 * there, and so needs no room on a full disk. */
static void cut(int fd, const struct buf *text, size_t begin)
{
    size_t n = text->len - begin;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && pwrite(fd, text->data + begin, n, 0) == (ssize_t)n)
        (void)!ftruncate(fd, (off_t)n);
}

void history_load(const char *path, struct strv *lines)
{
    cleanup_buf struct buf text = {0};
    cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || read_fd_all(fd, &text, 0) < 0)
        return;
    size_t begin = history_tail(buf_text(&text), text.len, HISTORY_MAX);
    if (history_tail(buf_text(&text), text.len, 2 * (size_t)HISTORY_MAX))
        cut(fd, &text, begin);
    strv_split_lines(lines, buf_text(&text) + begin);
}

void history_append(const char *path, const char *line)
{
    struct nslab_error ignored = {0};
    cleanup_buf struct buf text = {0};
    cleanup_free char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    if (make_directories(directory, 0700, &ignored) < 0)
        return;
    cleanup_fd int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    buf_addf(&text, "%s\n", line);
    if (fd >= 0)
        (void)!write_all(fd, buf_text(&text), text.len);
}
