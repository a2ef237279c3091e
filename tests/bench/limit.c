/* SPDX-License-Identifier: MIT
 *
 * The limit: what the kernel needs for a container, and nothing else. The same namespaces, mounts, files,
 * rights and program as nslab's container without a cable, in one process that is in the right place already:
 * no stub, no handshake, no journal, no error that says what to do. Linked statically, so that its forks copy
 * next to nothing.
 */
#include "limit.h"
#include "ask.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)
#define CAPABILITIES 0xa80425fbu /* the 14 that Docker leaves */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A number without these calls is worth nothing: none may fail. */
static void must(long rc, const char *what)
{
    if (rc >= 0)
        return;
    perror(what);
    _exit(1);
}
#define MUST(call) must((long)(call), #call)

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    must(fd, path);
    MUST(write(fd, text, strlen(text)));
    MUST(close(fd));
}

struct setting {
    int fd; /* the image's tree, or a container's pidfd */
    int own_netns;
    bool single_id;
    bool own_userns; /* the container gets one */
};

/* Whether the map has one uid, as seen from inside: an ordinary user's without an allotment. */
static bool has_single_id(void)
{
    unsigned inside, outside, count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    int n = map ? fscanf(map, "%u %u %u", &inside, &outside, &count) : 0;
    if (map)
        fclose(map);
    return n == 3 && count == 1;
}

