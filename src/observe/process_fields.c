/* SPDX-License-Identifier: MIT */
#include "process_fields.h"
#include "nslab/text.h"
#include "probing.h"

bool processes_match(const struct process_info *p, const char *glob)
{
    return !glob || glob_matches(glob, p->args);
}

/* One row a field: where it is found under /proc/PID, and its value as a text (NULL: it is a list, see
 * below). */
struct process_field {
    const char *name, *source;
    char *(*text)(const struct process_info *p, const char *passwd_text);
};

static char *text_pid(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xasprintf("%d", (int)p->pid);
}

static char *text_ppid(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xasprintf("%d", (int)p->ppid);
}

static char *text_uid(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xasprintf("%u", p->uid);
}

static char *text_gid(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xasprintf("%u", p->gid);
}

static char *text_user(const struct process_info *p, const char *passwd_text)
{
    return id_name(passwd_text, p->uid);
}

static char *text_state(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xasprintf("%c", p->state);
}

static char *text_args(const struct process_info *p, const char *passwd_text)
{
    (void)passwd_text;
    return xstrdup(p->args);
}

static const struct process_field fields[] = {
    {"pid", "", text_pid},
    {"ppid", "/status, PPid", text_ppid},
    {"uid", "/status, Uid", text_uid},
    {"gid", "/status, Gid", text_gid},
    {"user", "/status, Uid, by /etc/passwd", text_user},
    {"state", "/status, State", text_state},
    {"args", "/cmdline", text_args},
    {"nspid", "/status, NSpid", NULL},
};

static const struct process_field *field_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (!strcmp(fields[i].name, name))
            return &fields[i];
    return NULL;
}

static void read_count(size_t n, struct observation *ret)
{
    observe_text(ret, "%zu", n);
    observe_how(ret, "the processes in /proc");
}

int process_field_read(const char *field, const struct process_info *list, size_t n, const char *passwd_text,
                       struct observation *ret, struct nslab_error *e)
{
    if (!strcmp(field, "count")) {
        read_count(n, ret);
        return 0;
    }
    const struct process_field *f = field_by_name(field);
    if (!f)
        return error_say(e, "a process has no field `%s`", field);
    if (!n) {
        observe_how(ret, "the processes in /proc");
        observe_absent(ret, "no process matches");
        return 0;
    }
    observe_how(ret, "/proc/%d%s", (int)list->pid, f->source);
    if (f->text) {
        observe_text_taken(ret, f->text(list, passwd_text));
        return 0;
    }
    observe_list(ret);
    for (size_t i = 0; i < list->n_nspid; i++)
        strv_addf(&ret->list, "%d", (int)list->nspid[i]);
    return 0;
}

int processes_field_read(const char *field, const struct process_info *list, size_t n,
                         const char *passwd_text, struct observation *ret, struct nslab_error *e)
{
    if (!strcmp(field, "count")) {
        read_count(n, ret);
        return 0;
    }
    const struct process_field *f = field_by_name(field);
    if (!f || !f->text)
        return error_say(e, "a process list has no column `%s`", field);
    observe_list(ret);
    for (size_t i = 0; i < n; i++)
        strv_add_taken(&ret->list, f->text(&list[i], passwd_text));
    observe_how(ret, "/proc/PID%s of every process in /proc", f->source);
    return 0;
}
