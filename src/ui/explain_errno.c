/* SPDX-License-Identifier: MIT
 *
 * What the kernel means by its answers where namespaces are about.
 */
#include "explain.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct errno_row {
    int errnum;
    const char *name, *means, *causes[2];
} errno_table[] = {
    {EPERM,
     "EPERM",
     "the call needs a right that this process hasn't got over this thing, whatever the file's mode says.",
     {"A capability counts only over what belongs to the process's own user namespace. Root in there may "
      "hold CAP_CHOWN and still not change a file whose owner isn't mapped (it shows as nobody), or the "
      "network of somebody else's user namespace.",
      "The capability isn't there at all: a container has Docker's fourteen, and mount(2) wants "
      "CAP_SYS_ADMIN. `--cap-add` gives one more; `explain uid_map NAME` shows which owners are mapped."}},
    {EACCES,
     "EACCES",
     "the mode of the file, or of a directory on the way to it, doesn't let this user in.",
     {"The owner isn't mapped in this user namespace: then CAP_DAC_OVERRIDE doesn't count for that file, and "
      "root inside is one of the others.",
      "A directory on the way lacks `x` for this user, or a program lacks it, or lies on a mount with "
      "`noexec`."}},
    {ENOENT,
     "ENOENT",
     "there is no such name as seen from here.",
     {"A path is looked up in the mount namespace of the process: the file may be there on the other side of "
      "the wall, and not on this one.",
      "The program isn't in the image, or the interpreter that its first line names isn't."}},
    {EINVAL,
     "EINVAL",
     "the call is known, but not with these arguments or at this moment.",
     {"An id that has no line in the user namespace's map: chown(2) to it answers so.",
      "An argument of mount(2), setns(2) or clone(2) that doesn't go with the others, as entering the user "
      "namespace that one is in already."}},
    {ESRCH,
     "ESRCH",
     "no process has this number in the PID namespace of whoever asks.",
     {"The number is of another PID namespace: the machine's, the lab host's and the container's differ "
      "(`explain pid NAME`).",
      "The process has ended meanwhile."}},
    {EROFS,
     "EROFS",
     "the mount, or the file system below it, is only read.",
     {"It was mounted with `ro`, as by `-v SRC:DST:ro`, or as /sys is in a container without `--privileged`.",
      "`ro` belongs to the mount and not to the file: the same file may be writable by another path."}},
    {EBUSY,
     "EBUSY",
     "the thing is in use, and so can't be taken away or mounted over.",
     {"A process has its working directory or an open file there; processes in other mount namespaces count "
      "where they have the same mount.",
      "It is a mount point in this mount namespace: `umount` comes before `rm` or `mv`."}},
    {EADDRINUSE,
     "EADDRINUSE",
     "somebody listens on this port and address already, in this network namespace.",
     {"Two containers share a network (`--network host`, `--network container:NAME`): then they share its "
      "ports.",
      "On the machine another program, or an earlier `-p`, has the port: `ss -ltnp` shows who."}},
    {ECONNREFUSED,
     "ECONNREFUSED",
     "the address is there, and nobody listens on that port.",
     {"127.0.0.1 is another one in each network namespace: the server listens on that of its own.",
      "The server has ended, or isn't ready yet."}},
    {ENETUNREACH,
     "ENETUNREACH",
     "no route of this network namespace leads there.",
     {"It has no way out: a lab host is connected with its containers and with nothing else.",
      "With `--network none` there is `lo` alone."}},
    {ENOSPC,
     "ENOSPC",
     "there is no room, or a limit on how many there may be is reached.",
     {"The writable layer is a tmpfs of bounded size: `map mounts` shows how full it is.",
      "The limits in /proc/sys/user (max_user_namespaces and the like) count for each user."}},
    {EOVERFLOW,
     "EOVERFLOW",
     "a number doesn't fit, and with files that number is an owner.",
     {"A user or group that isn't mapped would have to own a new file or directory.",
      "The file system itself knows no owner for the id of this process."}},
};

static const struct errno_row *row_of(int errnum)
{
    for (size_t i = 0; i < ARRAY_LEN(errno_table); i++)
        if (errno_table[i].errnum == errnum)
            return &errno_table[i];
    return NULL;
}

int errno_in_text(const char *text)
{
    int found = 0;
    const char *last = NULL;
    for (size_t i = 0; i < ARRAY_LEN(errno_table); i++) {
        const char *words = strerror(errno_table[i].errnum);
        for (const char *p = text; (p = strcasestr(p, words)); p++)
            if (!last || p > last) {
                last = p;
                found = errno_table[i].errnum;
            }
    }
    return found;
}

int errno_by_name(const char *name, struct nslab_error *e)
{
    const char *names[ARRAY_LEN(errno_table)];
    for (size_t i = 0; i < ARRAY_LEN(errno_table); i++) {
        names[i] = errno_table[i].name;
        if (!strcasecmp(name, names[i]))
            return errno_table[i].errnum;
    }
    cleanup_free char *upper = xstrdup(name);
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    const char *nearest = nearest_word(upper, names, ARRAY_LEN(names));
    error_say(e, "`%s` is no errno that is explained here", name);
    if (nearest)
        return error_hint(e, "Did you mean `explain errno %s`?", nearest);
    return error_hint(e, "`explain errno` alone is about the last line that failed.");
}

void errno_text(int errnum, struct buf *out)
{
    const struct errno_row *row = row_of(errnum);
    const char *name = strerrorname_np(errnum);
    buf_addf(out, "**%s** (errno %d, \"%s\")", name ? name : "errno", errnum, strerror(errnum));
    if (!row) {
        buf_adds(out, " has no meaning of its own with namespaces: its manual page, errno(3), has it.\n");
        return;
    }
    buf_addf(out, ": %s With namespaces it commonly has one of two causes:\n\n", row->means);
    for (size_t i = 0; i < ARRAY_LEN(row->causes); i++)
        buf_addf(out, "- %s\n", row->causes[i]);
}

void failed_text(const struct failed_line *f, struct buf *out)
{
    if (!f->line) {
        buf_adds(out, "No line has failed yet. `explain errno EPERM` explains one by its name.\n");
        return;
    }
    int errnum = f->error.errnum ? f->error.errnum : errno_in_text(buf_text(&f->said));
    buf_addf(out, "The last line that failed is `%s`, with status %d. ", f->line, f->status);
    if (!errnum) {
        buf_adds(out,
                 "It named no error of the kernel's that is explained here: what it wrote is all that is "
                 "known.\n");
        return;
    }
    if (!f->error.errnum && errnum == EACCES && strstr(buf_text(&f->said), "mount: ")) {
        buf_adds(out, "mount(8) says \"permission denied\" for EPERM too, and that is what mount(2) answers "
                      "whom it doesn't let mount at all: ");
        errnum = EPERM;
    } else {
        buf_adds(out, f->error.errnum ? "The kernel's answer to nslab was " : "What it wrote names ");
    }
    errno_text(errnum, out);
}

int explain_errno(struct explaining *x, const char *argument, struct buf *out, struct nslab_error *e)
{
    if (!argument) {
        failed_text(x->failed, out);
        return 0;
    }
    int errnum = errno_by_name(argument, e);
    if (errnum < 0)
        return -1;
    errno_text(errnum, out);
    return 0;
}
