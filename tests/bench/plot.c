/* SPDX-License-Identifier: MIT
 *
 * Draws what peers.c has measured, as SVG: a panel for each thing, a bar for each who did it, from nslab's
 * time (1 x) to the left if it took less and to the right if it took more. The axis is logarithmic.
 *
 * usage: plot RESULTS >FILE
 */
#include "nslab/mem.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BASE "nslab"

/* Pixels. */
#define WIDTH 940.0
#define MARGIN 24.0
#define HEAD 76.0
#define GUTTER 28.0
#define PANEL_WIDTH ((WIDTH - 2 * MARGIN - GUTTER) / 2)
#define LABEL_WIDTH 124.0
#define VALUE_WIDTH 118.0
#define BAR_WIDTH (PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH)
#define ROW 20.0
#define BAR 12.0
#define TITLE 30.0
#define AXIS 30.0

static const struct panel {
    const char *key, *title, *unit;
} panels[] = {
    {"true", "Create, run /bin/true, remove", "ms"},
    {"userns", "The same with a user namespace of its own", "ms"},
    {"nginx", "nginx: start, first answer, removed", "ms"},
    {"exec", "exec /bin/true in a running container", "ms"},
    {"pss", "Peak memory while nginx runs", "MB"},
};

static struct plot {
    const json_t *machine, *peers;
    double low, high; /* of the axis: decimal logarithms of ratios */
} plot;

/* Readable on white and on black: the figure brings its own background for each. */
static const char style[] =
    "<style>\n"
    "text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: #1f2328; }\n"
    ".title { font-size: 19px; font-weight: 600; } .panel { font-size: 14px; font-weight: 600; }\n"
    ".quiet, .small { fill: #59636e; } .small { font-size: 11px; }\n"
    ".end { text-anchor: end; } .middle { text-anchor: middle; } .own { font-weight: 600; }\n"
    ".paper { fill: #ffffff; } .grid { stroke: #d1d9e0; } .one { stroke: #0969da; stroke-width: 1.5; }\n"
    ".ours { fill: #0969da; } .less { fill: #4a9c7d; } .more { fill: #c4813d; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  text { fill: #e6edf3; } .quiet, .small { fill: #9198a1; } .paper { fill: #0d1117; }\n"
    "  .grid { stroke: #30363d; } .one { stroke: #58a6ff; }\n"
    "  .ours { fill: #58a6ff; } .less { fill: #57ab8b; } .more { fill: #d4975a; }\n"
    "}\n"
    "</style>\n";

static void escaped(const char *text)
{
    for (; *text; text++)
        if (*text == '&' || *text == '<' || *text == '>')
            printf("&#%d;", *text);
        else
            putchar(*text);
}

static void text_at(double x, double y, const char *class, const char *text)
{
    printf("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    escaped(text);
    puts("</text>");
}

/* 0: it isn't there, or can't do it. */
static double median_of(const json_t *peer, const char *key)
{
    return json_number_value(json_object_get(json_object_get(peer, key), "median"));
}

static const char *name_of(const json_t *peer)
{
    return json_string_value(json_object_get(peer, "name"));
}

static double base_of(const char *key)
{
    size_t i;
    const json_t *peer;
    json_array_foreach(plot.peers, i, peer) if (!strcmp(name_of(peer), BASE)) return median_of(peer, key);
    return 0;
}

static void scale(void)
{
    double least = 1, most = 1;
    for (size_t p = 0; p < ARRAY_LEN(panels); p++) {
        size_t i;
        const json_t *peer;
        double base = base_of(panels[p].key);
        json_array_foreach(plot.peers, i, peer)
        {
            double value = median_of(peer, panels[p].key);
            if (value <= 0 || base <= 0)
                continue;
            least = fmin(least, value / base);
            most = fmax(most, value / base);
        }
    }
    plot.low = log10(least) - 0.05;
    plot.high = log10(most) + 0.05;
}

static double along(double ratio)
{
    return (log10(ratio) - plot.low) / (plot.high - plot.low) * BAR_WIDTH;
}

static void bar(double x, double y, double ratio, const char *name)
{
    double one = along(1), end = along(ratio);
    bool ours = !strncmp(name, BASE, strlen(BASE));
    printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" rx=\"1.5\" class=\"%s\"/>\n",
           x + fmin(one, end), y - BAR + 2, fmax(fabs(end - one), 2), BAR,
           ours        ? "ours"
           : ratio < 1 ? "less"
                       : "more");
}

/* With two digits or three, whatever the size. */
static const char *figure(char *text, size_t size, double value, const char *unit)
{
    snprintf(text, size, "%.*f%s%s", value < 10 ? 1 : 0, value, *unit == 'x' ? "" : " ",
             *unit == 'x' ? "\u00d7" : unit);
    if (value < 1)
        snprintf(text, size, "%.2f%s%s", value, *unit == 'x' ? "" : " ", *unit == 'x' ? "\u00d7" : unit);
    return text;
}

static void draw_row(double x, double y, const struct panel *panel, const json_t *peer)
{
    char text[64];
    double value = median_of(peer, panel->key), base = base_of(panel->key);
    const char *name = name_of(peer);
    bool ours = !strncmp(name, BASE, strlen(BASE));
    text_at(x, y, value <= 0 ? "quiet" : ours ? "own" : "", name);
    x += LABEL_WIDTH;
    if (value <= 0 || base <= 0) {
        const char *gap = json_string_value(json_object_get(json_object_get(peer, "gaps"), panel->key));
        text_at(x + BAR_WIDTH + VALUE_WIDTH, y, "small end", gap ? gap : "");
        return;
    }
    bar(x, y, value / base, name);
    text_at(x + BAR_WIDTH + 64, y, "end", figure(text, sizeof text, value, panel->unit));
    text_at(x + BAR_WIDTH + VALUE_WIDTH, y, ours ? "end own" : "end",
            figure(text, sizeof text, value / base, "x"));
}