/* An overlay of the image and a tmpfs, as src/runtime/mounts.c stacks it. */
static void mount_layers(const struct setting *s)
{
    static const char *const directories[] = {"upper", "work", "root", "upper/etc"};
    char options[128];
    /* An overlay in a user namespace takes its layers from a mount namespace of that: where we are was
     * copied. */
    int lower = s->own_userns ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : s->fd;
    must(lower, "the image's tree");
    MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    MUST(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=128m"));
    MUST(chdir("/tmp"));
    for (size_t i = 0; i < COUNT(directories); i++)
        MUST(mkdir(directories[i], 0755));
    write_file("upper/etc/hostname", "limit\n");
    write_file("upper/etc/hosts", "127.0.0.1 localhost\n");
    /* nginx's workers can't become another uid there: the image wants to be told so. */
    if (s->single_id) {
        MUST(mkdir("upper/etc/nginx", 0755));
        write_file("upper/etc/nginx/user.conf", "user root;\n");
    }
    snprintf(options, sizeof options, "lowerdir=/proc/self/fd/%d,upperdir=upper,workdir=work,userxattr",
             lower);
    MUST(mount("overlay", "root", "overlay", 0, options));
}

static void mount_dev(void)
{
    static const char *const devices[][2] = {
        {"/dev/null", "root/dev/null"},       {"/dev/zero", "root/dev/zero"},
        {"/dev/full", "root/dev/full"},       {"/dev/random", "root/dev/random"},
        {"/dev/urandom", "root/dev/urandom"}, {"/dev/tty", "root/dev/tty"},
    };
    static const char *const links[][2] = {
        {"/proc/self/fd", "root/dev/fd"},       {"/proc/self/fd/0", "root/dev/stdin"},
        {"/proc/self/fd/1", "root/dev/stdout"}, {"/proc/self/fd/2", "root/dev/stderr"},
        {"pts/ptmx", "root/dev/ptmx"},
    };
    static const char *const directories[] = {"root/dev/pts", "root/dev/shm", "root/dev/mqueue"};
    MUST(mount("tmpfs", "root/dev", "tmpfs", MS_NOSUID, "mode=755,size=64k"));
    for (size_t i = 0; i < COUNT(devices); i++) {
        int fd = open(devices[i][1], O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        must(fd, devices[i][1]);
        MUST(close(fd));
        MUST(mount(devices[i][0], devices[i][1], NULL, MS_BIND, NULL));
    }
    for (size_t i = 0; i < COUNT(links); i++)
        MUST(symlink(links[i][0], links[i][1]));
    for (size_t i = 0; i < COUNT(directories); i++)
        MUST(mkdir(directories[i], 0755));
    MUST(mount("devpts", "root/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=620"));
    MUST(mount("shm", "root/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m"));
    MUST(mount("mqueue", "root/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

static void change_root(void)
{
    MUST(chdir("root"));
    MUST(syscall(SYS_pivot_root, ".", "."));
    MUST(umount2(".", MNT_DETACH));
    MUST(chdir("/"));
}

static void set_names_and_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(sethostname("limit", 5));
    must(sock, "socket");
    MUST(ioctl(sock, SIOCSIFFLAGS, &lo));
    MUST(close(sock));
}

static void drop_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{.effective = CAPABILITIES, .permitted = CAPABILITIES}};
    for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (cap > 31 || !(CAPABILITIES >> cap & 1))
            prctl(PR_CAPBSET_DROP, cap);
    MUST(syscall(SYS_capset, &header, sets));
}

static char *const environment[] = {
    (char[]){"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};

static void __attribute__((noreturn)) execute(char *const *command)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    must(null, "/dev/null");
    for (int fd = 0; fd <= 2; fd++)
        MUST(dup2(null, fd));
    setsid();
    execve(command[0], command, environment);
    _exit(127);
}

static pid_t clone_into(uint64_t flags, int *pidfd)
{
    struct clone_args args = {
        .flags = flags | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    must(pid, "clone3");
    return pid;
}

static void reap(pid_t pid, bool killed)
{
    int status = 0;
    MUST(waitpid(pid, &status, 0));
    if (killed ? !WIFSIGNALED(status) : status != 0) {
        fprintf(stderr, "limit: the program ended with status %#x\n", (unsigned)status);
        _exit(1);
    }
}

/* In a user namespace the child has no id and no right until its maps are written. */
static void write_maps(pid_t pid)
{
    static const char *const maps[] = {"uid_map", "gid_map"};
    for (size_t i = 0; i < COUNT(maps); i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, maps[i]);
        write_file(path, "0 100000 65536\n");
    }
}

static void become_root(int go)
{
    char byte;
    MUST(read(go, &byte, 1));
    MUST(setresgid(0, 0, 0));
    MUST(setresuid(0, 0, 0));
}

/* The process of a container; flags: further namespaces. */
static pid_t clone_container(uint64_t flags, int *pidfd)
{
    int go[2];
    MUST(pipe2(go, O_CLOEXEC));
    pid_t pid = clone_into(NAMESPACES | flags, pidfd);
    if (pid && flags & CLONE_NEWUSER) {
        write_maps(pid);
        MUST(write(go[1], "!", 1));
    } else if (!pid && flags & CLONE_NEWUSER) {
        become_root(go[0]);
    }
    MUST(close(go[0]));
    MUST(close(go[1]));
    return pid;
}

static pid_t start_container(const struct setting *s, char *const *command, int *pidfd)
{
    pid_t pid = clone_container(s->own_userns ? CLONE_NEWUSER : 0, pidfd);
    if (pid)
        return pid;
    mount_layers(s);
    MUST(mount("proc", "root/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    MUST(mount("sysfs", "root/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    mount_dev();
    change_root();
    set_names_and_network();
    drop_rights();
    execute(command);
}

static char *const true_command[] = {(char[]){"/bin/true"}, NULL};
static char *const nginx_command[] = {(char[]){"/usr/sbin/nginx"}, (char[]){"-g"}, (char[]){"daemon off;"},
                                      NULL};

static struct limit_times round_true(const struct setting *s)
{
    int pidfd = -1;
    uint64_t start = now_ns();
    reap(start_container(s, true_command, &pidfd), false);
    MUST(close(pidfd));
    return (struct limit_times){.all_ns = now_ns() - start};
}

/* A socket belongs to the network namespace in which it was made: so the loop itself can ask inside, without
 * a process more. */
static struct limit_times round_nginx(const struct setting *s)
{
    int pidfd = -1;
    uint64_t start = now_ns();
    pid_t pid = start_container(s, nginx_command, &pidfd);
    MUST(setns(pidfd, CLONE_NEWNET));
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(sock, "socket");
    MUST(setns(s->own_netns, CLONE_NEWNET));
    must(ask_until_answered(sock, 80), "no answer from nginx");
    uint64_t answered = now_ns();
    MUST(close(sock));
    MUST(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
    reap(pid, true);
    MUST(close(pidfd));
    return (struct limit_times){.answer_ns = answered - start, .all_ns = now_ns() - start};
}

static void __attribute__((noreturn)) enter_and_execute(int container)
{
    int pidfd = -1;
    MUST(setns(container, CLONE_NEWUSER | NAMESPACES));
    pid_t pid = clone_into(0, &pidfd);
    if (!pid) {
        MUST(setresgid(0, 0, 0));
        MUST(setresuid(0, 0, 0));
        drop_rights();
        execute(true_command);
    }
    reap(pid, false);
    _exit(0);
}

static struct limit_times round_exec(const struct setting *s)
{
    int pidfd = -1;
    uint64_t start = now_ns();
    pid_t pid = clone_into(0, &pidfd);
    if (!pid)
        enter_and_execute(s->fd);
    reap(pid, false);
    MUST(close(pidfd));
    return (struct limit_times){.all_ns = now_ns() - start};
}

int main(int argc, char **argv)
{
    char byte;
    if (argc != 3) {
        fputs("usage: limit true|userns|nginx|exec FD\n", stderr);
        return 2;
    }
    const char *mode = argv[1];
    const struct setting s = {.fd = atoi(argv[2]),
                              .own_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
                              .single_id = has_single_id(),
                              .own_userns = !strcmp(mode, "userns")};
    while (read(STDIN_FILENO, &byte, 1) == 1) {
        struct limit_times times = !strcmp(mode, "exec")    ? round_exec(&s)
                                   : !strcmp(mode, "nginx") ? round_nginx(&s)
                                                            : round_true(&s);
        if (write(STDOUT_FILENO, &times, sizeof times) != (ssize_t)sizeof times)
            return 1;
    }
    return 0;
}
