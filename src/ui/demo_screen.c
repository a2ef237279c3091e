/* SPDX-License-Identifier: MIT */
#include "demo.h"
#include "nslab/mem.h"
#include "nslab/style.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROWS_KEPT 2u /* for the line of the stop, and the one that the cursor stands in */

/* --- showing --- */

static void hold(struct screen *s, int stream, const char *text, size_t n)
{
    if (!s->n_held || s->held[s->n_held - 1].stream != stream) {
        s->held = xrealloc(s->held, s->n_held + 1, sizeof *s->held);
        s->held[s->n_held++] = (struct held){.stream = stream};
    }
    buf_add(&s->held[s->n_held - 1].text, text, n);
}

static void write_some(struct demo *d, int stream, const char *text, size_t n)
{
    cleanup_buf struct buf part = {0};
    buf_add(&part, text, n);
    d->screen.characters += n;
    d->screen.fresh = false;
    shell_write(&d->sh, stream, &part);
}

static void put(void *context, int stream, const struct buf *text)
{
    struct demo *d = context;
    struct screen *s = &d->screen;
    size_t room = s->rows ? s->rows - ROWS_KEPT : SIZE_MAX, rows = 0;
    size_t fits = 0;
    if (!s->n_held)
        fits = page_length(text->data, text->len, s->columns, room > s->used ? room - s->used : 0, &rows);
    if (!s->n_held && !s->used && !fits)
        fits = text->len; /* a line like a screen */
    s->used += rows;
    if (fits)
        write_some(d, stream, text->data, fits);
    if (fits < text->len)
        hold(s, stream, text->data + fits, text->len - fits);
}

static void forget_held(struct screen *s)
{
    for (size_t i = 0; i < s->n_held; i++)
        buf_free(&s->held[i].text);
    free(take_ptr(s->held));
    s->n_held = 0;
}

static void new_page(struct screen *s)
{
    s->used = 0;
    s->characters = 0;
}

/* The next screen of what was kept back. */
static void show_held(struct demo *d)
{
    struct screen old = d->screen;
    d->screen.held = NULL;
    d->screen.n_held = 0;
    new_page(&d->screen);
    for (size_t i = 0; i < old.n_held; i++)
        put(d, old.held[i].stream, &old.held[i].text);
    forget_held(&old);
}

void screen_gap(struct demo *d)
{
    cleanup_buf struct buf gap = {0};
    buf_addc(&gap, '\n');
    if (!d->screen.fresh)
        put(d, 1, &gap);
}

/* --- typing --- */

static void pause_typing(struct demo *d, unsigned ms, bool *rush)
{
    if (*rush || !ms)
        return;
    enum demo_key key = keyboard_wait(&d->keyboard, (int)ms);
    if (key != DEMO_NONE)
        *rush = true;
    if (key == DEMO_QUIT || key == DEMO_INTERRUPT)
        d->asked = key;
}

