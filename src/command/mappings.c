/* SPDX-License-Identifier: MIT
 *
 * The two options of run that map something of the outside to the inside: -p and -v.
 */
#include "forms.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define PORT_MAX 65535
#define PORTS_FORM "-p [ADDRESS:]HOST:CONTAINER, as 8080:80"

static int read_port(const char *text, size_t n, const char *whose, uint16_t *ret, struct nslab_error *e)
{
    cleanup_free char *digits = xstrndup(text, n);
    unsigned long port = 0;
    if (!parse_unsigned(digits, PORT_MAX, &port) || port == 0) {
        error_say(e, "`%s` is not a port %s: ports are numbers from 1 to %d", digits, whose, PORT_MAX);
        return error_hint(e, "The form is " PORTS_FORM ".");
    }
    *ret = (uint16_t)port;
    return 0;
}

static int read_address(const char *text, size_t n, char *ret, size_t size, struct nslab_error *e)
{
    struct in_addr ignored;
    cleanup_free char *address = xstrndup(text, n);
    if (inet_pton(AF_INET, address, &ignored) != 1) {
        error_say(e, "`%s` is not an IPv4 address to listen on", address);
        return error_hint(e, "The form is " PORTS_FORM "; without an address nslab listens on 127.0.0.1.");
    }
    snprintf(ret, size, "%s", address);
    return 0;
}

/* Takes /tcp off the end; what is left is n bytes long. */
static int read_protocol(const char *value, size_t *n, struct nslab_error *e)
{
    const char *slash = strchr(value, '/');
    *n = slash ? (size_t)(slash - value) : strlen(value);
    if (!slash || !strcmp(slash, "/tcp"))
        return 0;
    if (!strcmp(slash, "/udp")) {
        error_say(e, "`%s`: only TCP ports are published", value);
        return error_hint(e, "nslab's port proxy accepts connections, and UDP has none. Leave /udp away.");
    }
    error_say(e, "`%s`: unknown protocol `%s`", value, slash + 1);
    return error_hint(e, "Leave it away, or write /tcp.");
}

int form_ports(const char *value, struct port_choice *ret, struct nslab_error *e)
{
    struct port_choice choice = {.address = "127.0.0.1"};
    size_t n = 0;
    if (read_protocol(value, &n, e) < 0)
        return -1;
    const char *last = memrchr(value, ':', n);
    if (!last) {
        error_say(e, "`%s` says only one port", value);
        return error_hint(e, "Say both: " PORTS_FORM ".");
    }
    const char *before = memrchr(value, ':', (size_t)(last - value));
    const char *host = before ? before + 1 : value;
    if (before && read_address(value, (size_t)(before - value), choice.address, sizeof choice.address, e) < 0)
        return -1;
    if (read_port(host, (size_t)(last - host), "to listen on", &choice.host, e) < 0 ||
        read_port(last + 1, n - (size_t)(last + 1 - value), "in the container", &choice.container, e) < 0)
        return -1;
    if (ret)
        *ret = choice;
    return 0;
}

static int bad_bind(struct nslab_error *e, const char *value, const char *what)
{
    error_say(e, "`%s`: %s", value, what);
    return error_hint(
        e,
        "The form is -v SOURCE:TARGET[:ro], both absolute: SOURCE on the lab host, TARGET in the container.");
}

int form_bind(const char *value, struct bind_choice *ret, struct nslab_error *e)
{
    const char *colon = strchr(value, ':');
    if (!colon)
        return bad_bind(e, value, "only one path");
    const char *target = colon + 1;
    const char *option = strchr(target, ':');
    size_t target_length = option ? (size_t)(option - target) : strlen(target);
    if (value[0] != '/')
        return bad_bind(e, value,
                        "the source is not an absolute path (Docker would take it for a volume's name)");
    if (target[0] != '/')
        return bad_bind(e, value, "the target is not an absolute path");
    if (target_length == strspn(target, "/"))
        return bad_bind(e, value, "the target can't be the container's root");
    if (option && strcmp(option, ":ro") != 0 && strcmp(option, ":rw") != 0)
        return bad_bind(e, value, "after the second colon only `ro` or `rw` may stand");
    if (ret)
        *ret = (struct bind_choice){.source = xstrndup(value, (size_t)(colon - value)),
                                    .target = xstrndup(target, target_length),
                                    .read_only = option && !strcmp(option, ":ro")};
    return 0;
}
