/* SPDX-License-Identifier: MIT
 *
 * Help of the program and of its subcommands, and the program's own voice.
 */
#include "nslab/interrupt.h"
#include "nslab/mem.h"
#include "nslab/out.h"
#include "subcommands.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int say_out(const struct buf *text)
{
    struct nslab_error e = {0};
    if (out_write(STDOUT_FILENO, buf_text(text), text->len) == 0)
        return STATUS_PASSED;
    if (errno == EINTR) /* SIGTERM, and nobody reads */
        return status_interrupted_or(STATUS_BROKEN);
    if (errno == EPIPE)
        return STATUS_BROKEN;
    error_sys(&e, errno, "write", "standard output");
    return say_error(&e, STATUS_BROKEN);
}

void add_error(struct buf *out, const struct nslab_error *e)
{
    char whole[NSLAB_ERROR_TEXT_MAX];
    struct nslab_error advised = *e;
    error_advise(&advised, NULL);
    error_text(&advised, whole, sizeof whole);
    buf_adds(out, "nslab: ");
    add_harmless_line(out, whole, strlen(whole));
    buf_addc(out, '\n');
}

int say_error(const struct nslab_error *e, int status)
{
    cleanup_buf struct buf text = {0};
    add_error(&text, e);
    /* When standard error is gone too there is nobody left to tell; the status still says it. */
    (void)!out_write(STDERR_FILENO, buf_text(&text), text.len);
    return status;
}

int status_interrupted_or(int otherwise)
{
    int signo = interrupt_signal();
    return !signo ? otherwise : signo == SIGTERM ? STATUS_TERMINATED : STATUS_INTERRUPTED;
}

static void add_text(struct buf *out, const struct look *look, const char *text)
{
    cleanup_styled struct styled styled = {0};
    styled_adds(&styled, STYLE_PLAIN, text);
    layout_text(&styled, look, BREAK_WORDS, "", "", out);
}

void add_labelled(struct buf *out, const struct look *look, const char *label, unsigned margin,
                  const struct styled *text)
{
    cleanup_styled struct styled head = {0};
    styled_adds(&head, STYLE_BOLD, label);
    layout_cells((const struct styled *[]){&head, text}, (unsigned[]){margin - 2, 0}, 2, look, out);
}

static void add_row(struct buf *out, const struct look *look, const char *label, unsigned margin,
                    const char *text)
{
    cleanup_styled struct styled styled = {0};
    styled_adds(&styled, STYLE_PLAIN, text);
    add_labelled(out, look, label, margin, &styled);
}

static void add_options(const struct subcommand *sub, const struct look *look, struct buf *out)
{
    for (size_t i = 0; i < SUB_OPTIONS_MAX && sub->options[i].name; i++) {
        const struct sub_option *option = &sub->options[i];
        cleanup_buf struct buf label = {0};
        if (option->letter)
            buf_addf(&label, "-%c, ", option->letter);
        buf_addf(&label, "--%s%s%s", option->name, option->placeholder ? " " : "",
                 option->placeholder ? option->placeholder : "");
        add_row(out, look, buf_text(&label), 22, option->help);
    }
}

void subcommand_help(const struct subcommand *sub, const struct look *look, struct buf *out)
{
    buf_addf(out, "nslab %s%s%s\n\n", sub->name, sub->name[0] && sub->synopsis[0] ? " " : "", sub->synopsis);
    add_text(out, look, sub->help);
    if (sub->more) {
        buf_addc(out, '\n');
        add_text(out, look, sub->more);
    }
    if (sub->options[0].name) {
        buf_addc(out, '\n');
        add_options(sub, look, out);
    }
}

const struct status_meaning status_table[] = {
    {STATUS_PASSED, "all passed"},
    {STATUS_FAILED, "something failed"},
    {STATUS_USAGE, "the command line can't be understood"},
    {STATUS_INVALID, "a lab or a workbook is invalid"},
    {STATUS_UNSUPPORTED, "nothing failed, but something is unsupported here"},
    {STATUS_BROKEN, "nslab itself could not do its work"},
    {STATUS_INTERRUPTED, "interrupted by Ctrl-C"},
    {STATUS_TERMINATED, "ended by SIGTERM"},
};
const size_t status_count = ARRAY_LEN(status_table);

void program_help(const struct look *look, struct buf *out)
{
    buf_adds(out, "nslab: a workbook on Linux namespaces that runs what it teaches\n\n");
    for (size_t i = 0; i < subcommand_count; i++) {
        const struct subcommand *sub = &subcommand_table[i];
        cleanup_buf struct buf label = {0};
        if (sub->hidden)
            continue;
        buf_addf(&label, "nslab%s%s", sub->name[0] ? " " : "", sub->name);
        add_row(out, look, buf_text(&label), 18, sub->help);
    }
    buf_adds(out, "\nWithout a subcommand:\n");
    add_options(&subcommand_table[0], look, out);
    buf_adds(out, "\nExit status:\n");
    for (size_t i = 0; i < status_count; i++) {
        char label[16];
        snprintf(label, sizeof label, "%d", status_table[i].status);
        add_row(out, look, label, 6, status_table[i].meaning);
    }
    buf_adds(out, "\n`nslab help SUBCOMMAND` says more of each.\n");
}
