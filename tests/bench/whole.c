/* SPDX-License-Identifier: MIT
 *
 * Whole processes, from fork to reaped: nslab itself, and beside it what else runs a program in namespaces.
 * Turn by turn, as in bench.c.
 *
 * usage: whole NSLAB ROOTFS     ROOTFS: the tree of the image, for the others
 */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 50
#define VERIFY_ROUNDS 10
#define WARM_UP 2
#define WORDS_MAX 24
#define PROMPT "nslab>"
#define PROMPT_TIMEOUT_MS 5000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One line of the table. */
struct command {
    const char *what;
    const char *words[WORDS_MAX];
    double target_ms;
    int status; /* not 0: it isn't installed (127), or doesn't work here, and isn't asked again */
    struct series times;
};

static void silence(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
}

/* Runs it to its end; returns its status. */
static int run(const char *const *words)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        char *arguments[WORDS_MAX];
        for (size_t i = 0; i < WORDS_MAX; i++)
            arguments[i] = words[i] ? strdup(words[i]) : NULL;
        silence();
        execvp(arguments[0], arguments);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void measure(struct command *commands, size_t n, size_t rounds)
{
    for (size_t round = 0; round < rounds + WARM_UP; round++)
        for (size_t i = 0; i < n; i++) {
            struct command *c = &commands[i];
            double start = bench_now_ms();
            if (c->status == 0)
                c->status = run(c->words);
            if (c->status == 0 && round >= WARM_UP)
                series_add(&c->times, bench_now_ms() - start);
        }
}

/* --- the shell at its prompt --- */

/* Reads until the prompt has come. */
static bool wait_for_prompt(int terminal)
{
    char text[65536];
    size_t n = 0;
    struct pollfd p = {.fd = terminal, .events = POLLIN};
    while (n + 1 < sizeof text && poll(&p, 1, PROMPT_TIMEOUT_MS) > 0) {
        ssize_t got = read(terminal, text + n, sizeof text - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
        if (strstr(text, PROMPT))
            return true;
    }
    return false;
}

static bool prompt_round(const char *program, struct series *ms, struct series *mb)
{
    int terminal;
    const struct winsize size = {.ws_row = 24, .ws_col = 80};
    double start = bench_now_ms();
    pid_t pid = forkpty(&terminal, NULL, NULL, &size);
    if (pid == 0) {
        setenv("TERM", "xterm", 1);
        execl(program, "nslab", (char *)NULL);
        _exit(127);
    }
    if (pid < 0)
        return false;
    bool there = wait_for_prompt(terminal);
    series_add(ms, bench_now_ms() - start);
    series_add(mb, bench_resident_mb(pid));
    if (write(terminal, "quit\n", 5) != 5)
        kill(pid, SIGKILL);
    /* Its last words have to be read, or it waits for us. */
    char rest[4096];
    while (read(terminal, rest, sizeof rest) > 0)
        ;
    close(terminal);
    waitpid(pid, NULL, 0);
    return there;
}

static bool measure_prompt(const char *program, struct series *ms, struct series *mb)
{
    for (size_t i = 0; i < ROUNDS + WARM_UP; i++) {
        if (i == WARM_UP)
            ms->n = mb->n = 0;
        if (!prompt_round(program, ms, mb)) {
            fprintf(stderr, "whole: %s showed no prompt '%s'\n", program, PROMPT);
            return false;
        }
    }
    return true;
}

/* --- the others --- */

/* crun wants its container described in a file. Its cgroups are left out: the first move of a process into
 * one is most of what it costs otherwise, and nslab has none. */
static bool write_bundle(const char *directory, const char *rootfs)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", directory);
    FILE *f = fopen(path, "we");
    if (!f)
        return false;
    fprintf(f,
            "{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"/bin/true\"],\"cwd\":\"/"
            "\",\"user\":{\"uid\":0,\"gid\":0},"
            "\"env\":[\"PATH=/usr/bin:/bin\"]},\"root\":{\"path\":\"%s\",\"readonly\":true},\"mounts\":["
            "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
            "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}],"
            "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"network\"},{"
            "\"type\":\"uts\"},"
            "{\"type\":\"ipc\"}]}}\n",
            rootfs);
    return fclose(f) == 0;
}

static bool report(struct command *commands, size_t n)
{
    bool met = true;
    for (size_t i = 0; i < n; i++) {
        struct row row = {.what = commands[i].what,
                          .unit = "ms",
                          .ours = &commands[i].times,
                          .value_max = commands[i].target_ms};
        if (commands[i].status == 0)
            met &= table_row(&row);
        else
            met &= table_gap(&row, commands[i].status == 127 ? "not there" : "fails");
    }
    return met;
}

int main(int argc, char **argv)
{
    static struct series prompt_ms, prompt_mb;
    char bundle[] = "/tmp/nslab-bench.XXXXXX", config[sizeof bundle + 16];
    if (argc != 3) {
        fputs("usage: whole NSLAB ROOTFS\n", stderr);
        return 2;
    }
    const char *nslab = argv[1], *rootfs = argv[2];
    if (!mkdtemp(bundle) || !write_bundle(bundle, rootfs)) {
        perror("whole: a directory for crun");
        return 5;
    }
    static struct command commands[5];
    commands[0] = (struct command){.what = "nslab --version", .words = {nslab, "--version"}, .target_ms = 10};
    commands[1] = (struct command){.what = "nslab -c 'run --rm ...', with its lab host",
                                   .words = {nslab, "-c", "run --rm --network none nginx /bin/true"}};
    commands[2] = (struct command){
        .what = "crun run, without cgroups and overlay",
        .words = {"crun", "--cgroup-manager=disabled", "run", "--bundle", bundle, "nslab-bench"}};
    commands[3] = (struct command){.what = "bwrap, without overlay",
                                   .words = {"bwrap", "--unshare-pid", "--unshare-net", "--unshare-uts",
                                             "--unshare-ipc", "--ro-bind", rootfs, "/", "--proc", "/proc",
                                             "--dev", "/dev", "/bin/true"}};
    commands[4] = (struct command){.what = "unshare and chroot, without overlay, lo down",
                                   .words = {"unshare", "--fork", "--pid", "--mount", "--net", "--uts",
                                             "--ipc", "chroot", rootfs, "/bin/true"}};
    static struct command verify[2];
    verify[0] = (struct command){
        .what = "nslab verify, the whole course", .words = {nslab, "verify"}, .target_ms = 1000};
    verify[1] =
        (struct command){.what = "the same, one lab after the other", .words = {nslab, "verify", "--jobs=1"}};
    bool there = measure_prompt(nslab, &prompt_ms, &prompt_mb);
    measure(commands, COUNT(commands), ROUNDS);
    measure(verify, COUNT(verify), VERIFY_ROUNDS);
    snprintf(config, sizeof config, "%s/config.json", bundle);
    unlink(config);
    rmdir(bundle);
    bench_note("verify", &verify[0].times);
    puts("");
    table_head();
    const struct row prompt[] = {
        {.what = "start to first prompt, in a terminal", .unit = "ms", .ours = &prompt_ms, .value_max = 15},
        {.what = "the shell's resident memory at the prompt",
         .unit = "MB",
         .ours = &prompt_mb,
         .value_max = 8},
    };
    bool met = there;
    for (size_t i = 0; i < COUNT(prompt); i++)
        met &= table_row(&prompt[i]);
    met &= report(commands, 1);
    met &= report(verify, COUNT(verify));
    met &= report(commands + 1, COUNT(commands) - 1);
    return met ? 0 : 1;
}
