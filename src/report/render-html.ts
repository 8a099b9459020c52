/** Pages as static HTML: no scripts, the style sheet in each page, relative links. */
import type { Block, Inline, Page, Text } from "./document.js";
import { STYLE } from "./html-style.js";

/** Text as HTML or XML, in content and in attributes; characters that XML forbids become U+FFFD. */
export const escapeMarkup = (text: string): string =>
  text
    .toWellFormed()

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const inline = (t: Inline): string => {
  if (typeof t === "string") return escapeMarkup(t);
  const text = escapeMarkup(t.text);
  switch (t.kind) {
    case "code":
      return t.id === undefined
        ? `<code>${text}</code>`
        : `<code id="${escapeMarkup(t.id)}">${text}</code>`;
    case "link":
      return `<a href="${escapeMarkup(encodeURIComponent(t.page))}.html${t.id === undefined ? "" : `#${escapeMarkup(encodeURIComponent(t.id))}`}">${text}</a>`;
    case "file":
      return `<a href="${escapeMarkup(encodeURI(t.path))}">${text}</a>`;
    case "verdict":
      return `<span class="v ${t.tone}">${text}</span>`;
  }
};
const text = (t: Text): string => t.map(inline).join("");
const block = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return `<h${b.level} id="${escapeMarkup(b.id)}">${escapeMarkup(b.text)}</h${b.level}>`;
    case "paragraph":
      return `<p>${text(b.text)}</p>`;
    case "list":
      return `<ul>\n${b.items.map((i) => `<li>${text(i)}</li>`).join("\n")}\n</ul>`;
    case "definitions":
      return `<dl>\n${b.items.map(([term, what]) => `<dt>${escapeMarkup(term)}</dt><dd>${text(what)}</dd>`).join("\n")}\n</dl>`;
    case "table": {
      const head = b.head.map((h) =>
        h === "" ? "<td></td>" : `<th scope="col">${escapeMarkup(h)}</th>`,
      );
      const rows = b.rows.map(
        ([first = [], ...rest]) =>
          `<tr><th scope="row">${text(first)}</th>${rest.map((c) => `<td>${text(c)}</td>`).join("")}</tr>`,
      );
      return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(b.caption)}"><table><caption>${escapeMarkup(b.caption)}</caption><thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
    }
    case "details":
      return `<details><summary>${text(b.summary)}</summary>\n${b.blocks.map(block).join("\n")}\n</details>`;
  }
};

/** One page; the pages of `navigation` are linked from its head. */
export const renderHtml = (page: Page, navigation: readonly Page[]): string => {
  const links = navigation.map(
    (p, i) =>
      `<li><a href="${p.name}.html"${i === 0 ? ' class="brand"' : ""}${p.name === page.name ? ' aria-current="page"' : ""}>${i === 0 ? "hyplab" : escapeMarkup(p.title)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(page.title)} - hyplab</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><nav aria-label="Site"><ul>${links.join("")}</ul></nav></header>
<main id="content">
<h1>${escapeMarkup(page.title)}</h1>
${page.blocks.map(block).join("\n")}
</main>
<footer>Made by <code>hyplab docs</code> from contract and evidence; not edited by hand.</footer>
</body>
</html>
`;
};
