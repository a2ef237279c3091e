/* SPDX-License-Identifier: MIT */
#include "nslab/markup.h"
#include "internal.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <string.h>

static void add_escaped(struct buf *out, const char *text)
{
    static const char specials[] = "&<>\"'";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    bool line_begins = true;
    for (const char *p = text; *p; p++) {
        const char *special = strchr(specials, *p);
        /* A page or a file may be shown in the log of a CI service, where such a line is a command. */
        bool command = line_begins && starts_with(p, "::");
        line_begins = *p == '\n' || (line_begins && (*p == ' ' || *p == '\t'));
        if (command)
            buf_adds(out, "&#58;");
        else if (special)
            buf_adds(out, entities[special - specials]);
        else if (starts_with(p, "\xef\xbf\xbe") || starts_with(p, "\xef\xbf\xbf"))
            buf_addf(out, "\\u{fff%c}", p[2] == '\xbe' ? 'e' : 'f'), p += 2; /* no characters of XML */
        else
            buf_addc(out, *p);
    }
}

void markup_text(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign(&harmless, text);
    add_escaped(out, buf_text(&harmless));
}

void markup_line(struct buf *out, const char *text)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign_line(&harmless, text);
    add_escaped(out, buf_text(&harmless));
}

void markup_capped(struct buf *out, const char *text, size_t max)
{
    cleanup_buf struct buf harmless = {0};
    add_foreign_capped(&harmless, text, max);
    add_escaped(out, buf_text(&harmless));
}

static const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--card:#f6f8fa;--rule:#d0d7de;"
    "--pass:#116329;--fail:#a40e26;--warn:#7d4e00;--link:#0550ae}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9da7b1;--paper:#0d1117;--card:#161b22;"
    "--rule:#3d444d;--pass:#56d364;--fail:#ff7b72;--warn:#e3b341;--link:#79c0ff}}\n"
    "@media print{:root{--ink:#000;--dim:#333;--paper:#fff;--card:#fff;--rule:#888;--pass:#000;--fail:#000;"
    "--warn:#000;--link:#000}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:64rem;color:var(--ink);background:var(--paper);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;line-height:1.25}h2{margin-top:2.5rem;font-size:1.3rem;border-bottom:1px solid "
    "var(--rule)}h3{margin-top:2rem;font-size:1.05rem}\n"
    "a{color:var(--link)}code,pre,.mono{font:0.875em/1.45 ui-monospace,monospace;overflow-wrap:anywhere;"
    "white-space:pre-wrap}\n"
    "pre{padding:.75rem;background:var(--card);border:1px solid var(--rule);border-radius:4px}\n"
    "table{width:100%;border-collapse:collapse;font-size:.925rem}th,td{padding:.35rem .5rem;text-align:left;"
    "vertical-align:top;border-bottom:1px solid var(--rule);overflow-wrap:anywhere}th{color:var(--dim);"
    "font-weight:600}\n"
    "td.number,th.number{text-align:right;white-space:nowrap}.scroll{overflow-x:auto}\n"
    ".pass{color:var(--pass)}.fail{color:var(--fail)}.unsupported{color:var(--warn)}.dim{color:var(--dim)}\n"
    ".verdict{font-weight:600;white-space:nowrap}\n"
    ".note{margin:1rem 0;padding:.5rem .75rem;border-left:4px solid var(--warn);background:var(--card)}"
    ".note.fail{border-color:var(--fail);color:var(--ink)}\n"
    "figure{margin:1rem 0}figcaption{color:var(--dim);font-size:.875rem}svg{max-width:100%;height:auto}\n";

void html_begin(struct buf *out, const char *title, const char *style)
{
    buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
                  "<meta charset=\"utf-8\" />\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                  "'unsafe-inline'\" />\n<title>");
    markup_line(out, title);
    buf_addf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n", page_style, style ? style : "");
}

void html_end(struct buf *out)
{
    buf_adds(out, "</body>\n</html>\n");
}
