/* SPDX-License-Identifier: MIT */
#include "record.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "nslab/proc.h"
#include "nslab/subcommand.h"
#include "record_cast.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_MS 20 /* what may be the beginning of a mark is shown after this all the same */
#define ROWS_DEFAULT 24
#define COLUMNS_DEFAULT 80

struct recording {
    const char *path;
    int file;    /* -1: it couldn't be written any more */
    off_t whole; /* so many bytes of it are whole lines */
    bool failed;
    struct recorder recorder;
    struct cast cast;
    uint64_t start;
    bool keys; /* standard input is a terminal, and ours to read */
    struct termios before;
    struct winsize size;
    int master, slave; /* of the pseudo-terminal */
    int child;         /* pidfd */
};

/* A signal handler can only reach a global: it notes that the window has a new size. */
static volatile sig_atomic_t resized;

static void on_resize(int signo)
{
    (void)signo;
    resized = 1;
}

static double seconds(const struct recording *r)
{
    return (double)(now_ns() - r->start) / 1e9;
}

/* --- the file --- */

static int open_file(const char *path, int *ret, struct nslab_error *e)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size) {
        error_say(e, "%s is there already, and a recording is not written over", path);
        return error_hint(e, "Name another file, or remove this one.");
    }
    *ret = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *ret < 0 ? error_sys(e, errno, "write", "%s", path) : 0;
}

/* The terminal is raw, so that a line ends with a carriage return too. */
static void say_failed(struct recording *r, int errnum)
{
    r->failed = true;
    close_fd_p(&r->file);
    dprintf(STDERR_FILENO, "\r\nnslab: cannot write %s: %s. The recording ends here, all else goes on.\r\n",
            r->path, strerror(errnum));
}

/* Whole lines at once: however nslab ends, what is in the file can be played. */
static void write_lines(struct recording *r, const struct buf *lines)
{
    if (r->file < 0 || !lines->len)
        return;
    if (write_all(r->file, lines->data, lines->len) == 0) {
        r->whole += (off_t)lines->len;
        return;
    }
    int errnum = errno;
    (void)!ftruncate(r->file, r->whole); /* a pipe has no end to cut off */
    say_failed(r, errnum);
}

static void write_header(struct recording *r, const char *title)
{
    cleanup_buf struct buf line = {0};
    const struct cast_header header = {
        .width = r->size.ws_col,
        .height = r->size.ws_row,
        .timestamp = (long long)time(NULL),
        .title = title,
        .term = getenv("TERM"),
        .shell = getenv("SHELL"),
    };
    cast_header(&header, &line);
    write_lines(r, &line);
}

/* --- the terminals --- */

static void find_size(struct recording *r)
{
    r->size = (struct winsize){0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &r->size);
    if (!r->size.ws_col || !r->size.ws_row)
        r->size = (struct winsize){.ws_row = ROWS_DEFAULT, .ws_col = COLUMNS_DEFAULT};
}

/* Without a terminal to copy to, the pseudo-terminal is one that can show all. */
static void find_term(void)
{
    static const char *term; /* what is replaced stays: others may have looked it up */
    term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) && (!term || !*term || !strcmp(term, "dumb")))
        setenv("TERM", "xterm-256color", 1);
}

static int make_pty(struct recording *r, struct nslab_error *e)
{
    r->keys = tcgetattr(STDIN_FILENO, &r->before) == 0;
    if (openpty(&r->master, &r->slave, NULL, r->keys ? &r->before : NULL, &r->size) < 0)
        return error_sys(e, errno, "make", "a pseudo-terminal for the recording");
    fcntl(r->master, F_SETFD, FD_CLOEXEC);
    fcntl(r->slave, F_SETFD, FD_CLOEXEC);
    return 0;
}

static void terminal_raw(const struct recording *r)
{
    struct termios raw = r->before;
    if (!r->keys)
        return;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void terminal_back(const struct recording *r)
{
    if (r->keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &r->before);
}

static void pass_size(struct recording *r)
{
    cleanup_buf struct buf line = {0};
    resized = 0;
    find_size(r);
    ioctl(r->master, TIOCSWINSZ, &r->size);
    cast_resize(seconds(r), r->size.ws_col, r->size.ws_row, &line);
    write_lines(r, &line);
}

/* --- copying --- */

static void show(struct recording *r, const char *bytes, size_t n)
{
    cleanup_buf struct buf shown = {0}, lines = {0};
    if (n)
        cast_feed(&r->cast, seconds(r), bytes, n, &shown, &lines);
    else
        cast_flush(&r->cast, seconds(r), &shown, &lines);
    /* A reader that has gone away: the child is told as by a terminal that is closed. */
    if (shown.len && out_write(STDOUT_FILENO, shown.data, shown.len) < 0)
        pidfd_signal(r->child, SIGHUP);
    write_lines(r, &lines);
}

/* false: nothing more is to come. */
static bool copy_output(struct recording *r)
{
    char chunk[16384];
    ssize_t n = read(r->master, chunk, sizeof chunk);
    if (n > 0)
        show(r, chunk, (size_t)n);
    return n > 0 || (n < 0 && errno == EINTR);
}

static void copy_keys(struct recording *r)
{
    char keys[1024];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n > 0)
        (void)!write(r->master, keys, (size_t)n);
    else if (n == 0 || errno != EINTR) {
        r->keys = false; /* the terminal is gone */
        pidfd_signal(r->child, SIGHUP);
    }
}

