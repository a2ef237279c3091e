/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "nslab/container.h"
#include "nslab/mem.h"
#include "nslab/proc.h"
#include "nslab/text.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TOPIC_ROW(name, takes, help, function) {name, takes, function},
static const struct topic {
    const char *name, *takes;
    explain_fn *explain;
} topic_table[] = {EXPLAIN_TOPICS(TOPIC_ROW)};

void explain_candidates(struct strv *out)
{
    for (size_t i = 0; i < ARRAY_LEN(topic_table); i++)
        strv_add(out, topic_table[i].name);
}

static const struct topic *topic_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(topic_table); i++)
        if (!strcasecmp(topic_table[i].name, name))
            return &topic_table[i];
    return NULL;
}

static int unknown_topic(const char *name, struct nslab_error *e)
{
    const char *names[ARRAY_LEN(topic_table)];
    cleanup_strv struct strv all = {0};
    cleanup_buf struct buf list = {0};
    for (size_t i = 0; i < ARRAY_LEN(topic_table); i++) {
        names[i] = topic_table[i].name;
        strv_add(&all, names[i]);
    }
    const char *nearest = nearest_word(name, names, ARRAY_LEN(names));
    strv_join(&all, ", ", &list);
    error_say(e, "nothing is known about `%s`", name);
    if (nearest)
        return error_hint(e, "Did you mean `explain %s`?", nearest);
    return error_hint(e,
                      "The topics are %s: `help explain` says what follows each. `explain` alone explains "
                      "the step.",
                      buf_text(&list));
}

int explain_topic(struct explaining *x, const struct strv *args, struct buf *out, struct nslab_error *e)
{
    const char *name = args->items[0], *argument = args->len > 1 ? args->items[1] : NULL;
    const struct topic *topic = topic_by_name(name);
    if (!topic && strchr(name, ':') && !argument) { /* a link's text by itself */
        topic = topic_by_name("ns");
        argument = name;
    }
    if (!topic)
        return unknown_topic(name, e);
    if (!argument && topic->takes[0] != '[') {
        error_say(e, "`explain %s` needs a word more", topic->name);
        return error_hint(e,
                          "The form is `explain %s %s`; `ps` lists the containers, and `host` is the lab "
                          "host.",
                          topic->name, topic->takes);
    }
    return topic->explain(x, argument, out, e);
}

static pid_t own_pid(void)
{
    char link[32];
    ssize_t n = readlink("/proc/self", link, sizeof link - 1);
    link[n > 0 ? n : 0] = '\0';
    return (pid_t)atoi(link);
}

int subject_find(struct explaining *x, const char *name, struct subject *ret, struct nslab_error *e)
{
    if (command_host(x->context, e) < 0)
        return -1;
    struct host *host = x->context->host;
    containers_refresh(host);
    *ret = (struct subject){.name = name, .is_machine = !strcmp(name, "machine")};
    if (place_by_name(host, name, &ret->place, e) < 0)
        return -1;
    ret->container = container_find(host, name);
    if (ret->container && ret->container->state != CONTAINER_RUNNING) {
        error_say(e, "container %s has ended: there is nothing of it to look at", name);
        return error_hint(e, "`ps -a` shows its status.");
    }
    ret->pid = ret->is_machine  ? own_pid()
               : ret->container ? container_pids(ret->container).machine
                                : pidfd_pid(host->pidfd);
    if (ret->pid > 0)
        return 0;
    return error_say(e, "%s is just ending", name);
}
