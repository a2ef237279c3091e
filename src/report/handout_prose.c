/* SPDX-License-Identifier: MIT */
#include "handout.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <cmark.h>
#include <string.h>

#define HEADING_LEVEL 4 /* a step's parts are of level 3 */

/* What isn't text becomes text, so that nothing foreign is markup and nothing is loaded. */
static void tame(cmark_node *node)
{
    cmark_node *other = NULL, *text = NULL;
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
        other = cmark_node_new(CMARK_NODE_CODE_BLOCK);
        cmark_node_set_literal(other, cmark_node_get_literal(node));
        break;
    case CMARK_NODE_HTML_INLINE:
        other = cmark_node_new(CMARK_NODE_TEXT);
        cmark_node_set_literal(other, cmark_node_get_literal(node));
        break;
    case CMARK_NODE_IMAGE:
        other = cmark_node_new(CMARK_NODE_EMPH);
        while ((text = cmark_node_first_child(node)))
            cmark_node_append_child(other, text);
        break;
    case CMARK_NODE_HEADING:
        cmark_node_set_heading_level(node, HEADING_LEVEL);
        return;
    default:
        return;
    }
    cmark_node_replace(node, other);
    cmark_node_free(node);
}

static cmark_node *parse(const char *markdown)
{
    cleanup_buf struct buf harmless = {0};
    add_harmless(&harmless, markdown, strlen(markdown));
    cmark_node *document = cmark_parse_document(buf_text(&harmless), harmless.len, CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event;
    /* on the way out of a node: its children have been gone through, and it may go */
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        bool leaf = !cmark_node_first_child(node);
        if (event == CMARK_EVENT_EXIT || leaf)
            tame(node);
    }
    cmark_iter_free(iter);
    return document;
}

static char *render(cmark_node *document, enum prose as)
{
    return as == PROSE_HTML ? cmark_render_html(document, CMARK_OPT_DEFAULT)
                            : cmark_render_commonmark(document, CMARK_OPT_DEFAULT, 0);
}

void add_prose(const char *markdown, enum prose as, struct buf *out)
{
    cmark_node *document = parse(markdown);
    char *rendered = render(document, as);
    buf_adds(out, rendered);
    free(rendered);
    cmark_node_free(document);
}

static bool is_one_paragraph(cmark_node *document)
{
    cmark_node *first = cmark_node_first_child(document);
    return first && cmark_node_get_type(first) == CMARK_NODE_PARAGRAPH && !cmark_node_next(first);
}

static cmark_node *as_plain_text(const char *text)
{
    cleanup_buf struct buf harmless = {0};
    cmark_node *document = cmark_node_new(CMARK_NODE_DOCUMENT),
               *paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH), *leaf = cmark_node_new(CMARK_NODE_TEXT);
    add_harmless(&harmless, text, strlen(text));
    for (size_t i = 0; i < harmless.len; i++)
        if (harmless.data[i] == '\n')
            harmless.data[i] = ' ';
    cmark_node_set_literal(leaf, buf_text(&harmless));
    cmark_node_append_child(paragraph, leaf);
    cmark_node_append_child(document, paragraph);
    return document;
}

void add_prose_inline(const char *markdown, enum prose as, struct buf *out)
{
    cmark_node *document = parse(markdown);
    if (!is_one_paragraph(document)) {
        cmark_node_free(document);
        document = as_plain_text(markdown);
    }
    char *rendered = render(document, as);
    const char *text = rendered;
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n')
        n--;
    if (as == PROSE_HTML && starts_with(text, "<p>") && n >= strlen("<p></p>")) {
        text += strlen("<p>");
        n -= strlen("<p></p>");
    }
    for (size_t i = 0; i < n; i++)
        buf_addc(out, text[i] == '\n' ? ' ' : text[i]);
    free(rendered);
    cmark_node_free(document);
}