enum { WATCH_KEYS, WATCH_PTY, WATCH_END, WATCH_INTERRUPT, WATCH_COUNT };

static void copy_until_end(struct recording *r)
{
    for (;;) {
        struct pollfd fds[WATCH_COUNT] = {
            [WATCH_KEYS] = {.fd = r->keys ? STDIN_FILENO : -1, .events = POLLIN},
            [WATCH_PTY] = {.fd = r->master, .events = POLLIN},
            [WATCH_END] = {.fd = r->child, .events = POLLIN},
            [WATCH_INTERRUPT] = {.fd = interrupt_fd(), .events = POLLIN},
        };
        if (resized)
            pass_size(r);
        int n = poll(fds, WATCH_COUNT, r->cast.bytes.len ? FLUSH_MS : -1);
        if (n < 0)
            continue; /* a signal */
        if (n == 0)
            show(r, NULL, 0);
        /* Ctrl-C is a key here: an interrupt comes from outside, and is meant for what is recorded. */
        if (fds[WATCH_INTERRUPT].revents && interrupt_take())
            pidfd_signal(r->child, interrupt_signal());
        if (fds[WATCH_KEYS].revents)
            copy_keys(r);
        if (fds[WATCH_PTY].revents & POLLIN)
            copy_output(r);
        else if (fds[WATCH_END].revents)
            return;
    }
}

static int watch(struct recording *r)
{
    struct sigaction action, old;
    int status = STATUS_BROKEN;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_resize;
    sigaction(SIGWINCH, &action, &old);
    terminal_raw(r);
    copy_until_end(r);
    show(r, NULL, 0);
    terminal_back(r);
    sigaction(SIGWINCH, &old, NULL);
    wait_child(r->child, &status);
    return status;
}

/* --- both halves --- */

/* Of standard input only a terminal is replaced: lines from a pipe are still read from it. */
static void enter_pty(struct recording *r)
{
    die_with_parent();
    setsid();
    ioctl(r->slave, TIOCSCTTY, 0);
    if (r->keys)
        dup2(r->slave, STDIN_FILENO);
    dup2(r->slave, STDOUT_FILENO);
    dup2(r->slave, STDERR_FILENO);
    close_fd_p(&r->slave);
    close_fd_p(&r->master);
    close_fd_p(&r->file);
    interrupt_renew();
}

static void make_secret(struct recorder *recorder)
{
    unsigned char bytes[RECORD_SECRET_LENGTH / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        memset(bytes, 0, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(recorder->secret + 2 * i, 3, "%02x", bytes[i]);
}

static int recording_open(struct recording *r, const char *title, struct nslab_error *e)
{
    if (open_file(r->path, &r->file, e) < 0)
        return -1;
    find_size(r);
    find_term();
    if (make_pty(r, e) < 0)
        return -1;
    make_secret(&r->recorder);
    r->cast.secret = r->recorder.secret;
    r->start = now_ns();
    write_header(r, title);
    return 0;
}

static void recording_close(struct recording *r)
{
    close_fd_p(&r->file);
    close_fd_p(&r->master);
    close_fd_p(&r->slave);
    close_fd_p(&r->child);
    cast_free(&r->cast);
}

int record_run(const char *path, const char *title,
               int (*body)(void *context, const struct recorder *recorder), void *context)
{
    cleanup_with(recording_close) struct recording r = {
        .path = path, .file = -1, .master = -1, .slave = -1, .child = -1};
    struct nslab_error e = {0};
    if (!path)
        return body(context, NULL);
    if (recording_open(&r, title, &e) < 0)
        return say_error(&e, STATUS_BROKEN);
    pid_t pid = fork();
    if (pid > 0)
        r.child = pidfd_open_of(pid);
    if (pid < 0 || (pid > 0 && r.child < 0)) {
        error_sys(&e, errno, "start", "what is to be recorded");
        return say_error(&e, STATUS_BROKEN);
    }
    if (pid == 0) {
        enter_pty(&r);
        return body(context, &r.recorder); /* and so out of main, as without a recording */
    }
    close_fd_p(&r.slave);
    int status = watch(&r);
    if (!r.failed)
        return status;
    error_say(&e, "the recording %s is not whole: it could not be written to its end", path);
    return say_error(&e, status ? status : STATUS_BROKEN);
}

void record_mark(const struct recorder *recorder, const char *step, const char *phase)
{
    cleanup_buf struct buf mark = {0};
    if (!recorder)
        return;
    cleanup_free char *label = xasprintf("%s: %s", step, phase);
    cast_mark(recorder->secret, label, &mark);
    (void)!out_write(STDOUT_FILENO, mark.data, mark.len);
}
