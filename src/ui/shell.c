/* SPDX-License-Identifier: MIT */
#include "nslab/shell.h"

int shell_main(const struct shell_options *o)
{
    return o ? 0 : 5;
}
