/** Pages as Markdown, as kernel-style reStructuredText, and as a manual page. */
import { plain, type Block, type Inline, type Page, type Text } from "./document.js";

// ---- Markdown -----------------------------------------------------------------------------------------

const mdEscape = (s: string): string => s.replace(/[\\`*_|<>[\]]/g, "\\$&");
const md = (t: Inline): string => {
  if (typeof t === "string") return mdEscape(t);
  if (t.kind === "code") return `\`${t.text.replaceAll("`", "'")}\``;
  return t.kind === "link" ? `[${mdEscape(t.text)}](${t.page}.md)` : `**${mdEscape(t.text)}**`;
};
const mdText = (t: Text): string => t.map(md).join("");
const mdBlock = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return `${"#".repeat(b.level)} ${b.text}`;
    case "paragraph":
      return mdText(b.text);
    case "list":
      return b.items.map((i) => `- ${mdText(i)}`).join("\n");
    case "table":
      return [
        `| ${b.head.join(" | ")} |`,
        `|${b.head.map(() => "---").join("|")}|`,
        ...b.rows.map((r) => `| ${r.map(mdText).join(" | ")} |`),
      ].join("\n");
  }
};
export const renderMarkdown = (page: Page): string =>
  `# ${page.title}\n\n${page.blocks.map(mdBlock).join("\n\n")}\n`;

// ---- reStructuredText ---------------------------------------------------------------------------------

const rstEscape = (s: string): string => s.replace(/[\\*`|_]/g, "\\$&");
const rst = (t: Inline): string => {
  if (typeof t === "string") return rstEscape(t);
  if (t.kind === "code") return `\`\`${t.text}\`\``;
  return t.kind === "link" ? `:doc:\`${t.text} <${t.page}>\`` : `**${rstEscape(t.text)}**`;
};
/** Neighbouring markup needs a separator in RST. */
const rstText = (t: Text): string =>
  t
    .map(rst)
    .join("")
    .replace(/(``|\*\*)(?=\w)/g, "$1\\ ");
const underline = (text: string, mark: string): string => `${text}\n${mark.repeat(text.length)}`;
const rstBlock = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return underline(b.text, b.level === 2 ? "=" : "-");
    case "paragraph":
      return rstText(b.text);
    case "list":
      return b.items.map((i) => `* ${rstText(i)}`).join("\n");
    case "table":
      return [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        ...[b.head.map((h) => [h] as Text), ...b.rows].flatMap((row) =>
          row.map((c, i) => `   ${i === 0 ? "* " : "  "}- ${rstText(c)}`),
        ),
      ].join("\n");
  }
};
export const renderRst = (page: Page): string =>
  `.. SPDX-License-Identifier: Apache-2.0\n\n${"=".repeat(page.title.length)}\n${page.title}\n${"=".repeat(page.title.length)}\n\n${page.blocks.map(rstBlock).join("\n\n")}\n`;

// ---- man ----------------------------------------------------------------------------------------------

const roff = (s: string): string =>
  s
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/gm, "\\&$1");
const roffText = (t: Text): string =>
  t
    .map((i) =>
      typeof i === "string"
        ? roff(i)
        : i.kind === "code" || i.kind === "verdict"
          ? `\\fB${roff(i.text)}\\fR`
          : roff(i.text),
    )
    .join("");
const roffBlock = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return `.${b.level === 2 ? "SH" : "SS"} "${roff(b.text.toUpperCase()).replaceAll('"', "\\(dq")}"`;
    case "paragraph":
      return `.PP\n${roffText(b.text)}`;
    case "list":
      return b.items.map((i) => `.IP \\(bu 2\n${roffText(i)}`).join("\n");
    case "table":
      return b.rows
        .map(
          (r) =>
            `.TP\n${roffText(r[0] ?? [])}\n${r
              .slice(1)
              .map((c, i) => `${roff(b.head[i + 1]!)}: ${roffText(c)}`)
              .join("\n.br\n")}`,
        )
        .join("\n");
  }
};
/** All pages as one manual page of section 7. */
export const renderMan = (title: string, pages: readonly Page[]): string =>
  [
    `.TH HYP\\-ABI 7 "" hyplab "${roff(title)}"`,
    ".SH NAME",
    "hyp\\-abi \\- the ABI between ARM kernels and the occupant of HYP mode",
    ...pages.flatMap((p) => [
      `.SH "${roff(plain([p.title]).toUpperCase())}"`,
      ...p.blocks.map((b) => (b.kind === "heading" ? roffBlock({ ...b, level: 3 }) : roffBlock(b))),
    ]),
    "",
  ].join("\n");
