/* SPDX-License-Identifier: MIT
 *
 * Whether the kernel has what a lab will need, asked before the lab begins and without changing anything. The
 * question loads the module where a module has it. All of it is about the network namespace of the caller,
 * who needs CAP_NET_ADMIN over it; 0, or -1 with the error and its cause.
 */
#ifndef NSLAB_FEATURES_H
#define NSLAB_FEATURES_H

#include "nslab/error.h"

/* "veth", "bridge": a kind of link that is a need of that name too. */
int feature_link_kind(const char *kind, struct nslab_error *e);
/* nftables with a chain of this type ("nat") and DNAT in it. */
int feature_nft(const char *chain_type, struct nslab_error *e);

#endif
