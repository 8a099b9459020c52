/** Pages as reStructuredText in the style of the kernel's documentation, for Sphinx. */
import type { Block, Inline, Page, Text } from "./document.js";

const WIDTH = 80;
const escape = (s: string): string => s.replace(/[\\*`|_]/g, "\\$&").replace(/\s*\n\s*/g, " ");
/** A literal cannot hold a backtick at its end nor be empty; such text is left as text. */
const literal = (s: string): string =>
  s === "" || s.includes("``") || /^[\s`]|[\s`]$/.test(s) ? escape(s) : `\`\`${s}\`\``;
/** Roles take angle brackets for a target. */
const roleText = (s: string): string => escape(s).replace(/[<>]/g, "\\$&");
const label = (page: string, id?: string): string =>
  `hyplab-${page}${id === undefined ? "" : `-${id}`}`.toLowerCase();
const inline = (t: Inline): string => {
  if (typeof t === "string") return escape(t);
  switch (t.kind) {
    case "code":
      return literal(t.text);
    case "link":
      // Places inside of tables have no labels: the link goes to the page.
      return `:ref:\`${roleText(t.text)} <${label(t.page, t.id?.startsWith("call-") === true ? t.id : undefined)}>\``;
    case "file":
      return escape(t.text);
    case "verdict":
      return `**${escape(t.text)}**`;
  }
};
/** Markup must stand apart from what is beside it: an escaped space does so and shows nothing. */
const text = (t: Text): string => {
  let out = "";
  let marked = false;
  for (const i of t) {
    const piece = inline(i);
    if (piece === "") continue;
    const isMarked = /^(?:``|\*\*|:ref:`)/.test(piece);
    if (
      out !== "" &&
      ((isMarked && !/[\s([{<'"/-]$/.test(out)) || (marked && !/^[\s.,:;!?)\]}>'"/-]/.test(piece)))
    )
      out += "\\ ";
    out += piece;
    marked = isMarked;
  }
  // A text that begins like a bullet or an option is none.
  return out.trim().replace(/^([-*+\u2022](?=\s)|\.\.(?=\s))/, "\\$1");
};
/** Breaks lines at spaces, never inside of a literal or role. */
const wrap = (s: string, indent = ""): string => {
  const words = s.match(/(?:\\ |:ref:`[^`]*`|``.*?``|[^\s])+/g) ?? [];
  const lines: string[] = [];
  let line = "";
  for (const w of words) {
    if (line !== "" && indent.length + line.length + 1 + w.length > WIDTH) {
      lines.push(line);
      line = w;
    } else line = line === "" ? w : `${line} ${w}`;
  }
  if (line !== "") lines.push(line);
  return lines.join(`\n${indent}`);
};
const underline = (s: string, mark: string): string => `${s}\n${mark.repeat([...s].length)}`;
const block = (b: Block, page: string): string => {
  switch (b.kind) {
    case "heading":
      return [
        ...(b.id.startsWith("call-") ? [`.. _${label(page, b.id)}:\n`] : []),
        underline(escape(b.text), b.level === 2 ? "=" : "-"),
      ].join("\n");
    case "paragraph":
      return wrap(text(b.text));
    case "list":
      return b.items.map((i) => `* ${wrap(text(i), "  ")}`).join("\n");
    case "definitions":
      return b.items
        .map(([term, what]) => `${escape(term)}\n  ${wrap(text(what), "  ")}`)
        .join("\n\n");
    case "table":
      return [
        `.. list-table:: ${escape(b.caption)}`,
        "   :header-rows: 1",
        "   :stub-columns: 1",
        "",
        ...[b.head.map((h) => [h] as Text), ...b.rows].flatMap((row) =>
          row.map((c, i) => `   ${i === 0 ? "*" : " "} - ${wrap(text(c), "       ")}`.trimEnd()),
        ),
      ].join("\n");
    case "details":
      return [wrap(`${text(b.summary)}:`), ...b.blocks.map((x) => block(x, page))].join("\n\n");
  }
};
export const renderRst = (page: Page): string => {
  const bar = "=".repeat([...escape(page.title)].length);
  return `.. SPDX-License-Identifier: Apache-2.0\n\n.. _${label(page.name)}:\n\n${bar}\n${escape(page.title)}\n${bar}\n\n${page.blocks.map((b) => block(b, page.name)).join("\n\n")}\n`;
};
/** The page that names all others to Sphinx. */
export const renderRstToctree = (pages: readonly Page[]): string =>
  [
    ".. toctree::",
    "   :maxdepth: 1",
    "",
    ...pages.filter((p) => p.name !== "index").map((p) => `   ${p.name}`),
    "",
  ].join("\n");
