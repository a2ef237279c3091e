/* SPDX-License-Identifier: MIT
 *
 * A world for the engine's tests: no lab host, a clock that moves when somebody waits, lines that only note
 * that they were run, and values that appear at their time.
 */
#ifndef NSLAB_TEST_FAKE_LAB_H
#define NSLAB_TEST_FAKE_LAB_H

#include "../../src/engine/internal.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define FAKE_VALUES_MAX 8
#define FAKE_LINES_MAX 4
static struct fake_world {
    uint64_t clock_ms;
    struct strv ran;    /* lines, in order, of all runs */
    struct strv events; /* "start", "stop", and the lines */
    struct {
        const char *subject, *text; /* text NULL: absent */
        uint64_t from_ms;           /* until then it shows "early" */
        const char *cause;          /* reading it is an error with this cause; "": an error without */
        const char
            *bare; /* what it shows once a line held --pid=host or a contrast's own lines; NULL: the same */
        const char *needs; /* absent until a line with this in it was run in the same lab host */
        int errnum;        /* of reading it; 0: it can be read, or `cause` says why not */
        size_t last_start; /* absent in all lab hosts after the first so many; 0: there in all */
    } values[FAKE_VALUES_MAX];
    struct {
        const char *contains, *output, *error, *cause;
        const char *step; /* a system call failed, with errnum, on web */
        int status, errnum;
        uint64_t until_ms; /* afterwards the line works; 0: never */
    } lines[FAKE_LINES_MAX];
    const char *start_cause; /* the lab host can't start */
    int start_errnum;        /* the same, for want of something */
    size_t reads, starts, stops;
    size_t ran_before; /* how many of the lines were run before the last lab host was started */
    bool wall_is_gone;
    struct host host;
} fake;

static int fake_start(struct command_context *c, struct nslab_error *e)
{
    if (fake.start_errnum) {
        error_sys(e, fake.start_errnum, "start", "the lab host");
        return fake.start_cause ? error_cause(e, fake.start_cause) : -1;
    }
    if (fake.start_cause) {
        error_say(e, "the image nginx isn't there");
        return error_cause(e, fake.start_cause);
    }
    if (!c->host) {
        fake.starts++;
        fake.wall_is_gone = false;
        fake.ran_before = fake.ran.len;
        strv_add(&fake.events, "start");
    }
    c->host = &fake.host;
    return 0;
}

static void fake_stop(struct host *host)
{
    (void)host;
    fake.stops++;
    strv_add(&fake.events, "stop");
}

static void fake_views(struct host *host, struct step_result *step)
{
    (void)host;
    step->views = xcalloc(1, sizeof *step->views);
    step->views[0] = (struct ns_view){.viewpoint = xstrdup("host"), .inodes = {fake.starts}};
    step->n_views = 1;
}

static int fake_line(struct command_context *c, const char *text, int *status, struct nslab_error *e)
{
    strv_add(&fake.ran, text);
    strv_add(&fake.events, text);
    fake.clock_ms += 10;
    if (strstr(text, "--pid=host") || strstr(text, "bare"))
        fake.wall_is_gone = true;
    *status = 0;
    for (size_t i = 0; i < FAKE_LINES_MAX && fake.lines[i].contains; i++) {
        if (!strstr(text, fake.lines[i].contains))
            continue;
        if (fake.lines[i].until_ms && fake.clock_ms >= fake.lines[i].until_ms)
            return 0;
        if (fake.lines[i].output)
            c->sink->write(c->sink->context, 1, fake.lines[i].output, strlen(fake.lines[i].output));
        *status = fake.lines[i].status;
        if (fake.lines[i].step)
            return error_sys(e, fake.lines[i].errnum, fake.lines[i].step, "web");
        if (!fake.lines[i].error)
            return 0;
        error_say(e, "%s", fake.lines[i].error);
        e->errnum = fake.lines[i].errnum;
        if (fake.lines[i].cause)
            error_cause(e, fake.lines[i].cause);
        return -1;
    }
    return 0;
}

static bool fake_is_there(size_t value)
{
    const char *needs = fake.values[value].needs;
    if (fake.values[value].last_start && fake.starts > fake.values[value].last_start)
        return false;
    for (size_t i = fake.ran_before; needs && i < fake.ran.len; i++)
        if (strstr(fake.ran.items[i], needs))
            return true;
    return !needs;
}

static int fake_observe(struct host *host, const struct see *see, struct observation *ret,
                        struct nslab_error *e)
{
    (void)host;
    fake.reads++;
    for (size_t i = 0; i < FAKE_VALUES_MAX && fake.values[i].subject; i++) {
        if (strcmp(fake.values[i].subject, see->subject) != 0)
            continue;
        if (fake.values[i].errnum)
            return error_sys(e, fake.values[i].errnum, "read", "%s", see->subject);
        if (fake.values[i].cause) {
            error_say(e, "%s can't be read", see->subject);
            return fake.values[i].cause[0] ? error_cause(e, fake.values[i].cause) : -1;
        }
        const char *text = fake.values[i].text;
        if (fake.wall_is_gone && fake.values[i].bare)
            text = fake.values[i].bare;
        if (fake.clock_ms < fake.values[i].from_ms)
            text = "early";
        if (!fake_is_there(i))
            text = NULL;
        *ret = (struct observation){.kind = text ? VALUE_TEXT : VALUE_ABSENT,
                                    .how = xasprintf("/fake/%s", see->subject),
                                    .from = xstrdup(see->keys[SEE_FROM] ? see->keys[SEE_FROM] : "host")};
        ret->text = text ? xstrdup(text) : NULL;
        ret->absent = text ? NULL : xasprintf("no %s", see->subject);
        return 0;
    }
    return error_say(e, "the fake world has no `%s`", see->subject);
}

static char *fake_container_fact(struct host *host, const char *container, const char *fact)
{
    (void)host;
    if (strcmp(container, "web") != 0)
        return NULL;
    static const struct {
        const char *fact, *value;
    } facts[] = {{"pid", "12"}, {"machine_pid", "4711"}, {"ip", "172.17.0.2"}, {"rootfs", "/images/nginx"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!strcmp(facts[i].fact, fact))
            return xstrdup(facts[i].value);
    return NULL;
}

static uint64_t fake_now(void)
{
    return fake.clock_ms * 1000000;
}

static void fake_pause(int ms)
{
    fake.clock_ms += (uint64_t)ms;
}

static const struct engine_calls fake_calls = {fake_start, fake_line, fake_observe, fake_container_fact,
                                               fake_views, fake_stop, fake_now,     fake_pause,
                                               NULL};

static int fake_reset(void **state)
{
    (void)state;
    strv_free(&fake.ran);
    strv_free(&fake.events);
    memset(&fake, 0, sizeof fake);
    fake.host.ids.situation = IDS_ROOT;
    return 0;
}

static inline struct lab *fake_lab(const char *vars, const char *requires, const char *steps)
{
    cleanup_buf struct buf text = {0};
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    struct lab *lab = NULL;
    buf_addf(&text,
             "format: nslab/1\nid: demo\ntitle: Demo\nsummary: s\nminutes: 1\nrequires: [%s]\n%ssteps:\n%s",
             requires, vars, steps);
    if (lab_read_text(buf_text(&text), text.len, "demo.yaml", &lab, &d) == 0)
        return lab;
    cleanup_buf struct buf shown = {0};
    diagnostics_show(&d, &shown);
    print_error("%s", buf_text(&shown));
    return NULL;
}

#endif
