/* SPDX-License-Identifier: MIT */
#include "nslab/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* The one place below main that ends the process: see mem.h. write(2), since stdio may need memory. */
static void __attribute__((noreturn)) out_of_memory(void)
{
    static const char text[] = "nslab: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(5);
}

void *xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *xrealloc(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    p = realloc(p, bytes > 0 ? bytes : 1);
    if (!p)
        out_of_memory();
    return p;
}

char *xstrndup(const char *s, size_t n)
{
    char *copy = xmalloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xasprintf(const char *format, ...)
{
    char *s = NULL;
    va_list ap;
    va_start(ap, format);
    int n = vasprintf(&s, format, ap);
    va_end(ap);
    if (n < 0)
        out_of_memory();
    return s;
}

void cleanup_free_p(void *p)
{
    free(*(void **)p);
}

void cleanup_file_p(FILE **f)
{
    if (*f)
        fclose(*f);
}
