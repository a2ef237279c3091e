/* SPDX-License-Identifier: MIT */
#include "scope.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "template.h"

#include <string.h>

void scope_copy(struct scope *to, const struct scope *from)
{
    *to = (struct scope){.unsure = from->unsure};
    strv_copy(&to->containers, &from->containers);
    strv_copy(&to->fleeting, &from->fleeting);
    strv_copy(&to->ever, &from->ever);
    strv_copy(&to->observed, &from->observed);
}

void scope_free(struct scope *scope)
{
    strv_free(&scope->containers);
    strv_free(&scope->fleeting);
    strv_free(&scope->ever);
    strv_free(&scope->observed);
}

void strv_remove(struct strv *v, const char *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->items[i], s) != 0)
            v->items[kept++] = v->items[i];
        else
            free(v->items[i]);
    v->len = kept;
    if (v->items)
        v->items[kept] = NULL;
}

void report_at(struct checker *c, const char *text, size_t offset, const char *expected, const char *nearest,
               const char *format, ...)
{
    va_list ap;
    cleanup_buf struct buf message = {0};
    va_start(ap, format);
    buf_vaddf(&message, format, ap);
    va_end(ap);
    diagnostics_add(c->d, lab_mark(c->lab, c->d->text, text, offset), expected, nearest, "%s",
                    buf_text(&message));
}

/* --- containers --- */

void check_container(struct checker *c, const char *name, const char *in, size_t offset)
{
    if (strv_contains(&c->now.containers, name) || c->now.unsure || strstr(name, "${"))
        return;
    const char *nearest =
        nearest_word(name, (const char *const *)c->now.containers.items, c->now.containers.len);
    if (strv_contains(&c->now.ever, name))
        report_at(c, in, offset, NULL, nearest, "the container `%s` has been removed before this", name);
    else
        report_at(c, in, offset, "`run --name` makes one, and none of this name has been made before this",
                  nearest, "there is no container `%s`", name);
}

/* --- ${...} --- */

static bool is_var(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->n_vars; i++)
        if (lab->vars[i].name && !strcmp(lab->vars[i].name, name))
            return true;
    return false;
}

static void report_unknown_name(struct checker *c, const char *name, const char *text, size_t offset)
{
    cleanup_strv struct strv known = {0};
    for (size_t i = 0; i < c->lab->n_vars; i++)
        if (c->lab->vars[i].name)
            strv_add(&known, c->lab->vars[i].name);
    for (size_t i = 0; i < c->now.containers.len; i++)
        for (size_t j = 0; container_facts[j]; j++)
            strv_addf(&known, "%s.%s", c->now.containers.items[i], container_facts[j]);
    for (size_t i = 0; i < c->now.observed.len; i++)
        strv_addf(&known, "%s.observed", c->now.observed.items[i]);
    const char *nearest = nearest_word(name, (const char *const *)known.items, known.len);
    cleanup_free char *proposal = nearest ? xasprintf("${%s}", nearest) : NULL;
    report_at(c, text, offset, "a variable, NAME.pid, NAME.machine_pid, NAME.ip, NAME.rootfs or ID.observed",
              proposal, "nothing here is called ${%s}", name);
}

static void report_unobserved(struct checker *c, const char *id, const char *text, size_t offset)
{
    for (size_t i = 0; i < c->lab->n_steps; i++)
        for (size_t j = 0; j < c->lab->steps[i].n_expect; j++)
            if (c->lab->steps[i].expect[j].id && !strcmp(c->lab->steps[i].expect[j].id, id)) {
                report_at(c, text, offset, NULL, NULL,
                          "${%s.observed} isn't known yet: line %u is read after this", id,
                          c->lab->steps[i].expect[j].mark.line);
                return;
            }
    const char *nearest = nearest_word(id, (const char *const *)c->now.observed.items, c->now.observed.len);
    cleanup_free char *proposal = nearest ? xasprintf("${%s.observed}", nearest) : NULL;
    report_at(c, text, offset, NULL, proposal, "there is no expectation `%s` before this", id);
}

static void check_name(struct checker *c, const char *name, const char *text, size_t offset)
{
    const char *dot = strrchr(name, '.');
    if (is_var(c->lab, name))
        return;
    cleanup_free char *owner = xstrndup(name, dot ? (size_t)(dot - name) : 0);
    if (dot && !strcmp(dot + 1, "observed")) {
        if (!strv_contains(&c->now.observed, owner))
            report_unobserved(c, owner, text, offset);
        return;
    }
    if (dot && is_container_fact(dot + 1)) {
        check_container(c, owner, text, offset + 2);
        return;
    }
    report_unknown_name(c, name, text, offset);
}

void check_text(struct checker *c, const char *text)
{
    struct template_part part;
    if (!text)
        return;
    for (size_t at = 0; template_next(text, &at, &part);) {
        cleanup_free char *name = xstrndup(part.text, part.n);
        if (part.kind == PART_MALFORMED)
            report_at(c, text, part.offset, "expected ${name}; a literal ${ is written $${", NULL,
                      "malformed ${...}");
        else if (part.kind == PART_NAME)
            check_name(c, name, text, part.offset);
    }
}

/* --- see --- */

static void check_viewpoint(struct checker *c, const char *name)
{
    if (name && strcmp(name, "machine") != 0 && strcmp(name, "host") != 0)
        check_container(c, name, name, 0);
}

void check_see(struct checker *c, const struct see *see)
{
    check_text(c, see->subject);
    for (size_t i = 0; i < SEE_KEY_COUNT; i++)
        check_text(c, see->keys[i]);
    check_viewpoint(c, see->keys[SEE_FROM]);
    check_viewpoint(c, see->keys[SEE_OF]);
    /* This probe may ask whether a container is still there. */
    if (see->probe && see->subject && !strcmp(see->probe->name, "container") &&
        !strv_contains(&c->now.ever, see->subject))
        check_container(c, see->subject, see->subject, 0);
}
