/* SPDX-License-Identifier: MIT */
#include "nslab/container.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

/* What dockerd gives a container unless told otherwise: 00000000a80425fb in CapEff. */
static const unsigned defaults[] = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
    CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
    CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
    CAP_KILL,    CAP_AUDIT_WRITE,
};

uint64_t capabilities_default(void)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        mask |= 1ull << defaults[i];
    return mask;
}

int capability_by_name(const char *name, struct nslab_error *e)
{
    const char *names[CAP_LAST_CAP + 1] = {0};
    char *owned[CAP_LAST_CAP + 1] = {0};
    const char *bare = strncasecmp(name, "CAP_", 4) ? name : name + 4;
    int found = -1;
    size_t n = 0;
    for (int cap = 0; cap <= CAP_LAST_CAP && found < 0; cap++) {
        owned[n] = cap_to_name((cap_value_t)cap);
        if (!owned[n])
            continue;
        for (char *c = owned[n]; *c; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        names[n] = owned[n] + strlen("CAP_");
        if (!strcasecmp(bare, names[n]))
            found = cap;
        n++;
    }
    if (found < 0) {
        cleanup_free char *upper = xstrdup(bare);
        for (char *c = upper; *c; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        const char *nearest = nearest_word(upper, names, n);
        error_say(e, "no capability is called %s", name);
        if (nearest)
            error_hint(e, "Did you mean %s? capabilities(7) lists them.", nearest);
        else
            error_hint(e, "capabilities(7) lists them: NET_ADMIN, SYS_ADMIN ...");
    }
    for (size_t i = 0; i < n; i++)
        cap_free(owned[i]);
    return found;
}
