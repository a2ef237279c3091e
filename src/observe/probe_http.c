/* SPDX-License-Identifier: MIT
 *
 * {http: URL, field: F, from: V}: one request out of the viewpoint's network namespace. On the machine nslab
 * asks itself.
 */
#include "http.h"
#include "probing.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#define HTTP_TIMEOUT_MS 1000
#define HTTP_HEADERS_MAX (8u << 10)

struct http_question {
    struct http_url url;
    const char *text, *field;
    const struct viewpoint *from;
};

static void show_failure(const struct http_question *q, const char *what, struct observation *ret)
{
    if (!strcmp(q->field, "error"))
        observe_text(ret, "%s", what);
    else
        observe_absent(ret, "no answer from %s as seen from %s: %s", q->text, q->from->words, what);
}

static void show_body(const struct http_answer *answer, struct observation *ret)
{
    size_t n = answer->body_len < FILE_MAX ? answer->body_len : FILE_MAX;
    cleanup_free char *body = xstrndup(answer->body, n);
    observe_file_text(ret, body);
}

static void show_answer(const struct http_question *q, const struct http_answer *answer,
                        struct observation *ret)
{
    if (!strcmp(q->field, "status"))
        observe_text(ret, "%u", answer->status);
    else if (!strcmp(q->field, "body"))
        show_body(answer, ret);
    else if (!strcmp(q->field, "error"))
        observe_absent(ret, "no error: %s answered with status %u", q->text, answer->status);
    else if (answer->server[0])
        observe_text(ret, "%s", answer->server);
    else
        observe_absent(ret, "the answer of %s names no server", q->text);
}

static int look_by_http(const void *arg, struct observation *ret, struct nslab_error *e)
{
    const struct http_question *q = arg;
    struct http_answer answer;
    const char *step;
    cleanup_buf struct buf bytes = {0};
    int errnum = http_exchange(&q->url, HTTP_TIMEOUT_MS, FILE_MAX + HTTP_HEADERS_MAX, &bytes, &step);
    /* Who asks has run out of something: that says nothing of who should answer. */
    if (is_shortage(errnum) || errnum == ENOBUFS || (errnum && !strcmp(step, HTTP_MAKE_SOCKET)))
        return error_sys(e, errnum, step, "for %s", q->text);
    if (errnum)
        observe_how(ret, "GET %s, failed to %s", q->text, step);
    else
        observe_how(ret, "GET %s", q->text);
    if (errnum)
        show_failure(q, strerror(errnum), ret);
    else if (http_answer_parse(buf_text(&bytes), bytes.len, &answer))
        show_answer(q, &answer, ret);
    else
        show_failure(
            q, bytes.len ? "what answers doesn't speak HTTP" : "the connection was closed without an answer",
            ret);
    observe_ports_namespace(ret, q->from);
    return 0;
}

int read_http(struct host *host, const struct see *see, struct observation *ret, struct nslab_error *e)
{
    struct viewpoint from;
    struct http_question q = {.text = see->subject, .field = see_key(see, SEE_FIELD), .from = &from};
    if (http_url_parse(q.text, &q.url, e) < 0 ||
        viewpoint_of_ports(host, see_key(see, SEE_FROM), &from, e) < 0)
        return -1;
    return look_from(&from, CLONE_NEWUSER | CLONE_NEWNET, look_by_http, &q, ret, e);
}
