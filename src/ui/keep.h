/* SPDX-License-Identifier: MIT
 *
 * Where a learner's workbook is, and how it is kept there: whole, whoever dies when, and shared by two
 * programs.
 *
 * Writing is: lock, read what another program has written meanwhile and take it over, write a new file
 * beside, rename. The lock is a POSIX lock on FILE.lock: the kernel takes it away with the process.
 */
#ifndef NSLAB_KEEP_H
#define NSLAB_KEEP_H

#include "nslab/workbook.h"

#include <sys/stat.h>

struct keep {
    char *path; /* NULL: there is no home directory */
    struct workbook *book;
    int lock_fd;      /* -1: not there (yet) */
    bool shared;      /* another program works with this workbook too */
    bool damaged;     /* what is there can't be read: it is moved aside before anything is written */
    struct stat seen; /* the file as it was last read or written; st_ino 0: none was there */
};
#define KEEP_CLOSED ((struct keep){.lock_fd = -1})

/* Where it is: `file` if given; else workbook.yaml in the user's data directory, and workbook-NAME.yaml for
 * another learner than the user. Owned by the caller. NULL with e when that isn't known. */
char *keep_path(const char *file, const char *learner, struct nslab_error *e);
/* Reads it. No file is an empty workbook. learner NULL: the file's own, else the user's name. -1: with
 * problems or e, when what is there can't be read: k->book is an empty one then. It is NULL, with e, when
 * that learner can't have this file. */
int keep_open(struct keep *k, const char *file, const char *learner, struct diagnostics *problems,
              struct nslab_error *e);
/* An empty workbook that is never written. learner NULL: the user. */
struct workbook *keep_nowhere(const char *learner);
/* Says to others that this program works with it, and notes in k->shared whether another one does. Temporary
 * files of programs that were killed are taken away. */
void keep_announce(struct keep *k);
/* Takes over what another program has written since, if nothing is unsaved here. */
void keep_refresh(struct keep *k);
bool keep_unsaved(const struct keep *k);
/* Writes what is unsaved. *moved: where a damaged file was moved to, owned by the caller; else NULL. */
int keep_save(struct keep *k, char **moved, struct nslab_error *e);
void keep_close(struct keep *k);

#endif
