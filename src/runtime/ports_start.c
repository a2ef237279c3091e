/* SPDX-License-Identifier: MIT
 *
 * The port proxy's process: how it is born in the lab host, and what it keeps.
 */
#include "nslab/birth.h"
#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "nslab/ports.h"
#include "nslab/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct proxy {
    const char *container, *address;
    const struct port_choice *ports;
    size_t n;
    int *listeners; /* two a port: on the machine, on the lab host */
};

static int listen_on_lab_host(const struct proxy *p, struct nslab_error *e)
{
    const struct in_addr any = {.s_addr = htonl(INADDR_ANY)};
    for (size_t i = 0; i < p->n; i++) {
        p->listeners[2 * i + 1] = port_listen(any, p->ports[i].host);
        if (p->listeners[2 * i + 1] >= 0)
            continue;
        error_sys(e, errno, "listen on", "port %u of the lab host", (unsigned)p->ports[i].host);
        if (e->errnum == EADDRINUSE)
            error_hint(e, "Something in the lab listens there already: `host ss -ltnp` shows what. Publish "
                          "another port.");
        return -1;
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A process that lives as long as the container must not keep other pipes and sockets of nslab's open. */
static void keep_only_listeners(const struct proxy *p)
{
    size_t n = 2 * p->n;
    cleanup_free int *sorted = xcalloc(n, sizeof *sorted);
    memcpy(sorted, p->listeners, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_number);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; fd++)
        if (null < 0 || dup2(null, fd) < 0)
            close(fd);
    int next = 3;
    for (size_t i = 0; i < n; i++) {
        if (sorted[i] < next)
            continue;
        close_fds((unsigned)next, (unsigned)sorted[i] - 1);
        next = sorted[i] + 1;
    }
    close_fds((unsigned)next, ~0u);
}

static void set_title(const struct proxy *p)
{
    cleanup_buf struct buf routes = {0};
    for (size_t i = 0; i < p->n; i++)
        buf_addf(&routes, "%s%u -> %s:%u", i ? ", " : "", (unsigned)p->ports[i].host, p->container,
                 (unsigned)p->ports[i].container);
    title_set("nslab: port proxy %s", buf_text(&routes));
}

/* What it needed them for, a port below 1024 of the lab host, is done. */
static int drop_capabilities(const struct proxy *p, struct nslab_error *e)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) < 0)
        return error_sys(e, errno, "drop the capabilities of", "the port proxy of container %s",
                         p->container);
    return 0;
}

static int proxy_main(void *arg, int sock, struct nslab_error *e)
{
    const struct proxy *p = arg;
    die_with_parent();
    setsid(); /* Ctrl-C at the terminal is for the command that runs there, not for this process */
    signals_to_default();
    signal(SIGPIPE, SIG_IGN);
    set_title(p);
    if (listen_on_lab_host(p, e) < 0 || drop_capabilities(p, e) < 0 ||
        birth_send(sock, "L", 1, NULL, 0, e) < 0)
        return -1;
    keep_only_listeners(p);
    port_proxy_loop(p->listeners, 2 * p->n, p->address, p->ports, e);
    _exit(1); /* the socket to nslab is closed: nobody is left to be told */
}

/* Waits for "both listen". */
static int wait_listening(const struct birth *b, struct nslab_error *e)
{
    char listening;
    int rc = birth_receive(b, &listening, sizeof listening, NULL, 0, e);
    if (rc > 0)
        return 0;
    if (rc == 0)
        error_say(e, "the port proxy ended before it listened");
    end_child(b->pidfd);
    return -1;
}

int port_proxy_start(const struct place *lab_host, const char *container_name, const char *container_address,
                     const struct port_choice *ports, int *machine_sockets, size_t n, struct nslab_error *e)
{
    cleanup_free int *listeners = xcalloc(2 * n, sizeof *listeners);
    struct proxy p = {.container = container_name,
                      .address = container_address,
                      .ports = ports,
                      .n = n,
                      .listeners = listeners};
    for (size_t i = 0; i < n; i++) {
        listeners[2 * i] = machine_sockets[i];
        listeners[2 * i + 1] = -1;
    }
    struct birth b = {.pidfd = -1, .sock = -1};
    int rc = birth_in(lab_host, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS, BIRTH_COPIED,
                      proxy_main, &p, &b, e);
    for (size_t i = 0; i < n; i++)
        close_fd_p(&machine_sockets[i]);
    if (rc < 0)
        return -1;
    rc = wait_listening(&b, e);
    close_fd_p(&b.sock);
    if (rc < 0)
        close_fd_p(&b.pidfd);
    return rc < 0 ? -1 : b.pidfd;
}
