/* SPDX-License-Identifier: MIT
 *
 * What netlink.c and the tests need of the parser beyond nslab/netlink.h.
 */
#ifndef NSLAB_NETLINK_PARSE_H
#define NSLAB_NETLINK_PARSE_H

#include "nslab/netlink.h"

struct nl_attribute {
    uint16_t type;
    const unsigned char *data;
    size_t len;
};
struct nl_walk {
    const unsigned char *at;
    size_t left;
    bool malformed; /* a length contradicts what is there */
};
bool nl_next_attribute(struct nl_walk *w, struct nl_attribute *ret);

/* The errno of an NLMSG_ERROR (0: an acknowledgement) and the kernel's own words, "" if it says nothing. -1
 * when it is no such message, or a malformed one. */
int nl_parse_answer(const struct nlmsghdr *h, char *words, size_t size);

#endif
