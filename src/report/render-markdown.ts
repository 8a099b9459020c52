/** Pages as Markdown (GitHub's dialect), in a folder `markdown/` of the output. */
import type { Block, Inline, Page, Text } from "./document.js";

const escape = (s: string): string =>
  s.replace(/[\\`*_|<>[\]~&]/g, "\\$&").replace(/\s*\n\s*/g, " ");
/** A code span whose fence is longer than any run of backticks in it; `|` would end a table's cell. */
const codeSpan = (s: string, inTable: boolean): string => {
  const longest = Math.max(0, ...(s.match(/`+/g) ?? []).map((r) => r.length));
  const fence = "`".repeat(longest + 1);
  const body = (inTable ? s.replaceAll("|", "\\|") : s).replace(/\s*\n\s*/g, " ");
  return longest > 0 ? `${fence} ${body} ${fence}` : `${fence}${body}${fence}`;
};
const SIGN = { good: "\u2713 ", bad: "\u2717 ", warn: "! ", plain: "" } as const;
const inline = (t: Inline, inTable: boolean): string => {
  if (typeof t === "string") return escape(t);
  switch (t.kind) {
    case "code":
      return `${t.id === undefined ? "" : `<a id="${t.id}"></a>`}${codeSpan(t.text, inTable)}`;
    case "link":
      return `[${escape(t.text)}](${encodeURIComponent(t.page)}.md${t.id === undefined ? "" : `#${encodeURIComponent(t.id)}`})`;
    case "file":
      return `[${escape(t.text)}](../${encodeURI(t.path)})`;
    case "verdict":
      return `**${SIGN[t.tone]}${escape(t.text)}**`;
  }
};
const text = (t: Text, inTable = false): string => t.map((i) => inline(i, inTable)).join("");
const block = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return `<a id="${b.id}"></a>\n\n${"#".repeat(b.level)} ${escape(b.text)}`;
    case "paragraph":
      return text(b.text);
    case "list":
      return b.items.map((i) => `- ${text(i)}`).join("\n");
    case "definitions":
      return b.items.map(([term, what]) => `- **${escape(term)}**: ${text(what)}`).join("\n");
    case "table":
      return [
        `| ${b.head.map(escape).join(" | ")} |`,
        `| ${b.head.map(() => "---").join(" | ")} |`,
        ...b.rows.map((r) => `| ${r.map((c) => text(c, true)).join(" | ")} |`),
      ].join("\n");
    case "details":
      return [
        "<details>",
        `<summary>${b.summary
          .map((t) => (typeof t === "string" ? t : t.text))
          .join("")
          .replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)}</summary>`,
        "",
        b.blocks.map(block).join("\n\n"),
        "",
        "</details>",
      ].join("\n");
  }
};
export const renderMarkdown = (page: Page): string =>
  `# ${escape(page.title)}\n\n${page.blocks.map(block).join("\n\n")}\n`;
