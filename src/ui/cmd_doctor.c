/* SPDX-License-Identifier: MIT
 *
 * nslab doctor: what is tried on this machine, what came of it, and what to do.
 */
#include "nslab/doctor.h"
#include "nslab/fd.h"
#include "nslab/interrupt.h"
#include "nslab/json_text.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "nslab/proc.h"
#include "nslab/text.h"
#include "piped.h"
#include "subcommands.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERDICT_COLUMNS 9
#define NAME_COLUMNS 11
#define FIX_ENDS_MS 1000
#define COMMAND_SHOWN_MAX 120 /* what is longer is for --fix: nobody copies it over its line breaks */

struct finding_of_row {
    struct doctor_seen seen;
    struct strv labs; /* of the course, that need it */
    char *fix;
};

struct examination {
    struct id_plan plan;
    struct doctor_place place;
    struct finding_of_row *rows; /* parallel to doctor_table */
    enum doctor_verdict verdict; /* the worst */
};

static void examination_free(struct examination *x)
{
    for (size_t i = 0; x->rows && i < doctor_count; i++) {
        strv_free(&x->rows[i].labs);
        free(x->rows[i].fix);
    }
    free(x->rows);
    doctor_place_free(&x->place);
}

/* --- what is tried --- */

/* Which labs name the need. That a lab can't be read is lint's to say. */
static void find_labs(struct examination *x)
{
    cleanup_strv struct strv paths = {0};
    struct nslab_error e = {0};
    if (labs_list(&paths, &e) < 0)
        return;
    for (size_t p = 0; p < paths.len; p++) {
        cleanup_with(lab_free_p) struct lab *lab = NULL;
        cleanup_buf struct buf problems = {0};
        if (read_lab(paths.items[p], &lab, &problems) != STATUS_PASSED)
            continue;
        for (size_t i = 0; i < doctor_count; i++)
            if (doctor_table[i].need && strv_contains(&lab->requires, doctor_table[i].need))
                strv_add(&x->rows[i].labs, lab->id);
    }
}

/* What comes before it is missing: then it is the same once more, and trying it says nothing. */
static bool is_moot(const struct examination *x, const struct doctor_row *row)
{
    const struct doctor_row *before = row->after ? doctor_row_by_name(row->after) : NULL;
    if (!before)
        return false;
    return x->rows[before - doctor_table].seen.verdict >= DOCTOR_LESS || is_moot(x, before);
}

static void try_row(struct examination *x, const struct doctor_row *row, struct doctor_seen *seen)
{
    if (!is_moot(x, row)) {
        doctor_probe(row, &x->plan, seen);
        return;
    }
    *seen = (struct doctor_seen){.verdict = DOCTOR_NOTE};
    snprintf(seen->text, sizeof seen->text, "not tried: %s comes first", row->after);
}

static void remember(const struct examination *x)
{
    cleanup_free enum doctor_verdict *verdicts = xcalloc(doctor_count, sizeof *verdicts);
    for (size_t i = 0; i < doctor_count; i++)
        verdicts[i] = x->rows[i].seen.verdict;
    doctor_remember(&x->plan, verdicts);
}

static void examine(struct examination *x)
{
    struct nslab_error ignored; /* a plan there is always */
    *x = (struct examination){.rows = xcalloc(doctor_count, sizeof *x->rows)};
    id_plan_make(&x->plan, &ignored);
    doctor_place_read(&x->place);
    for (size_t i = 0; i < doctor_count; i++) {
        struct finding_of_row *row = &x->rows[i];
        try_row(x, &doctor_table[i], &row->seen);
        row->fix = doctor_fix(&doctor_table[i], &row->seen, &x->place);
        if (row->seen.verdict > x->verdict)
            x->verdict = row->seen.verdict;
    }
    find_labs(x);
    remember(x);
}

static int status_of(const struct examination *x)
{
    return x->verdict == DOCTOR_MISSING ? STATUS_FAILED
           : x->verdict == DOCTOR_LESS  ? STATUS_UNSUPPORTED
                                        : STATUS_PASSED;
}

/* --- for people --- */

static const enum style verdict_styles[DOCTOR_VERDICT_COUNT] = {[DOCTOR_OK] = STYLE_PASS,
                                                                [DOCTOR_NOTE] = STYLE_DIM,
                                                                [DOCTOR_LESS] = STYLE_WARN,
                                                                [DOCTOR_MISSING] = STYLE_FAIL};

static const char *const conclusions[DOCTOR_VERDICT_COUNT] = {
    [DOCTOR_OK] = "All that labs need is here.",
    [DOCTOR_NOTE] = "All that labs need is here.",
    [DOCTOR_LESS] = "Labs run here. What can't be shown is called `unsupported` in them, with its cause.",
    [DOCTOR_MISSING] = "No lab can run here.",
};

