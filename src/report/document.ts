/** The documentation as a tree of blocks; every format is a rendering of it. */

/** How a verdict is to be taken; formats show it by colour, sign or weight, never by colour alone. */
export type Tone = "good" | "bad" | "warn" | "plain";

/** Text with a meaning. */
export type Inline =
  | string
  /** Machine words; `id` makes it a place that links may name. */
  | { readonly kind: "code"; readonly text: string; readonly id?: string }
  /** Another page, or a place on it. */
  | { readonly kind: "link"; readonly page: string; readonly id?: string; readonly text: string }
  /** A file of the output, by its path from the output's root. */
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "verdict"; readonly tone: Tone; readonly text: string };
export type Text = readonly Inline[];

export type Block =
  | { readonly kind: "heading"; readonly level: 2 | 3; readonly text: string; readonly id: string }
  | { readonly kind: "paragraph"; readonly text: Text }
  | { readonly kind: "list"; readonly items: readonly Text[] }
  /** Terms with what is to be said about each. */
  | { readonly kind: "definitions"; readonly items: readonly (readonly [string, Text])[] }
  /** The first column names the row. */
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Text[])[];
    }
  /** What a reader may leave out at first. */
  | { readonly kind: "details"; readonly summary: Text; readonly blocks: readonly Block[] };

export interface Page {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const code = (text: string, id?: string): Inline =>
  id === undefined ? { kind: "code", text } : { kind: "code", text, id };
export const link = (page: string, text: string, id?: string): Inline =>
  id === undefined ? { kind: "link", page, text } : { kind: "link", page, id, text };
export const file = (path: string, text: string): Inline => ({ kind: "file", path, text });
export const verdict = (tone: Tone, text: string): Inline => ({ kind: "verdict", tone, text });

/** A name as a fragment: lower case letters, digits and hyphens. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
export const heading = (text: string, level: 2 | 3 = 2, id: string = slug(text)): Block => ({
  kind: "heading",
  level,
  text,
  id,
});
export const paragraph = (...text: Inline[]): Block => ({ kind: "paragraph", text });
export const list = (...items: Text[]): Block => ({ kind: "list", items });
export const definitions = (...items: (readonly [string, Text])[]): Block => ({
  kind: "definitions",
  items,
});
export const table = (
  caption: string,
  head: readonly string[],
  rows: readonly Text[][],
): Block => ({
  kind: "table",
  caption,
  head,
  rows,
});
export const details = (summary: Text, ...blocks: Block[]): Block => ({
  kind: "details",
  summary,
  blocks,
});
/** Puts a separator between texts. */
export const joined = (parts: readonly Text[], separator = ", "): Text =>
  parts.flatMap((p, i): Text => (i === 0 ? p : [separator, ...p]));
/** An inline without its markup. */
export const plain = (text: Text): string =>
  text.map((t) => (typeof t === "string" ? t : t.text)).join("");
