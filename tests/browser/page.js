// SPDX-License-Identifier: MIT
// Looks at a handout in a frame, and writes what it finds as the text of <pre id=found>.
addEventListener("load", () => {
    const frame = document.querySelector("iframe"), page = frame.contentDocument, root = page.documentElement;
    const style = frame.contentWindow.getComputedStyle(page.body);
    const headings = [...page.querySelectorAll("h1,h2,h3,h4")].map(h => +h.tagName[1]);
    const ids = [...page.querySelectorAll("[id]")].map(e => e.id);
    const luminance = colour => {
        const [r, g, b] = colour.match(/[\d.]+/g).map(v => v / 255).map(
            v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const background = element => {
        for (; element; element = element.parentElement) {
            const colour = frame.contentWindow.getComputedStyle(element).backgroundColor;
            if (!/, 0\)$|transparent/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const contrast = element => {
        const a = luminance(frame.contentWindow.getComputedStyle(element).color), b = luminance(background(element));
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const texts = [...page.querySelectorAll("p,li,dt,dd,pre,code,a,h1,h2,h3,h4,span,figcaption,footer")];
    const found = {
        width: root.clientWidth, scrolls: root.scrollWidth > root.clientWidth,
        overflowing: [...page.querySelectorAll("body *")].filter(
            e => !e.closest("pre") && e.getBoundingClientRect().right > root.clientWidth + 1).map(e => e.outerHTML.slice(0, 80)),
        dark: luminance(style.backgroundColor) < 0.2,
        low_contrast: [...new Set(texts.filter(e => contrast(e) < 4.5).map(e => e.tagName + "." + e.className))],
        h1: headings.filter(h => h == 1).length,
        headings_in_order: headings.every((h, i) => !i || h <= headings[i - 1] + 1),
        duplicate_ids: ids.filter((id, i) => ids.indexOf(id) != i),
        dead_links: [...page.querySelectorAll("a[href^='#']")].filter(
            a => !page.getElementById(a.getAttribute("href").slice(1))).map(a => a.getAttribute("href")),
        lang: root.lang, unlabelled: page.querySelectorAll("[role=img]:not([aria-label])").length,
        scripts: page.scripts.length, resources: frame.contentWindow.performance.getEntriesByType("resource").length,
    };
    document.getElementById("found").textContent = JSON.stringify(found);
});
