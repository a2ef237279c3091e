/* SPDX-License-Identifier: MIT
 *
 * Result trees for the tests of reports: a plain one, one of a graded workbook, one of a run that nslab could
 * not do, and one in which every text wants to be something else.
 */
#ifndef NSLAB_TEST_REPORT_TREES_H
#define NSLAB_TEST_REPORT_TREES_H

#include "../../src/report/internal.h"
#include "nslab/fd.h"
#include "nslab/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct expectation_result expectation(const char *id, const char *say, enum verdict verdict,
                                             const char *expected, const char *observed)
{
    return (struct expectation_result){.id = xstrdup(id),
                                       .say = xstrdup(say),
                                       .verdict = verdict,
                                       .expected = xstrdup(expected),
                                       .observed = xstrdup(observed),
                                       .from = xstrdup("web"),
                                       .how = xstrdup("/proc/4711/status, NSpid"),
                                       .ms = 0.1234};
}

static struct step_result step(const char *id, const char *title, enum verdict verdict, size_t n)
{
    return (struct step_result){.id = xstrdup(id),
                                .title = xstrdup(title),
                                .verdict = verdict,
                                .points_max = 2,
                                .points_earned = verdict == VERDICT_PASS ? 2 : 0,
                                .n = n,
                                .ms = 1234.5,
                                .expectations = xcalloc(n, sizeof(struct expectation_result))};
}

