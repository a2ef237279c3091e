/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/report/handout.h"
#include "nslab/mem.h"

#include <cmark.h>
#include <string.h>

/* --- the labs' Markdown --- */

static void prose(const char *markdown, enum prose as, const char *wanted)
{
    cleanup_buf struct buf out = {0};
    add_prose(markdown, as, &out);
    assert_string_equal(buf_text(&out), wanted);
}

static void inlined(const char *markdown, enum prose as, const char *wanted)
{
    cleanup_buf struct buf out = {0};
    add_prose_inline(markdown, as, &out);
    assert_string_equal(buf_text(&out), wanted);
}

static void markdown_becomes_html(void **state)
{
    (void)state;
    prose("Some **bold** `code`.", PROSE_HTML, "<p>Some <strong>bold</strong> <code>code</code>.</p>\n");
    prose("# Title", PROSE_HTML, "<h4>Title</h4>\n");
    inlined("`ps` runs\ninside", PROSE_HTML, "<code>ps</code> runs inside");
    inlined("Some **bold**", PROSE_COMMONMARK, "Some **bold**");
}

static void html_in_it_is_text(void **state)
{
    (void)state;
    prose("a <b onclick=x>b</b>", PROSE_HTML, "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n");
    prose("<script>\nalert(1)\n</script>", PROSE_HTML,
          "<pre><code>&lt;script&gt;\nalert(1)\n&lt;/script&gt;\n</code></pre>\n");
    prose("/proc/<pid>/ns", PROSE_COMMONMARK, "/proc/\\<pid\\>/ns\n");
}

static void nothing_is_loaded(void **state)
{
    (void)state;
    prose("![a *picture*](http://example.org/x.png)", PROSE_HTML, "<p><em>a <em>picture</em></em></p>\n");
    prose("[x](javascript:alert)", PROSE_HTML, "<p><a href=\"\">x</a></p>\n");
}

static void what_is_no_paragraph_is_plain_text_within_a_line(void **state)
{
    (void)state;
    inlined("1. one", PROSE_HTML, "1. one");
    inlined("# x", PROSE_HTML, "# x");
    inlined("1", PROSE_HTML, "1");
    inlined("", PROSE_HTML, "");
    inlined("a\n\nb <i>", PROSE_HTML, "a  b &lt;i&gt;");
}

static void an_open_fence_is_closed(void **state)
{
    (void)state;
    prose("```\nrest", PROSE_COMMONMARK, "``` \nrest\n```\n");
}

/* --- a hostile lab --- */

#define TEXT(name, value) static char name[] = value
TEXT(id, "x");
TEXT(title, "A <b>title</b> & more");
TEXT(line, "host cat evil");
TEXT(output, "</pre><script>alert(1)</script>\n````\n# not a heading\n~~~\n&amp;\n");
TEXT(say, "it *says* so");
TEXT(observed, "a`b``c <img src=http://example.org/x>\nnext");
TEXT(how, "/proc/1");
TEXT(from, "web");
TEXT(task, "Do it.");
TEXT(hint, "Look.");
TEXT(solution, "host solve");
TEXT(secret, "the secret");

static struct step steps[] = {{.id = id, .title = title}, {.id = task, .title = title, .task = task}};
static struct lab lab = {.id = id, .title = title, .summary = say, .steps = steps, .n_steps = 2};
static struct expectation_result expectation = {.id = id,
                                                .say = say,
                                                .verdict = VERDICT_PASS,
                                                .expected = how,
                                                .observed = observed,
                                                .from = from,
                                                .how = how};
static struct handout_line run_line = {line, output}, solution_line = {solution, secret};
static char *hints[] = {hint, NULL};

static struct handout_step handout_steps[] = {
    {.step = &steps[0],
     .title = title,
     .run = {&run_line, 1},
     .result = {.expectations = &expectation, .n = 1}},
    {.step = &steps[1],
     .title = title,
     .task = task,
     .explain = secret,
     .hints = {hints, 1},
     .solution = {&solution_line, 1},
     .result = {.expectations = &expectation, .n = 1}},
};
static const struct handout handout = {
    .lab = &lab, .date = id, .system = from, .steps = handout_steps, .n = 2};

static size_t occurrences(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static void nothing_foreign_is_html(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    handout_write_html(&handout, &(struct handout_options){0}, &out);
    const char *html = buf_text(&out);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<img"));
    assert_null(strstr(html, "<b>"));
    assert_non_null(strstr(html, "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(html, "&amp;amp;"));
    assert_int_equal(occurrences(html, "<pre"), occurrences(html, "</pre>"));
    assert_int_equal(occurrences(html, "<li"), occurrences(html, "</li>"));
    assert_int_equal(occurrences(html, "<section"), occurrences(html, "</section>"));
    assert_int_equal(occurrences(html, "<div"), occurrences(html, "</div>"));
    assert_non_null(strstr(html, "default-src 'none'"));
    assert_null(strstr(html, "url("));
    assert_null(strstr(html, "@import"));
}

/* What a reader of CommonMark takes for the first block of code is what the process said. */
static void nothing_foreign_leaves_its_fence(void **state)
{
    (void)state;
    cleanup_buf struct buf out = {0};
    handout_write_markdown(&handout, &(struct handout_options){0}, &out);
    cmark_node *document = cmark_parse_document(buf_text(&out), out.len, CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event;
    const char *code = NULL;
    size_t html = 0, headings = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event != CMARK_EVENT_ENTER)
            continue;
        cmark_node_type type = cmark_node_get_type(node);
        html += type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
        headings += type == CMARK_NODE_HEADING && cmark_node_get_heading_level(node) == 1;
        if (type == CMARK_NODE_CODE_BLOCK && !code)
            code = cmark_node_get_literal(node);
        if (type == CMARK_NODE_CODE && strstr(cmark_node_get_literal(node), "b``c"))
            assert_string_equal(cmark_node_get_literal(node), "a`b``c <img src=http://example.org/x> next");
    }
    cleanup_free char *wanted = xasprintf("> %s\n%s", line, output);
    assert_string_equal(code, wanted);
    assert_int_equal(html, 0);
    assert_int_equal(headings, 1);
    cmark_iter_free(iter);
    cmark_node_free(document);
}

static void solutions_can_be_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < handout_format_count; i++) {
        cleanup_buf struct buf with = {0}, without = {0};
        handout_formats[i].write(&handout, &(struct handout_options){0}, &with);
        handout_formats[i].write(&handout, &(struct handout_options){.no_solutions = true}, &without);
        assert_int_equal(occurrences(buf_text(&with), secret), 2);
        assert_non_null(strstr(buf_text(&with), solution));
        assert_null(strstr(buf_text(&without), secret));
        assert_null(strstr(buf_text(&without), solution));
        assert_null(strstr(buf_text(&without), "olution"));
        assert_non_null(strstr(buf_text(&without), hint));
        assert_non_null(strstr(buf_text(&without), "goal"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_becomes_html),
        cmocka_unit_test(html_in_it_is_text),
        cmocka_unit_test(nothing_is_loaded),
        cmocka_unit_test(what_is_no_paragraph_is_plain_text_within_a_line),
        cmocka_unit_test(an_open_fence_is_closed),
        cmocka_unit_test(nothing_foreign_is_html),
        cmocka_unit_test(nothing_foreign_leaves_its_fence),
        cmocka_unit_test(solutions_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
