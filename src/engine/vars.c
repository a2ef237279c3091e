/* SPDX-License-Identifier: MIT
 *
 * What ${...} means in a lab, while it runs.
 */
#include "internal.h"
#include "nslab/mem.h"

#include <stdlib.h>
#include <string.h>

static char *variable(const struct lab_run *run, const char *name)
{
    const struct lab *lab = run->lab;
    for (size_t i = 0; i < lab->n_vars; i++) {
        const struct lab_var *var = &lab->vars[i];
        if (strcmp(var->name, name) != 0)
            continue;
        if (var->value)
            return xstrdup(var->value);
        return xasprintf("%ld", pick_value(run->learner, lab->id, name, var->pick_from, var->pick_to));
    }
    return NULL;
}

char *lab_run_lookup(void *context, const char *name)
{
    const struct lab_run *run = context;
    const char *dot = strrchr(name, '.');
    if (!dot)
        return variable(run, name);
    cleanup_free char *owner = xstrndup(name, (size_t)(dot - name));
    const char *fact = dot + 1;
    if (!strcmp(fact, "observed")) {
        const struct memory *memory = lab_run_recall(run, owner);
        return memory ? xstrdup(memory->observed) : NULL;
    }
    if (!is_container_fact(fact) || !run->context.host)
        return NULL;
    return run->calls->container_fact(run->context.host, owner, fact);
}

static const struct expectation *expectation_by_id(const struct lab *lab, const char *id)
{
    for (size_t i = 0; i < lab->n_steps; i++)
        for (size_t j = 0; j < lab->steps[i].n_expect; j++)
            if (!strcmp(lab->steps[i].expect[j].id, id))
                return &lab->steps[i].expect[j];
    return NULL;
}

/* Lint has seen to it that every name is one; so it isn't there yet, or not any more. */
static int say_why_not(const struct lab_run *run, const char *name, struct nslab_error *e)
{
    const char *dot = strrchr(name, '.');
    cleanup_free char *owner = xstrndup(name, dot ? (size_t)(dot - name) : strlen(name));
    const char *fact = dot ? dot + 1 : "";
    if (!strcmp(fact, "observed") && expectation_by_id(run->lab, owner))
        return error_say(e, "${%s} has no value: `%s` could not be read", name, owner);
    if (!is_container_fact(fact))
        return error_say(e, "${%s} has no value here", name);
    cleanup_free char *image =
        run->context.host ? run->calls->container_fact(run->context.host, owner, "rootfs") : NULL;
    if (!image) {
        error_say(e, "${%s} has no value: no container is called %s", name, owner);
        return error_hint(e, "`ps` shows those that there are.");
    }
    return error_say(e, "${%s} has no value: the container %s has no %s", name, owner,
                     strcmp(fact, "ip") ? "process any more" : "address of its own");
}

struct first_unknown {
    struct lab_run *run;
    char *name; /* NULL: all have been known */
};

static char *lookup_or_note(void *context, const char *name)
{
    struct first_unknown *unknown = context;
    char *value = lab_run_lookup(unknown->run, name);
    if (!value && !unknown->name)
        unknown->name = xstrdup(name);
    return value;
}

int lab_run_expand(struct lab_run *run, const char *text, char **ret, struct nslab_error *e)
{
    struct first_unknown unknown = {.run = run};
    int rc = template_expand(text, lookup_or_note, &unknown, ret, e);
    if (unknown.name)
        say_why_not(run, unknown.name, e);
    free(unknown.name);
    return rc;
}

char *lab_run_lookup_or_mark(void *context, const char *name)
{
    char *value = lab_run_lookup(context, name);
    return value ? value : xstrdup("?");
}
