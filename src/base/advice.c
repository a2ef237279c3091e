/* SPDX-License-Identifier: MIT
 *
 * What usually helps, by errno: for errors whose place knows nothing better to say.
 */
#include "nslab/error.h"
#include "nslab/mem.h"

#include <errno.h>

static const struct {
    int errnum;
    const char *advice;
} advices[] = {
    {EMFILE, "This process may open no more files: `ulimit -n` shows how many it may, and `ulimit -n 1024` "
             "allows more in this shell."},
    {ENFILE, "The machine has no room for more open files: `cat /proc/sys/fs/file-nr` shows how many there "
             "are and may be. End programs that have many, and try again."},
    {ENOMEM, "Memory has run out, or a limit on it is reached: look at `free -h` and `ulimit -v`. End "
             "programs that use much, and try again."},
    {ENOBUFS, "The kernel has no memory left for this: look at `free -h`. End programs that use much, and "
              "try again."},
    {EAGAIN, "A limit is reached, most often that on processes: look at `ulimit -u` and at how many "
             "processes run. Raise the limit or end some, and try again."},
    {ENOSPC, "There is no room left, or a limit on how many there may be is reached: look at `df -h`, and at "
             "the numbers in /proc/sys/user."},
    {EDQUOT, "A quota is reached: `quota` shows yours."},
    {ENOSYS, "This kernel lacks the call, or a seccomp filter stands in for it. Linux 5.11 or newer has it: "
             "`uname -r` shows yours. Inside a container, start that one with --security-opt "
             "seccomp=unconfined."},
    {ETOOMANYREFS, "Too many descriptors are on their way between processes: `ulimit -n` limits them too. "
                   "`ulimit -n 1024` allows more in this shell."},
    {EIO, "The kernel could not read or write it: `sudo dmesg | tail` may say why."},
    {EROFS, "It lies on a file system that can only be read: `findmnt` shows how it is mounted."},
};

const char advice_doctor[] = "`nslab doctor` tries what nslab needs of this machine, and says what to do.";

bool is_shortage(int errnum)
{
    return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM || errnum == EIO;
}

int error_advise(struct nslab_error *e, const char *otherwise)
{
    if (e->hint[0] || !e->step[0])
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(advices); i++)
        if (advices[i].errnum == e->errnum)
            return error_hint(e, "%s", advices[i].advice);
    return otherwise ? error_hint(e, "%s", otherwise) : -1;
}

int error_advise_path(struct nslab_error *e, const char *path)
{
    if (e->errnum != EACCES)
        return -1;
    return error_hint(e, "`namei -l %.400s` shows who may read it, and enter each directory on the way.",
                      path);
}
