/* SPDX-License-Identifier: MIT
 *
 * nslab leaks: what is left of nslab on this machine, how that is known, and what takes it away.
 */
#include "nslab/command.h"
#include "nslab/json_text.h"
#include "nslab/leaks.h"
#include "nslab/mem.h"
#include "nslab/text.h"
#include "subcommands.h"

#include <string.h>

#define VERDICT_COLUMNS 7
#define NAME_COLUMNS 11

/* "kill -KILL 4711"; a path is a word of sh, whatever it holds. A table's family and name are two words. */
static char *command_of(const struct leak *leak)
{
    cleanup_buf struct buf text = {0};
    if (!leak->command)
        return NULL;
    buf_addf(&text, "%s ", leak->command);
    if (leak->argument[0] == '/')
        word_quote(leak->argument, &text);
    else
        buf_adds(&text, leak->argument);
    return buf_take(&text);
}

/* --- for people --- */

static void add_found(const struct leak *leak, struct styled *text)
{
    cleanup_buf struct buf harmless = {0};
    cleanup_free char *command = command_of(leak);
    add_harmless_line(&harmless, leak->what, strlen(leak->what));
    styled_addf(text, leak->user ? STYLE_DIM : STYLE_BOLD, "\n%s", buf_text(&harmless));
    if (leak->user > 0)
        styled_addf(text, STYLE_DIM, ", in use by PID %d", (int)leak->user);
    else if (leak->user)
        styled_adds(text, STYLE_DIM, ", in use");
    else if (command) {
        cleanup_buf struct buf shown = {0};
        add_harmless_line(&shown, command, strlen(command));
        styled_addf(text, STYLE_PLAIN, ": `%s`", buf_text(&shown));
    }
}

static void add_row(const struct leaks *leaks, const struct leak_row *row, const struct look *look,
                    struct buf *out)
{
    cleanup_styled struct styled verdict = {0}, name = {0}, text = {0};
    const char *unseen = leaks->unseen[row - leak_table];
    size_t left = leaks_left(leaks, row);
    if (left)
        styled_addf(&verdict, STYLE_FAIL, "%zu", left);
    else
        styled_adds(&verdict, STYLE_PASS, "none");
    styled_adds(&name, STYLE_BOLD, row->name);
    styled_adds(&text, STYLE_PLAIN, row->what);
    for (size_t i = 0; i < leaks->n; i++)
        if (leaks->items[i].row == row)
            add_found(&leaks->items[i], &text);
    if (left)
        styled_addf(&text, STYLE_PLAIN, "\nTo do: %s", row->remedy);
    if (unseen)
        styled_addf(&text, STYLE_WARN, "\nNot looked at: %s.", unseen);
    layout_cells((const struct styled *[]){&verdict, &name, &text},
                 (unsigned[]){VERDICT_COLUMNS - 2, NAME_COLUMNS - 2, 0}, 3, look, out);
}

static int say_for_people(const struct leaks *leaks)
{
    cleanup_buf struct buf out = {0};
    cleanup_styled struct styled text = {0};
    struct term term = {0};
    size_t left = leaks_left(leaks, NULL);
    term_probe(&term, false);
    for (size_t i = 0; i < leak_count; i++)
        add_row(leaks, &leak_table[i], &term.look, &out);
    if (left)
        styled_addf(&text, STYLE_BOLD,
                    one_or_many(left, "%zu thing is left of nslab.", "%zu things are left of nslab."), left);
    else
        styled_adds(&text, STYLE_BOLD, "Nothing is left of nslab.");
    buf_addc(&out, '\n');
    layout_text(&text, &term.look, BREAK_WORDS, "", "", &out);
    return say_out(&out);
}

/* --- for programs --- */

static json_t *found_json(const struct leak *leak)
{
    cleanup_free char *command = command_of(leak);
    return json_pack("{s:o, s:b, s:o, s:o}", "what", harmless_json(leak->what), "left", !leak->user,
                     "used_by", leak->user > 0 ? json_integer(leak->user) : json_null(), "command",
                     harmless_json(command));
}

static json_t *row_json(const struct leaks *leaks, const struct leak_row *row)
{
    json_t *found = json_array();
    for (size_t i = 0; i < leaks->n; i++)
        if (leaks->items[i].row == row)
            json_array_append_new(found, found_json(&leaks->items[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "name", row->name, "what", row->what, "how", row->how,
                     "found", found, "unseen", harmless_json(leaks->unseen[row - leak_table]), "remedy",
                     row->remedy);
}

static int say_for_programs(const struct leaks *leaks)
{
    json_set_alloc_funcs(xmalloc, free);
    json_t *rows = json_array();
    for (size_t i = 0; i < leak_count; i++)
        json_array_append_new(rows, row_json(leaks, &leak_table[i]));
    json_t *document = json_pack("{s:s, s:I, s:o}", "format", "nslab-leaks/1", "left",
                                 (json_int_t)leaks_left(leaks, NULL), "rows", rows);
    cleanup_buf struct buf out = {0};
    json_write(document, &out);
    return say_out(&out);
}

int sub_leaks(const struct sub_args *args)
{
    cleanup_with(leaks_free) struct leaks leaks = {0};
    leaks_find(&leaks);
    int said = sub_has(args, "json") ? say_for_programs(&leaks) : say_for_people(&leaks);
    if (said)
        return said;
    return leaks_left(&leaks, NULL) ? STATUS_FAILED : STATUS_PASSED;
}
