/* SPDX-License-Identifier: MIT */
#include "demo_keys.h"
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/proc.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *bytes;
    enum demo_key key;
} key_table[] = {
    {" ", DEMO_NEXT},       {"\r", DEMO_NEXT},     {"\n", DEMO_NEXT},     {"n", DEMO_NEXT},
    {"\033[C", DEMO_NEXT},  {"\033OC", DEMO_NEXT}, {"\033[B", DEMO_NEXT}, {"\033OB", DEMO_NEXT},
    {"\033[6~", DEMO_NEXT}, {"\177", DEMO_BACK},   {"\b", DEMO_BACK},     {"\033[D", DEMO_BACK},
    {"\033OD", DEMO_BACK},  {"\033[A", DEMO_BACK}, {"\033OA", DEMO_BACK}, {"\033[5~", DEMO_BACK},
    {"p", DEMO_PROMPT},     {":", DEMO_PROMPT},    {"?", DEMO_HELP},      {"h", DEMO_HELP},
    {"q", DEMO_QUIT},       {"\004", DEMO_QUIT},
};

/* One character, or what a function key sends: ESC O and a letter, ESC [ up to a letter or ~. */
static size_t key_length(const char *p, size_t n)
{
    size_t i = 2;
    if (n < 3 || p[0] != '\033' || (p[1] != '[' && p[1] != 'O'))
        return 1;
    while (p[1] == '[' && i < n - 1 && (p[i] < '@' || p[i] > '~'))
        i++;
    return i + 1;
}

enum demo_key demo_key_of(const char *bytes, size_t n)
{
    for (size_t at = 0; at < n; at += key_length(bytes + at, n - at))
        for (size_t i = 0; i < ARRAY_LEN(key_table); i++) {
            size_t length = strlen(key_table[i].bytes);
            if (length == key_length(bytes + at, n - at) && !memcmp(bytes + at, key_table[i].bytes, length))
                return key_table[i].key;
        }
    return DEMO_NONE;
}

static void key_by_key(const struct keyboard *k)
{
    struct termios mode = k->before;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

/* After Ctrl-Z and `fg` the terminal is as the shell left it. The handler is there so that poll(2) ends. */
static void on_continue(int signo)
{
    (void)signo;
}

void keyboard_open(struct keyboard *k)
{
    struct sigaction action;
    if (k->open || tcgetattr(STDIN_FILENO, &k->before) < 0)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    k->open = true;
    key_by_key(k);
}

void keyboard_close(struct keyboard *k)
{
    if (!k->open)
        return;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &k->before);
    signal(SIGCONT, SIG_DFL);
    k->open = false;
}

void keyboard_flush(const struct keyboard *k)
{
    if (k->open)
        tcflush(STDIN_FILENO, TCIFLUSH);
}

static enum demo_key read_key(void)
{
    char bytes[16];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    return n == 0 ? DEMO_QUIT : n < 0 ? DEMO_NONE : demo_key_of(bytes, (size_t)n);
}

static int left_ms(uint64_t start, int timeout_ms)
{
    if (timeout_ms < 0)
        return -1;
    uint64_t gone = (now_ns() - start) / 1000000;
    return gone >= (uint64_t)timeout_ms ? 0 : timeout_ms - (int)gone;
}

enum demo_key keyboard_wait(const struct keyboard *k, int timeout_ms)
{
    uint64_t start = now_ns();
    for (;;) {
        struct pollfd fds[] = {{.fd = k->open ? STDIN_FILENO : -1, .events = POLLIN},
                               {.fd = interrupt_fd(), .events = POLLIN}};
        int left = left_ms(start, timeout_ms), n = poll(fds, ARRAY_LEN(fds), left);
        if (n == 0)
            return DEMO_NONE;
        if (n < 0) {
            if (k->open)
                key_by_key(k);
            continue;
        }
        if (fds[1].revents && interrupt_take())
            return DEMO_INTERRUPT;
        if (fds[0].revents & ~POLLIN)
            return DEMO_QUIT;
        enum demo_key key = fds[0].revents ? read_key() : DEMO_NONE;
        if (key != DEMO_NONE)
            return key;
    }
}