/* The length of what is shown by one key: a character, or an escape sequence, which takes no time. */
static size_t length_at(const char *p, bool *escape)
{
    size_t n = 1;
    *escape = *p == '\033';
    while (*escape ? p[n] && !isalpha((unsigned char)p[n]) : ((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return *escape && p[n] ? n + 1 : n;
}

static void type_text(struct demo *d, const char *text, size_t n)
{
    bool rush = false, escape;
    char before = '\0';
    for (size_t at = 0, length; at < n; at += length) {
        length = length_at(text + at, &escape);
        if (!escape && before)
            pause_typing(d, pace_key_ms(&d->pace, before), &rush);
        write_some(d, 1, text + at, length);
        before = text[at];
    }
    pause_typing(d, pace_enter_ms(&d->pace), &rush);
    write_some(d, 1, "\n", 1);
}

/* As the shell shows the line, but key by key. A key of the presenter ends the waiting. */
static void type(void *context, const char *line)
{
    struct demo *d = context;
    cleanup_buf struct buf text = {0};
    size_t rows = 0;
    screen_gap(d);
    show_line(line, &d->sh.term.look, &text);
    pace_begin(&d->pace, line);
    type_text(d, text.data, text.len - 1); /* its newline is Enter */
    page_length(text.data, text.len, d->screen.columns, SIZE_MAX, &rows);
    d->screen.used += rows;
}

/* --- the stop --- */

static void show_keys(struct demo *d)
{
    shell_say(
        &d->sh,
        "\n- **space**, Enter, right, PageDown: goes on\n"
        "- **left**, Backspace, PageUp: back to where this step begins; from there, to the step before\n"
        "- **p**: a prompt in this lab, for lines of your own; `demo` or Ctrl-D comes back\n"
        "- **q**, Ctrl-C: ends the demo");
}

/* The line at the bottom that waits; it is taken back when a key comes. */
static void show_stop(struct demo *d, const char *next)
{
    cleanup_buf struct buf text = {0}, line = {0};
    buf_addf(&line, "[space: %s]", next);
    if (d->screen.columns > line.len + 34)
        buf_adds(&line, "  left: back  p: prompt  q: quit");
    buf_truncate(&line, line.len < d->screen.columns ? line.len : d->screen.columns - 1);
    style_add(&text, &d->sh.term.look, STYLE_DIM, buf_text(&line));
    shell_write(&d->sh, 1, &text);
}

static void take_stop_back(struct demo *d)
{
    cleanup_buf struct buf text = {0};
    if (d->screen.moves)
        buf_adds(&text, "\r\033[K");
    else
        buf_addf(&text, "\r%*s\r", (int)d->screen.columns - 1, "");
    shell_write(&d->sh, 1, &text);
}

static enum demo_key wait_for_presenter(struct demo *d, const char *next)
{
    if (d->options->automatic) {
        enum demo_key key = keyboard_wait(&d->keyboard, (int)pace_read_ms(&d->pace, d->screen.characters));
        return key == DEMO_NONE ? DEMO_NEXT : key;
    }
    for (;;) {
        keyboard_flush(&d->keyboard);
        show_stop(d, next);
        enum demo_key key = keyboard_wait(&d->keyboard, -1);
        take_stop_back(d);
        if (key != DEMO_HELP)
            return key;
        show_keys(d);
    }
}

static void refresh_size(struct demo *d)
{
    struct winsize size = {0};
    term_refresh_width(&d->sh.term);
    d->screen.columns = d->sh.term.look.width;
    if (d->sh.term.output && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 * ROWS_KEPT)
        d->screen.rows = size.ws_row;
}

enum demo_key screen_stop(struct demo *d, const char *next)
{
    enum demo_key key = d->asked;
    while (key == DEMO_NONE && (d->screen.n_held || next)) {
        bool more = d->screen.n_held;
        key = wait_for_presenter(d, more ? "more" : next);
        if (!more)
            break;
        refresh_size(d);
        if (key == DEMO_NEXT) {
            show_held(d);
            key = DEMO_NONE;
        }
    }
    d->asked = DEMO_NONE;
    forget_held(&d->screen);
    refresh_size(d);
    new_page(&d->screen);
    return key == DEMO_NONE ? DEMO_NEXT : key;
}

/* --- begin and end --- */

void screen_clear(struct demo *d)
{
    cleanup_buf struct buf text = {0};
    new_page(&d->screen);
    if (!d->screen.moves)
        return;
    d->screen.fresh = true;
    buf_adds(&text, "\033[H\033[2J");
    shell_write(&d->sh, 1, &text);
}

void screen_open(struct demo *d)
{
    d->screen.moves = d->sh.term.output && !d->sh.term.look.plain && !term_is_dumb();
    refresh_size(d);
    d->script = (struct script){.put = put, .type = type, .context = d};
    d->sh.script = &d->script;
    d->sh.pager.on = false; /* here the presenter turns the pages */
    if (d->sh.term.input && d->sh.term.output)
        keyboard_open(&d->keyboard);
}

void screen_close(struct demo *d)
{
    keyboard_close(&d->keyboard);
    forget_held(&d->screen);
    d->sh.script = NULL;
    d->sh.pager.on = d->screen.moves;
}
