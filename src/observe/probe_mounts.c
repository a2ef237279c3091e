/* SPDX-License-Identifier: MIT
 *
 * {mounts: PATH, field: F, from: V}: what is mounted at exactly this path, from /proc/PID/mountinfo of the
 * place's first process: paths in it are those that this process sees.
 */
#include "mount_fields.h"
#include "probing.h"

#include <stdio.h>

int read_mounts(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint v;
    char path[64];
    cleanup_buf struct buf text = {0};
    struct mount_info *mounts;
    if (viewpoint_open(host, see_key(see, SEE_FROM), &v, e) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/mountinfo", v.proc);
    int got = read_text(path, &text, e);
    if (got <= 0)
        return got < 0 ? -1 : error_say(e, "%s isn't there: %s is just ending", path, v.words);
    int n = mountinfo_parse(buf_text(&text), &mounts);
    if (n < 0)
        return error_say(e, "%s has a line that isn't a mount's", path);
    observe_how(ret, "%s", path);
    int rc = mount_field_read(see_key(see, SEE_FIELD), see->subject, mounts, (size_t)n, ret, e);
    if (ret->kind == VALUE_ABSENT)
        observe_absent(ret, "nothing is mounted at %s as seen from %s", see->subject, v.words);
    mounts_free(mounts, (size_t)n);
    return rc;
}
