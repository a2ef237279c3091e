/* SPDX-License-Identifier: MIT */
#ifndef NSLAB_IMAGE_TREE_H
#define NSLAB_IMAGE_TREE_H

#include "nslab/error.h"

/* rm -rf of the directory entry name, of whatever modes and whichever of the lab's ids its files are; what
 * isn't there is fine. */
int image_tree_remove(int parent, const char *name, struct nslab_error *e);
/* The same with the rights that this process has. */
int image_tree_remove_here(int parent, const char *name, struct nslab_error *e);

#endif