static void draw_axis(double x, double y, double height)
{
    static const double ticks[] = {0.01, 0.1, 1, 10, 100, 1000};
    for (size_t i = 0; i < ARRAY_LEN(ticks); i++) {
        double at = along(ticks[i]);
        char text[32];
        if (at < 0 || at > BAR_WIDTH)
            continue;
        printf("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x + at, x + at, y,
               y + height, ticks[i] == 1 ? "one" : "grid");
        snprintf(text, sizeof text, "%g\u00d7", ticks[i]);
        text_at(x + at, y + height + 14, "small middle", text);
    }
}

/* Memory is asked of whole programs only. */
static bool shown(const json_t *peer, const struct panel *panel)
{
    return median_of(peer, panel->key) > 0 || strcmp(panel->unit, "MB") != 0;
}

static void draw_panel(double x, double y, const struct panel *panel)
{
    size_t i, row = 0;
    const json_t *peer;
    size_t rows = 0;
    json_array_foreach(plot.peers, i, peer) rows += shown(peer, panel);
    text_at(x, y + 14, "panel", panel->title);
    y += TITLE;
    draw_axis(x + LABEL_WIDTH, y - 2, (double)rows * ROW);
    json_array_foreach(plot.peers, i, peer) if (shown(peer, panel))
        draw_row(x, y + (double)row++ * ROW + 13, panel, peer);
}

static void draw_reading(double x, double y)
{
    static const struct {
        const char *class, *text;
    } keys[] = {{"less", "took less than the whole program nslab"},
                {"ours", "nslab: the whole program with a lab host, and a line in a session"},
                {"more", "took more"}};
    static const char *const lines[] = {
        "Medians, each beside its ratio to nslab, on one logarithmic axis.",
        "The same image, five namespaces, no network but lo. In turn, in",
        "an order drawn anew for each round. unshare, bubblewrap, crun",
        "and runc make no overlay; only crun, runc and docker make",
        "cgroups. docker's daemon runs already.",
        "Memory: the pages of all processes, docker's daemon among",
        "them; a page that several have is counted once.",
    };
    text_at(x, y + 14, "panel", "How to read it");
    y += TITLE;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"22\" height=\"%.0f\" rx=\"1.5\" class=\"%s\"/>\n", x,
               y + 1, BAR, keys[i].class);
        text_at(x + 30, y + 11, "", keys[i].text);
        y += ROW;
    }
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        text_at(x, y + 18 + (double)i * (ROW - 2), "quiet", lines[i]);
}

static const char *machine_text(const char *key)
{
    const char *text = json_string_value(json_object_get(plot.machine, key));
    return text ? text : "";
}

/* "crun version 1.8.1" and "docker 20.10" alike: what begins with a digit. */
static const char *version_of(const json_t *peer)
{
    const char *text = json_string_value(json_object_get(peer, "version"));
    return text ? text + strcspn(text, "0123456789") : "";
}

static void draw_versions(double y)
{
    cleanup_free char *line = xstrdup("");
    const char *last = "";
    size_t i;
    const json_t *peer;
    json_array_foreach(plot.peers, i, peer)
    {
        const char *version = version_of(peer);
        int digits = (int)strcspn(version, " ,+~");
        if (!*version || !strncmp(last, version, (size_t)digits))
            continue;
        char *longer = xasprintf("%s%s%.*s %.*s", line, *line ? " \u00b7 " : "",
                                 (int)strcspn(name_of(peer), " ,"), name_of(peer), digits, version);
        free(line);
        line = longer;
        last = version;
    }
    text_at(MARGIN, y, "small", line);
}

static void draw(void)
{
    char text[512];
    size_t rows = json_array_size(plot.peers);
    double panel_height = TITLE + (double)rows * ROW + AXIS + 8;
    double height = HEAD + 3 * panel_height + 28;
    printf(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
        "role=\"img\""
        " aria-label=\"nslab and its peers: times and memory as ratios to nslab\">\n%s",
        WIDTH, height, WIDTH, height, style);
    printf("<rect width=\"%.0f\" height=\"%.0f\" rx=\"6\" class=\"paper\"/>\n", WIDTH, height);
    text_at(MARGIN, 36, "title", "What a container costs, by nslab and by others");
    snprintf(text, sizeof text, "%s, %d virtual processors \u00b7 Linux %s \u00b7 %s \u00b7 %s",
             machine_text("cpu"), (int)json_integer_value(json_object_get(plot.machine, "processors")),
             machine_text("kernel"), machine_text("system"), machine_text("date"));
    text_at(MARGIN, 56, "quiet", text);
    for (size_t i = 0; i <= ARRAY_LEN(panels); i++) {
        double x = MARGIN + (double)(i % 2) * (PANEL_WIDTH + GUTTER),
               y = HEAD + floor((double)i / 2) * panel_height;
        if (i < ARRAY_LEN(panels))
            draw_panel(x, y, &panels[i]);
        else
            draw_reading(x, y);
    }
    draw_versions(height - 18);
    puts("</svg>");
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *results = argc == 2 ? json_load_file(argv[1], 0, &error) : NULL;
    if (!results) {
        fprintf(stderr, "%s\n", argc == 2 ? error.text : "usage: plot RESULTS >FILE");
        return argc == 2 ? 5 : 2;
    }
    plot.machine = json_object_get(results, "machine");
    plot.peers = json_object_get(results, "peers");
    if (base_of("true") <= 0) {
        fputs("plot: there are no times of nslab in it\n", stderr);
        return 5;
    }
    scale();
    draw();
    json_decref(results);
    return 0;
}
