/* SPDX-License-Identifier: MIT
 *
 * Who has a port: what the error about a taken port says.
 */
#ifndef NSLAB_PORTS_IN_USE_H
#define NSLAB_PORTS_IN_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listener {
    unsigned uid;
    unsigned long inode;
};
/* The listening socket on this port in a /proc/net/tcp or tcp6 text whose address is the same, or is 0.0.0.0,
 * or any when the wanted one is 0.0.0.0 (pure; for tests). */
bool listener_find(const char *proc_net_tcp, uint32_t address_be, uint16_t port, struct listener *ret);

/* "nginx (PID 4711)", "nslab's port proxy of another container (PID 4712)", "a process of uid 33", "another
 * process": never empty. */
void port_user(uint32_t address_be, uint16_t port, char *text, size_t size);

#endif