static void add_row(const struct doctor_row *row, const struct finding_of_row *found, const struct look *look,
                    struct buf *out)
{
    cleanup_styled struct styled verdict = {0}, name = {0}, text = {0};
    cleanup_buf struct buf harmless = {0}, labs = {0};
    add_harmless(&harmless, found->seen.text, strlen(found->seen.text));
    styled_adds(&verdict, verdict_styles[found->seen.verdict], doctor_verdict_names[found->seen.verdict]);
    styled_adds(&name, STYLE_BOLD, row->name);
    styled_addf(&text, STYLE_PLAIN, "%s: %s", row->what, buf_text(&harmless));
    if (found->seen.verdict >= DOCTOR_LESS) {
        strv_join(&found->labs, ", ", &labs);
        if (row->flags & DOCTOR_ESSENTIAL)
            styled_adds(&text, STYLE_DIM, "\nNeeded by every lab.");
        else if (labs.len)
            styled_addf(&text, STYLE_DIM, "\nNeeded by: %s.", buf_text(&labs));
        if (found->seen.error.hint[0])
            styled_addf(&text, STYLE_PLAIN, "\nTo do: %s", found->seen.error.hint);
        if (found->fix && strlen(found->fix) < COMMAND_SHOWN_MAX &&
            !strstr(found->seen.error.hint, found->fix))
            styled_addf(&text, STYLE_PLAIN, "\nOn this machine: `%s`", found->fix);
    }
    layout_cells((const struct styled *[]){&verdict, &name, &text},
                 (unsigned[]){VERDICT_COLUMNS - 2, NAME_COLUMNS - 2, 0}, 3, look, out);
}

/* Why no lab can run, and what to do: nobody should have to look for that among all rows. Returns the row. */
static const struct finding_of_row *add_first_cause(const struct examination *x, struct styled *text)
{
    for (size_t i = 0; i < doctor_count; i++) {
        const struct doctor_seen *seen = &x->rows[i].seen;
        cleanup_buf struct buf harmless = {0};
        if (seen->verdict != DOCTOR_MISSING)
            continue;
        add_harmless(&harmless, seen->text, strlen(seen->text));
        styled_addf(text, STYLE_PLAIN, " `%s`: %s. %s", doctor_table[i].name, buf_text(&harmless),
                    seen->error.hint);
        return &x->rows[i];
    }
    return NULL;
}

static void add_conclusion(const struct examination *x, const struct look *look, struct buf *out)
{
    cleanup_styled struct styled text = {0};
    styled_adds(&text, STYLE_BOLD, conclusions[x->verdict]);
    const struct finding_of_row *first = add_first_cause(x, &text);
    bool fixes = first && first->fix;
    for (size_t i = 0; i < doctor_count && !first; i++)
        fixes |= x->rows[i].fix != NULL;
    if (fixes)
        styled_adds(&text, STYLE_PLAIN,
                    " `nslab doctor --fix` shows what would mend it, and asks before it does it.");
    buf_addc(out, '\n');
    layout_text(&text, look, BREAK_WORDS, "", "", out);
}

static int say_for_people(const struct examination *x)
{
    cleanup_buf struct buf out = {0};
    struct term term = {0};
    term_probe(&term, false);
    for (size_t i = 0; i < doctor_count; i++)
        add_row(&doctor_table[i], &x->rows[i], &term.look, &out);
    add_conclusion(x, &term.look, &out);
    return say_out(&out);
}

/* --- for programs --- */

/* What there is nothing to say about is null. */
static json_t *said_json(const char *text)
{
    return harmless_json(text && *text ? text : NULL);
}

static json_t *row_json(const struct doctor_row *row, const struct finding_of_row *found)
{
    json_t *labs = json_array();
    for (size_t i = 0; i < found->labs.len; i++)
        json_array_append_new(labs, json_string(found->labs.items[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:i, s:b, s:o, s:o, s:o}", "name", row->name, "what", row->what,
                     "verdict", doctor_verdict_names[found->seen.verdict], "seen",
                     said_json(found->seen.text), "errno", found->seen.error.errnum, "essential",
                     (row->flags & DOCTOR_ESSENTIAL) != 0, "labs", labs, "remedy",
                     said_json(found->seen.error.hint), "fix", said_json(found->fix));
}

static int say_for_programs(const struct examination *x)
{
    static const char *const situations[] = {
        [IDS_ROOT] = "root", [IDS_RANGE] = "range", [IDS_SINGLE] = "single"};
    json_set_alloc_funcs(xmalloc, free);
    json_t *rows = json_array();
    for (size_t i = 0; i < doctor_count; i++)
        json_array_append_new(rows, row_json(&doctor_table[i], &x->rows[i]));
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:o}", "format", "nslab-doctor/1", "verdict",
                  doctor_verdict_names[x->verdict], "ids", situations[x->plan.situation], "probes", rows);
    cleanup_buf struct buf out = {0};
    json_write(document, &out);
    return say_out(&out);
}

