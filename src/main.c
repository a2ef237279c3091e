/* SPDX-License-Identifier: MIT
 *
 * nslab: what has to be right before anything is done; then the subcommands (src/ui/sub_table.c).
 */
#include "nslab/interrupt.h"
#include "nslab/proc.h"
#include "nslab/subcommand.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file opened later must not become standard output because that was closed. Where it was, writing fails as
 * it would have: a report that nobody gets isn't a success. */
static int open_standard_streams(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return -1;
    return 0;
}

static int prepare(int argc, char **argv, struct nslab_error *e)
{
    if (open_standard_streams() < 0)
        return error_sys(e, errno, "open", "/dev/null");
    title_init(argc, argv);
    setlocale(LC_CTYPE, ""); /* widths of characters; numbers stay as they are everywhere */
    umask(022);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write(2) */
    signal(SIGXFSZ, SIG_IGN); /* as is a file that may not grow any more: ulimit -f */
    signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, children could not be waited for */
    if (interrupt_install() < 0)
        return error_sys(e, errno, "prepare for", "Ctrl-C");
    return 0;
}

int main(int argc, char **argv)
{
    struct nslab_error e = {0};
    if (prepare(argc, argv, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    return program_run(argc > 1 ? (size_t)argc - 1 : 0, argv + (argc > 0));
}
