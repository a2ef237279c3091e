/* SPDX-License-Identifier: MIT
 *
 * /proc/net/tcp and tcp6, proc_pid_net(5):
 *   sl  local_address rem_address   st tx_queue ...
 *   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 ...
 * An address is written as the 32-bit words that lie in memory, each as a number of this machine.
 */
#include "nslab/mem.h"
#include "nslab/procfs.h"

#include <arpa/inet.h>
#include <string.h>

#define STATE_LISTEN 0x0a
#define HEX_IPV4 8
#define HEX_IPV6 32

static bool parse_address(const char *hex, size_t n, char *text, size_t size)
{
    uint32_t words[4] = {0};
    if (n != HEX_IPV4 && n != HEX_IPV6)
        return false;
    for (size_t i = 0; i < n / 8; i++)
        if (sscanf(hex + i * 8, "%8x", &words[i]) != 1)
            return false;
    if (n == HEX_IPV4)
        return inet_ntop(AF_INET, words, text, (socklen_t)size) != NULL;
    char address[INET6_ADDRSTRLEN];
    if (!inet_ntop(AF_INET6, words, address, sizeof address))
        return false;
    snprintf(text, size, "[%s]", address);
    return true;
}

void sockets_parse_listening(const char *text, const char *protocol, struct strv *out)
{
    cleanup_strv struct strv lines = {0};
    strv_split_lines(&lines, text);
    for (size_t i = 0; i < lines.len; i++) {
        char local[HEX_IPV6 + 1], address[INET6_ADDRSTRLEN + 2];
        unsigned port, state;
        /* The heading, and what isn't a socket, doesn't match. */
        if (sscanf(lines.items[i], " %*u: %32[0-9A-Fa-f]:%4x %*[0-9A-Fa-f]:%*4x %2x", local, &port, &state) ==
                3 &&
            state == STATE_LISTEN && parse_address(local, strlen(local), address, sizeof address))
            strv_addf(out, "%s %s:%u", protocol, address, port);
    }
}
