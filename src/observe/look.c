/* SPDX-License-Identifier: MIT
 *
 * With which line a learner sees what a probe reads.
 */
#include "nslab/mem.h"
#include "nslab/observe.h"

#include <string.h>

#define LAB_HOST "host"
#define MACHINE "machine"

/* The first row that fits. %c stands for `exec NAME` or `host`, %v for the viewpoint, %s for the subject. */
static const struct {
    const char *probe, *field; /* field NULL: any */
    const char *line;
} look_table[] = {
    {"namespace", NULL, "ns %v"},
    {"process", NULL, "%c ps -e -o pid,ppid,user,stat,args"},
    {"processes", NULL, "%c ps -e -o pid,ppid,user,stat,args"},
    {"file", "content", "%c cat %s"},
    {"file", NULL, "%c stat %s"},
    {"mounts", NULL, "%c findmnt %s"},
    {"id_map", NULL, "%c cat /proc/self/%s_map"},
    {"subid", NULL, "%c cat /etc/sub%s"},
    {"credentials", NULL, "%c id"},
    {"capabilities", NULL, "%c grep Cap /proc/self/status"},
    {"links", NULL, "%c ip link"},
    {"link", NULL, "%c ip -d link show %s"},
    {"addresses", NULL, "%c ip address show %s"},
    {"routes", NULL, "%c ip route"},
    {"sockets", NULL, "%c ss -ltn"},
    {"http", NULL, "%c curl -si %s"},
    {"output", NULL, "%c %s"},
    {"exit", NULL, "%c %s"},
    {"hostname", NULL, "%c hostname"},
    {"container", NULL, "ps -a"},
};

static const char *line_for(const struct see *see)
{
    for (size_t i = 0; i < ARRAY_LEN(look_table); i++)
        if (!strcmp(look_table[i].probe, see->probe->name) &&
            (!look_table[i].field ||
             (see->keys[SEE_FIELD] && !strcmp(look_table[i].field, see->keys[SEE_FIELD]))))
            return look_table[i].line;
    return NULL;
}

bool see_look(const struct see *see, struct buf *out)
{
    const char *from = see->keys[SEE_FROM] ? see->keys[SEE_FROM] : see->keys[SEE_OF];
    const char *viewpoint = from ? from : LAB_HOST, *line = line_for(see);
    if (!line || !strcmp(viewpoint, MACHINE))
        return false;
    for (const char *p = line; *p; p++) {
        if (*p != '%') {
            buf_addc(out, *p);
            continue;
        }
        p++;
        if (*p == 's')
            buf_adds(out, see->subject);
        else if (*p == 'v')
            buf_adds(out, viewpoint);
        else if (!strcmp(viewpoint, LAB_HOST))
            buf_adds(out, LAB_HOST);
        else
            buf_addf(out, "exec %s", viewpoint);
    }
    return true;
}
