/* SPDX-License-Identifier: MIT
 *
 * Answers of rtnetlink: every message in the bytes, of whatever kind it says it is.
 *
 * covers: src/runtime/netlink_parse.c
 */
#include "../../src/runtime/netlink_parse.h"
#include "fuzz.h"
#include "nslab/netlink.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    /* the kernel's answers are aligned */
    cleanup_free char *copy = xmalloc(n + 1);
    memcpy(copy, bytes, n);
    struct nlmsghdr *h = (void *)copy;
    for (long left = (long)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
        struct link_info link;
        struct address_info address;
        struct route_info route;
        if (nl_parse_link(h, &link))
            HOLDS(memchr(link.name, 0, sizeof link.name) && memchr(link.kind, 0, sizeof link.kind));
        if (nl_parse_address(h, &address))
            HOLDS(memchr(address.text, 0, sizeof address.text));
        if (nl_parse_route(h, &route))
            HOLDS(memchr(route.gateway, 0, sizeof route.gateway));
        char words[128];
        int answer = nl_parse_answer(h, words, sizeof words);
        HOLDS(answer >= -1 && answer < 4096 && memchr(words, 0, sizeof words));
    }
    return 0;
}
