/* SPDX-License-Identifier: MIT
 *
 * nslab-lab(5): the format of a lab, from the tables by which labs are read.
 */
#include "nslab/lab.h"
#include "nslab/mem.h"
#include "nslab/need.h"
#include "roff.h"
#include "subcommands.h"

#include <string.h>

static const char description[] =
    "A lab is one YAML file, read strictly: unknown keys, keys that are there twice, missing keys, anchors, "
    "aliases, "
    "tags, wrong types and names that refer to nothing are errors, and `nslab lint FILE` tells all of them "
    "at once, each "
    "with its line. `nslab selftest FILE` proves that the lab's checks can fail, `nslab verify FILE` runs "
    "it. `nslab new "
    "ID` writes one to begin from.\n\n"
    "A step happens in this order: text, predict, do, task, expect, contrast, explain.";

static const char see_text[] = "What an expectation looks at. It is read by nslab from the kernel, never "
                               "from a tool's output (but for `output` and "
                               "`exit`, which are about tools). `from` is the viewpoint: from where one "
                               "looks. `of` is the subject, whose property "
                               "it is. Both are `host`, `machine` or a container's name.";

static const char matchers_text[] =
    "What it must be. Several of them must all hold. Values are compared as texts. What is absent satisfies "
    "only "
    "`exists: false`. `same` and `differs` take another observation, written as a `see` is.";

static const char template_text[] = "`${NAME}` is a variable, `${web.pid}` the PID of a container's first "
                                    "process on the lab host, `${web.machine_pid}` "
                                    "the same process's PID on the machine, `${web.ip}` its address, "
                                    "`${web.rootfs}` the directory of its image's files, "
                                    "`${ID.observed}` what an expectation saw. `$${` is a literal `${`. They "
                                    "may stand in all texts, lines, probes and "
                                    "matchers.";

static const char needs_text[] =
    "What `requires` may name. Where one of them is missing the lab is unsupported, with its "
    "cause.";

/* --- keys --- */

static void add_key(void *context, const struct lab_key *key)
{
    struct buf *out = context;
    cleanup_free char *text = xasprintf("%s%s", key->required ? "Required. " : "", key->help);
    if (key->first) {
        cleanup_free char *title = xasprintf("Keys of %s", key->mapping);
        roff_subsection(out, title);
    }
    roff_item(out, key->name, text);
}

/* --- probes --- */

static void add_keys_of_probe(const struct probe *probe, struct buf *text)
{
    const char *separator = "Keys: ";
    for (unsigned i = 0; i < SEE_KEY_COUNT; i++) {
        if (!(probe->allowed >> i & 1))
            continue;
        buf_addf(text, "%s`%s`%s", separator, see_key_names[i],
                 probe->required >> i & 1 ? "" : " (may be left out)");
        separator = ", ";
    }
    buf_adds(text, ".");
}

static void add_names(const char *before, const char *const *names, struct buf *text)
{
    buf_adds(text, before);
    for (size_t i = 0; names[i]; i++)
        buf_addf(text, "%s%s", i ? ", " : "", names[i]);
    buf_addc(text, '.');
}

static void add_fields(const struct probe *probe, struct buf *text)
{
    for (size_t i = 0; i < PROBE_FIELDS_MAX && probe->fields[i].name; i++)
        buf_addf(text, "%s%s%s", i ? ", " : "\n\nFields: ", probe->fields[i].name,
                 probe->fields[i].kind == VALUE_LIST ? " (list)" : "");
    if (probe->fields[0].name)
        buf_addc(text, '.');
}

static void add_probes(struct buf *out)
{
    roff_section(out, "PROBES");
    roff_text(out, see_text);
    for (size_t i = 0; i < probe_count; i++) {
        const struct probe *probe = &probe_table[i];
        cleanup_buf struct buf text = {0};
        cleanup_free char *tag = xasprintf("%s: VALUE", probe->name);
        buf_addf(&text, "%s.\n\nThe value is ", probe->help);
        if (probe->subjects)
            add_names(probe->subjects[1] ? "one of " : "", probe->subjects, &text);
        else
            buf_addf(&text, "%s.", probe->subject_help);
        buf_addc(&text, ' ');
        add_keys_of_probe(probe, &text);
        add_fields(probe, &text);
        roff_item(out, tag, buf_text(&text));
    }
}

/* --- matchers and needs --- */

static const char *const operand_words[] = {
    [OPERAND_TEXT] = "TEXT",     [OPERAND_TEXT_OR_LIST] = "TEXT or LIST", [OPERAND_LIST] = "LIST",
    [OPERAND_NUMBER] = "NUMBER", [OPERAND_BOOL] = "true or false",        [OPERAND_SEE] = "SEE",
};

static void add_matchers(struct buf *out)
{
    roff_section(out, "MATCHERS");
    roff_text(out, matchers_text);
    for (size_t i = 0; i < MATCH_COUNT; i++) {
        const struct matcher_info *matcher = &matcher_table[i];
        cleanup_free char *tag = xasprintf("%s: %s", matcher->name, operand_words[matcher->operand]);
        const char *value = strstr(matcher->phrase, "%s");
        cleanup_free char *text =
            value ? xasprintf("It %.*sVALUE%s.", (int)(value - matcher->phrase), matcher->phrase, value + 2)
                  : xasprintf("It %s.", matcher->phrase);
        roff_item(out, tag, text);
    }
}

static void add_needs(struct buf *out)
{
    roff_section(out, "NEEDS");
    roff_text(out, needs_text);
    for (size_t i = 0; i < need_count; i++)
        roff_item(out, need_table[i].name, need_table[i].what);
}

void manual_lab(const char *date, struct buf *out)
{
    cleanup_buf struct buf example = {0};
    roff_title(out, "NSLAB-LAB", "5", date, "File Formats");
    roff_section(out, "NAME");
    buf_adds(out, "nslab-lab \\- the format of a lab of nslab\n");
    roff_section(out, "DESCRIPTION");
    roff_text(out, description);
    roff_section(out, "KEYS");
    lab_each_key(add_key, out);
    add_probes(out);
    add_matchers(out);
    roff_section(out, "NAMES IN TEXTS AND LINES");
    roff_text(out, template_text);
    add_needs(out);
    roff_section(out, "EXAMPLE");
    new_lab_text("hello", &example);
    roff_verbatim(out, buf_text(&example));
    roff_section(out, "SEE ALSO");
    roff_text(out, "nslab(1), namespaces(7). docs/lab-format.md says more of each key.");
}
