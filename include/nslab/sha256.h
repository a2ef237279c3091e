/* SPDX-License-Identifier: MIT
 *
 * SHA-256 (FIPS 180-4): the digest by which a workbook knows which text of a lab it was made with.
 */
#ifndef NSLAB_SHA256_H
#define NSLAB_SHA256_H

#include <stddef.h>

#define SHA256_TEXT_SIZE 72
/* "sha256:" and 64 hexadecimal digits, with a NUL. */
void sha256_text(const void *bytes, size_t n, char text[SHA256_TEXT_SIZE]);

#endif
