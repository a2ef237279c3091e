/* SPDX-License-Identifier: MIT
 *
 * Observations: one typed fact, read from the kernel from a viewpoint. The probe table says which probes
 * there are, which keys and fields each takes, and reads them; the lab reader, lint, help and docs derive
 * from it.
 */
#ifndef NSLAB_OBSERVE_H
#define NSLAB_OBSERVE_H

#include "nslab/buf.h"
#include "nslab/error.h"
#include "nslab/host.h"

#include <stdbool.h>

enum value_kind { VALUE_ABSENT, VALUE_TEXT, VALUE_LIST };

struct observation {
    enum value_kind kind;
    char *text;       /* VALUE_TEXT */
    struct strv list; /* VALUE_LIST, in index order */
    char *absent;     /* VALUE_ABSENT: what isn't there, as "no process matches nginx: master* on host" */
    char *how;        /* where it was read: "/proc/4711/status, NSpid"; never NULL after a successful probe */
    char *from;       /* the viewpoint's or the subject's name */
};
void observation_free(struct observation *o);
/* As shown to people, never empty: a list is joined by ", "; absent gives o->absent; what is empty is said to
 * be. */
void observation_show(const struct observation *o, struct buf *out);

/* One `see:` of a lab: the probe's name with its value, and the other keys. Texts may hold ${...} until
 * expanded. */
enum see_key { SEE_FIELD, SEE_FROM, SEE_OF, SEE_USER, SEE_KEY_COUNT };
extern const char *const see_key_names[SEE_KEY_COUNT];

struct see {
    const struct probe *probe;
    char *subject; /* the value of the probe's own key: "nginx: master*", "pid", "/etc/os-release" */
    char *keys[SEE_KEY_COUNT]; /* NULL: not given */
};
void see_free(struct see *see);
void see_copy(struct see *to, const struct see *from);

struct probe_field {
    const char *name;
    enum value_kind kind; /* VALUE_TEXT or VALUE_LIST */
};

#define PROBE_FIELDS_MAX 18
struct probe {
    const char *name;                            /* the key in a `see:`, "process" */
    const char *subject_help;                    /* what its value is: "a glob on the command line" */
    const char *const *subjects;                 /* NULL-terminated choices for the value; NULL: free text */
    unsigned required, allowed;                  /* bits 1 << enum see_key */
    struct probe_field fields[PROBE_FIELDS_MAX]; /* ends at name NULL; empty: the probe has no `field` */
    const char *help;
    /* Fills ret: kind, text or list or absent, how. A thing that isn't there is VALUE_ABSENT, not an error;
     * an error is what prevents reading, with a cause when this machine can't. */
    int (*read)(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e);
};
extern const struct probe probe_table[];
extern const size_t probe_count;
const struct probe *probe_by_name(const char *name);
const struct probe_field *probe_field_by_name(const struct probe *probe, const char *name);

/* Reads one. host is the running lab host. */
int observe(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e);

/* Adds a line of the shell that shows a learner the same with tools of their own; texts expanded. false: none
 * does, as for what is seen from the machine. Pure. */
bool see_look(const struct see *see, struct buf *out);

/* --- matchers --- */
enum matcher {
    MATCH_IS,
    MATCH_NOT,
    MATCH_SAME,
    MATCH_DIFFERS,
    MATCH_CONTAINS,
    MATCH_LACKS,
    MATCH_MATCHES,
    MATCH_ONLY,
    MATCH_AT_LEAST,
    MATCH_AT_MOST,
    MATCH_EXISTS,
    MATCH_COUNT
};
enum operand_kind {
    OPERAND_TEXT,
    OPERAND_TEXT_OR_LIST,
    OPERAND_LIST,
    OPERAND_NUMBER,
    OPERAND_BOOL,
    OPERAND_SEE
};
struct matcher_info {
    const char *name;
    enum operand_kind operand;
    const char *phrase; /* "is not %s": how the expected value is shown */
};
extern const struct matcher_info matcher_table[MATCH_COUNT];

/* Pure. operand is the expected value: items of a list, or one item. For same and differs, other is the
 * second observation. true when it holds. */
bool match_holds(enum matcher m, const struct observation *seen, const struct strv *operand,
                 const struct observation *other);
/* Adds what is expected, in words: "is 1", "differs from pid:[4026531836] (host)". */
void match_expected(enum matcher m, const struct strv *operand, const struct observation *other,
                    struct buf *out);

#endif
