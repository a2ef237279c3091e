/* SPDX-License-Identifier: MIT
 *
 * The reader's tables, told to whoever describes the format.
 */
#include "nslab/mem.h"
#include "read.h"

void lab_each_key(void (*say)(void *context, const struct lab_key *key), void *context)
{
    static const struct {
        const char *mapping;
        const struct key_table *table;
    } tables[] = {
        {"a lab", &lab_table},         {"a variable", &var_table},  {"a step", &step_table},
        {"a line", &line_table},       {"predict", &predict_table}, {"a choice", &choice_table},
        {"contrast", &contrast_table}, {"with", &with_table},       {"an expectation", &expectation_table},
    };
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (size_t i = 0; i < tables[t].table->n; i++) {
            const struct key *key = &tables[t].table->keys[i];
            say(context, &(struct lab_key){.mapping = tables[t].mapping,
                                           .name = key->name,
                                           .help = key->help,
                                           .required = key->required,
                                           .first = i == 0});
        }
}
