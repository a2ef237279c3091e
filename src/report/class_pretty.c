/* SPDX-License-Identifier: MIT
 *
 * A class for people: two tables.
 */
#include "class_private.h"
#include "internal.h"
#include "nslab/layout.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define NAME_COLUMNS 20u
#define POINTS_COLUMNS 9u
#define STEP_COLUMNS 28u

static void add_row(struct buf *out, const struct look *look, enum style style, const char *const cells[4])
{
    struct styled styled[4] = {0};
    static const unsigned widths[] = {NAME_COLUMNS, POINTS_COLUMNS, 0};
    for (size_t i = 0; i < 3; i++)
        styled_adds(&styled[i], style, cells[i]);
    layout_cells((const struct styled *[]){&styled[0], &styled[1], &styled[2]}, widths, 3, look, out);
    for (size_t i = 0; i < 3; i++)
        styled_free(&styled[i]);
}

/* "pid 5/7, mount 0/9": each lab's points. */
static void add_labs(struct buf *out, const struct result *r)
{
    for (size_t l = 0; l < r->n; l++) {
        const struct lab_result *lab = &r->labs[l];
        struct points points = lab_points(lab);
        if (lab->n && lab->steps[0].not_graded)
            buf_addf(out, "%s%s not graded", l ? ", " : "", lab->id);
        else
            buf_addf(out, "%s%s %d/%d", l ? ", " : "", lab->id, points.earned, points.max);
    }
}

static void add_findings(struct buf *out, const struct result *r)
{
    for (size_t i = 0; i < r->n_findings; i++) {
        buf_adds(out, "\n! ");
        add_finding(out, &r->findings[i]);
    }
    for (size_t l = 0; l < r->n; l++)
        for (size_t i = 0; i < r->labs[l].n_findings; i++) {
            buf_addf(out, "\n! %s, ", r->labs[l].id);
            add_finding(out, &r->labs[l].findings[i]);
        }
}

/* Whether ada's workbook is ada.yaml, or ada/workbook.yaml. */
static bool named_after(const char *workbook, const char *learner)
{
    static const char *const ends[] = {".yaml", "/workbook.yaml"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        cleanup_free char *name = xasprintf("/%s%s", learner, ends[i]);
        size_t n = strlen(name), all = strlen(workbook);
        if (!strcmp(workbook, name + 1) || (all > n && !strcmp(workbook + all - n, name)))
            return true;
    }
    return false;
}

static void add_learner(struct buf *out, const struct look *look, const struct result *r)
{
    cleanup_buf struct buf name = {0}, points = {0}, rest = {0};
    struct points all = result_points(r);
    add_foreign_line(&name, r->learner);
    buf_addf(&points, "%d/%d", all.earned, all.max);
    add_labs(&rest, r);
    if (r->workbook && !named_after(r->workbook, r->learner)) {
        buf_adds(&rest, "\nfrom ");
        add_foreign_line(&rest, r->workbook);
    }
    add_findings(&rest, r);
    add_row(out, look, STYLE_PLAIN,
            (const char *const[]){buf_text(&name), buf_text(&points), buf_text(&rest), NULL});
}

/* --- steps --- */

static void add_item(struct buf *out, const struct look *look, const struct class_item *item)
{
    cleanup_buf struct buf name = {0}, rest = {0};
    cleanup_styled struct styled left = {0}, right = {0};
    buf_addf(&name, "%s %s", item->lab->id, item->step->id);
    buf_addf(&rest, "%zu reached it, %zu passed", item->reached, item->passed);
    if (item->unsupported)
        buf_addf(&rest, ", %zu unsupported", item->unsupported);
    if (item->reached)
        buf_addf(&rest, "\nhints: %d, median time: %d:%02d", item->hints, item->seconds / 60,
                 item->seconds % 60);
    if (item->predicted)
        buf_addf(&rest, "\n%zu predicted, %zu rightly", item->predicted, item->predicted_right);
    if (item->misled)
        buf_addf(&rest, "\nmost often wrong: %s (%zu)", item->misled->id, item->n_misled);
    styled_adds(&left, STYLE_PLAIN, buf_text(&name));
    styled_adds(&right, STYLE_PLAIN, buf_text(&rest));
    layout_cells((const struct styled *[]){&left, &right}, (unsigned[]){STEP_COLUMNS, 0}, 2, look, out);
}

void class_pretty(const struct class *c, const struct report_options *o, struct buf *out)
{
    const struct look look = {.width = o->width, .colour = o->colour};
    size_t n;
    struct class_item *items = class_items(c, &n);
    add_row(out, &look, STYLE_BOLD, (const char *const[]){"LEARNER", "POINTS", "LABS", NULL});
    for (size_t i = 0; i < c->n; i++)
        add_learner(out, &look, &c->results[i]);
    buf_addf(out, one_or_many(c->n, "\n%zu workbook\n\n", "\n%zu workbooks\n\n"), c->n);
    style_add(out, &look, STYLE_BOLD, "STEPS");
    buf_addc(out, '\n');
    for (size_t i = 0; i < n; i++)
        add_item(out, &look, &items[i]);
    free(items);
    if (c->error) {
        cleanup_buf struct buf text = {0};
        buf_adds(&text, "error: ");
        add_foreign_line(&text, c->error);
        add_wrapped(out, buf_text(&text), o->width, 0, "");
    }
}
