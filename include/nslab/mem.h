/* SPDX-License-Identifier: MIT
 *
 * Allocation that doesn't fail, and ownership that can be seen.
 *
 * When memory is exhausted there is nothing sensible left to do in a process of a few megabytes: the program
 * says so in one line and ends with status 5. The kernel then ends the lab, as after any other death.
 *
 * Who creates frees. Locals that own something carry a cleanup attribute; take_ptr() and take_fd() hand
 * ownership on and leave nothing behind in the variable.
 */
#ifndef NSLAB_MEM_H
#define NSLAB_MEM_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Hidden from shared libraries: libreadline has an xmalloc and an xrealloc of its own, which takes two
 * arguments, and the dynamic linker would give it ours. */
#define hidden_from_libraries __attribute__((visibility("hidden")))
void *xmalloc(size_t size) hidden_from_libraries;
void *xcalloc(size_t count, size_t size) hidden_from_libraries;
void *xrealloc(void *p, size_t count,
               size_t size) hidden_from_libraries; /* count * size, checked for overflow */
char *xstrdup(const char *s) __attribute__((returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cleanup_free_p(void *p); /* p is the address of the pointer */
void cleanup_file_p(FILE **f);
#define cleanup_free __attribute__((cleanup(cleanup_free_p)))
#define cleanup_file __attribute__((cleanup(cleanup_file_p)))
/* `cleanup_with(lab_free_p) struct lab *lab = NULL;` for everything else */
#define cleanup_with(function) __attribute__((cleanup(function)))

#define take_ptr(p)                                                                                          \
    ({                                                                                                       \
        __typeof__(p) taken_ = (p);                                                                          \
        (p) = NULL;                                                                                          \
        taken_;                                                                                              \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
