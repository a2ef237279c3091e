/* SPDX-License-Identifier: MIT
 *
 * {id_map: uid, of: web}, {subid: uid, user: NAME, from: V}, {credentials: F, of: web}, {capabilities: SET,
 * of: web}.
 *
 * The kernel translates ids for whoever reads them: the numbers in status are those of the reader's user
 * namespace, the second column of uid_map is in those of the reader's too. So it matters who reads, and `how`
 * says it.
 */
#include "id_fields.h"
#include "probing.h"

#include <sched.h>
#include <stdio.h>

struct id_question {
    const struct viewpoint *of;
    const char *field;
    const char *user; /* subid */
    char path[64];
};

static int gone(const struct id_question *q, struct observation *ret)
{
    observe_how(ret, "%s", q->path);
    observe_absent(ret, "%s is just ending: there is no %s", q->of->words, q->path);
    return 0;
}

/* --- id_map --- */

static int look_at_map(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct id_question *q = arg;
    cleanup_buf struct buf text = {0};
    int got = read_text(q->path, &text, e);
    if (got <= 0)
        return got < 0 ? -1 : gone(q, ret);
    observe_how(ret, "%s", q->path);
    observe_list(ret);
    id_map_lines(buf_text(&text), &ret->list);
    if (!ret->list.len)
        observe_absent(ret, "%s is empty: no id is mapped", q->path);
    return 0;
}

/* A container's map is read from the lab host's user namespace, so that it says lab host's ids; with NEWUSER
 * alone the /proc is still the machine's, and so is the PID. */
int read_id_map(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint of, reader;
    struct id_question q = {.of = &of};
    int there = subject_open(host, see_key(see, SEE_OF), &of, ret, e);
    if (there <= 0)
        return there;
    if (viewpoint_open(host, of.container ? "host" : "machine", &reader, e) < 0)
        return -1;
    snprintf(q.path, sizeof q.path, "%s/%s_map", of.proc, see->subject);
    if (look_from(&reader, CLONE_NEWUSER, look_at_map, &q, ret, e) < 0)
        return -1;
    observe_how_add(ret, ", read in %s's user namespace", reader.words);
    return 0;
}

/* --- subid --- */

static int look_at_subids(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct id_question *q = arg;
    cleanup_buf struct buf text = {0};
    observe_how(ret, "%s", q->path);
    int got = read_text(q->path, &text, e);
    if (got < 0)
        return -1;
    observe_list(ret);
    subid_lines(buf_text(&text), q->user, &ret->list);
    if (!got)
        observe_absent(ret, "%s isn't there as seen from %s", q->path, q->of->words);
    else if (!ret->list.len)
        observe_absent(ret, "%s has no line for %s as seen from %s", q->path, q->user, q->of->words);
    return 0;
}

int read_subid(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint from;
    struct id_question q = {.of = &from, .user = see_key(see, SEE_USER)};
    if (viewpoint_open(host, see_key(see, SEE_FROM), &from, e) < 0)
        return -1;
    snprintf(q.path, sizeof q.path, "/etc/sub%s", see->subject);
    if (look_from(&from, CLONE_NEWUSER | CLONE_NEWNS, look_at_subids, &q, ret, e) < 0)
        return -1;
    observe_how_add(ret, ", in %s's mount namespace", from.words);
    return 0;
}

/* --- credentials, capabilities: of the first process, in its own numbers --- */

typedef int status_reader(const char *field, const struct process_info *p, struct observation *ret,
                          struct nslab_error *e);

static int look_at_status(const struct id_question *q, status_reader *reader, struct observation *ret,
                          struct nslab_error *e)
{
    struct process_info info;
    cleanup_buf struct buf text = {0};
    int got = read_text(q->path, &text, e);
    if (got <= 0)
        return got < 0 ? -1 : gone(q, ret);
    if (!procfs_parse_status(buf_text(&text), &info))
        return error_say(e, "%s isn't the status of a process", q->path);
    observe_how(ret, "%s", q->path);
    int rc = reader(q->field, &info, ret, e);
    process_info_free(&info);
    return rc;
}

static int look_at_credentials(const void *arg, struct observation *ret, struct nslab_error *e)
{
    return look_at_status(arg, credential_read, ret, e);
}

static int look_at_capabilities(const void *arg, struct observation *ret, struct nslab_error *e)
{
    return look_at_status(arg, capability_set_read, ret, e);
}

static int read_status(struct host *host, const struct see *see, look_fn look, struct observation *ret,
                       struct nslab_error *e)
{
    struct viewpoint of;
    struct id_question q = {.of = &of, .field = see->subject};
    int there = subject_open(host, see_key(see, SEE_OF), &of, ret, e);
    if (there <= 0)
        return there;
    snprintf(q.path, sizeof q.path, "%s/status", of.proc);
    if (look_from(&of, CLONE_NEWUSER, look, &q, ret, e) < 0)
        return -1;
    observe_how_add(ret, ", read in %s's user namespace", of.words);
    return 0;
}

int read_credentials(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    return read_status(host, see, look_at_credentials, ret, e);
}

int read_capabilities(struct host *host, const struct see *see, struct observation *ret,
                      struct nslab_error *e)
{
    return read_status(host, see, look_at_capabilities, ret, e);
}