/* --- mending --- */

static bool agreed(void)
{
    cleanup_with(piped_free) struct piped in = {.fd = STDIN_FILENO};
    cleanup_buf struct buf answer = {0};
    if (!isatty(STDIN_FILENO) || !piped_next(&in, &answer))
        return false;
    return buf_text(&answer)[0] == 'y' || buf_text(&answer)[0] == 'Y';
}

/* Each command once, in the table's order. */
static void list_fixes(const struct examination *x, struct strv *fixes)
{
    for (size_t i = 0; i < doctor_count; i++)
        if (x->rows[i].fix && !strv_contains(fixes, x->rows[i].fix))
            strv_add(fixes, x->rows[i].fix);
}

/* Ctrl-C is the terminal's to send. SIGTERM is passed on, which may be refused, as by sudo, or not obeyed:
 * then it is left alone. */
static int wait_for_fix(int pidfd, int *status, struct nslab_error *e)
{
    while (interrupt_signal() != SIGTERM && poll_exit(pidfd, 100) == 0)
        ;
    if (poll_exit(pidfd, 0) == 0) {
        pidfd_signal(pidfd, SIGTERM);
        if (poll_exit(pidfd, FIX_ENDS_MS) == 0)
            return error_say(e, "interrupted while the command ran; it may still run");
    }
    if (wait_child(pidfd, status) < 0)
        return error_sys(e, errno, "wait for", "the command");
    if (*status)
        return error_say(e, "the command ended with status %d; those after it were not run", *status);
    return 0;
}

static int run_fixes(const struct strv *fixes)
{
    for (size_t i = 0; i < fixes->len; i++) {
        cleanup_buf struct buf out = {0};
        cleanup_fd int pidfd = -1;
        int status = 0;
        buf_addf(&out, "$ %s\n", fixes->items[i]);
        if (say_out(&out) != 0)
            return STATUS_BROKEN;
        pid_t pid = clone_process(0, &pidfd);
        if (pid == 0) {
            signals_to_default();
            execl("/bin/sh", "sh", "-c", fixes->items[i], (char *)NULL);
            _exit(127);
        }
        struct nslab_error e = {0};
        if (pid < 0)
            error_sys(&e, errno, "run", "the command");
        if (pid < 0 || wait_for_fix(pidfd, &status, &e) < 0)
            return say_error(&e, interrupt_signal() == SIGTERM ? STATUS_TERMINATED : STATUS_BROKEN);
    }
    return 0;
}

static int mend(const struct examination *x)
{
    cleanup_strv struct strv fixes = {0};
    cleanup_buf struct buf out = {0};
    list_fixes(x, &fixes);
    if (!fixes.len) {
        buf_adds(&out, x->verdict >= DOCTOR_LESS
                           ? "\nThere is no command that would mend it: see what is to do above.\n"
                           : "\nThere is nothing to mend.\n");
        return say_out(&out) ? STATUS_BROKEN : status_of(x);
    }
    buf_adds(&out, "\nThese commands would mend it:\n\n");
    for (size_t i = 0; i < fixes.len; i++)
        buf_addf(&out, "  %s\n", fixes.items[i]);
    buf_adds(&out, isatty(STDIN_FILENO) ? "\nRun them now? [y/N] "
                                        : "\nThey were not run: there is no terminal to ask on.\n");
    if (say_out(&out) != 0)
        return STATUS_BROKEN;
    if (!agreed())
        return status_of(x);
    int status = run_fixes(&fixes);
    if (status)
        return status;
    cleanup_with(examination_free) struct examination again = {0};
    examine(&again);
    status = say_for_people(&again);
    return status ? status : status_of(&again);
}

int sub_doctor(const struct sub_args *args)
{
    cleanup_with(examination_free) struct examination x = {0};
    struct nslab_error e = {0};
    if (sub_has(args, "json") && sub_has(args, "fix")) {
        error_say(&e, "doctor: --json and --fix don't go together");
        return say_error(&e, STATUS_USAGE);
    }
    examine(&x);
    int said = sub_has(args, "json") ? say_for_programs(&x) : say_for_people(&x);
    if (said)
        return said;
    return sub_has(args, "fix") ? mend(&x) : status_of(&x);
}
