/* SPDX-License-Identifier: MIT
 *
 * {mounts: PATH, field: F, from: V}: what is mounted at exactly this path, from the mountinfo of the helper
 * itself, which is in the place's mount namespace and has its root: paths in it are those that are seen
 * there.
 */
#include "mount_fields.h"
#include "probing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#define OWN_MOUNTS "self/mountinfo"

struct mount_question {
    const char *path, *field;
    const struct viewpoint *from;
    int proc_fd; /* the machine's /proc: the place's own doesn't know the helper, which isn't in its PID
                    namespace */
};

static int look_at_mounts(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct mount_question *q = arg;
    cleanup_buf struct buf text = {0};
    struct mount_info *mounts;
    if (read_file_at(q->proc_fd, OWN_MOUNTS, &text, 0) < 0)
        return error_sys(e, errno, "read", "/proc/" OWN_MOUNTS " in %s's mount namespace", q->from->words);
    int n = mountinfo_parse(buf_text(&text), &mounts);
    if (n < 0)
        return error_say(e, "/proc/" OWN_MOUNTS " has a line that isn't a mount's");
    observe_how(ret, "/proc/" OWN_MOUNTS ", in %s's mount namespace", q->from->words);
    int rc = mount_field_read(q->field, q->path, mounts, (size_t)n, ret, e);
    if (rc == 0 && ret->kind == VALUE_ABSENT)
        observe_absent(ret, "nothing is mounted at %s as seen from %s", q->path, q->from->words);
    mounts_free(mounts, (size_t)n);
    return rc;
}

int read_mounts(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint from;
    if (viewpoint_open(host, see_key(see, SEE_FROM), &from, e) < 0)
        return -1;
    cleanup_fd int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc_fd < 0)
        return error_sys(e, errno, "open", "/proc");
    const struct mount_question q = {see->subject, see_key(see, SEE_FIELD), &from, proc_fd};
    return look_from(&from, CLONE_NEWUSER | CLONE_NEWNS, look_at_mounts, &q, ret, e);
}
