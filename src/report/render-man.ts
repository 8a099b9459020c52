/** Pages as one manual page of section 7. */
import { plain, type Block, type Inline, type Page, type Text } from "./document.js";

/** Text as roff: nothing in it is a request, an escape or a quote's end. */
const roff = (s: string): string =>
  s
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/\s*\n\s*/g, " ")
    .replace(
      /[^\u0000-\u007f]/g,
      (c) => `\\[u${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replace(/^([.'])/, "\\&$1");
const argument = (s: string): string => `"${roff(s).replaceAll('"', "\\(dq")}"`;
const inline = (i: Inline): string => {
  if (typeof i === "string") return roff(i);
  switch (i.kind) {
    case "code":
    case "verdict":
      return `\\fB${roff(i.text)}\\fR`;
    case "link":
    case "file":
      return `\\fI${roff(i.text)}\\fR`;
  }
};
const text = (t: Text): string => {
  const out = t.map(inline).join("").trim();
  return out.startsWith("\\&") || !/^[.']/.test(out) ? out : `\\&${out}`;
};
const block = (b: Block): string => {
  switch (b.kind) {
    case "heading":
      return b.level === 2 ? `.SS ${argument(b.text)}` : `.PP\n\\fB${roff(b.text)}\\fR`;
    case "paragraph":
      return `.PP\n${text(b.text)}`;
    case "list":
      return b.items.map((i) => `.IP \\(bu 2\n${text(i)}`).join("\n");
    case "definitions":
      return b.items.map(([term, what]) => `.TP\n${roff(term)}\n${text(what)}`).join("\n");
    case "table":
      return [
        `.PP\n${roff(b.caption)}:`,
        ...b.rows.map(([first = [], ...rest]) =>
          [
            ".TP",
            text(first),
            rest.map((c, i) => `${roff(b.head[i + 1] ?? "")}: ${text(c)}`).join("\n.br\n"),
          ].join("\n"),
        ),
      ].join("\n");
    case "details":
      return [`.PP\n${text(b.summary)}:`, ...b.blocks.map(block)].join("\n");
  }
};
/** Title line and the pages one after another. `name` is the page's file name without its section. */
export const renderMan = (name: string, about: string, pages: readonly Page[]): string =>
  [
    `.TH ${argument(name.toUpperCase())} 7 "" hyplab`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(about)}`,
    ...pages.flatMap((p) => [
      `.SH ${argument(plain([p.title]).toUpperCase())}`,
      ...p.blocks.map(block),
    ]),
    ".SH COPYRIGHT",
    "Apache License 2.0. Made by hyplab docs from contract and evidence.",
    "",
  ].join("\n");
