/* SPDX-License-Identifier: MIT */
#include "reports.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/term.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- options --- */

static const char *report_name(size_t i)
{
    return report_table[i].name;
}

int reports_options(const struct sub_args *args, struct reports *ret, struct nslab_error *e)
{
    const struct report_formats formats = {
        .name = report_name, .n = report_count, .these = "There are", .rest = ""};
    *ret = (struct reports){.require_all = sub_has(args, "require-all"), .stable = sub_has(args, "stable")};
    return report_targets_read(args, &formats, &ret->to, e);
}

static const struct report *report_of(const struct report_target *target)
{
    return &report_table[target->format];
}

/* --- writing --- */

static const char *environment(const char *name)
{
    return getenv(name);
}

static void make_token(char token[static 33])
{
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        memset(random, 0, sizeof random); /* cannot fail for so few bytes */
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(token + 2 * i, 3, "%02x", random[i]);
}

/* A device or a descriptor is written to: another file can't be put in its place. */
static int write_through(const char *path, const struct buf *text, struct nslab_error *e)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || out_write(fd, buf_text(text), text->len) < 0)
        return error_sys(e, errno, "write", "%s", path);
    return 0;
}

static bool is_special(const char *file)
{
    return starts_with(file, "/dev/") || starts_with(file, "/proc/");
}

int report_place_try(const char *file)
{
    struct nslab_error e = {0};
    struct stat st;
    if (!file || is_special(file))
        return STATUS_PASSED;
    const char *slash = strrchr(file, '/');
    cleanup_free char *directory = slash ? xstrndup(file, (size_t)(slash - file) + 1) : xstrdup(".");
    if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
        errno = EISDIR;
    else if (access(directory, W_OK | X_OK) == 0)
        return STATUS_PASSED;
    error_sys(&e, errno, "write", "%s", file);
    error_hint(&e, "A report needs a directory that is there, and that you may write to. Nothing was run.");
    return say_error(&e, STATUS_BROKEN);
}

int report_text_write(const char *file, const struct buf *text)
{
    struct nslab_error e = {0};
    if (!file)
        return say_out(text);
    int rc = is_special(file) ? write_through(file, text, &e)
                              : write_file_atomically(file, buf_text(text), text->len, 0666, &e);
    return rc < 0 ? say_error(&e, STATUS_BROKEN) : STATUS_PASSED;
}

/* Cuts at the end of a line, so that the file stays below max. */
static void cut(struct buf *text, size_t there, size_t max)
{
    static const char more[] = "<p>There is more: it is in the log.</p>\n\n";
    if (there + text->len <= max)
        return;
    size_t end = there + sizeof more < max ? max - there - sizeof more : 0;
    while (end && text->data[end - 1] != '\n')
        end--;
    buf_truncate(text, end);
    if (end)
        buf_adds(text, more);
}

static int append(const char *path, struct buf *text, size_t max)
{
    struct nslab_error e = {0};
    struct stat st;
    cleanup_fd int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        cut(text, (size_t)st.st_size, max);
        if (write_all(fd, buf_text(text), text->len) == 0)
            return STATUS_PASSED;
    }
    error_sys(&e, errno, "append to", "%s", path);
    return say_error(&e, STATUS_BROKEN);
}

static int write_one(const struct report_target *target, const struct result *r,
                     const struct report_options *o)
{
    cleanup_buf struct buf text = {0}, also = {0};
    const struct report *report = report_of(target);
    const char *path = report->also_in ? environment(report->also_in) : NULL;
    report->write(r, o, &text);
    int status = report_text_write(target->file, &text);
    if (!path || !*path)
        return status;
    report->write_also(r, o, &also);
    int appended = append(path, &also, report->also_max);
    return status ? status : appended;
}

static int write_reports(const struct reports *reports, const struct result *r,
                         bool (*wanted)(const struct report_target *target))
{
    struct term term = {0};
    char token[33];
    int status = STATUS_PASSED;
    make_token(token);
    term_probe(&term, false);
    for (size_t i = 0; i < reports->to.n; i++) {
        const struct report_target *target = &reports->to.items[i];
        const struct report_options o = {
            .colour = !target->file && term.look.colour,
            .width = target->file ? TERM_WIDTH_DEFAULT : term.look.width,
            .require_all = reports->require_all,
            .token = token,
            .now = reports->stable ? 0 : time(NULL),
            .environment = environment,
        };
        int this_one = wanted(target) ? write_one(target, r, &o) : STATUS_PASSED;
        status = status ? status : this_one;
    }
    return status;
}

static bool is_wanted(const struct report_target *target)
{
    (void)target;
    return true;
}

int reports_write(const struct reports *reports, struct result *r)
{
    if (reports->stable)
        result_stabilise(r);
    return write_reports(reports, r, is_wanted);
}

static bool is_wanted_always(const struct report_target *target)
{
    return report_of(target)->always && target->file;
}

int reports_begin(const struct reports *reports)
{
    static char ended[] = "nslab ended before it could report. It was killed, or this machine was.";
    const struct result nothing = {.error = ended};
    return write_reports(reports, &nothing, is_wanted_always);
}

/* Who reads the terminal has been told on standard error. */
static bool is_wanted_of_failures(const struct report_target *target)
{
    return target->file || target->format != REPORT_FOR_PEOPLE;
}

int reports_fail(const struct reports *reports, struct result *r, const struct nslab_error *e, bool told,
                 int status)
{
    char text[NSLAB_ERROR_TEXT_MAX];
    free(r->error);
    r->error = xstrdup(error_text(e, text, sizeof text));
    if (!told)
        say_error(e, status);
    if (reports->stable)
        result_stabilise(r);
    write_reports(reports, r, is_wanted_of_failures);
    return status;
}
