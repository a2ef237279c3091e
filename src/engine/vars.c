/* SPDX-License-Identifier: MIT
 *
 * What ${...} means in a lab, while it runs.
 */
#include "internal.h"
#include "nslab/mem.h"

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

char *lab_run_lookup_or_mark(void *context, const char *name)
{
    char *value = lab_run_lookup(context, name);
    return value ? value : xstrdup("?");
}
