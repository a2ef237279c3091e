/* SPDX-License-Identifier: MIT
 *
 * Errors are values. A fallible function returns 0 (or something useful) on success and -1 on failure, and on
 * failure it has filled the struct nslab_error that its caller handed in. It is a plain value without
 * pointers, so that a child process can write it whole to its parent, whatever namespaces lie between them.
 *
 * Two shapes of text, both read by error_text():
 *   error_sys():  "cannot STEP OBJECT: STRERROR (DETAIL). HINT"
 *   error_say():  "DETAIL. HINT"            a whole sentence of its own: a usage error, a name that isn't
 * known
 */
#ifndef NSLAB_ERROR_H
#define NSLAB_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct nslab_error {
    int errnum;       /* errno of the call that failed; 0 when no call was made */
    char step[96];    /* what was being done: "mount proc in" */
    char object[256]; /* to what: "container web" */
    char detail[768]; /* what more is known */
    char hint[640];   /* what the reader can do about it; whole sentences */
    char cause[32];   /* the name of the need (need.h) that this machine doesn't meet; makes a verdict
                         `unsupported` */
};

/* Each of these overwrites what *e held and returns -1, so that `return error_sys(...)` reads well. */
int error_sys(struct nslab_error *e, int errnum, const char *step, const char *object_format, ...)
    __attribute__((format(printf, 4, 5)));
int error_say(struct nslab_error *e, const char *sentence_format, ...) __attribute__((format(printf, 2, 3)));

/* These add to an error that is set, and return -1 too. */
int error_detail(struct nslab_error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_hint(struct nslab_error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_cause(struct nslab_error *e, const char *need);
/* Where no hint is set: what usually helps with this errno; with another one `otherwise`, unless it is NULL.
 * Returns -1. */
int error_advise(struct nslab_error *e, const char *otherwise);
/* Of a file that the reader has named: who refuses it. Returns -1. */
int error_advise_path(struct nslab_error *e, const char *path);
extern const char advice_doctor[]; /* for `otherwise`, where the kernel has refused something */
/* The machine is short of descriptors or memory, or failed to read: no answer to what was asked. */
bool is_shortage(int errnum);

bool error_is_set(const struct nslab_error *e);
void error_clear(struct nslab_error *e);

/* The whole text in one line, without a newline, truncated to size. Returns text. */
char *error_text(const struct nslab_error *e, char *text, size_t size);
/* The same without the hint: for places that show the hint on a line of its own. */
char *error_text_brief(const struct nslab_error *e, char *text, size_t size);

#define NSLAB_ERROR_TEXT_MAX 2048

#endif