static struct lab_result lab(const char *id, const char *title, enum verdict verdict, size_t n)
{
    return (struct lab_result){
        .id = xstrdup(id),
        .title = xstrdup(title),
        .file = xstrdup("labs/pid.yaml"),
        .digest = xstrdup("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        .verdict = verdict,
        .ms = 2345.6,
        .n = n,
        .steps = xcalloc(n, sizeof(struct step_result))};
}

static void add_view(struct step_result *s, const char *name, uint64_t own, uint64_t user)
{
    s->views = xrealloc(s->views, s->n_views + 1, sizeof *s->views);
    struct ns_view *view = &s->views[s->n_views++];
    *view = (struct ns_view){.viewpoint = xstrdup(name)};
    for (enum ns_type type = 0; type < NS_COUNT; type++)
        view->inodes[type] = type == NS_USER ? user : type >= NS_CGROUP ? 4026531835u : own + (uint64_t)type;
}

static void make_plain(struct result *r)
{
    struct lab_result pid = lab("pid", "PID namespace: why top shows only the container", VERDICT_FAIL, 4);
    pid.steps[0] = step("own-process-table", "nginx gets a process table of its own", VERDICT_FAIL, 3);
    struct expectation_result *x = pid.steps[0].expectations;
    x[0] = expectation("pid-1-inside", "inside, nginx is PID 1", VERDICT_PASS, "is 1", "1");
    x[1] = expectation("own-pid-namespace", "web is in a PID namespace of its own", VERDICT_FAIL,
                       "differs from pid:[4026531836] (host)", "pid:[4026531836]");
    x[1].hint = xstrdup("Was it started with --pid host?");
    x[2] = expectation("remapped", "its root is uid 100000 of the lab host", VERDICT_UNSUPPORTED, "is 100000",
                       "not read: ada has no line in /etc/subuid");
    x[2].cause = xstrdup("subids");
    x[2].hint = xstrdup("Run nslab with sudo.");
    x[0].fact = xstrdup("process pid");
    x[0].line = 33;
    x[1].fact = xstrdup("namespace pid");
    x[1].line = 37;
    pid.steps[0].line = 12;
    add_view(&pid.steps[0], "machine", 4026531830u, 4026531837u);
    add_view(&pid.steps[0], "host", 4026532200u, 4026532177u);
    add_view(&pid.steps[0], "web", 4026532300u, 4026532177u);
    add_view(&pid.steps[0], "twin", 4026532200u, 4026532400u);
    pid.steps[0].views[3].inodes[NS_TIME] = 0;
    pid.steps[1] = step("run", "a step without expectations", VERDICT_PASS, 0);
    pid.steps[1].points_max = pid.steps[1].points_earned = 0;
    pid.steps[1].ms = 12.3;
    for (size_t i = 2; i < 4; i++) {
        pid.steps[i] = step(i == 2 ? "kill" : "kill-again", "PID 1 and signals", VERDICT_FAIL, 1);
        pid.steps[i].error = xstrdup("the line `kill -s TERM web` ended with status 1");
        pid.steps[i].expectations[0] =
            expectation("alive", "nginx still runs", VERDICT_FAIL, "is S",
                        "not read: the line `kill -s TERM web` ended with status 1");
    }
    result_add(r, &pid);
    struct lab_result user = lab("user", "User namespace", VERDICT_UNSUPPORTED, 1);
    user.steps[0] = step("map", "the map", VERDICT_UNSUPPORTED, 1);
    user.steps[0].error = xstrdup("no image is named nginx. Build it with `nslab image build nginx`.");
    user.steps[0].expectations[0] = expectation("root", "root is not root", VERDICT_UNSUPPORTED, "is 0",
                                                "not read: no image is named nginx");
    user.steps[0].expectations[0].cause = xstrdup("image");
    user.steps[0].expectations[0].hint = xstrdup("Build it with `nslab image build nginx`.");
    result_add(r, &user);
    r->ms = 2600; /* they were run beside each other */
}

static void replace(char **text, const char *by)
{
    free(*text);
    *text = xstrdup(by);
}

#define HOSTILE                                                                                              \
    "a\033[31mred\r\n::error file=x::owned\nok 99 - forged # SKIP # TODO\n1..0\n##[add-mask]x \\ \" "        \
    "]]></script><script>alert(1)</script>&amp; %0A::warning::x,y:z `c` |a|b| \xef\xbf\xbf\n\n# h1\n"        \
    "\xff\xe2\x80\xae\u00e9"

static void make_all_foreign(struct result *r, struct lab_result *all)
{
    replace(&r->learner, HOSTILE);
    replace(&r->workbook, HOSTILE);
    replace(&r->error, HOSTILE);
    findings_add(&r->findings, &r->n_findings, HOSTILE, HOSTILE, "%s", HOSTILE);
    findings_add(&all->findings, &all->n_findings, HOSTILE, NULL, "%s", HOSTILE);
    replace(&all->steps[0].prediction, HOSTILE);
    all->steps[1] = step(HOSTILE "2", HOSTILE, VERDICT_FAIL, 0);
    all->steps[1].error = xstrdup(HOSTILE);
    all->steps[1].not_attempted = true;
    add_view(&all->steps[0], HOSTILE, 1, 2);
    add_view(&all->steps[0], "host", 1, 2);
    for (size_t i = 0; i < all->steps[0].n; i++)
        replace(&all->steps[0].expectations[i].fact, HOSTILE);
}

static void make_hostile(struct result *r)
{
    struct lab_result all = lab(HOSTILE, HOSTILE, VERDICT_FAIL, 2);
    replace(&all.file, HOSTILE);
    all.steps[0] = step(HOSTILE, HOSTILE, VERDICT_FAIL, 3);
    for (size_t i = 0; i < 3; i++) {
        struct expectation_result *x = &all.steps[0].expectations[i];
        *x = expectation(HOSTILE, HOSTILE, (enum verdict)i, HOSTILE, HOSTILE);
        free(x->id);
        x->id = xasprintf("%s %zu", HOSTILE, i); /* an id is there once */
        replace(&x->from, HOSTILE);
        replace(&x->how, HOSTILE);
        if (i)
            x->hint = xstrdup(HOSTILE);
        if (i == 2)
            x->cause = xstrdup(HOSTILE);
    }
    /* Very long: one word, of two-byte characters, so that every cut may be in the wrong place. */
    cleanup_buf struct buf word = {0};
    for (size_t i = 0; i < 10000; i++)
        buf_adds(&word, "\u00e9");
    buf_adds(&word, "end");
    replace(&all.steps[0].expectations[1].expected, buf_text(&word));
    make_all_foreign(r, &all);
    result_add(r, &all);
    r->ms = 2345.6;
}

static void make_graded(struct result *r)
{
    r->learner = xstrdup("Ada Lovelace");
    r->workbook = xstrdup("class/ada.yaml");
    findings_add(&r->findings, &r->n_findings, "elsewhere", NULL, "the workbook names no lab `ipc`");
    struct lab_result pid = lab("pid", "PID namespace", VERDICT_FAIL, 3);
    findings_add(&pid.findings, &pid.n_findings, "stale", "own-process-table",
                 "made for another version of the lab");
    pid.steps[0] = step("own-process-table", "nginx gets a process table of its own", VERDICT_PASS, 1);
    pid.steps[0].expectations[0] =
        expectation("pid-1-inside", "inside, nginx is PID 1", VERDICT_PASS, "is 1", "1");
    pid.steps[0].prediction = xstrdup("small-machine");
    pid.steps[0].hints = 2;
    pid.steps[1] = step("break-it", "take the wall away", VERDICT_FAIL, 0);
    pid.steps[1].not_attempted = true;
    pid.steps[2] = step("kill-it", "end PID 1", VERDICT_FAIL, 0);
    pid.steps[2].error = xstrdup("it was skipped");
    result_add(r, &pid);
    r->ms = 2345.6;
}

static void make_broken(struct result *r)
{
    r->error = xstrdup("cannot start the worker of lab pid: Resource temporarily unavailable");
}

static void check_golden(const char *name, const struct buf *text)
{
    cleanup_free char *path = xasprintf("tests/golden/report-%s", name);
    cleanup_buf struct buf golden = {0};
    struct nslab_error e;
    if (getenv("NSLAB_GOLDEN_WRITE")) {
        assert_int_equal(write_file_atomically(path, buf_text(text), text->len, 0644, &e), 0);
        return;
    }
    if (read_file_at(AT_FDCWD, path, &golden, 0) < 0)
        fail_msg("%s isn't there", path);
    if (strcmp(buf_text(&golden), buf_text(text)) != 0)
        fail_msg("%s: expected\n%s\nbut it is\n%s", path, buf_text(&golden), buf_text(text));
}

#endif
