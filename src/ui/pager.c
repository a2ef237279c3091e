/* SPDX-License-Identifier: MIT */
#include "pager.h"
#include "nslab/interrupt.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/out.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* --- pages (pure) --- */

/* Past an escape sequence as our styles have them: ESC [ ... letter. */
static size_t escape_length(const char *text, size_t n)
{
    size_t i = 2;
    if (n < 2 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (i < n && (unsigned char)text[i] < '@')
        i++;
    return i < n ? i + 1 : n;
}

/* Rows that one line takes on a screen that breaks it where it is full. */
static size_t rows_of_line(const char *line, size_t n, unsigned width)
{
    size_t columns = 0;
    for (size_t i = 0; i < n;) {
        size_t escape = escape_length(line + i, n - i), end = i;
        if (escape) {
            i += escape;
            continue;
        }
        while (end < n && line[end] != '\033' && line[end] != '\t')
            end++;
        columns += display_columns(line + i, end - i);
        if (end < n && line[end] == '\t')
            columns += 8 - columns % 8;
        i = end < n && (line[end] == '\t' || end == i) ? end + 1 : end;
    }
    return columns > width ? (columns + width - 1) / width : 1;
}

size_t page_length(const char *text, size_t n, unsigned width, size_t rows, size_t *ret_rows)
{
    size_t at = 0;
    *ret_rows = 0;
    while (at < n) {
        const char *newline = memchr(text + at, '\n', n - at);
        size_t length = newline ? (size_t)(newline - (text + at)) : n - at;
        size_t taken = rows_of_line(text + at, length, width);
        if (*ret_rows + taken > rows)
            break;
        *ret_rows += taken;
        at += length + (newline ? 1 : 0);
    }
    return at;
}

/* --- the flow --- */

void pager_reset(struct pager *p)
{
    p->used = 0;
    p->left = false;
}

void pager_count(struct pager *p, const struct look *look, const char *text, size_t n)
{
    size_t rows = 0;
    page_length(text, n, look->width, SIZE_MAX, &rows);
    p->used += rows;
}

void pager_show(struct pager *p, const struct look *look, const struct pager_calls *calls, const char *text,
                size_t n)
{
    while (n && !p->left) {
        unsigned screen = p->on ? calls->rows(calls->context) : 0;
        /* One row is for the prompt. What others have filled is gone already: no use to stop for that. */
        size_t usable = screen > 2 ? screen - 1 : SIZE_MAX, rows = 0;
        if (p->used > usable)
            p->used = 0;
        size_t length = page_length(text, n, look->width, usable - p->used, &rows);
        if (!length && !p->used)
            length = strcspn(text, "\n") + 1 < n ? strcspn(text, "\n") + 1 : n; /* a line like a screen */
        calls->write(calls->context, text, length);
        p->used += rows;
        text += length;
        n -= length;
        if (!n)
            return;
        p->left = calls->ask(calls->context, look) == PAGE_LEAVE;
        p->used = 0;
    }
}

/* --- the terminal --- */

#define QUESTION "-- more: Enter, q --"

unsigned pager_terminal_rows(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static void say(const struct buf *text)
{
    (void)!out_write(STDOUT_FILENO, buf_text(text), text->len);
}

/* Blanks instead of an escape sequence: every terminal knows them. */
static void take_question_away(void)
{
    cleanup_buf struct buf text = {0};
    buf_addf(&text, "\r%*s\r", (int)strlen(QUESTION), "");
    say(&text);
}

static enum page_key wait_for_key(void)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = interrupt_fd(), .events = POLLIN}};
        if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
            return PAGE_LEAVE;
        if (interrupt_pending()) {
            if (interrupt_signal() == SIGINT)
                interrupt_take(); /* it was meant for us; SIGTERM is for the shell */
            return PAGE_LEAVE;
        }
        char key = 0;
        if (!fds[0].revents)
            continue;
        ssize_t n = read(STDIN_FILENO, &key, 1);
        if (n == 0 || (n < 0 && errno != EINTR) || (n == 1 && strchr("qQ\004\033", key)))
            return PAGE_LEAVE;
        if (n == 1 && strchr("\n\r ", key))
            return PAGE_NEXT;
    }
}

enum page_key pager_ask_terminal(const struct look *look)
{
    struct termios before, now;
    cleanup_buf struct buf question = {0};
    style_add(&question, look, STYLE_BOLD, QUESTION);
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return PAGE_NEXT;
    now = before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    say(&question);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now); /* what was typed ahead stays */
    enum page_key key = wait_for_key();
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    take_question_away();
    return key;
}
