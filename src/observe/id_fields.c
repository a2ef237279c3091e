/* SPDX-License-Identifier: MIT */
#include "id_fields.h"
#include "probing.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/capability.h>

void id_map_lines(const char *text, struct strv *out)
{
    cleanup_strv struct strv lines = {0};
    strv_split_lines(&lines, text);
    for (size_t i = 0; i < lines.len; i++) {
        unsigned inside, outside, count;
        if (sscanf(lines.items[i], "%u %u %u", &inside, &outside, &count) == 3)
            strv_addf(out, "%u %u %u", inside, outside, count);
    }
}

void subid_lines(const char *text, const char *user, struct strv *out)
{
    cleanup_strv struct strv lines = {0};
    size_t n = strlen(user);
    strv_split_lines(&lines, text);
    for (size_t i = 0; i < lines.len; i++) {
        const char *line = lines.items[i];
        if (!strncmp(line, user, n) && line[n] == ':')
            strv_add(out, line + n + 1);
    }
}

int credential_read(const char *field, const struct process_info *p, struct observation *ret,
                    struct nslab_error *e)
{
    if (!strcmp(field, "uid")) {
        observe_text(ret, "%u", p->uid);
        observe_how_add(ret, ", Uid");
    } else if (!strcmp(field, "gid")) {
        observe_text(ret, "%u", p->gid);
        observe_how_add(ret, ", Gid");
    } else if (!strcmp(field, "groups")) {
        observe_list(ret);
        for (size_t i = 0; i < p->n_groups; i++)
            strv_addf(&ret->list, "%u", p->groups[i]);
        observe_how_add(ret, ", Groups");
    } else {
        return error_say(e, "credentials have no field `%s`", field);
    }
    return 0;
}

void capability_names(uint64_t mask, struct strv *out)
{
    for (int number = 0; number < 64; number++) {
        if (!(mask & 1ull << number))
            continue;
        char *name =
            cap_to_name(number); /* "cap_chown"; the number of one that this libcap doesn't know yet */
        for (char *p = name; p && *p; p++)
            *p = (char)toupper((unsigned char)*p);
        strv_addf(out, "%s", name ? name : "?");
        cap_free(name);
    }
}

int capability_set_read(const char *set, const struct process_info *p, struct observation *ret,
                        struct nslab_error *e)
{
    const struct {
        const char *name, *line;
        uint64_t mask;
    } sets[] = {
        {"effective", "CapEff", p->cap_effective},
        {"permitted", "CapPrm", p->cap_permitted},
        {"bounding", "CapBnd", p->cap_bounding},
    };
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        if (!strcmp(sets[i].name, set)) {
            observe_list(ret);
            capability_names(sets[i].mask, &ret->list);
            observe_how_add(ret, ", %s %016llx", sets[i].line, (unsigned long long)sets[i].mask);
            return 0;
        }
    return error_say(e, "there is no capability set `%s`", set);
}
