/* SPDX-License-Identifier: MIT */
#include "reports.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/term.h"
#include "nslab/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- options --- */

static const struct report *find_report(const char *command, const char *name, struct nslab_error *e)
{
    const struct report *report = report_by_name(name);
    cleanup_strv struct strv names = {0};
    cleanup_buf struct buf all = {0};
    if (report)
        return report;
    for (size_t i = 0; i < report_count; i++)
        strv_add(&names, report_table[i].name);
    strv_join(&names, ", ", &all);
    const char *nearest = nearest_word(name, (const char *const *)names.items, names.len);
    error_say(e, "%s: no format is named `%s`", command, name);
    if (nearest)
        error_hint(e, "Did you mean %s?", nearest);
    else
        error_hint(e, "There are %s.", buf_text(&all));
    return NULL;
}

bool same_place(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return !strcmp(a, b);
}

static int add_target(struct reports *reports, const char *command, const char *format, const char *file,
                      struct nslab_error *e)
{
    const struct report *report = find_report(command, format, e);
    if (!report)
        return -1;
    if (reports->n == REPORTS_MAX)
        return error_say(e, "%s: more than %d reports", command, REPORTS_MAX);
    if (file && !strcmp(file, "-"))
        file = NULL;
    for (size_t i = 0; i < reports->n; i++) {
        if (same_place(reports->items[i].file, file))
            return error_say(e, "%s: two reports go to %s", command, file ? file : "standard output");
    }
    reports->items[reports->n++] = (struct report_target){report, file};
    return 0;
}

static int add_further(struct reports *reports, const char *command, const char *value, struct nslab_error *e)
{
    size_t n = strcspn(value, "=");
    cleanup_free char *format = xstrndup(value, n);
    if (!value[n] || !value[n + 1])
        return error_say(e, "%s: --report takes FORMAT=FILE, not `%s`", command, value);
    return add_target(reports, command, format, value + n + 1, e);
}

int reports_options(const struct sub_args *args, struct reports *ret, struct nslab_error *e)
{
    const char *format = sub_value(args, "format"), *output = sub_value(args, "output");
    const struct strv *further = sub_values(args, "report");
    bool said = format || output;
    *ret = (struct reports){.require_all = sub_has(args, "require-all"), .stable = sub_has(args, "stable")};
    if (said && add_target(ret, args->sub->name, format ? format : report_table[0].name, output, e) < 0)
        return -1;
    bool taken = said;
    for (size_t i = 0; i < further->len; i++) {
        if (add_further(ret, args->sub->name, further->items[i], e) < 0)
            return -1;
        taken = taken || !ret->items[ret->n - 1].file;
    }
    /* A person who asks for files still wants to see how it went. */
    return taken ? 0 : add_target(ret, args->sub->name, report_table[0].name, NULL, e);
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
    if (fd < 0 || write_all(fd, buf_text(text), text->len) < 0)
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
    const char *path = target->report->also_in ? environment(target->report->also_in) : NULL;
    target->report->write(r, o, &text);
    int status = report_text_write(target->file, &text);
    if (!path || !*path)
        return status;
    target->report->write_also(r, o, &also);
    int appended = append(path, &also, target->report->also_max);
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
    for (size_t i = 0; i < reports->n; i++) {
        const struct report_target *target = &reports->items[i];
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
    return target->report->always && target->file;
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
    return target->file || strcmp(target->report->name, "pretty") != 0;
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
