/* SPDX-License-Identifier: MIT */
#include "ports_in_use.h"
#include "nslab/buf.h"
#include "nslab/fd.h"
#include "nslab/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0a

/* The IPv4 address in the hexadecimal of /proc/net/tcp, or the one in that of tcp6: [::] accepts IPv4 too,
 * and
 * ::ffff:a.b.c.d is nothing else. false when IPv4 doesn't come in there. */
static bool ipv4_of(const char *hex, uint32_t *ret_be)
{
    static const char mapped[] = "0000000000000000FFFF0000", any[] = "00000000000000000000000000000000";
    size_t n = strlen(hex);
    if (n == 32 && (starts_with(hex, mapped) || !strcmp(hex, any)))
        hex += 24;
    else if (n != 8)
        return false;
    *ret_be = (uint32_t)strtoul(hex, NULL, 16);
    return true;
}

bool listener_find(const char *proc_net_tcp, uint32_t address_be, uint16_t port, struct listener *ret)
{
    for (const char *line = proc_net_tcp; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char hex[33];
        unsigned local_port, state, uid;
        unsigned long inode;
        uint32_t address;
        /* sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode */
        if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*32[0-9A-F]:%*4X %2X %*8X:%*8X %*2X:%*8X %*8X %u %*u %lu",
                   hex, &local_port, &state, &uid, &inode) != 5)
            continue;
        if (state != TCP_STATE_LISTEN || local_port != port || !ipv4_of(hex, &address))
            continue;
        if (address && address_be && address != address_be)
            continue;
        *ret = (struct listener){.uid = uid, .inode = inode};
        return true;
    }
    return false;
}

/* Does this process hold the socket? Its descriptors can be read by its owner and by root alone. */
static bool holds_socket(int proc, const char *pid, unsigned long inode)
{
    char path[64], wanted[64], link[64];
    snprintf(path, sizeof path, "%.20s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    bool found = false;
    if (!directory) {
        close_fd_p(&fd);
        return false;
    }
    for (const struct dirent *entry; !found && (entry = readdir(directory));) {
        ssize_t n = readlinkat(dirfd(directory), entry->d_name, link, sizeof link - 1);
        link[n > 0 ? n : 0] = '\0';
        found = !strcmp(link, wanted);
    }
    closedir(directory);
    return found;
}

static bool is_proxy_for(int proc, const char *pid, uint16_t port)
{
    char path[64], mark[64];
    cleanup_buf struct buf title = {0};
    snprintf(path, sizeof path, "%.20s/cmdline", pid);
    snprintf(mark, sizeof mark, " %u -> ", (unsigned)port);
    if (read_file_at(proc, path, &title, 4096) < 0)
        return false;
    return starts_with(buf_text(&title), "nslab: port proxy ") && strstr(buf_text(&title), mark);
}

static void name_process(int proc, const char *pid, char *text, size_t size)
{
    char path[64];
    cleanup_buf struct buf name = {0}, shown = {0};
    snprintf(path, sizeof path, "%.20s/comm", pid);
    read_file_at(proc, path, &name, 64);
    size_t n = strcspn(buf_text(&name), "\n");
    add_harmless(&shown, buf_text(&name), n); /* any process names itself as it likes */
    if (n)
        snprintf(text, size, "%s (PID %.20s)", buf_text(&shown), pid);
    else
        snprintf(text, size, "PID %.20s", pid);
}

static bool find_process(unsigned long inode, uint16_t port, char *text, size_t size)
{
    DIR *proc = opendir("/proc");
    bool found = false;
    if (!proc)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (is_proxy_for(dirfd(proc), entry->d_name, port)) {
            snprintf(text, size, "nslab's port proxy of another container (PID %.20s)", entry->d_name);
            found = true;
        } else if (inode && holds_socket(dirfd(proc), entry->d_name, inode)) {
            name_process(dirfd(proc), entry->d_name, text, size);
            found = true;
        }
    }
    closedir(proc);
    return found;
}

void port_user(uint32_t address_be, uint16_t port, char *text, size_t size)
{
    cleanup_buf struct buf tcp = {0};
    struct listener listener = {0};
    read_file_at(AT_FDCWD, "/proc/net/tcp", &tcp, 0);
    read_file_at(AT_FDCWD, "/proc/net/tcp6", &tcp, 0);
    bool known = listener_find(buf_text(&tcp), address_be, port, &listener);
    if (find_process(known ? listener.inode : 0, port, text, size))
        return;
    if (known)
        snprintf(text, size, "a process of uid %u", listener.uid);
    else
        snprintf(text, size, "another process");
}
