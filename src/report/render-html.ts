/** Pages as static HTML: no scripts, one style sheet in each page, relative links. */
import type { Block, Inline, Page, Text } from "./document.js";

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
const inline = (t: Inline): string => {
  if (typeof t === "string") return escape(t);
  switch (t.kind) {
    case "code":
      return `<code>${escape(t.text)}</code>`;
    case "link":
      return `<a href="${escape(t.page)}.html">${escape(t.text)}</a>`;
    case "verdict":
      return `<span class="verdict ${t.tone}">${escape(t.text)}</span>`;
  }
};
const text = (t: Text): string => t.map(inline).join("");
const block = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return `<h${b.level}>${escape(b.text)}</h${b.level}>`;
    case "paragraph":
      return `<p>${text(b.text)}</p>`;
    case "list":
      return `<ul>${b.items.map((i) => `<li>${text(i)}</li>`).join("")}</ul>`;
    case "table":
      return `<div class="scroll"><table><thead><tr>${b.head.map((h) => `<th scope="col">${escape(h)}</th>`).join("")}</tr></thead><tbody>${b.rows.map((r) => `<tr>${r.map((c) => `<td>${text(c)}</td>`).join("")}</tr>`).join("\n")}</tbody></table></div>`;
  }
};
const STYLE = `:root{color-scheme:light dark;--ink:#1c1e21;--paper:#fff;--line:#d5d9df;--soft:#f4f6f8;--link:#0b5cad;--good:#0a6b2d;--bad:#a8141c;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e4e6e9;--paper:#16181b;--line:#3a3f46;--soft:#1f2327;--link:#7db8f2;--good:#6fd08c;--bad:#ff8f8f;--warn:#e8bd5a}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}main,nav{max-width:72rem;margin:0 auto;padding:0 1rem}
nav{padding-top:.8rem;padding-bottom:.8rem;border-bottom:1px solid var(--line)}nav a{margin-right:1.2rem}a{color:var(--link)}
h1{font-size:1.7rem;margin:1.4rem 0 .6rem}h2{font-size:1.25rem;margin:1.8rem 0 .5rem}h3{font-size:1.05rem;margin:1.2rem 0 .4rem}
code{font:.9em ui-monospace,monospace;background:var(--soft);padding:.05em .3em;border-radius:3px;overflow-wrap:break-word}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}th{background:var(--soft)}
.verdict{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}`;

/** One page; `navigation` is shown on every page. */
export const renderHtml = (page: Page, navigation: readonly Inline[]): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(page.title)} - hyplab</title><style>${STYLE}</style></head>
<body><nav>${navigation.map(inline).join("")}</nav><main><h1>${escape(page.title)}</h1>
${page.blocks.map(block).join("\n")}
</main></body></html>
`;
