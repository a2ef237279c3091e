/* SPDX-License-Identifier: MIT */
#include "format.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

#define BLANKS " \t\n"
#define AS_JSON "json "
#define NAMES_MAX 40

static int malformed(struct nslab_error *e, const char *what)
{
    error_say(e, "malformed format: %s", what);
    return error_hint(
        e, "The form is '{{.State.Pid}}' or '{{json .State}}', with any text around it. Go's other "
           "template functions are not there.");
}

/* One action between {{ and }}: an optional `json`, then a path. */
struct action {
    char *path; /* ".State.Pid" */
    bool as_json;
};

static void action_free(struct action *a)
{
    free(a->path);
}

static int action_parse(const char *text, size_t n, struct action *ret, struct nslab_error *e)
{
    while (n > 0 && strchr(BLANKS, text[n - 1]))
        n--;
    size_t skip = strspn(text, BLANKS);
    text += skip < n ? skip : n;
    n -= skip < n ? skip : n;
    if (n > strlen(AS_JSON) && starts_with(text, AS_JSON)) {
        ret->as_json = true;
        text += strlen(AS_JSON);
        n -= strlen(AS_JSON);
    }
    if (n == 0 || text[0] != '.')
        return malformed(e, "between {{ and }} a field is expected, which begins with a dot");
    cleanup_free char *path = xstrndup(text, n);
    if (strpbrk(path, BLANKS "(|$\"") || strstr(path, "..") || (n > 1 && path[n - 1] == '.'))
        return malformed(e, "between {{ and }} only one field's path is understood");
    ret->path = path;
    path = NULL;
    return 0;
}

/* --- looking up --- */

static int no_field(json_t *at, const char *name, const char *path, struct nslab_error *e)
{
    const char *names[NAMES_MAX], *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach(at, key, value) if (n < NAMES_MAX) names[n++] = key;
    const char *nearest = nearest_word(name, names, n);
    error_say(e, "no field `%s` in `%s`", name, path);
    if (nearest)
        return error_hint(e, "Did you mean `%s`?", nearest);
    return error_hint(e, "`inspect NAME` without -f shows all fields.");
}

static json_t *look_up(json_t *root, const char *path, struct nslab_error *e)
{
    json_t *at = root;
    for (const char *p = path + 1; *p;) {
        size_t n = strcspn(p, ".");
        cleanup_free char *name = xstrndup(p, n);
        json_t *next = json_object_get(at, name);
        if (!next) {
            no_field(at, name, path, e);
            return NULL;
        }
        at = next;
        p += n + (p[n] == '.');
    }
    return at;
}

static void show(const json_t *value, bool as_json, struct buf *out)
{
    if (!as_json && json_is_string(value)) {
        buf_adds(out, json_string_value(value));
        return;
    }
    if (!as_json && json_is_null(value)) {
        buf_adds(out, "<no value>"); /* as Go prints it */
        return;
    }
    cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    buf_adds(out, text ? text : "");
}

/* --- the whole --- */

/* root NULL: checks the form alone. */
static int walk(const char *format, json_t *root, struct buf *out, struct nslab_error *e)
{
    const char *open;
    for (; (open = strstr(format, "{{")); format = strstr(open, "}}") + 2) {
        const char *close = strstr(open, "}}");
        cleanup_with(action_free) struct action action = {0};
        if (!close)
            return malformed(e, "{{ is not closed by }}");
        if (action_parse(open + 2, (size_t)(close - open - 2), &action, e) < 0 || !action.path)
            return -1;
        buf_add(out, format, (size_t)(open - format));
        json_t *value = root ? look_up(root, action.path, e) : NULL;
        if (root && !value)
            return -1;
        if (value)
            show(value, action.as_json, out);
    }
    buf_adds(out, format);
    return 0;
}

int format_check(const char *format, struct nslab_error *e)
{
    cleanup_buf struct buf ignored = {0};
    return walk(format, NULL, &ignored, e);
}

int format_expand(const char *format, json_t *root, struct buf *out, struct nslab_error *e)
{
    return walk(format, root, out, e);
}
